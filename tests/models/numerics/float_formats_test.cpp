// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/float_formats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace olivine {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(FloatFormats, EveryCodeSurvivesARoundTrip) {
  for (uint32_t code = 0; code < 65536; ++code) {
    const auto bits = static_cast<uint16_t>(code);
    const float half = float_from_fp16(bits);
    if (!std::isnan(half)) {
      ASSERT_EQ(fp16_from_float(half), bits);
    }
    const float brain = float_from_bf16(bits);
    if (!std::isnan(brain)) {
      ASSERT_EQ(bf16_from_float(brain), bits);
    }
  }
  for (uint32_t code = 0; code < 256; ++code) {
    const float value = float_from_fp8(static_cast<uint8_t>(code));
    if (!std::isnan(value)) {
      ASSERT_EQ(fp8_from_float(value), code);
    }
  }
}

// Both neighbours of every value and the tie between them, by the definition of nearest-even.
template <class Decode, class Encode>
void expect_nearest_even(uint32_t last_finite, const Decode& decode, const Encode& encode) {
  for (uint32_t code = 0; code < last_finite; ++code) {
    const float low = decode(code);
    const float high = decode(code + 1);
    const float middle = low + (high - low) / 2;  // exact: one more bit than the format has
    ASSERT_EQ(encode(middle), code % 2 == 0 ? code : code + 1) << code;
    ASSERT_EQ(encode(std::nextafter(middle, 0.0F)), code) << code;
    ASSERT_EQ(encode(std::nextafter(middle, kInfinity)), code + 1) << code;
  }
}

TEST(FloatFormats, RoundToNearestEven) {
  expect_nearest_even(
      0x7BFF, [](uint32_t code) { return float_from_fp16(static_cast<uint16_t>(code)); },
      fp16_from_float);
  expect_nearest_even(
      0x7E, [](uint32_t code) { return float_from_fp8(static_cast<uint8_t>(code)); },
      fp8_from_float);
  // bf16 subnormals lie below the ties of float; start at its first normal.
  for (uint32_t code = 0x80; code < 0x7F7F; ++code) {
    const float low = float_from_bf16(static_cast<uint16_t>(code));
    const float middle = low + (float_from_bf16(static_cast<uint16_t>(code + 1)) - low) / 2;
    ASSERT_EQ(bf16_from_float(middle), code % 2 == 0 ? code : code + 1) << code;
  }
}

TEST(FloatFormats, EndsOfTheRange) {
  EXPECT_EQ(float_from_fp16(0x7BFF), 65504.0F);
  EXPECT_EQ(float_from_fp16(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(fp16_from_float(65519.996F), 0x7BFF);
  EXPECT_EQ(fp16_from_float(65520.0F), 0x7C00);  // the tie goes to the even code: infinity
  EXPECT_EQ(fp16_from_float(-kInfinity), 0xFC00);
  EXPECT_EQ(float_from_fp8(0x7E), 448.0F);
  EXPECT_EQ(float_from_fp8(0x01), std::ldexp(1.0F, -9));
  EXPECT_EQ(fp8_from_float(1e9F), 0x7E);
  EXPECT_EQ(fp8_from_float(-kInfinity), 0xFE);
  EXPECT_EQ(bf16_from_float(std::numeric_limits<float>::max()), 0x7F80);
}

TEST(FloatFormats, NotANumberStaysOne) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(float_from_fp16(fp16_from_float(nan))));
  EXPECT_TRUE(std::isnan(float_from_bf16(bf16_from_float(nan))));
  EXPECT_TRUE(std::isnan(float_from_fp8(fp8_from_float(nan))));
}

}  // namespace
}  // namespace olivine
