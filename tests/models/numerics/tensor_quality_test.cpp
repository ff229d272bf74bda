// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/sparse.h"
#include "models/numerics/tensor_quality.h"
#include "tests/models/numerics/slow_encoder.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f,
                                 Format::Ovp8, Format::Fp16, Format::Bf16, Format::Fp8};

void expect_same(const TensorQuality& left, const TensorQuality& right) {
  EXPECT_EQ(left.elements, right.elements);
  EXPECT_EQ(left.squared_error, right.squared_error);
  EXPECT_EQ(left.squared_signal, right.squared_signal);
  EXPECT_EQ(left.squared_stored, right.squared_stored);
  EXPECT_EQ(left.product, right.product);
  EXPECT_EQ(left.outliers, right.outliers);
  EXPECT_EQ(left.victims, right.victims);
  EXPECT_EQ(left.outlier_pairs, right.outlier_pairs);
  EXPECT_EQ(left.scale_min, right.scale_min);
  EXPECT_EQ(left.scale_max, right.scale_max);
}

TEST(TensorQuality, SumsAndRatiosOfThreeValues) {
  const std::vector<float> x = {1.0F, -2.0F, 3.0F};
  const std::vector<float> q = {1.0F, -1.0F, 4.0F};
  const TensorQuality quality = compare_values(x, q);
  EXPECT_EQ(quality.squared_error, 0 + 1 + 1);
  EXPECT_EQ(quality.squared_signal, 1 + 4 + 9);
  EXPECT_EQ(quality.squared_stored, 1 + 1 + 16);
  EXPECT_EQ(quality.product, 1 + 2 + 12);
  EXPECT_EQ(quality.mse(), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(quality.sqnr_db().value(), 10 * std::log10(14.0 / 2.0));
  EXPECT_DOUBLE_EQ(quality.cosine(), 15.0 / std::sqrt(14.0 * 18.0));
}

TEST(TensorQuality, NothingAndEqualTensors) {
  const TensorQuality nothing = compare_values({}, {});
  EXPECT_EQ(nothing.mse(), 0.0);
  EXPECT_FALSE(nothing.sqnr_db().has_value());
  EXPECT_EQ(nothing.cosine(), 1.0);
  const std::vector<float> x = {3.0F, -4.0F};
  EXPECT_FALSE(compare_values(x, x).sqnr_db().has_value());
  EXPECT_EQ(compare_values(x, x).cosine(), 1.0);
  EXPECT_EQ(compare_values(x, std::vector{0.0F, 0.0F}).cosine(), 0.0);
}

TEST(TensorQuality, AddsPartsToTheWhole) {
  TensorQuality sum = compare_values(std::vector{1.0F, 2.0F}, std::vector{1.0F, 1.0F});
  TensorQuality part = compare_values(std::vector{4.0F}, std::vector{1.0F});
  part.outliers = 3;
  part.victims = 2;
  part.outlier_pairs = 1;
  part.scale_min = 0.25F;
  part.scale_max = 0.5F;
  sum.add(part);
  part.scale_min = 0.125F;
  part.scale_max = 0.25F;
  sum.add(part).add(TensorQuality{});
  EXPECT_EQ(sum.elements, 2u + 1 + 1);
  EXPECT_EQ(sum.squared_error, 1 + 9 + 9);
  EXPECT_EQ(sum.outliers, 6u);
  EXPECT_EQ(sum.victims, 4u);
  EXPECT_EQ(sum.outlier_pairs, 2u);
  EXPECT_EQ(sum.scale_min, 0.125F);
  EXPECT_EQ(sum.scale_max, 0.5F);
}

TEST(TensorQuality, CountsVictimsAndPairsOfTwoOutliers) {
  // ovp4 at scale 2: outliers from 19 up. Pairs: none, one outlier left, one right, two (the larger
  // stays), and the last beside an empty slot.
  const std::vector<float> x = {1, 2, 40, 3, 4, -50, 30, 60, 90};
  const Quantized quantized =
      quantize({"w", x, 1, 9}, rules_for(Format::Ovp4, EncoderPolicy::Paper), std::vector{2.0F});
  const TensorQuality quality = measure_quantized({"w", x, 1, 9}, quantized);
  EXPECT_EQ(quality.outliers, 4u);
  EXPECT_EQ(quality.victims, 3u);  // the empty slot is no element
  EXPECT_EQ(quality.outlier_pairs, 1u);
  EXPECT_EQ(quality.scale_min, 2.0F);
  // Stored: 2 (0.5 ties up), 2, 48 (20 -> 24: 24 - 20 = 20 - 16 ties up), 0, 0, -48 (25 -> 24), 0,
  // 64 (30 -> 32), 96 (45 -> 48).
  EXPECT_EQ(quality.squared_error, 1 + 0 + 64 + 9 + 16 + 4 + 900 + 16 + 36);
  expect_same(quality, measure_packed({"w", x, 1, 9}, pack(quantized)));
}

TEST(TensorQuality, PackedEqualsQuantizedForEveryIntegerFormat) {
  constexpr uint64_t kSeed = 17;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    if (!info(format).is_integer) continue;
    for (const int64_t k : {0, 1, 2, 3, 31, 32, 33, 127}) {
      SCOPED_TRACE(fmt::format("{} k {}", name_of(format), k));
      const auto values = testing::encoder_data(17 * k, 0.5F, rng);
      const TensorView tensor{"w", values, 17, k};
      std::vector<float> scales;
      for (int row = 0; row < 17; ++row) scales.push_back(0.25F + 0.125F * static_cast<float>(row));
      const Quantized quantized = quantize(tensor, rules_for(format, EncoderPolicy::Paper), scales);
      expect_same(measure_quantized(tensor, quantized), measure_packed(tensor, pack(quantized)));
    }
  }
}

TEST(TensorQuality, PackedFormsAreMeasuredAgainstTheDenseOriginal) {
  constexpr uint64_t kSeed = 18;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    for (const int64_t k : {1, 4, 5, 67}) {
      SCOPED_TRACE(fmt::format("{} k {}", name_of(format), k));
      std::vector<float> values;
      for (int64_t i = 0; i < 3 * k; ++i) {
        values.push_back(static_cast<float>(rng.normal() * (rng.chance(0.3) ? 20 : 2)));
      }
      const TensorView tensor{"w", values, 3, k};
      const auto pruned = prune_two_four(tensor);
      const PackedMatrix packed = encode_two_four(pruned, "w", format, std::vector{0.75F});
      std::vector<float> stored = dense_float(packed, k);
      for (float& value : stored) value *= 0.75F;
      TensorQuality expected = compare_values(values, stored);
      expected.scale_min = expected.scale_max = 0.75F;
      if (info(format).is_ovp) {
        // Kept elements alone have the same pairs; beside a group of one is padding.
        const auto quantized =
            quantize(pruned.view("w"), rules_for(format, EncoderPolicy::Paper), std::vector{0.75F});
        const auto kept = measure_quantized(pruned.view("w"), quantized);
        expected.outliers = kept.outliers;
        expected.outlier_pairs = kept.outlier_pairs;
        expected.victims = kept.victims;
        for (int64_t row = 0; row < 3 && k % 4 == 1; ++row) {
          const int64_t padding = (row + 1) * pruned.kept_k() - 1;
          expected.victims -= quantized.is_victim(padding) ? 1u : 0u;
        }
      }
      expect_same(measure_packed(tensor, packed), expected);
    }
  }
}

// All three counts of a flattened tensor by the artifact's rules: left survives, the last of an odd
// number wraps.
TEST(TensorQuality, CountsByTheArtifactsRules) {
  const EncodeRules rules = rules_for(Format::Ovp4, EncoderPolicy::Artifact);
  const float beyond = 96.0F + rules.zero_beyond * 2;  // becomes 0, is no outlier
  const std::vector<float> x = {20, 30, 1, 25, beyond, 40, 1, 2, 50};
  const Quantized quantized = quantize({"a", x, 3, 3}, rules, std::vector{1.0F});
  const TensorQuality quality = measure_quantized({"a", x, 3, 3}, quantized);
  // (20, 30) two; (1, 25) one; (beyond, 40) one; the wrap makes 50 a victim of 20.
  EXPECT_EQ(quality.outliers, 3u);
  EXPECT_EQ(quality.victims, 4u);
  EXPECT_EQ(quality.outlier_pairs, 2u);
}

// Stored values are fl32(integer * scale) on every grid, the artifact's unsigned ones too.
TEST(TensorQuality, StoredValuesAreIntegersTimesScale) {
  constexpr uint64_t kSeed = 19;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    if (!info(format).is_integer) continue;
    for (const bool is_unsigned : {false, true}) {
      const EncodeRules rules = rules_for(format, EncoderPolicy::Artifact, is_unsigned);
      const auto values = testing::encoder_data(3 * 33, 0.3F, rng);
      const Quantized quantized = quantize({"a", values, 3, 33}, rules, std::vector{0.3F});
      std::vector<float> stored;
      for (int64_t i = 0; i < 3 * 33; ++i) {
        stored.push_back(static_cast<float>(quantized.integer(i)) * 0.3F);
      }
      const TensorQuality expected = compare_values(values, stored);
      const TensorQuality quality = measure_quantized({"a", values, 3, 33}, quantized);
      EXPECT_EQ(quality.squared_error, expected.squared_error) << name_of(format);
      EXPECT_EQ(quality.product, expected.product) << name_of(format);
    }
  }
}

TEST(TensorQuality, OtherSizesAreRefusedBad) {
  const std::vector<float> x(6, 1.0F);
  EXPECT_THROW((void)compare_values(x, std::vector{1.0F}), ShapeError);
  const auto packed = encode({"w", x, 2, 3}, Format::Int8, std::vector{1.0F});
  try {
    (void)measure_packed({"w", x, 3, 2}, packed);
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "w: 3 x 2 is measured against 2 x 3");
  }
}

}  // namespace
}  // namespace olivine
