// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/quantized_tensor.h"
#include "models/quantization/activation_scale.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "models/numerics/bitmap.h"
#include "models/numerics/sparse.h"
#include "models/quantization/quant_scheme.h"
#include "tests/models/quantization/heavy_tailed.h"

namespace olivine {
namespace {

constexpr SearchRange kCoarse{75, 250, 25};
constexpr uint64_t kSeed = 902;

QuantizeOptions coarse() {
  QuantizeOptions options;
  options.range = kCoarse;
  return options;
}

WeightStorage storage_of(std::string_view name) {
  const QuantScheme scheme = parse_quant_scheme(name);
  return {scheme.weights, scheme.sparsity, 0.5, {}};
}

// Sums of a tensor's quality, from the decoded values alone.
void expect_errors_of_decoded(const QuantizedTensor& tensor, const std::vector<float>& original) {
  const std::vector<float> decoded = tensor.decoded();
  ASSERT_EQ(decoded.size(), original.size());
  double error = 0.0;
  double signal = 0.0;
  for (size_t i = 0; i < original.size(); ++i) {
    const double difference = static_cast<double>(original[i]) - static_cast<double>(decoded[i]);
    error += difference * difference;
    signal += static_cast<double>(original[i]) * static_cast<double>(original[i]);
  }
  // Both add as many squares as there are elements, in their own order.
  const double tolerance = static_cast<double>(original.size()) * 0x1p-52 * (error + signal);
  EXPECT_NEAR(tensor.quality.squared_error, error, tolerance);
  EXPECT_NEAR(tensor.quality.squared_signal, signal, tolerance);
  EXPECT_EQ(tensor.quality.elements, original.size());
}

TEST(QuantizedTensor, QualityIsThatOfTheDecodedValues) {
  Rng rng{kSeed};
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  for (const std::string& name : quant_scheme_names()) {
    SCOPED_TRACE(name);
    for (const int64_t k : {1, 4, 31, 32, 33, 127}) {
      const std::vector<float> values = testing::heavy_tailed(3 * k, rng);
      const QuantizedTensor tensor =
          quantize_weights({"w", values, 3, k}, storage_of(name), coarse());
      EXPECT_EQ(tensor.rows(), 3);
      EXPECT_EQ(tensor.k(), k);
      expect_errors_of_decoded(tensor, values);
    }
  }
}

TEST(QuantizedTensor, BlocksOfRowsMakeTheWhole) {
  Rng rng{kSeed + 1};
  SCOPED_TRACE(fmt::format("seed {}", kSeed + 1));
  constexpr int64_t kK = 66;
  const std::vector<float> values = testing::heavy_tailed(5 * kK, rng);
  const std::span<const float> all{values};
  for (const std::string& name : quant_scheme_names()) {
    SCOPED_TRACE(name);
    const QuantizedTensor whole =
        quantize_weights({"w", values, 5, kK}, storage_of(name), coarse());
    QuantizedTensor parts =
        quantize_weights({"w", all.first(2 * kK), 2, kK}, storage_of(name), coarse());
    append_rows(parts,
                quantize_weights({"w", all.subspan(2 * kK), 3, kK}, storage_of(name), coarse()));
    EXPECT_EQ(parts.decoded(), whole.decoded());
    EXPECT_EQ(parts.quality.outliers, whole.quality.outliers);
    if (whole.choice) {
      EXPECT_EQ(parts.choice->alpha, whole.choice->alpha);
      EXPECT_EQ(parts.choice->best_percent, whole.choice->best_percent);
    }
    if (const auto* matrix = std::get_if<PackedMatrix>(&whole.stored)) {
      EXPECT_EQ(std::get<PackedMatrix>(parts.stored).codes, matrix->codes);
      EXPECT_EQ(std::get<PackedMatrix>(parts.stored).scales, matrix->scales);
      EXPECT_EQ(find_problem(std::get<PackedMatrix>(parts.stored)).value_or(""), "");
    }
  }
}

TEST(QuantizedTensor, BestTakesTheTypeOfTheSmallerError) {
  Rng rng{kSeed + 2};
  SCOPED_TRACE(fmt::format("seed {}", kSeed + 2));
  int flint = 0;
  for (int i = 0; i < 20; ++i) {
    // Half of the tensors have few large values: the flint grid is denser near 0.
    std::vector<float> values = testing::heavy_tailed(256, rng);
    if (i % 2 == 0) {
      for (float& value : values) value = value * value * value;
    }
    QuantizeOptions options = coarse();
    const TensorView view{"w", values, 2, 128};
    const double with_int4 =
        quantize_weights(view, storage_of("w4a4-ovp"), options).choice->mse_sum();
    options.ovp4 = Ovp4Normals::Flint4;
    const double with_flint4 =
        quantize_weights(view, storage_of("w4a4-ovp"), options).choice->mse_sum();
    options.ovp4 = Ovp4Normals::Best;
    const QuantizedTensor best = quantize_weights(view, storage_of("w4a4-ovp"), options);
    EXPECT_EQ(best.choice->mse_sum(), std::min(with_int4, with_flint4));
    flint += best.storage() == Storage{Format::Ovp4f} ? 1 : 0;
  }
  EXPECT_GT(flint, 0);
  EXPECT_LT(flint, 20);
}

TEST(QuantizedTensor, ImportanceDecidesWhatTwoFourKeeps) {
  // Magnitude keeps 4 and 3; with channel 0 counting ten times, 1 becomes 10.
  const std::vector<float> values = {1, 2, 3, 4};
  const std::vector<float> importance = {10, 1, 1, 1};
  WeightStorage storage = storage_of("w8a8-int8-2:4");
  const auto by_magnitude = quantize_weights({"w", values, 1, 4}, storage, {}).decoded();
  storage.importance = importance;
  const auto by_effect = quantize_weights({"w", values, 1, 4}, storage, {}).decoded();
  const auto is_kept = [](float value) { return value != 0.0F; };
  EXPECT_THAT(by_magnitude,
              ::testing::ElementsAre(0, 0, ::testing::Truly(is_kept), ::testing::Truly(is_kept)));
  EXPECT_THAT(by_effect,
              ::testing::ElementsAre(::testing::Truly(is_kept), 0, 0, ::testing::Truly(is_kept)));
}

TEST(QuantizedTensor, BitmapsKeepTheirShareAndCountTheirBytes) {
  Rng rng{kSeed + 3};
  const std::vector<float> values = testing::heavy_tailed(4 * 64, rng);
  WeightStorage storage = storage_of("w16a16-fp16-bitmap");
  storage.density = 0.25;
  const QuantizedTensor tensor = quantize_weights({"w", values, 4, 64}, storage, {});
  size_t kept = 0;
  for (const float value : tensor.decoded()) kept += value != 0.0F ? 1 : 0;
  EXPECT_EQ(kept, 4 * 64 / 4);
  // One bit an element, two bytes a kept one, the one scale of fp16.
  EXPECT_EQ(tensor.byte_count, 4 * 64 / 8 + 2 * kept + sizeof(float));
}

TEST(QuantizedTensor, BitmapsOfPairsKeepWholePairs) {
  Rng rng{kSeed + 6};
  constexpr int64_t kK = 63;  // the last pair has one element
  const std::vector<float> values = testing::heavy_tailed(4 * kK, rng);
  WeightStorage storage = storage_of("w8a8-ovp-bitmap");
  storage.density = 0.25;
  const QuantizedTensor tensor = quantize_weights({"w", values, 4, kK}, storage, {});
  // 8 of 32 pairs a row, of 2 bytes; a bit an element of whole pairs; a scale a row.
  EXPECT_EQ(tensor.byte_count, 4 * (8 * 2 + 64 / 8 + sizeof(float)));
  // Both of (3, 0.1) stay for their length, though 0.1 is less than either of (2, 2).
  const std::vector<float> pairs = {2.0F, 2.0F, 3.0F, 0.1F};
  storage.density = 0.5;
  const auto kept = quantize_weights({"w", pairs, 1, 4}, storage, {}).decoded();
  EXPECT_EQ(kept[0], 0.0F);
  EXPECT_EQ(kept[1], 0.0F);
  EXPECT_NE(kept[2], 0.0F);
}

TEST(QuantizedTensor, TheArtifactHasDenseIntegersOnly) {
  const std::vector<float> values = {1, 2, 3, 4};
  QuantizeOptions options;
  options.policy = EncoderPolicy::Artifact;
  for (const char* name : {"w16a16-fp16", "w4a4-ovp-2:4", "w4a4-mxfp4", "w8a8-int8-bitmap"}) {
    EXPECT_THROW((void)quantize_weights({"w", values, 1, 4}, storage_of(name), options),
                 ConfigError)
        << name;
  }
  const QuantizedTensor tensor =
      quantize_weights({"w", values, 1, 4}, storage_of("w4a4-ovp"), options);
  EXPECT_TRUE(std::holds_alternative<Quantized>(tensor.stored));
}

TEST(Activations, ShareOneScaleAndBlocksNone) {
  Rng rng{kSeed + 4};
  const std::vector<float> values = testing::heavy_tailed(6 * 40, rng);
  const TensorView view{"x", values, 6, 40};
  for (const char* name : {"w8a8-int8", "w4a4-ovp", "w8a8-fp8"}) {
    const ActivationScale scale =
        find_activation_scale(view, parse_quant_scheme(name).activations, coarse());
    const auto packed = std::get<PackedMatrix>(encode_activations(view, scale));
    EXPECT_THAT(packed.scales, ::testing::ElementsAre(scale.scale)) << name;
    EXPECT_EQ(measure_activations(view, scale).elements, values.size());
  }
  const ActivationScale blocks = find_activation_scale(view, MxFormat::Mxfp4, coarse());
  EXPECT_TRUE(std::holds_alternative<MxMatrix>(encode_activations(view, blocks)));
}

TEST(Activations, Fp8MapsTheLargestTo448) {
  const std::vector<float> values = {-3.5F, 1.0F};
  const ActivationScale scale = find_activation_scale({"x", values, 1, 2}, Format::Fp8, {});
  EXPECT_EQ(scale.scale, 3.5F / 448.0F);
}

}  // namespace
}  // namespace olivine
