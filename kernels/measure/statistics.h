// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace olivine::measure {

// Quantile `share` (0..1) of ascending numbers, linear between neighbours (type 7 of Hyndman and
// Fan, as numpy's default). Contract: not empty.
[[nodiscard]] double quantile(std::span<const double> ascending, double share);
// Contract: not empty.
[[nodiscard]] double median(std::vector<double> values);

// Repeated medians that differ by more than this are no one number: something else changed.
inline constexpr double kSteadyRatio = 0.02;

// Samples that were taken in several rounds with other work in between.
struct Spread {
  double median = 0;
  double p10 = 0;
  double p90 = 0;
  double min = 0;
  int64_t samples = 0;
  std::vector<double> round_medians;

  // (p90 - p10) / median
  [[nodiscard]] double relative_spread() const;
  // Largest over smallest median of a round, less 1.
  [[nodiscard]] double round_drift() const;
  [[nodiscard]] bool is_steady() const { return round_drift() <= kSteadyRatio; }
};

// Contract: at least one round, none is empty, values above 0.
[[nodiscard]] Spread spread_of(std::span<const std::vector<double>> rounds);

}  // namespace olivine::measure
