// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/swizzle.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace olivine {
namespace {

constexpr std::array kSwizzles = {Swizzle::None, Swizzle::Bytes32, Swizzle::Bytes64,
                                  Swizzle::Bytes128};
constexpr int kBankBytes = 128;  // all 32 banks of 4 bytes once
constexpr int kTileRows = 64;

TEST(Swizzle, IsItsOwnInverseAndMovesWholeChunksWithinEightSpans) {
  for (const Swizzle swizzle : kSwizzles) {
    const int span = swizzle_span(swizzle);
    SCOPED_TRACE(span);
    std::set<int> taken;
    for (int offset = 0; offset < kTileRows * span; ++offset) {
      const int moved = swizzled(swizzle, offset);
      ASSERT_EQ(swizzled(swizzle, moved), offset);
      ASSERT_EQ(moved % kChunkBytes, offset % kChunkBytes);
      ASSERT_EQ(moved / (8 * span), offset / (8 * span));
      taken.insert(moved);
    }
    EXPECT_EQ(taken.size(), static_cast<size_t>(kTileRows * span));
  }
}

TEST(Swizzle, NoneLeavesEveryByteWhereItIs) {
  for (int offset = 0; offset < 4096; ++offset) EXPECT_EQ(swizzled(Swizzle::None, offset), offset);
}

// What ldmatrix reads at once: 16 bytes of each of 8 consecutive rows. Without conflicts they lie
// in 8 different groups of four banks.
TEST(Swizzle, EightRowsAtOneColumnFallIntoEightBankGroups) {
  for (const Swizzle swizzle : kSwizzles) {
    const int span = swizzle_span(swizzle);
    SCOPED_TRACE(span);
    for (int first = 0; first < kTileRows; first += 8) {
      for (int column = 0; column < span; column += kChunkBytes) {
        std::set<int> groups;
        for (int row = first; row < first + 8; ++row) {
          groups.insert(swizzled(swizzle, row * span + column) % kBankBytes / kChunkBytes);
        }
        ASSERT_EQ(groups.size(), 8u) << "row " << first << ", column " << column;
      }
    }
  }
}

TEST(Swizzle, RowsOf128BytesWithoutOneWouldShareABankGroup) {
  std::set<int> groups;
  for (int row = 0; row < 8; ++row) {
    groups.insert(swizzled(Swizzle::None, row * 128) % kBankBytes / kChunkBytes);
  }
  EXPECT_EQ(groups.size(), 1u);
}

}  // namespace
}  // namespace olivine
