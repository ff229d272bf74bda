// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/output_stationary_array.h"
#include "sim/systolic/stationary_array.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "models/base/rng.h"
#include "tests/sim/systolic/naive_array.h"

namespace olivine {
namespace {

using testing::NaiveArray;
using testing::NaiveOutputStationary;
using testing::NaiveStationary;

struct ArraySize {
  size_t rows, cols;
};

// 1 in either direction, primes, one less and more than the 16 columns vector code is padded to,
// and more columns than one word of flags (64) holds.
const std::vector<ArraySize> kSizes = {{1, 1},  {1, 7},   {9, 1},  {2, 2},  {17, 19}, {8, 15},
                                       {8, 16}, {16, 17}, {5, 64}, {3, 65}, {2, 131}, {33, 4}};

// More cycles than the left shift registers hold before they are rewound, and the drain and fill
// of the largest array.
constexpr int kCycles = 700;

Slice random_slice(Rng& rng) {
  return {static_cast<int8_t>(rng.uniform(-16, 15)), static_cast<uint8_t>(rng.uniform(0, 15))};
}

// Any values on the operand ports, any flags: not only those that a fold controller makes.
void randomize(ArrayBorder& border, Rng& rng, bool is_sparse) {
  border.clear();
  for (Slice& slice : border.left) slice = random_slice(rng);
  for (uint8_t& flag : border.left_first) flag = rng.chance(0.1);
  border.is_top_active = rng.chance(0.7);
  border.capture = rng.chance(0.1);
  if (!border.is_top_active) return;
  for (Slice& slice : border.top) slice = random_slice(rng);
  if (!is_sparse) return;
  for (uint8_t& position : border.top_position) {
    position = static_cast<uint8_t>(rng.uniform(0, 3));
  }
}

std::string text(Slice slice) { return fmt::format("{}<<{}", slice.integer, slice.exponent); }

std::string text(const PeState& pe) {
  return fmt::format(
      "left {} {} {} {} top {}@{} next {}@{} active {}@{} sum {} hold {} first {} last {}",
      text(pe.left[0]), text(pe.left[1]), text(pe.left[2]), text(pe.left[3]), text(pe.top),
      pe.top_position, text(pe.next), pe.next_position, text(pe.active), pe.active_position, pe.sum,
      pe.hold, pe.first, pe.last);
}

bool is_same(const PeState& a, const PeState& b) {
  return a.left == b.left && a.top == b.top && a.next == b.next && a.active == b.active &&
         a.top_position == b.top_position && a.next_position == b.next_position &&
         a.active_position == b.active_position && a.sum == b.sum && a.hold == b.hold &&
         a.first == b.first && a.last == b.last;
}

// Every register of every PE; says where the first difference is.
::testing::AssertionResult same_registers(const PeArray& array, const NaiveArray& naive,
                                          const ArraySize& size, int cycle) {
  for (size_t r = 0; r < size.rows; ++r) {
    for (size_t c = 0; c < size.cols; ++c) {
      const PeState got = array.pe(r, c);
      const PeState& expected = naive.pe(r, c);
      if (is_same(got, expected)) continue;
      return ::testing::AssertionFailure()
             << fmt::format("{}x{} cycle {} pe ({}, {}):\n  got      {}\n  expected {}", size.rows,
                            size.cols, cycle, r, c, text(got), text(expected));
    }
  }
  return ::testing::AssertionSuccess();
}

void run_stationary(const ArraySize& size, bool is_sparse, Rng& rng) {
  StationaryArray array{size.rows, size.cols, is_sparse};
  NaiveStationary naive{size.rows, size.cols};
  ArrayBorder border{size.rows, size.cols, is_sparse};
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    randomize(border, rng, is_sparse);
    array.step(border);
    naive.step(border);
    ASSERT_TRUE(same_registers(array, naive, size, cycle));
    for (size_t c = 0; c < size.cols; ++c) {
      ASSERT_EQ(array.bottom()[c], naive.pe(size.rows - 1, c).sum) << "cycle " << cycle;
    }
  }
}

// The last row may finish a fold at most every `rows` cycles: a fold controller keeps to that, and
// a column can drain no faster. The other rows finish whenever they like.
void run_output_stationary(const ArraySize& size, bool is_sparse, Rng& rng) {
  OutputStationaryArray array{size.rows, size.cols, is_sparse};
  NaiveOutputStationary naive{size.rows, size.cols};
  ArrayBorder border{size.rows, size.cols, is_sparse};
  int quiet_until = 0;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    randomize(border, rng, is_sparse);
    for (uint8_t& flag : border.left_last) flag = rng.chance(0.1);
    border.left_last.back() = cycle >= quiet_until && rng.chance(0.3);
    if (border.left_last.back() != 0) quiet_until = cycle + static_cast<int>(size.rows);
    array.step(border);
    naive.step(border);
    ASSERT_TRUE(same_registers(array, naive, size, cycle));
    for (size_t c = 0; c < size.cols; ++c) {
      if (!naive.is_draining(c)) continue;
      ASSERT_EQ(array.bottom()[c], naive.drained(c)) << "cycle " << cycle << " column " << c;
    }
  }
}

class PeArrayLockstep : public ::testing::TestWithParam<std::tuple<size_t, bool>> {};

TEST_P(PeArrayLockstep, StationaryEqualsOnePeAfterAnother) {
  const auto [index, is_sparse] = GetParam();
  const uint64_t seed = 51 + index;
  SCOPED_TRACE(fmt::format("seed {} sparse {}", seed, is_sparse));
  Rng rng{seed};
  run_stationary(kSizes[index], is_sparse, rng);
}

TEST_P(PeArrayLockstep, OutputStationaryEqualsOnePeAfterAnother) {
  const auto [index, is_sparse] = GetParam();
  const uint64_t seed = 71 + index;
  SCOPED_TRACE(fmt::format("seed {} sparse {}", seed, is_sparse));
  Rng rng{seed};
  run_output_stationary(kSizes[index], is_sparse, rng);
}

INSTANTIATE_TEST_SUITE_P(Sizes, PeArrayLockstep,
                         ::testing::Combine(::testing::Range(size_t{0}, kSizes.size()),
                                            ::testing::Bool()));

// One operand goes through the whole array alone, so that each movement has a cycle to be checked.
TEST(PeArray, OperandsMoveOnePeACycle) {
  constexpr size_t kRows = 3;
  constexpr size_t kCols = 4;
  StationaryArray array{kRows, kCols, false};
  ArrayBorder border{kRows, kCols, false};
  border.left[1] = {5, 2};
  border.top[2] = {-3, 4};
  border.is_top_active = true;
  array.step(border);
  border.clear();
  for (size_t moved = 0; moved < kCols; ++moved) {
    for (size_t c = 0; c < kCols; ++c) {
      EXPECT_EQ(array.pe(1, c).left[0], (c == moved ? Slice{5, 2} : Slice{})) << moved;
    }
    for (size_t r = 0; r < kRows; ++r) {
      EXPECT_EQ(array.pe(r, 2).top, (r == moved ? Slice{-3, 4} : Slice{})) << moved;
    }
    array.step(border);
  }
}

}  // namespace
}  // namespace olivine
