// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition_stages.h"

#include <algorithm>
#include <optional>

#include "models/base/error.h"

namespace olivine {
namespace {

using Costs = std::vector<std::vector<uint64_t>>;

// [stage][layer]: cost of the layers before `layer` on that stage's accelerator.
Costs prefix_sums(const Costs& costs) {
  Costs sums;
  for (const auto& row : costs) {
    sums.emplace_back(1, 0);
    for (const uint64_t cost : row) sums.back().push_back(sums.back().back() + cost);
  }
  return sums;
}

// Finds stages of at most `limit` each, or nothing. [stage][end]: the largest beginning of a stage
// that ends before layer `end` such that everything up to there fits; the largest makes the stage
// cheapest. Costs rise with the length of a stage, so no smaller one needs to be tried.
std::optional<std::vector<size_t>> stages_within(const Costs& sums, uint64_t limit) {
  const size_t layers = sums.front().size() - 1;
  std::vector<std::vector<std::optional<size_t>>> begins;
  std::vector<bool> is_reached(layers + 1, false);
  is_reached[0] = true;
  for (const auto& row : sums) {
    std::vector<bool> is_reached_next(layers + 1, false);
    begins.emplace_back(layers + 1);
    std::optional<size_t> begin;
    for (size_t end = 1; end <= layers; ++end) {
      if (is_reached[end - 1]) begin = end - 1;
      if (!begin || row[end] - row[*begin] > limit) continue;
      begins.back()[end] = begin;
      is_reached_next[end] = true;
    }
    is_reached = std::move(is_reached_next);
  }
  if (!is_reached[layers]) return std::nullopt;
  std::vector<size_t> first(sums.size());
  size_t end = layers;
  for (size_t stage = sums.size(); stage-- > 0;) {
    end = *begins[stage][end];
    first[stage] = end;
  }
  return first;
}

}  // namespace

std::vector<size_t> balance_stages(const std::vector<std::vector<uint64_t>>& costs) {
  OLV_CHECK(!costs.empty() && costs.front().size() >= costs.size(), "{} stages of {} layers",
            costs.size(), costs.empty() ? 0 : costs.front().size());
  const Costs sums = prefix_sums(costs);
  uint64_t low = 0;
  uint64_t high = 0;
  for (const auto& row : sums) high = std::max(high, row.back());
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (stages_within(sums, middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return *stages_within(sums, low);
}

}  // namespace olivine
