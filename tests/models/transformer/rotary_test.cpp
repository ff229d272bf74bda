// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/rotary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace olivine {
namespace {

constexpr double kEps = std::numeric_limits<float>::epsilon();

TEST(Rotary, TurnsEachPairByItsAngle) {
  // One head of 4: pairs (0, 2) by the position, (1, 3) by position * 100^(-1/2).
  FloatMatrix x(3, 4);
  for (int64_t i = 0; i < 3; ++i) {
    x.row(i)[0] = 1.0F;
    x.row(i)[1] = 2.0F;
  }
  rotate_positions(x, 4, 100.0, std::vector<int64_t>{3});
  for (int64_t i = 0; i < 3; ++i) {
    const double angle = static_cast<double>(i);
    EXPECT_NEAR(x.row(i)[0], std::cos(angle), kEps);
    EXPECT_NEAR(x.row(i)[2], std::sin(angle), kEps);
    EXPECT_NEAR(x.row(i)[1], 2 * std::cos(angle / 10), 2 * kEps);
    EXPECT_NEAR(x.row(i)[3], 2 * std::sin(angle / 10), 2 * kEps);
  }
}

TEST(Rotary, CountsFromTheStartOfEachSequenceInEveryHead) {
  FloatMatrix x(5, 4);  // two heads of 2
  for (float& value : x.values) value = 1.0F;
  rotate_positions(x, 2, 1e4, std::vector<int64_t>{2, 0, 3});
  const int64_t positions[] = {0, 1, 0, 1, 2};
  for (int64_t i = 0; i < 5; ++i) {
    const auto angle = static_cast<double>(positions[i]);
    for (const size_t head : {0U, 2U}) {
      EXPECT_NEAR(x.row(i)[head], std::cos(angle) - std::sin(angle), 4 * kEps);
      EXPECT_NEAR(x.row(i)[head + 1], std::cos(angle) + std::sin(angle), 4 * kEps);
    }
  }
}

TEST(Rotary, OfNothingIsNothing) {
  FloatMatrix x(0, 8);
  rotate_positions(x, 4, 1e4, {});
  EXPECT_EQ(x.rows, 0);
}

}  // namespace
}  // namespace olivine
