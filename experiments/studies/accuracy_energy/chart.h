// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

namespace olivine::study {

// One labelled point; both coordinates above 0.
struct ChartPoint {
  std::string label;
  double x = 0.0;
  double y = 0.0;
};

struct ChartPanel {
  std::string title;
  std::vector<ChartPoint> points;
};

// Panels beside each other, both axes logarithmic, the vertical one the same in all panels. Points
// that no other of their panel beats in both coordinates are filled, the rest hollow. Contract:
// every panel has a point.
[[nodiscard]] std::string chart_svg(const std::vector<ChartPanel>& panels,
                                    const std::string& x_title, const std::string& y_title);

}  // namespace olivine::study
