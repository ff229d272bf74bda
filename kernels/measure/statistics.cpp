// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/statistics.h"

#include <algorithm>

namespace olivine::measure {

double quantile(std::span<const double> ascending, double share) {
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto low = static_cast<size_t>(place);
  const size_t high = std::min(low + 1, ascending.size() - 1);
  const double part = place - static_cast<double>(low);
  return ascending[low] + part * (ascending[high] - ascending[low]);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return quantile(values, 0.5);
}

double Spread::relative_spread() const { return (p90 - p10) / median; }

double Spread::round_drift() const {
  const auto [low, high] = std::minmax_element(round_medians.begin(), round_medians.end());
  return *high / *low - 1;
}

Spread spread_of(std::span<const std::vector<double>> rounds) {
  Spread spread;
  std::vector<double> all;
  for (const std::vector<double>& round : rounds) {
    spread.round_medians.push_back(median(round));
    all.insert(all.end(), round.begin(), round.end());
  }
  std::sort(all.begin(), all.end());
  spread.median = quantile(all, 0.5);
  spread.p10 = quantile(all, 0.1);
  spread.p90 = quantile(all, 0.9);
  spread.min = all.front();
  spread.samples = static_cast<int64_t>(all.size());
  return spread;
}

}  // namespace olivine::measure
