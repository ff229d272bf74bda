// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/gemm_shape.h"

#include <gtest/gtest.h>

namespace olivine {
namespace {

TEST(GemmShape, CountsMacsOfEveryBatch) {
  EXPECT_EQ((GemmShape{.m = 2, .n = 3, .k = 5}).macs(), Macs{2 * 3 * 5});
  EXPECT_EQ((GemmShape{.m = 2, .n = 3, .k = 5, .batch = 7}).macs(), Macs{2 * 3 * 5 * 7});
}

TEST(GemmShape, HasNoMacsWhenAnyExtentIsEmpty) {
  EXPECT_EQ((GemmShape{.m = 0, .n = 3, .k = 5}).macs(), Macs{0});
  EXPECT_EQ((GemmShape{.m = 2, .n = 0, .k = 5}).macs(), Macs{0});
  EXPECT_EQ((GemmShape{.m = 2, .n = 3, .k = 0}).macs(), Macs{0});
  EXPECT_EQ((GemmShape{.m = 2, .n = 3, .k = 5, .batch = 0}).macs(), Macs{0});
}

TEST(GemmShape, MultipliesIn64Bits) {
  // 2^20 * 2^20 * 2^14 = 2^54, the largest layer that is accepted.
  const GemmShape largest{.m = int64_t{1} << 20, .n = int64_t{1} << 20, .k = int64_t{1} << 14};
  EXPECT_EQ(largest.macs(), Macs{static_cast<uint64_t>(kMaxLayerMacs)});
}

}  // namespace
}  // namespace olivine
