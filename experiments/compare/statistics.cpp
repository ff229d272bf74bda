// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/statistics.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace olivine::compare {

double quantile(std::vector<double> values, double share) {
  OLV_CHECK(!values.empty() && share >= 0 && share <= 1, "{} values, share {}", values.size(),
            share);
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - static_cast<double>(below));
}

std::optional<ErrorSummary> summarize(std::span<const double> errors) {
  if (errors.empty()) return std::nullopt;
  std::vector<double> sizes;
  sizes.reserve(errors.size());
  double sum = 0;
  for (const double error : errors) {
    sizes.push_back(std::abs(error));
    sum += sizes.back();
  }
  ErrorSummary summary;
  summary.count = errors.size();
  summary.mape = sum / static_cast<double>(errors.size());
  summary.median = quantile(sizes, 0.5);
  summary.p90 = quantile(std::move(sizes), 0.9);
  summary.bias = quantile({errors.begin(), errors.end()}, 0.5);
  return summary;
}

}  // namespace olivine::compare
