// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/rng.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace olivine {
namespace {

TEST(Rng, GivesThePublishedSequence) {
  // The reference C program of SplitMix64 (Vigna) with seed 1234567.
  constexpr std::array<uint64_t, 5> kReference = {6457827717110365317u, 3203168211198807973u,
                                                  9817491932198370423u, 4593380528125082431u,
                                                  16408922859458223821u};
  Rng rng{1234567};
  for (const uint64_t expected : kReference) EXPECT_EQ(rng.next(), expected);
}

TEST(Rng, RepeatsWithItsSeed) {
  Rng a{7}, b{7}, c{8};
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
}

TEST(Rng, UniformCoversItsRangeAndNoMore) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  std::set<int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.uniform(-3, 3));
  EXPECT_EQ(seen.size(), 7u);  // -3, -2, ..., 3
  EXPECT_EQ(*seen.begin(), -3);
  EXPECT_EQ(*seen.rbegin(), 3);
}

TEST(Rng, UniformTakesRangesOfOneValueAndOfAll) {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHigh = std::numeric_limits<int64_t>::max();
  Rng rng{12};
  EXPECT_EQ(rng.uniform(5, 5), 5);
  EXPECT_EQ(rng.uniform(kLow, kLow), kLow);
  bool has_negative = false;
  bool has_positive = false;
  for (int i = 0; i < 100; ++i) {
    const int64_t value = rng.uniform(kLow, kHigh);
    has_negative |= value < 0;
    has_positive |= value > 0;
  }
  EXPECT_TRUE(has_negative && has_positive);
}

TEST(Rng, UnitStaysBelowOneAndHasMeanOneHalf) {
  constexpr int kDraws = 10000;
  constexpr uint64_t kSeed = 13;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.unit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  // Variance of one draw 1/12; five standard deviations of the mean.
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
}

TEST(Rng, ChanceHitsItsEnds) {
  Rng rng{14};
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(rng.chance(0.0));
    EXPECT_TRUE(rng.chance(1.0));
  }
}

TEST(Rng, NormalHasMeanZeroVarianceOneAndBoundedTails) {
  constexpr int kDraws = 20000;
  constexpr uint64_t kSeed = 15;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = rng.normal();
    ASSERT_LE(std::abs(value), 6.0);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 5 * std::sqrt(1.0 / kDraws));
  // Var(x^2) = E x^4 - 1 = 1.9 for twelve uniforms (excess kurtosis -0.1).
  EXPECT_NEAR(squares / kDraws, 1.0, 5 * std::sqrt(1.9 / kDraws));
}

}  // namespace
}  // namespace olivine
