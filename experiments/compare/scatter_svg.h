// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>
#include <string>

namespace olivine::compare {

struct CollectionSummary;
struct Comparison;

// Simulated over measured times as an SVG file: one panel a collection, both axes logarithmic and
// of the same range, the diagonal with a band of 10 % around it, one colour a regime, and a legend
// with the number of points and their MAPE. `heading` stands above all panels.
// Contract: summaries are of the comparison, at least one.
[[nodiscard]] std::string scatter_svg(const Comparison& comparison,
                                      std::span<const CollectionSummary> summaries,
                                      const std::string& heading);

}  // namespace olivine::compare
