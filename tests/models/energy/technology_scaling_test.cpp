// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/technology_scaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"

namespace olivine {
namespace {

constexpr TechnologyPoint kFrom{180, 1.8};

TEST(TechnologyScaling, EnergyDivisorsFrom180nmAreTheTabulatedOnes) {
  struct Case {
    TechnologyPoint to;
    double divisor;
  };
  // Of the fits, rounded to two or three digits.
  const std::vector<Case> cases = {{{90, 1.2}, 8.2},  {{65, 1.1}, 15.7}, {{45, 1.0}, 30.6},
                                   {{45, 0.9}, 37.7}, {{32, 0.9}, 57.7}, {{22, 0.9}, 111},
                                   {{20, 0.9}, 131},  {{16, 0.8}, 219},  {{7, 0.7}, 552}};
  for (const Case& c : cases) {
    EXPECT_NEAR(energy_divisor(kFrom, c.to) / c.divisor, 1, 0.007)
        << c.to.node_nm << " nm, " << c.to.voltage << " V";
  }
}

TEST(TechnologyScaling, EnergyFactorIsTheQuadraticOfTheVoltage) {
  const double at_180 = 24.64 * 1.8 - 17.98;
  const double at_45 = 1.018 * 0.81 - 0.3107 * 0.9 + 0.1539;
  EXPECT_NEAR(energy_divisor(kFrom, {45, 0.9}), at_180 / at_45, 1e-9);
  EXPECT_NEAR(energy_divisor({45, 0.9}, kFrom), at_45 / at_180, 1e-9);
}

TEST(TechnologyScaling, NodesBetweenTwoAreInterpolatedInLogLog) {
  const double share = std::log(32.0 / 22) / std::log(32.0 / 20);
  const double at_32 = energy_divisor(kFrom, {32, 0.9});
  const double at_20 = energy_divisor(kFrom, {20, 0.9});
  EXPECT_NEAR(energy_divisor(kFrom, {22, 0.9}), at_32 * std::pow(at_20 / at_32, share), 1e-9);
  EXPECT_NEAR(area_divisor(180, 22), 40 * std::pow(88.0 / 40, share), 1e-9);
  EXPECT_NEAR(area_divisor(180, 22), 75, 1);
  // 12 nm lies between 14 nm (110) and 10 nm (180).
  const double share_12 = std::log(14.0 / 12) / std::log(14.0 / 10);
  EXPECT_NEAR(area_divisor(180, 12), 110 * std::pow(180.0 / 110, share_12), 1e-9);
}

TEST(TechnologyScaling, AreaDivisorsOfTheNodesAreThePapers) {
  EXPECT_DOUBLE_EQ(area_divisor(180, 45), 19);
  EXPECT_DOUBLE_EQ(area_divisor(180, 7), 320);
  EXPECT_DOUBLE_EQ(area_divisor(90, 45), 19 / 6.6);
  EXPECT_DOUBLE_EQ(area_divisor(180, 180), 1);
}

TEST(TechnologyScaling, OutsideTheFitBad) {
  EXPECT_THROW((void)area_divisor(180, 5), ConfigError);
  EXPECT_THROW((void)area_divisor(250, 22), ConfigError);
  EXPECT_THROW((void)energy_divisor({180, 0.5}, {22, 0.9}), ConfigError);
}

}  // namespace
}  // namespace olivine
