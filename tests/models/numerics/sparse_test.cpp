// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/ovp.h"
#include "models/numerics/sparse.h"

namespace olivine {
namespace {

TEST(TwoFour, KeepsTheTwoLargestAndTheLowerIndexOfEquals) {
  struct Example {
    std::vector<float> group;
    uint8_t nibble;
    std::vector<float> kept;
  };
  const std::vector<Example> examples = {
      {{1, -4, 3, 2}, 0x9, {-4, 3}},  // positions 1 and 2: 1 | 2 << 2
      {{2, 2, 2, 2}, 0x4, {2, 2}},    // 0 and 1
      {{0, 0, 0, 0}, 0x4, {0, 0}},   {{0, 1, -1, 1}, 0x9, {1, -1}}, {{5, 0, 0, 0}, 0x4, {5, 0}},
      {{0, 0, 0, 7}, 0xC, {0, 7}},   {{1, 1, 3, 2}, 0xE, {3, 2}},   {{-3, 1, 2, -3}, 0xC, {-3, -3}},
  };
  for (const Example& example : examples) {
    const TwoFourTensor result = prune_two_four({"w", example.group, 1, 4});
    EXPECT_EQ(result.metadata[0], example.nibble);
    EXPECT_EQ(result.kept, example.kept);
  }
}

TEST(TwoFour, ExpandsToThePrunedValuesForEveryFormat) {
  constexpr uint64_t kSeed = 33;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f, Format::Ovp8,
                              Format::Fp16, Format::Bf16, Format::Fp8}) {
    for (const int64_t k : {0, 1, 3, 4, 5, 8, 13, 64, 65}) {
      SCOPED_TRACE(fmt::format("{} k {}", name_of(format), k));
      // Small integers with sign: exact in every format, and no outliers.
      std::vector<float> values;
      for (int64_t i = 0; i < 3 * k; ++i) values.push_back(static_cast<float>(rng.uniform(-3, 3)));
      const TwoFourTensor pruned = prune_two_four({"w", values, 3, k});
      const auto packed = encode_two_four(pruned, "w", format, std::vector{1.0F});
      ASSERT_EQ(find_problem(packed).value_or(""), "");
      const auto dense = dense_float(packed, k);
      for (int64_t row = 0; row < 3; ++row) {
        for (int64_t i = 0; i < k; ++i) {
          // An element survives if fewer than two of its group beat it.
          int better = 0;
          for (int64_t j = i / 4 * 4; j < std::min(k, i / 4 * 4 + 4); ++j) {
            const float mine = std::fabs(values[static_cast<size_t>(row * k + i)]);
            const float other = std::fabs(values[static_cast<size_t>(row * k + j)]);
            better += other > mine || (other == mine && j < i) ? 1 : 0;
          }
          const auto at = static_cast<size_t>(row * k + i);
          ASSERT_EQ(dense[at], better < 2 ? values[at] : 0.0F) << "row " << row << " k " << i;
        }
      }
    }
  }
}

TEST(TwoFour, KeptValuesOfAGroupAreOneOutlierPair) {
  // 40 and 30 are both outliers of ovp4: one pair, the larger (nearest 48 or 32: 40 ties up) stays.
  const std::vector<float> values = {1, 40, 0, 30};
  const auto packed =
      encode_two_four(prune_two_four({"w", values, 1, 4}), "w", Format::Ovp4, std::vector{1.0F});
  EXPECT_EQ(dense_int16(packed, 4), (std::vector<int16_t>{0, 48, 0, 0}));
  EXPECT_EQ(packed.codes.size(), 1u);
  EXPECT_EQ(packed.codes[0] >> 4, kIdentifier4);
}

TEST(TwoFourWeighted, KeepsTheLargestProductsAndTheLowerIndexOfEquals) {
  // |w| x importance: 4 4 3 6 | 0 0 0 0 | 2 0 (two elements and padding).
  const std::vector<float> values = {4, -2, 1, 3, 9, 9, 9, 9, -2, 5};
  const std::vector<float> importance = {1, 2, 3, 2, 0, 0, 0, 0, 1, 0};
  const TwoFourTensor pruned = prune_two_four_weighted({"w", values, 1, 10}, importance);
  EXPECT_EQ(pruned.kept, (std::vector<float>{4, 3, 9, 9, -2, 5}));
  EXPECT_EQ(pruned.metadata, (std::vector<uint8_t>{0x4C, 0x04}));
}

TEST(TwoFourWeighted, EqualsMagnitudesWhereAllChannelsAreAlike) {
  constexpr uint64_t kSeed = 34;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const int64_t k : {0, 1, 3, 4, 5, 64, 67}) {
    std::vector<float> values;
    for (int64_t i = 0; i < 3 * k; ++i) values.push_back(static_cast<float>(rng.uniform(-5, 5)));
    const TensorView tensor{"w", values, 3, k};
    const std::vector<float> alike(static_cast<size_t>(k), 0.3F);
    const TwoFourTensor weighted = prune_two_four_weighted(tensor, alike);
    EXPECT_EQ(weighted.kept, prune_two_four(tensor).kept);
    EXPECT_EQ(weighted.metadata, prune_two_four(tensor).metadata);
  }
}

TEST(TwoFourWeighted, RefusesImportancesThatAreNoneBad) {
  const std::vector<float> values(8, 1.0F);
  for (const float bad :
       {-1.0F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    try {
      (void)prune_two_four_weighted({"fc1", values, 2, 4}, std::vector{1.0F, 1.0F, bad, 1.0F});
      FAIL();
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.what(), fmt::format("fc1: importance of channel 2 = {}: must be finite, 0 or "
                                          "more",
                                          bad));
    }
  }
  EXPECT_THROW((void)prune_two_four_weighted({"fc1", values, 2, 4}, std::vector{1.0F}), ShapeError);
}

TEST(TwoFour, FollowsAMask) {
  const std::vector<float> values = {9, 8, 7, 6, 5, 4, 3, 2, 1};
  const std::vector<uint8_t> mask = {0, 0, 1, 1, 0, 0, 1, 0, 0};
  const TwoFourTensor pruned = prune_two_four({"w", values, 1, 9}, mask);
  // Group 1 keeps position 2 and a zero at the lowest free one; group 2 keeps nothing.
  EXPECT_EQ(pruned.kept, (std::vector<float>{7, 6, 0, 3, 0, 0}));
  EXPECT_EQ(pruned.metadata, (std::vector<uint8_t>{0x8E, 0x04}));
}

TEST(TwoFour, RefusesMasksThatKeepMoreThanTwoBad) {
  const std::vector<float> values(8, 1.0F);
  const std::vector<uint8_t> mask = {1, 1, 0, 0, 1, 1, 1, 0};
  try {
    (void)prune_two_four({"fc1", values, 1, 8}, mask);
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "fc1: row 0, group 1: mask keeps 3 of 4, at most 2");
  }
  EXPECT_THROW((void)prune_two_four({"fc1", values, 1, 8}, std::vector<uint8_t>(7, 0)), ShapeError);
  std::vector<float> infinite = values;
  infinite[3] = std::numeric_limits<float>::infinity();
  EXPECT_THROW((void)prune_two_four({"fc1", infinite, 1, 8}), ConfigError);
}

}  // namespace
}  // namespace olivine
