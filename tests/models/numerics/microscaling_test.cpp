// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/microscaling.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {MxFormat::Mxfp4, MxFormat::Mxint8};

// Every element of a format from its definition: E2M1 with bias 1 and subnormals, or i / 64. Codes
// in ascending order of magnitude, so that an even index is an even mantissa.
std::vector<double> element_magnitudes(MxFormat format) {
  std::vector<double> result;
  if (format == MxFormat::Mxint8) {
    for (int i = 0; i <= 127; ++i) result.push_back(i / 64.0);
    return result;
  }
  for (int exponent = 0; exponent < 4; ++exponent) {
    for (int mantissa = 0; mantissa < 2; ++mantissa) {
      result.push_back(exponent == 0 ? 0.5 * mantissa
                                     : std::ldexp(1.0 + 0.5 * mantissa, exponent - 1));
    }
  }
  return result;
}

// Nearest of all elements; of two equally near the even one.
double nearest_element(MxFormat format, double value) {
  const std::vector<double> points = element_magnitudes(format);
  size_t best = 0;
  for (size_t i = 1; i < points.size(); ++i) {
    const double distance = std::fabs(std::fabs(value) - points[i]);
    const double best_distance = std::fabs(std::fabs(value) - points[best]);
    if (distance < best_distance || (distance == best_distance && i % 2 == 0)) best = i;
  }
  return std::copysign(points[best], value);
}

// The exponent of a block's scale, found by trying: the largest power of two in the format times
// the scale is the largest power of two that is not above max|x|.
int shared_exponent(MxFormat format, double largest) {
  const double power = format == MxFormat::Mxfp4 ? 4.0 : 1.0;
  int exponent = -127;
  while (exponent < 127 && std::ldexp(power, exponent + 1) <= largest) ++exponent;
  return exponent;
}

void expect_definition(const std::vector<float>& values, int64_t rows, MxFormat format) {
  const int64_t k = static_cast<int64_t>(values.size()) / rows;
  const MxMatrix matrix = encode_mx({"w", values, rows, k}, format);
  const std::vector<float> decoded = decode_mx(matrix);
  const int64_t blocks = (k + 31) / 32;
  ASSERT_EQ(matrix.codes.size(), static_cast<size_t>(rows * ((k * element_bits(format) + 7) / 8)));
  ASSERT_EQ(matrix.scales.size(), static_cast<size_t>(rows * blocks));
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t block = 0; block < blocks; ++block) {
      double largest = 0.0;
      const int64_t first = row * k + 32 * block;
      const int64_t last = row * k + std::min(k, 32 * block + 32);
      for (int64_t i = first; i < last; ++i) {
        largest = std::max(largest, std::fabs(static_cast<double>(values[static_cast<size_t>(i)])));
      }
      const int exponent = shared_exponent(format, largest);
      ASSERT_EQ(matrix.scales[static_cast<size_t>(row * blocks + block)], exponent + 127);
      for (int64_t i = first; i < last; ++i) {
        const auto at = static_cast<size_t>(i);
        const double scaled = std::ldexp(static_cast<double>(values[at]), -exponent);
        ASSERT_EQ(static_cast<double>(decoded[at]),
                  std::ldexp(nearest_element(format, scaled), exponent))
            << name_of(format) << " row " << row << " element " << i << " = " << values[at];
      }
    }
  }
}

TEST(Microscaling, EqualsItsDefinitionOnRandomBlocks) {
  constexpr uint64_t kSeed = 41;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const MxFormat format : kFormats) {
    for (const int64_t k : {1, 2, 31, 32, 33, 64, 65, 127}) {
      for (const int exponent : {-149, -140, -127, -126, -20, 0, 7, 100, 120}) {
        std::vector<float> values;
        for (int64_t i = 0; i < 3 * k; ++i) {
          const double spread = std::ldexp(1.0, static_cast<int>(rng.uniform(0, 6)) + exponent);
          values.push_back(static_cast<float>(rng.normal() * spread));
        }
        SCOPED_TRACE(fmt::format("k {} 2^{}", k, exponent));
        expect_definition(values, 3, format);
      }
    }
  }
}

// Points, midpoints and both neighbours of each, beside a value that fixes the scale at 1.
TEST(Microscaling, TiesGoToTheEvenElement) {
  for (const MxFormat format : kFormats) {
    const std::vector<double> points = element_magnitudes(format);
    const float anchor = format == MxFormat::Mxfp4 ? 4.0F : 1.0F;
    std::vector<float> values;
    for (size_t i = 0; i + 1 < points.size(); ++i) {
      const auto midpoint = static_cast<float>(0.5 * (points[i] + points[i + 1]));
      for (const float value : {static_cast<float>(points[i]), midpoint,
                                std::nextafter(midpoint, 0.0F), std::nextafter(midpoint, 9.0F)}) {
        for (const float sign : {1.0F, -1.0F}) {
          values.push_back(sign * value);
          values.insert(values.end(), 31, anchor);
        }
      }
    }
    expect_definition(values, 1, format);
  }
}

TEST(Microscaling, PublishedElementsAndSaturation) {
  // max = 7.9: scale 2^(2 - 2); 7.9 saturates at 6, 5 is midway between 4 (code 6) and 6.
  const std::vector<float> values = {7.9F, -5.0F, 0.2F, -0.25F, 0.75F};
  const MxMatrix fp4 = encode_mx({"w", values, 1, 5}, MxFormat::Mxfp4);
  EXPECT_EQ(fp4.scales, (std::vector<uint8_t>{127}));
  EXPECT_EQ(fp4.codes, (std::vector<uint8_t>{0xE7, 0x80, 0x02}));
  EXPECT_EQ(decode_mx(fp4), (std::vector<float>{6.0F, -4.0F, 0.0F, -0.0F, 1.0F}));
  EXPECT_EQ(fp4.byte_count(), 4u);
  // 1.999 x 64 = 127.9 rounds to 128, saturates at 127; its mirror too.
  const std::vector<float> ones = {1.999F, -1.999F, 1.0F / 64, -0.5F / 64, -1.5F / 64};
  const MxMatrix int8 = encode_mx({"w", ones, 1, 5}, MxFormat::Mxint8);
  EXPECT_EQ(int8.codes, (std::vector<uint8_t>{127, 0x81, 1, 0, 0xFE}));
}

TEST(Microscaling, ZeroBlocksHaveTheSmallestScale) {
  for (const MxFormat format : kFormats) {
    std::vector<float> values(96, 0.0F);
    values[40] = 1.0F;
    const MxMatrix matrix = encode_mx({"w", values, 1, 96}, format);
    EXPECT_EQ(matrix.scales[0], 0);
    EXPECT_EQ(matrix.scales[2], 0);
    EXPECT_EQ(decode_mx(matrix), values);
    EXPECT_TRUE(encode_mx({"w", {}, 0, 5}, format).codes.empty());
    EXPECT_TRUE(decode_mx(encode_mx({"w", {}, 5, 0}, format)).empty());
  }
}

TEST(Microscaling, LargestAndSmallestFloats) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  for (const MxFormat format : kFormats) {
    expect_definition({kLargest, -kLargest, kSmallest, 0.0F, -kLargest / 2}, 1, format);
    expect_definition({kSmallest, -kSmallest, 3 * kSmallest}, 1, format);
  }
}

TEST(Microscaling, ScaleFFIsNotANumber) {
  const MxMatrix matrix{MxFormat::Mxint8, 1, 1, {64}, {0xFF}};
  EXPECT_TRUE(std::isnan(decode_mx(matrix)[0]));
}

TEST(Microscaling, RefusesWhatQuantizeRefusesBad) {
  const std::vector<float> values = {1.0F, std::numeric_limits<float>::infinity()};
  EXPECT_THROW((void)encode_mx({"w", values, 1, 2}, MxFormat::Mxfp4), ConfigError);
  EXPECT_THROW((void)encode_mx({"w", values, 1, 3}, MxFormat::Mxfp4), ShapeError);
}

}  // namespace
}  // namespace olivine
