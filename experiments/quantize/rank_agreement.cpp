// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/rank_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

#include "models/base/error.h"

namespace olivine {
namespace {

void check_finite(std::span<const double> values) {
  const auto wrong =
      std::find_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  if (wrong == values.end()) return;
  throw ConfigError{fmt::format("value {} of {} to correlate is {}: must be finite",
                                wrong - values.begin(), values.size(), *wrong)};
}

void check_lengths(std::span<const double> a, std::span<const double> b) {
  if (a.size() == b.size()) return;
  throw ShapeError{fmt::format("cannot correlate {} values with {}", a.size(), b.size())};
}

// Distances from the mean, in units of the largest, so that no square overflows; all 0 where the
// values are equal.
std::vector<double> deviations(std::span<const double> values) {
  const double largest = std::abs(*std::max_element(
      values.begin(), values.end(), [](double x, double y) { return std::abs(x) < std::abs(y); }));
  std::vector<double> result(values.size());
  if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>{}) == values.end()) {
    return result;
  }
  double sum = 0;
  for (const double value : values) sum += value / largest;
  const double mean = sum / static_cast<double>(values.size());
  for (size_t i = 0; i < values.size(); ++i) result[i] = values[i] / largest - mean;
  return result;
}

}  // namespace

std::vector<double> average_ranks(std::span<const double> values) {
  check_finite(values);
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return values[i] < values[j]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    // Ranks begin + 1 to end, on average.
    const double rank = static_cast<double>(begin + 1 + end) / 2;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
    begin = end;
  }
  return ranks;
}

double pearson(std::span<const double> a, std::span<const double> b) {
  check_lengths(a, b);
  check_finite(a);
  check_finite(b);
  if (a.size() < 2) return 0;
  const std::vector<double> x = deviations(a);
  const std::vector<double> y = deviations(b);
  const double xy = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  const double xx = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
  const double yy = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
  if (xx == 0 || yy == 0) return 0;
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);  // rounding may exceed 1
}

double spearman(std::span<const double> a, std::span<const double> b) {
  check_lengths(a, b);
  return pearson(average_ranks(a), average_ranks(b));
}

}  // namespace olivine
