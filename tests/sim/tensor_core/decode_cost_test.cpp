// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/numerics/float_formats.h"
#include "models/numerics/ovp.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {Format::Fp16, Format::Bf16, Format::Fp8,   Format::Int8,
                                 Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8};

std::set<float> integer_values(Format format) {
  std::set<float> values;
  const Grid& grid = paper_grid(format);
  for (int value = 0; value <= grid.max_normal; ++value) {
    const bool is_in = !grid.is_flint || std::ranges::count(kFlintMagnitudes, value) > 0;
    if (is_in) values.insert(static_cast<float>(value));
  }
  for (int code = 1; code <= grid.outlier.max_code; ++code) {
    values.insert(static_cast<float>(grid.outlier.value(code)));
  }
  return values;
}

// Magnitudes that elements of the format take.
std::set<float> values_of(Format format) {
  if (info(format).is_integer) return integer_values(format);
  std::set<float> values;
  const int codes = 1 << info(format).bits;
  for (int code = 0; code < codes; ++code) {
    const float value = float_from_code(format, static_cast<uint16_t>(code));
    if (std::isfinite(value)) values.insert(std::abs(value));
  }
  return values;
}

bool holds_all(Format target, Format format) {
  const std::set<float> held = values_of(target);
  return std::ranges::all_of(values_of(format), [&](float v) { return held.contains(v); });
}

TEST(DecodeCost, NoDecoderLosesAValue) {
  for (const Format format : kFormats) {
    for (const Format target : kFormats) {
      SCOPED_TRACE(fmt::format("{} -> {}", name_of(format), name_of(target)));
      const bool is_mmaovp = info(format).is_ovp && info(target).is_ovp;
      if (!can_decode(format, target) || is_mmaovp) continue;
      EXPECT_TRUE(holds_all(target, format));
    }
  }
  EXPECT_FALSE(can_decode(Format::Ovp4f, Format::Int8));  // 192
  EXPECT_FALSE(can_decode(Format::Ovp8, Format::Int8));   // 30720
  EXPECT_FALSE(can_decode(Format::Fp16, Format::Int8));
  EXPECT_FALSE(can_decode(Format::Ovp8, Format::Ovp4));
}

TEST(DecodeCost, NothingIsDoneForEqualFormatsAndInFrontOfMmaovp) {
  for (const Format format : kFormats) EXPECT_EQ(decode_instructions(format, format), 0);
  EXPECT_EQ(decode_instructions(Format::Ovp4f, Format::Ovp4), 0);
  EXPECT_EQ(decode_instructions(Format::Ovp4, Format::Ovp8), 0);
}

// 64 lanes a clock: 13.7 pairs' elements, 57 plain ones.
TEST(DecodeCost, PairsCostFourTimesAsMuchAsPlainNibbles) {
  EXPECT_NEAR(64 / decode_instructions(Format::Ovp4, Format::Int8), 13.7, 0.05);
  EXPECT_NEAR(64 / decode_instructions(Format::Int4, Format::Int8), 57, 2);
}

// What the cost of ovp4 and ovp4f in fp16 rests on.
TEST(DecodeCost, FourBitPairsFillOnlyTheHighByteOfFp16) {
  for (const Format format : {Format::Ovp4, Format::Ovp4f}) {
    for (const float value : values_of(format)) {
      EXPECT_EQ(fp16_from_float(value) & 0xFF, 0) << name_of(format) << ' ' << value;
    }
  }
}

// What the cost of ovp8 outliers in fp16 rests on: code << 7, plus an exponent offset.
TEST(DecodeCost, OutliersOfEightBitPairsAreShiftedCodes) {
  const Abfloat& outlier = paper_grid(Format::Ovp8).outlier;
  // (8 + mantissa) << (exponent + bias) = 1.mantissa * 2^(exponent + bias + 3); fp16's bias is 15.
  const int offset = (outlier.bias + 3 + 15) << 10;
  for (int code = 1; code <= outlier.max_code; ++code) {
    const uint16_t expected = fp16_from_float(static_cast<float>(outlier.value(code)));
    EXPECT_EQ((code << 7) + offset, expected) << code;
  }
}

TEST(DecodeCostDeathTest, RefusesWhatIsNotExactBad) {
  EXPECT_DEATH((void)decode_instructions(Format::Ovp8, Format::Int8),
               "no exact conversion of ovp8 to int8");
}

}  // namespace
}  // namespace olivine
