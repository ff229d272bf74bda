// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition_stages.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "models/base/rng.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using Costs = std::vector<std::vector<uint64_t>>;

uint64_t largest_stage(const Costs& costs, const std::vector<size_t>& first) {
  uint64_t largest = 0;
  for (size_t stage = 0; stage < first.size(); ++stage) {
    const auto row = costs[stage].begin();
    const size_t end = stage + 1 < first.size() ? first[stage + 1] : costs[stage].size();
    EXPECT_LT(first[stage], end) << "stage " << stage << " is empty";
    largest = std::max(largest, std::accumulate(row + static_cast<int64_t>(first[stage]),
                                                row + static_cast<int64_t>(end), uint64_t{0}));
  }
  return largest;
}

// Every way to cut the layers from `begin` on into the stages from `stage` on.
uint64_t best_by_trial(const Costs& costs, size_t stage, size_t begin) {
  const size_t layers = costs[0].size();
  uint64_t cost = 0;
  if (stage + 1 == costs.size()) {
    for (size_t i = begin; i < layers; ++i) cost += costs[stage][i];
    return cost;
  }
  uint64_t best = UINT64_MAX;
  for (size_t end = begin + 1; end + (costs.size() - stage - 1) <= layers; ++end) {
    cost += costs[stage][end - 1];
    best = std::min(best, std::max(cost, best_by_trial(costs, stage + 1, end)));
  }
  return best;
}

TEST(BalanceStages, CutsWhereTheLargestStageIsSmallest) {
  EXPECT_THAT(balance_stages({{7}}), ElementsAre(0));
  EXPECT_THAT(balance_stages({{1, 1, 1, 3}, {1, 1, 1, 3}}), ElementsAre(0, 3));
  EXPECT_THAT(balance_stages({{3, 1, 1, 1}, {3, 1, 1, 1}}), ElementsAre(0, 1));
  EXPECT_THAT(balance_stages({{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}), ElementsAre(0, 1, 2));
}

TEST(BalanceStages, NoCutIsBetter) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const int64_t stages = rng.uniform(1, 4);
    const int64_t layers = rng.uniform(stages, stages + 6);
    const bool is_uniform = rng.chance(0.5);  // equal accelerators
    const int64_t largest = rng.chance(0.5) ? 3 : 1000;
    Costs costs;
    for (int64_t stage = 0; stage < stages; ++stage) {
      if (stage > 0 && is_uniform) {
        costs.push_back(costs[0]);
        continue;
      }
      costs.emplace_back();
      for (int64_t i = 0; i < layers; ++i) {
        costs.back().push_back(static_cast<uint64_t>(rng.uniform(0, largest)));
      }
    }
    const std::vector<size_t> first = balance_stages(costs);
    ASSERT_EQ(first.size(), costs.size());
    EXPECT_EQ(first[0], 0U);
    EXPECT_EQ(largest_stage(costs, first), best_by_trial(costs, 0, 0));
  }
}

TEST(BalanceStages, ManyLayersTakeNoTime) {
  const Costs costs(64, std::vector<uint64_t>(20'000, uint64_t{1} << 40));
  const std::vector<size_t> first = balance_stages(costs);
  // 20000 / 64 = 312.5
  EXPECT_EQ(largest_stage(costs, first), uint64_t{313} << 40);
}

}  // namespace
}  // namespace olivine
