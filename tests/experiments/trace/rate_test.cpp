// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/rate.h"

#include <gtest/gtest.h>

#include <vector>

#include "models/base/rng.h"

namespace olivine::trace {
namespace {

TEST(ByteRate, SpreadsEvenlyAndWidens) {
  ByteRate rate{4};
  rate.add(10, 0, 4);
  EXPECT_EQ(rate.bytes(), (std::vector<int64_t>{2, 3, 2, 3}));  // 2.5 each, in whole bytes
  rate.add(6, 5, 7);
  EXPECT_EQ(rate.window_cycles(), 2);
  EXPECT_EQ(rate.bytes(), (std::vector<int64_t>{5, 5, 3, 3}));
  rate.add(1, 100, 101);
  EXPECT_EQ(rate.window_cycles(), 32);
  EXPECT_EQ(rate.bytes(), (std::vector<int64_t>{16, 0, 0, 1}));
}

TEST(ByteRate, LosesNothing) {
  Rng rng{5};
  ByteRate rate{16};
  int64_t total = 0;
  for (int i = 0; i < 1000; ++i) {
    const int64_t bytes = rng.chance(0.01) ? int64_t{1} << 45 : rng.uniform(1, 10'000);
    const int64_t from = rng.uniform(0, 100 * i);
    rate.add(bytes, from, from + rng.uniform(1, rng.chance(0.01) ? int64_t{1} << 33 : 300));
    total += bytes;
    ASSERT_LE(rate.bytes().size(), 16u);
    for (const int64_t window : rate.bytes()) ASSERT_GE(window, 0);
  }
  EXPECT_EQ(rate.total(), total);
}

TEST(BusyIntervals, MergeWhatTouches) {
  BusyIntervals busy{10};
  busy.add(1, 0, 2);
  busy.add(2, 2, 5);
  busy.add(4, 6, 7);
  busy.add(8, 4, 6);  // a little late
  ASSERT_EQ(busy.intervals().size(), 1u);
  EXPECT_EQ(busy.intervals()[0].until, 7);
  EXPECT_EQ(busy.intervals()[0].bytes, 15);
  EXPECT_EQ(busy.gap_cycles(), 0);
}

TEST(BusyIntervals, StayFewByLeavingOutGaps) {
  BusyIntervals busy{8};
  for (int64_t i = 0; i < 100; ++i) busy.add(1, 10 * i, 10 * i + 3);
  EXPECT_LE(busy.intervals().size(), 8u);
  EXPECT_GE(busy.gap_cycles(), 7);
  int64_t bytes = 0;
  for (const auto& interval : busy.intervals()) bytes += interval.bytes;
  EXPECT_EQ(bytes, 100);
}

}  // namespace
}  // namespace olivine::trace
