// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/statistics.h"

#include <gtest/gtest.h>

namespace olivine::measure {
namespace {

TEST(Quantile, IsLinearBetweenNeighbours) {
  const std::vector<double> values = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 8);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 3);            // place 1.5: between 2 and 4
  EXPECT_DOUBLE_EQ(quantile(values, 0.1), 1 + 0.3);      // place 0.3
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 4 + 0.7 * 4);  // place 2.7
}

TEST(Quantile, OfOneNumberIsThatNumber) {
  const std::vector<double> values = {5};
  for (const double share : {0.0, 0.1, 0.5, 1.0}) EXPECT_DOUBLE_EQ(quantile(values, share), 5);
}

TEST(Median, DoesNotDependOnTheOrder) {
  EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
}

TEST(Spread, JoinsRoundsAndKeepsTheirMedians) {
  const std::vector<std::vector<double>> rounds = {{10, 12, 11}, {10.1, 10.1, 10.1}};
  const Spread spread = spread_of(rounds);
  EXPECT_EQ(spread.samples, 6);
  EXPECT_DOUBLE_EQ(spread.min, 10);
  EXPECT_DOUBLE_EQ(spread.median, 10.1);  // of 10 10.1 10.1 10.1 11 12
  EXPECT_DOUBLE_EQ(spread.p90, 11.5);     // place 4.5
  EXPECT_DOUBLE_EQ(spread.p10, 10.05);    // place 0.5
  EXPECT_DOUBLE_EQ(spread.relative_spread(), (11.5 - 10.05) / 10.1);
  EXPECT_EQ(spread.round_medians, (std::vector<double>{11, 10.1}));
  EXPECT_DOUBLE_EQ(spread.round_drift(), 11 / 10.1 - 1);
}

TEST(Spread, IsSteadyUpToTwoPercentBetweenRounds) {
  const auto steady = [](double second) {
    return spread_of(std::vector<std::vector<double>>{{100}, {second}}).is_steady();
  };
  EXPECT_TRUE(steady(101.9));
  EXPECT_FALSE(steady(102.1));
  EXPECT_FALSE(steady(97.9));  // slower first
}

}  // namespace
}  // namespace olivine::measure
