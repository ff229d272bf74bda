// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/units.h"

#include <gtest/gtest.h>

#include <concepts>
#include <limits>

namespace olivine {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};

TEST(Units, DoNotMix) {
  static_assert(Addable<Cycles, Cycles>);
  static_assert(!Addable<Cycles, Bytes>);
  static_assert(!Addable<Bits, Bytes>);
  static_assert(!Addable<Cycles, uint64_t>);
  static_assert(!std::convertible_to<uint64_t, Cycles>);
  static_assert(!std::convertible_to<Cycles, uint64_t>);
}

TEST(Units, CountInIntegers) {
  Cycles cycles{5};
  cycles += Cycles{2};
  cycles *= 3;
  cycles -= Cycles{1};
  EXPECT_EQ(cycles.count(), (5u + 2u) * 3u - 1u);
  EXPECT_EQ(Cycles{2} * 4, 4 * Cycles{2});
  EXPECT_EQ(Cycles{7} - Cycles{7}, Cycles{});
  EXPECT_LT(Bytes{kMax - 1}, Bytes{kMax});
}

TEST(Units, CeilDivOnBothSidesOfAMultiple) {
  EXPECT_EQ(ceil_div(0, 8), 0u);
  EXPECT_EQ(ceil_div(1, 8), 1u);
  EXPECT_EQ(ceil_div(7, 8), 1u);
  EXPECT_EQ(ceil_div(8, 8), 1u);
  EXPECT_EQ(ceil_div(9, 8), 2u);
  EXPECT_EQ(ceil_div(13, 1), 13u);
  EXPECT_EQ(ceil_div(kMax, 2), kMax / 2 + 1);  // kMax is odd; the sum kMax + 1 would wrap
}

TEST(Units, RoundUpOnBothSidesOfAMultiple) {
  EXPECT_EQ(round_up(0, 16), 0u);
  EXPECT_EQ(round_up(15, 16), 16u);
  EXPECT_EQ(round_up(16, 16), 16u);
  EXPECT_EQ(round_up(17, 16), 32u);
}

TEST(Units, BitsBecomeWholeBytes) {
  EXPECT_EQ(to_bytes(Bits{0}), Bytes{0});
  EXPECT_EQ(to_bytes(Bits{4}), Bytes{1});
  EXPECT_EQ(to_bytes(Bits{8}), Bytes{1});
  EXPECT_EQ(to_bytes(Bits{9}), Bytes{2});
}

TEST(Units, CyclesBecomeSeconds) {
  EXPECT_DOUBLE_EQ(to_seconds(Cycles{500}, 500e6), 1e-6);  // 500 / 500e6
  EXPECT_DOUBLE_EQ(to_seconds(Cycles{0}, 1e9), 0.0);
}

}  // namespace
}  // namespace olivine
