// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/vector_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace olivine {
namespace {

using testing::ElementsAre;

constexpr float kEps = std::numeric_limits<float>::epsilon();

FloatMatrix matrix_of(int64_t rows, std::vector<float> values) {
  FloatMatrix matrix;
  matrix.rows = rows;
  matrix.columns = static_cast<int64_t>(values.size()) / rows;
  matrix.values = std::move(values);
  return matrix;
}

TEST(VectorLayers, LayerNormCentersAndScalesEachRow) {
  // Rows {1, 3} and {-5, -5}: mean 2, variance 1; a row without variance is all bias.
  FloatMatrix x = matrix_of(2, {1, 3, -5, -5});
  layer_norm(x, std::vector<float>{2, 4}, std::vector<float>{10, 20}, 0.5625);
  const float unit = 1.0F / 1.25F;  // sqrt(1 + 0.5625) = 1.25
  EXPECT_THAT(x.values, ElementsAre(10 - 2 * unit, 20 + 4 * unit, 10, 20));
}

TEST(VectorLayers, LayerNormKeepsSmallVariationOfLargeValues) {
  FloatMatrix x = matrix_of(1, {100000, 100001});
  layer_norm(x, std::vector<float>{1, 1}, std::vector<float>{0, 0}, 1e-12);
  EXPECT_NEAR(x.values[0], -1.0F, 2 * kEps);
  EXPECT_NEAR(x.values[1], 1.0F, 2 * kEps);
}

TEST(VectorLayers, RmsNormScalesByTheRootOfTheMeanSquare) {
  FloatMatrix x = matrix_of(1, {1, 7});  // mean square 25
  rms_norm(x, std::vector<float>{1, 2}, 11.0);
  EXPECT_NEAR(x.values[0], 1.0F / 6.0F, kEps);  // sqrt(25 + 11) = 6
  EXPECT_NEAR(x.values[1], 14.0F / 6.0F, 4 * kEps);
}

TEST(VectorLayers, SoftmaxIsSharesOfExponentials) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  FloatMatrix x = matrix_of(2, {1000, 1000 + std::log(3.0F), -kInf, 5, -kInf, -kInf});
  softmax_rows(x);
  // Rounding 1000 + ln 3 to a float moves the exponent by at most 2^-15.
  EXPECT_NEAR(x.values[0], 0.25, 0.25 * 0x1p-14);
  EXPECT_NEAR(x.values[1], 0.75, 0.75 * 0x1p-14);
  EXPECT_EQ(x.values[2], 0.0F);
  EXPECT_THAT(std::vector<float>(x.values.begin() + 3, x.values.end()), ElementsAre(1, 0, 0));
}

TEST(VectorLayers, GeluWeighsByTheNormalDistribution) {
  std::vector<float> x = {0.0F, 1.0F, -1.0F, 10.0F, -20.0F};
  gelu(x);
  const double share = 0.8413447460685429;  // of the normal distribution below 1
  EXPECT_EQ(x[0], 0.0F);
  EXPECT_NEAR(x[1], share, 2 * kEps);
  EXPECT_NEAR(x[2], share - 1.0, 2 * kEps);
  EXPECT_EQ(x[3], 10.0F);
  EXPECT_EQ(x[4], 0.0F);
}

TEST(VectorLayers, TanhGeluIsNotTheExactOne) {
  std::vector<float> x = {0.0F, 1.0F, -1.0F, 10.0F, -20.0F};
  gelu_tanh(x);
  const double share = 0.5 * (1.0 + std::tanh(std::sqrt(2.0 / std::acos(-1.0)) * 1.044715));
  EXPECT_EQ(x[0], 0.0F);
  EXPECT_NEAR(x[1], share, 2 * kEps);
  EXPECT_NEAR(x[2], share - 1.0, 2 * kEps);
  EXPECT_EQ(x[3], 10.0F);
  EXPECT_EQ(x[4], 0.0F);
  EXPECT_GT(std::abs(share - 0.8413447460685429), 1e-4);  // the two can be told apart
}

TEST(VectorLayers, SiluIsGatedByTheFactor) {
  std::vector<float> x = {0.0F, 1.0F, -100.0F};
  silu_multiply(x, std::vector<float>{5.0F, 2.0F, 3.0F});
  EXPECT_EQ(x[0], 0.0F);
  EXPECT_NEAR(x[1], 2.0 / (1.0 + std::exp(-1.0)), 2 * kEps);
  EXPECT_EQ(x[2], -0.0F);
}

TEST(VectorLayers, AddsMatricesAndBiases) {
  FloatMatrix x = matrix_of(2, {1, 2, 3, 4});
  add(x, matrix_of(2, {10, 20, 30, 40}));
  add_bias(x, std::vector<float>{100, 200});
  EXPECT_THAT(x.values, ElementsAre(111, 222, 133, 244));
  FloatMatrix empty;
  add_bias(empty, std::vector<float>{1});
  softmax_rows(empty);
  EXPECT_TRUE(empty.values.empty());
}

}  // namespace
}  // namespace olivine
