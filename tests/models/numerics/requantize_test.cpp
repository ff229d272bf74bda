// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/requantize.h"
#include "tests/models/numerics/slow_encoder.h"

namespace olivine {
namespace {

TEST(Requantize, FollowsItsArithmeticForEveryFormat) {
  constexpr uint64_t kSeed = 12;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format :
       {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8}) {
    for (const int64_t n : {0, 1, 2, 7, 16}) {
      std::vector<int32_t> sums;
      std::vector<float> weight_scales;
      for (int64_t i = 0; i < 3 * n; ++i) {
        sums.push_back(
            static_cast<int32_t>(rng.uniform(INT32_MIN, INT32_MAX) >> rng.uniform(0, 24)));
      }
      for (int64_t j = 0; j < n; ++j)
        weight_scales.push_back(static_cast<float>(0.01 + rng.unit()));
      const PackedMatrix packed = requantize({sums, 3, n, 0.037F, weight_scales, 211.0F}, format);
      ASSERT_EQ(find_problem(packed).value_or(""), "");
      EXPECT_EQ(packed.scales, std::vector{211.0F});
      const auto dense = dense_int16(packed, n);
      for (int64_t i = 0; i < 3; ++i) {
        std::vector<float> real;
        for (int64_t j = 0; j < n; ++j) {
          const float multiplier = 0.037F * weight_scales[static_cast<size_t>(j)];
          real.push_back(static_cast<float>(sums[static_cast<size_t>(i * n + j)]) * multiplier);
        }
        const auto slow = testing::slow_encode_row(format, real, 211.0F);
        for (int64_t j = 0; j < n; ++j) {
          ASSERT_EQ(dense[static_cast<size_t>(i * n + j)], slow[static_cast<size_t>(j)]);
        }
      }
    }
  }
}

TEST(Requantize, RefusesWhatDoesNotFitBad) {
  const std::vector<int32_t> sums(4, 1);
  const std::vector<float> scale = {1.0F};
  EXPECT_THROW((void)requantize({sums, 2, 3, 1.0F, scale, 1.0F}, Format::Int8), ShapeError);
  EXPECT_THROW((void)requantize({sums, 2, 2, 1.0F, {}, 1.0F}, Format::Int8), ShapeError);
  EXPECT_THROW((void)requantize({sums, 2, 2, 1.0F, scale, 1.0F}, Format::Fp16), ShapeError);
  EXPECT_THROW((void)requantize({sums, 2, 2, 1.0F, scale, 0.0F}, Format::Int8), ConfigError);
  EXPECT_THROW((void)requantize({sums, 2, 2, 3e38F, std::vector{3e38F}, 1.0F}, Format::Int8),
               ConfigError);
}

}  // namespace
}  // namespace olivine
