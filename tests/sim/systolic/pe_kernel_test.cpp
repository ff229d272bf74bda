// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/pe_kernel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "models/base/rng.h"
#include "models/numerics/packed.h"

namespace olivine {
namespace {

// Every operand a port can carry: 5-bit signed integers with 4-bit exponents.
std::vector<Slice> all_slices() {
  std::vector<Slice> slices;
  for (int integer = -16; integer <= 15; ++integer) {
    for (int exponent = 0; exponent <= 15; ++exponent) {
      slices.push_back({static_cast<int8_t>(integer), static_cast<uint8_t>(exponent)});
    }
  }
  return slices;
}

// sum + left * top * 2^(left exponent + top exponent) as an exact integer, cut to 32 bits.
int32_t multiply_add(int32_t sum, Slice left, Slice top) {
  const int64_t product =
      int64_t{left.integer} * top.integer * (int64_t{1} << (left.exponent + top.exponent));
  return static_cast<int32_t>(static_cast<uint64_t>(sum + product) & 0xFFFFFFFFu);
}

// Operands in the form the kernels read: `lanes` lines, `pitch` apart.
class OperandLines {
 public:
  explicit OperandLines(size_t pitch, size_t lanes = 1)
      : pitch_(pitch), integer_(pitch * lanes), exponent_(pitch * lanes) {}

  void set(size_t c, Slice slice, size_t lane = 0) {
    integer_[lane * pitch_ + c] = slice.integer;
    exponent_[lane * pitch_ + c] = slice.exponent;
  }
  [[nodiscard]] SliceRow row() const { return {integer_.data(), exponent_.data()}; }

 private:
  size_t pitch_;
  std::vector<int8_t> integer_;
  std::vector<uint8_t> exponent_;
};

// All representable slices, one a column.
OperandLines every_slice_in_a_line(const std::vector<Slice>& slices) {
  OperandLines line{slices.size()};
  for (size_t c = 0; c < slices.size(); ++c) line.set(c, slices[c]);
  return line;
}

std::vector<int32_t> random_sums(Rng& rng, size_t cols) {
  std::vector<int32_t> sums(cols);
  for (int32_t& sum : sums) sum = static_cast<int32_t>(rng.next());
  sums[0] = std::numeric_limits<int32_t>::max();
  sums[1] = std::numeric_limits<int32_t>::min();
  return sums;
}

std::string set_name(InstructionSet set) {
  switch (set) {
    case InstructionSet::Portable:
      return "Portable";
    case InstructionSet::Avx2:
      return "Avx2";
    case InstructionSet::Avx512:
      return "Avx512";
  }
  return "";
}

// Every version against exact integers, on processors that have it.
class PeKernel : public ::testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    if (GetParam() > best_instruction_set()) {
      GTEST_SKIP() << "no " << set_name(GetParam()) << " here";
    }
  }
};

TEST_P(PeKernel, EveryPairOfOperands) {
  constexpr uint64_t kSeed = 91;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  const std::vector<Slice> slices = all_slices();
  const size_t cols = slices.size();
  ASSERT_EQ(cols % kPeColumnPadding, 0u);
  const OperandLines top = every_slice_in_a_line(slices);
  for (const Slice& left : slices) {
    OperandLines left_line{cols};
    for (size_t c = 0; c < cols; ++c) left_line.set(c, left);
    const std::vector<int32_t> before = random_sums(rng, cols);
    std::vector<int32_t> after = before;
    const PeRow row{after.data(), left_line.row(), top.row()};
    accumulate_rows({&row, 1}, cols, GetParam());
    for (size_t c = 0; c < cols; ++c) {
      ASSERT_EQ(after[c], multiply_add(before[c], left, slices[c]))
          << fmt::format("{} + {}<<{} * {}<<{}", before[c], left.integer, left.exponent,
                         slices[c].integer, slices[c].exponent);
    }
  }
}

// The left operand stands on a random one of the four bus lanes; the others carry something else.
TEST_P(PeKernel, EveryPairThroughTheMultiplexer) {
  constexpr uint64_t kSeed = 92;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  const std::vector<Slice> slices = all_slices();
  const size_t cols = slices.size();
  const size_t pitch = cols + 24;  // lanes need not lie back to back
  const OperandLines top = every_slice_in_a_line(slices);
  OperandLines left{pitch, 4};
  std::vector<uint8_t> position(cols);
  for (size_t offset = 0; offset < cols; ++offset) {
    for (size_t c = 0; c < cols; ++c) {
      for (size_t lane = 0; lane < 4; ++lane) left.set(c, slices[rng.next() % cols], lane);
      position[c] = static_cast<uint8_t>(rng.next() % 4);
      left.set(c, slices[(c + offset) % cols], position[c]);
    }
    const std::vector<int32_t> before = random_sums(rng, cols);
    std::vector<int32_t> after = before;
    const PeRow row{after.data(), left.row(), top.row(), position.data(), pitch};
    accumulate_rows({&row, 1}, cols, GetParam());
    for (size_t c = 0; c < cols; ++c) {
      ASSERT_EQ(after[c], multiply_add(before[c], slices[(c + offset) % cols], slices[c]))
          << fmt::format("column {} position {}", c, position[c]);
    }
  }
}

TEST_P(PeKernel, TouchesNothingBehindTheRows) {
  for (size_t cols = 0; cols <= 5 * kPeColumnPadding; cols += kPeColumnPadding) {
    const size_t pitch = cols + kPeColumnPadding;
    OperandLines line{pitch};
    for (size_t c = 0; c < pitch; ++c) line.set(c, {3, 1});
    std::vector<int32_t> sums(3 * pitch, 100);
    std::vector<PeRow> rows;
    for (size_t r = 0; r < 3; ++r) rows.push_back({&sums[r * pitch], line.row(), line.row()});
    accumulate_rows(rows, cols, GetParam());
    for (size_t i = 0; i < sums.size(); ++i) {
      EXPECT_EQ(sums[i], i % pitch < cols ? 100 + (3 << 1) * (3 << 1) : 100) << i << " of " << cols;
    }
  }
  accumulate_rows({}, kPeColumnPadding, GetParam());
}

// Row r takes shifts 1..r of its column: counters around both ends.
TEST_P(PeKernel, HoldRegistersMoveWhileTheirRowTakesPart) {
  constexpr size_t kCols = 2 * kPeColumnPadding;
  for (int32_t row = 0; row <= 20; ++row) {
    std::vector<int32_t> to(kCols), from(kCols), counter(kCols);
    for (size_t c = 0; c < kCols; ++c) {
      to[c] = 1000 + static_cast<int32_t>(c);
      from[c] = 2000 + static_cast<int32_t>(c);
      counter[c] = static_cast<int32_t>(c);
    }
    const std::vector<int32_t> before = to;
    shift_hold_row(to.data(), from.data(), counter.data(), row, kCols, GetParam());
    for (size_t c = 0; c < kCols; ++c) {
      const bool moves = counter[c] >= 1 && counter[c] <= row;
      EXPECT_EQ(to[c], moves ? from[c] : before[c]) << "row " << row << " shift " << counter[c];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, PeKernel,
                         ::testing::Values(InstructionSet::Portable, InstructionSet::Avx2,
                                           InstructionSet::Avx512),
                         [](const auto& set) { return set_name(set.param); });

}  // namespace
}  // namespace olivine
