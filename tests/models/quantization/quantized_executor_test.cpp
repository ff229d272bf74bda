// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/quantized_executor.h"
#include "models/quantization/quantized_tensor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/numerics/gemm.h"
#include "models/quantization/calibration.h"
#include "models/quantization/quant_scheme.h"
#include "tests/models/quantization/heavy_tailed.h"

namespace olivine {
namespace {

constexpr uint64_t kSeed = 904;

FloatMatrix heavy_matrix(int64_t rows, int64_t columns, Rng& rng) {
  FloatMatrix matrix(rows, columns);
  matrix.values = testing::heavy_tailed(rows * columns, rng);
  return matrix;
}

struct Layer {
  Layer(int64_t n, int64_t k, Rng& rng) : values(testing::heavy_tailed(n * k, rng)) {
    linear.name = "layer";
    linear.tensor = "layer.weight";
    linear.n = n;
    linear.k = k;
    linear.weights = values;
  }
  [[nodiscard]] QuantizedLayer quantized(std::string_view name, const FloatMatrix& samples,
                                         Granularity activations = Granularity::PerTensor) const {
    const QuantScheme scheme = parse_quant_scheme(name);
    QuantizeOptions options;
    options.activations = activations;
    options.range = SearchRange{75, 250, 25};
    return {std::make_shared<const QuantizedTensor>(
                quantize_weights({"w", values, linear.n, linear.k},
                                 {scheme.weights, scheme.sparsity, 0.5, {}}, options)),
            find_activation_scale(view_of(samples, "x"), scheme.activations, options)};
  }
  std::vector<float> values;
  LinearLayer linear;
};

TEST(QuantizedExecutor, IntegersAreTheGoldenGemm) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const char* name : {"w8a8-int8", "w4a4-int4", "w4a4-ovp", "w8a8-ovp", "w4a8-ovp",
                           "w4a4-ovp-2:4", "w8a8-int8-bitmap"}) {
    SCOPED_TRACE(name);
    for (const int64_t k : {1, 32, 33, 97}) {
      const Layer layer{5, k, rng};
      const FloatMatrix x = heavy_matrix(7, k, rng);
      const QuantizedLayer quantized = layer.quantized(name, x);
      const auto a =
          std::get<PackedMatrix>(encode_activations(view_of(x, "x"), quantized.activations));
      const auto& b = std::get<PackedMatrix>(quantized.weights->stored);
      const IntegerGemm golden = gemm_golden(a, b);
      QuantizedExecutor executor;
      executor.set_layer("layer", quantized);
      const FloatMatrix y = executor.linear(layer.linear, x);
      ASSERT_EQ(y.values.size(), golden.c.size());
      for (size_t i = 0; i < y.values.size(); ++i) {
        const float scale = a.scales[0] * b.scales[i % 5];
        EXPECT_EQ(y.values[i], static_cast<float>(golden.c[i]) * scale);
      }
      EXPECT_EQ(executor.overflow_count(), golden.overflow_count);
    }
  }
}

TEST(QuantizedExecutor, RowsMayHaveScalesOfTheirOwn) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed + 5));
  Rng rng{kSeed + 5};
  for (const char* name : {"w8a8-int8", "w8a8-ovp", "w4a4-ovp"}) {
    SCOPED_TRACE(name);
    const Layer layer{5, 64, rng};
    const FloatMatrix x = heavy_matrix(7, 64, rng);
    const QuantizedLayer quantized = layer.quantized(name, x, Granularity::PerRow);
    const auto a =
        std::get<PackedMatrix>(encode_activations(view_of(x, "x"), quantized.activations));
    ASSERT_EQ(a.scales.size(), 7u);
    const auto& b = std::get<PackedMatrix>(quantized.weights->stored);
    const IntegerGemm golden = gemm_golden(a, b);
    QuantizedExecutor executor;
    executor.set_layer("layer", quantized);
    const FloatMatrix y = executor.linear(layer.linear, x);
    for (size_t i = 0; i < y.values.size(); ++i) {
      EXPECT_EQ(y.values[i], static_cast<float>(golden.c[i]) * (a.scales[i / 5] * b.scales[i % 5]));
    }
  }
}

TEST(QuantizedExecutor, FloatsAreTheProductOfDecodedValues) {
  SCOPED_TRACE(fmt::format("seed {}", kSeed + 1));
  Rng rng{kSeed + 1};
  for (const char* name :
       {"w16a16-fp16", "w8a8-fp8", "w4a16-int4", "w4a16-ovp-2:4", "w4a4-mxfp4", "w8a8-mxint8"}) {
    SCOPED_TRACE(name);
    constexpr int64_t kK = 64;
    const Layer layer{3, kK, rng};
    const FloatMatrix x = heavy_matrix(4, kK, rng);
    const QuantizedLayer quantized = layer.quantized(name, x);
    QuantizedExecutor executor;
    executor.set_layer("layer", quantized);
    const FloatMatrix y = executor.linear(layer.linear, x);
    const std::vector<float> w = quantized.weights->decoded();
    const auto encoded = encode_activations(view_of(x, "x"), quantized.activations);
    const auto* packed = std::get_if<PackedMatrix>(&encoded);
    const std::vector<float> a =
        packed != nullptr ? real_values(*packed) : decode_mx(std::get<MxMatrix>(encoded));
    for (int64_t row = 0; row < 4; ++row) {
      for (int64_t j = 0; j < 3; ++j) {
        double sum = 0.0;
        double magnitude = 0.0;
        for (int64_t i = 0; i < kK; ++i) {
          const double product = static_cast<double>(a[static_cast<size_t>(row * kK + i)]) *
                                 static_cast<double>(w[static_cast<size_t>(j * kK + i)]);
          sum += product;
          magnitude += std::fabs(product);
        }
        // Higham, 3.1: gamma_k sum|a b|.
        EXPECT_NEAR(static_cast<double>(y.row(row)[static_cast<size_t>(j)]), sum,
                    kK * 0x1p-23 * magnitude);
      }
    }
  }
}

TEST(QuantizedExecutor, WhatHasNoEntryStaysFloat) {
  Rng rng{kSeed + 2};
  const Layer layer{3, 16, rng};
  const FloatMatrix x = heavy_matrix(4, 16, rng);
  FloatExecutor exact;
  QuantizedExecutor executor;
  EXPECT_EQ(executor.linear(layer.linear, x).values, exact.linear(layer.linear, x).values);
  EXPECT_EQ(executor.attention("qk", x, x).values, exact.attention("qk", x, x).values);
}

TEST(QuantizedExecutor, AttentionMultipliesBothOperandsInTheirFormat) {
  Rng rng{kSeed + 3};
  const FloatMatrix a = heavy_matrix(5, 32, rng);
  const FloatMatrix b = heavy_matrix(6, 32, rng);
  const QuantizedAttention scales{find_activation_scale(view_of(a, "a"), Format::Ovp4, {}),
                                  find_activation_scale(view_of(b, "b"), Format::Ovp4, {})};
  QuantizedExecutor executor;
  executor.set_attention("qk", scales);
  const IntegerGemm golden =
      gemm_golden(std::get<PackedMatrix>(encode_activations(view_of(a, "a"), scales.a)),
                  std::get<PackedMatrix>(encode_activations(view_of(b, "b"), scales.b)));
  const FloatMatrix product = executor.attention("qk", a, b);
  for (size_t i = 0; i < golden.c.size(); ++i) {
    EXPECT_EQ(product.values[i],
              static_cast<float>(golden.c[i]) * (scales.a.scale * scales.b.scale));
  }
}

TEST(Calibration, KeepsTheFirstRowsOfEveryInput) {
  Rng rng{kSeed + 4};
  const Layer layer{3, 8, rng};
  CalibrationExecutor samples{5};
  const FloatMatrix first = heavy_matrix(4, 8, rng);
  const FloatMatrix second = heavy_matrix(4, 8, rng);
  FloatExecutor exact;
  EXPECT_EQ(samples.linear(layer.linear, first).values, exact.linear(layer.linear, first).values);
  (void)samples.linear(layer.linear, second);
  const FloatMatrix& kept = samples.inputs("layer");
  EXPECT_EQ(kept.rows, 5);
  std::vector<float> expected = first.values;
  expected.insert(expected.end(), second.values.begin(), second.values.begin() + 8);
  EXPECT_EQ(kept.values, expected);
}

TEST(Calibration, ImportanceIsTheRootMeanSquareOfAColumn) {
  FloatMatrix inputs(2, 2);
  inputs.values = {3, 0, 4, 1};
  EXPECT_THAT(channel_importance(inputs),
              ::testing::ElementsAre(std::sqrt(12.5F), std::sqrt(0.5F)));
}

}  // namespace
}  // namespace olivine
