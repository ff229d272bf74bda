// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace olivine::compare {

// Relative errors of predictions, predicted / measured - 1, summed up. MAPE is the mean of their
// absolute values; median and p90 are quantiles of those; bias is the median with its sign.
struct ErrorSummary {
  size_t count = 0;
  double mape = 0;
  double median = 0;
  double p90 = 0;
  double bias = 0;
};

// Linear between the two nearest values, as the default of NumPy and R (type 7).
// Contract: values are not empty; share in 0..1.
[[nodiscard]] double quantile(std::vector<double> values, double share);

// Nothing of no errors.
[[nodiscard]] std::optional<ErrorSummary> summarize(std::span<const double> errors);

}  // namespace olivine::compare
