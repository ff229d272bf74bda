// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/quantize.h"
#include "models/numerics/scale_search.h"
#include "tests/models/numerics/golden_file.h"
#include "tests/models/numerics/slow_encoder.h"

namespace olivine {
namespace {

constexpr std::array kIntegerFormats = {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f,
                                        Format::Ovp8};

void expect_same_as_slow(const TensorView& tensor, Format format,
                         const std::vector<float>& scales) {
  const PackedMatrix packed = encode(tensor, format, scales);
  ASSERT_EQ(find_problem(packed).value_or(""), "");
  const std::vector<int16_t> dense = dense_int16(packed, tensor.k);
  for (int64_t row = 0; row < tensor.rows; ++row) {
    const auto first = tensor.values.begin() + row * tensor.k;
    const float scale = scales[scales.size() == 1 ? 0 : static_cast<size_t>(row)];
    const auto slow = testing::slow_encode_row(format, {first, first + tensor.k}, scale);
    for (int64_t i = 0; i < tensor.k; ++i) {
      ASSERT_EQ(dense[static_cast<size_t>(row * tensor.k + i)], slow[static_cast<size_t>(i)])
          << name_of(format) << " row " << row << " element " << i << " = " << first[i];
    }
  }
}

TEST(Encoder, EqualsTheSlowDefinition) {
  constexpr uint64_t kSeed = 71;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kIntegerFormats) {
    for (const int64_t k : {0, 1, 2, 3, 16, 17, 127, 128, 129}) {
      for (const float scale : {1.0F, 0.37F, 2.5e-3F}) {
        const auto values = testing::encoder_data(3 * k, scale, rng);
        expect_same_as_slow({"data", values, 3, k}, format, {scale});
        expect_same_as_slow({"data", values, 3, k}, format, {scale, scale * 3, scale / 7});
      }
    }
  }
}

// Every midpoint of a grid and its neighbours, both signs, each beside a zero so that it survives.
std::vector<float> midpoint_data(std::vector<int32_t> points) {
  std::vector<float> values;
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const float midpoint = 0.5F * static_cast<float>(points[i] + points[i + 1]);
    for (const float value :
         {std::nextafter(midpoint, 0.0F), midpoint, std::nextafter(midpoint, 1e9F)}) {
      values.insert(values.end(), {value, 0.0F, -value, 0.0F});
    }
  }
  return values;
}

std::vector<int32_t> magnitudes(const Grid& grid) {
  std::vector<int32_t> points = testing::normal_magnitudes(grid.format);
  for (int code = 1; code <= grid.outlier.max_code; ++code) {
    points.push_back(grid.outlier.value(code));
  }
  return points;
}

TEST(Encoder, EqualsTheSlowDefinitionOnEveryMidpointAndItsNeighbours) {
  for (const Format format : kIntegerFormats) {
    std::vector<float> values = midpoint_data(magnitudes(paper_grid(format)));
    for (const float far : {4e4F, 1e9F, 3e38F}) {
      values.insert(values.end(), {far, 0.0F, -far, 1.0F});
    }
    expect_same_as_slow({"midpoints", values, 1, static_cast<int64_t>(values.size())}, format,
                        {1.0F});
  }
}

TEST(Encoder, ArtifactEqualsItsScanOnEveryMidpointAndItsNeighbours) {
  for (const Format format : kIntegerFormats) {
    const EncodeRules rules = rules_for(format, EncoderPolicy::Artifact);
    const std::vector<float> values = midpoint_data(magnitudes(rules.grid));
    const auto count = static_cast<int64_t>(values.size());
    const Quantized quantized = quantize({"midpoints", values, 1, count}, rules, std::vector{1.0F});
    for (int64_t i = 0; i < count; ++i) {
      ASSERT_EQ(quantized.integer(i),
                testing::artifact_nearest(format, values[static_cast<size_t>(i)]))
          << name_of(format) << " " << values[static_cast<size_t>(i)];
    }
  }
}

// Whether both policies must agree on a pair: no negative tie, not two outliers, nothing so far
// beyond the grid that the artifact drops it. `left` and `right` are x / scale.
bool is_undisputed(const EncodeRules& artifact, float left, float right) {
  const float boundary = artifact.grid.outlier_boundary();
  if (std::fabs(left) >= boundary && std::fabs(right) >= boundary) return false;
  for (const float quotient : {left, right}) {
    const float beyond = std::fabs(quotient) - static_cast<float>(artifact.grid.max_value());
    const bool is_half = quotient * 2 == std::round(quotient * 2);
    if (beyond > artifact.zero_beyond || (is_half && quotient < 0)) return false;
  }
  return true;
}

TEST(Encoder, EqualsTheSlowDefinitionOnTheGoldenInputs) {
  const auto file = testing::load_ovp_golden();
  if (!file) GTEST_SKIP() << "no ../shared/data/ovp_golden.json";
  int64_t undisputed = 0;
  for (const testing::GoldenCase& golden : testing::golden_cases(*file)) {
    SCOPED_TRACE(golden.id);
    const EncodeRules rules = rules_for(golden.format, EncoderPolicy::Paper);
    const auto scales = golden.scales(rules);
    expect_same_as_slow(golden.view(), golden.format, scales);
    if (golden.is_unsigned || golden.format == Format::Ovp8 || golden.k % 2 != 0) continue;
    const auto paper = quantize(golden.view(), rules, scales);
    const auto artifact = quantize(golden.view(), golden.artifact_rules(), scales);
    for (int64_t i = 0; i < golden.rows * golden.k; i += 2) {
      const float scale = paper.scale(i / golden.k);
      const auto at = static_cast<size_t>(i);
      const float left = golden.input[at] / scale;
      if (!is_undisputed(artifact.rules, left, golden.input[at + 1] / scale)) continue;
      ASSERT_EQ(paper.integer(i), artifact.integer(i)) << "element " << i;
      ASSERT_EQ(paper.integer(i + 1), artifact.integer(i + 1)) << "element " << i + 1;
      ++undisputed;
    }
  }
  EXPECT_GT(undisputed, 800);
}

TEST(Encoder, TiesGoAwayFromZeroOnBothSides) {
  const std::vector<float> values = {0.5F, -0.5F, 6.5F, -6.5F, 14.0F, 0.0F, -14.0F, 0.0F};
  const auto packed = encode({"ties", values, 1, 8}, Format::Ovp4, std::vector{1.0F});
  EXPECT_EQ(dense_int16(packed, 8), (std::vector<int16_t>{1, -1, 7, -7, 16, 0, -16, 0}));
}

TEST(Encoder, PublishedExampleBytesMatch) {
  // OliVe Figure 1b: -98, 17.6 and 30.7 beside victims are 0xF8, 0x82 and 0x84.
  const std::vector<float> values = {0.3F, -98.0F, 17.6F, 0.1F, 30.7F, -0.2F};
  const auto packed = encode({"figure", values, 1, 6}, Format::Ovp4, std::vector{1.0F});
  EXPECT_EQ(packed.codes, (std::vector<uint8_t>{0xF8, 0x82, 0x84}));
}

// Values of every legal pair of codes, encoded again, give the same codes.
TEST(Encoder, EveryLegalByteSurvivesARoundTrip) {
  for (const Format format : {Format::Int4, Format::Ovp4, Format::Ovp4f}) {
    int legal = 0;
    for (int byte = 0; byte < 256; ++byte) {
      const DecodedByte pair = decode_byte(format, static_cast<uint8_t>(byte));
      const bool has_eight = (byte & 15) == 8 || byte >> 4 == 8;  // int4: -8, which it clamps away
      if (!pair.is_legal || (format == Format::Int4 && has_eight)) continue;
      const std::vector<float> values = {static_cast<float>(pair.even.value()),
                                         static_cast<float>(pair.odd.value())};
      const auto packed = encode({"byte", values, 1, 2}, format, std::vector{1.0F});
      ASSERT_EQ(packed.codes[0], byte) << name_of(format);
      ++legal;
    }
    // 15 x 15 normal pairs, and an identifier on either side of 14 outliers.
    EXPECT_EQ(legal, format == Format::Int4 ? 15 * 15 : 15 * 15 + 14 + 14);
  }
}

TEST(Encoder, EveryLegalPairOfBytesSurvivesARoundTrip) {
  int legal = 0;
  for (int even = 0; even < 256; ++even) {
    for (int odd = 0; odd < 256; ++odd) {
      const auto left = static_cast<uint8_t>(even);
      const auto right = static_cast<uint8_t>(odd);
      if (!is_legal_pair(Format::Ovp8, left, right)) continue;
      ++legal;
      const std::vector<float> values = {
          static_cast<float>(value_of(decode_element(Format::Ovp8, left, right))),
          static_cast<float>(value_of(decode_element(Format::Ovp8, right, left)))};
      const auto packed = encode({"pair", values, 1, 2}, Format::Ovp8, std::vector{1.0F});
      ASSERT_EQ(packed.codes, (std::vector<uint8_t>{left, right}));
    }
  }
  EXPECT_EQ(legal, 255 * 255 + 2 * 126);  // 63 outlier magnitudes of either sign
}

TEST(Encoder, ReportsTheFirstNonFiniteValueBad) {
  std::vector<float> values(10, 1.0F);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    values[7] = bad;
    for (const Format format : {Format::Ovp4, Format::Ovp4f, Format::Int8, Format::Fp16}) {
      try {
        (void)encode({"layer3.weight", values, 2, 5}, format, std::vector{1.0F});
        FAIL() << "accepted " << bad;
      } catch (const ConfigError& error) {
        EXPECT_NE(std::string{error.what()}.find("layer3.weight[7]"), std::string::npos);
      }
    }
  }
}

TEST(Encoder, RefusesScalesAndSizesThatDoNotFitBad) {
  const std::vector<float> values(6, 1.0F);
  const auto with_scale = [&](std::vector<float> scales, int64_t k) {
    (void)encode({"w", values, 2, k}, Format::Ovp4, scales);
  };
  EXPECT_THROW(with_scale({0.0F}, 3), ConfigError);
  EXPECT_THROW(with_scale({-1.0F}, 3), ConfigError);
  EXPECT_THROW(with_scale({1.0F, 1.0F, 1.0F}, 3), ShapeError);
  EXPECT_THROW(with_scale({1.0F}, 4), ShapeError);
}

TEST(Encoder, ArtifactResultsWithoutCodesAreRefusedBad) {
  const std::vector<float> values(6, 1.0F);
  const auto artifact = [&](Format format, bool is_unsigned, int64_t rows) {
    const EncodeRules rules = rules_for(format, EncoderPolicy::Artifact, is_unsigned);
    return pack(quantize({"w", values, rows, 6 / rows}, rules, std::vector{1.0F}));
  };
  EXPECT_THROW((void)artifact(Format::Ovp4, true, 1), ShapeError);
  EXPECT_THROW((void)artifact(Format::Ovp8, false, 1), ShapeError);
  EXPECT_THROW((void)artifact(Format::Ovp4, false, 2), ShapeError);
  EXPECT_NO_THROW((void)artifact(Format::Ovp4, false, 1));
}

TEST(Encoder, FloatFormatsKeepTheirBits) {
  const std::vector<float> values = {1.0F, -2.5F, 65504.0F};
  const auto packed = encode({"x", values, 1, 3}, Format::Fp16, std::vector{1.0F});
  EXPECT_EQ(packed.codes, (std::vector<uint8_t>{0x00, 0x3C, 0x00, 0xC1, 0xFF, 0x7B}));
  EXPECT_EQ(dense_float(packed, 3), values);
  EXPECT_THROW((void)encode({"x", std::vector{65520.0F}, 1, 1}, Format::Fp16, std::vector{1.0F}),
               ConfigError);
}

TEST(ScaleSearch, ZeroRowsGetScaleOne) {
  const std::vector<float> values = {0, 0, 0, 0, 1, 2, -3, 0.5F};
  const auto choice = search_scales(
      {"w", values, 2, 4}, rules_for(Format::Ovp4, EncoderPolicy::Paper), Granularity::PerRow);
  EXPECT_EQ(choice.scales[0], 1.0F);
  EXPECT_EQ(choice.alpha[0], 0.0F);
  EXPECT_FALSE(choice.best_percent[0].has_value());
  EXPECT_TRUE(choice.best_percent[1].has_value());
}

TEST(ScaleSearch, NoCandidateIsBetter) {
  Rng rng{5};
  std::vector<float> values;
  for (int i = 0; i < 512; ++i) values.push_back(static_cast<float>(rng.normal()));
  const TensorView tensor{"w", values, 1, 512};
  const EncodeRules rules = rules_for(Format::Ovp4, EncoderPolicy::Paper);
  const ScaleChoice choice = search_scales(tensor, rules, Granularity::PerTensor);
  for (int p = 75; p < 250; p += 2) {
    const float scale = choice.x_max[0] * static_cast<float>(p * 0.01) / 7.0F;
    const Quantized quantized = quantize(tensor, rules, std::vector{scale});
    double sum = 0.0;
    for (int64_t i = 0; i < 512; ++i) {
      const double error = static_cast<double>(values[static_cast<size_t>(i)]) -
                           static_cast<double>(static_cast<float>(quantized.integer(i)) * scale);
      sum += error * error;
    }
    EXPECT_GE(sum / 512 * (1 + 1e-12), choice.mse[0]) << p;
  }
}

TEST(ScaleSearch, FirstOfEqualCandidatesWins) {
  // 7 is 7 * 1 at 100 % and 1 * 7 at 700 %: exact both times.
  const std::vector<float> values = {7.0F};
  const auto choice =
      search_scales({"w", values, 1, 1}, rules_for(Format::Int4, EncoderPolicy::Paper),
                    Granularity::PerTensor, {100, 701, 600});
  EXPECT_EQ(choice.mse[0], 0.0);
  EXPECT_EQ(choice.best_percent[0], 100);
}

TEST(ScaleSearch, PlainFormatsStartFromTheLargestMagnitude) {
  const std::vector<float> values = {1.0F, -8.0F, 2.0F};
  const auto grid = paper_grid(Format::Int8);
  EXPECT_EQ(find_x_max({"w", values, 1, 3}, grid, Granularity::PerTensor)[0], 8.0F);
  EXPECT_THROW(
      (void)search_scales({"w", values, 1, 3}, rules_for(Format::Int8, EncoderPolicy::Paper),
                          Granularity::PerTensor, {100, 50, 2}),
      ConfigError);
}

}  // namespace
}  // namespace olivine
