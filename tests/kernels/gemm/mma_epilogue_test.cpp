// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/gemm/epilogue.cuh"
#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/requantize.h"

namespace olivine {
namespace {

// Sums next to every tie of a scale of 1/8, at the ends, and random ones of all sizes.
std::vector<int32_t> sums() {
  std::vector<int32_t> result = {INT32_MIN, INT32_MIN + 1, INT32_MAX, 1 << 24, (1 << 24) + 1};
  for (int32_t sum = -1040; sum <= 1040; ++sum) result.push_back(sum);
  Rng rng{1};
  for (int i = 0; i < 20000; ++i) {
    const auto bits = static_cast<uint32_t>(rng.next());
    result.push_back(static_cast<int32_t>(bits) >> (i % 31));
  }
  return result;
}

void expect_same_levels(const std::vector<int32_t>& values, float activation_scale,
                        float weight_scale, float output_scale) {
  const float weight_scales[] = {weight_scale};
  const PackedMatrix expected = requantize({values, static_cast<int64_t>(values.size()), 1,
                                            activation_scale, weight_scales, output_scale},
                                           Format::Int8);
  GemmArgs args;
  args.output = OutputForm::Int8;
  args.weight_scales = weight_scales;
  args.activation_scale = activation_scale;
  args.output_scale = output_scale;
  const device::EpilogueParams params = device::epilogue_params(args);
  const float multiplier = activation_scale * weight_scale;
  for (size_t i = 0; i < values.size(); ++i) {
    const int8_t level = device::requantized(params, values[i], multiplier);
    ASSERT_EQ(level, static_cast<int8_t>(expected.codes[i]))
        << values[i] << " * " << multiplier << " / " << output_scale;
  }
}

TEST(Epilogue, RequantizesAsTheModelDoes) {
  const std::vector<int32_t> values = sums();
  expect_same_levels(values, 0.125F, 1.0F, 1.0F);  // every eighth sum but one of two is a tie
  expect_same_levels(values, 1.0F, 1.0F, 8.0F);
  expect_same_levels(values, 0.37F, 0.013F, 0.0917F);
  Rng rng{2};
  for (int i = 0; i < 30; ++i) {
    const auto scale = [&rng] { return std::exp2(static_cast<float>(rng.uniform(0, 20)) - 10.7F); };
    expect_same_levels(values, scale(), scale(), scale());
  }
}

// Quotients just off a tie, as scales that are no powers of two give them.
TEST(Epilogue, DecidesExactlyNextToTies) {
  for (int i = 1; i < 128; ++i) {
    const float tie = static_cast<float>(i) - 0.5F;
    for (float output_scale : {1.0F / 3.0F, 0.7F, 1.1F, 3.3e-5F, 1e20F}) {
      const float real = tie * output_scale;
      for (float weight_scale :
           {std::nextafter(real, 0.0F), real, std::nextafter(real, 2.0F * real)}) {
        expect_same_levels({1, -1}, 1.0F, weight_scale, output_scale);
      }
    }
  }
}

TEST(Epilogue, RequantizesWithExtremeScales) {
  const std::vector<int32_t> values = {0, 1, -1, 2, 3, 100, -127, 1 << 20};
  for (const float scale : {1e-45F, 1e-38F, 1e-31F, 1e-29F, 1e28F}) {
    for (const float output_scale : {1e-45F, 1e-40F, 1e-31F, 1e-30F, 1e30F, 3e38F}) {
      expect_same_levels(values, scale, 1.0F, output_scale);
      expect_same_levels(values, 1.0F, output_scale < 1e28F ? output_scale : 1e28F, output_scale);
    }
  }
}

TEST(Epilogue, RoundsHalvesFromTheProductInFloat32) {
  for (const int32_t sum : sums()) {
    for (const float multiplier : {1.0F, 0.0173F, 1e-12F, 3e4F}) {
      ASSERT_EQ(device::half_of(sum, multiplier),
                fp16_from_float(static_cast<float>(sum) * multiplier));
    }
  }
}

}  // namespace
}  // namespace olivine
