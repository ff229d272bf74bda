// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/launch/operand_layout.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "models/numerics/mma_fragments.h"
#include "models/numerics/packed.h"

namespace olivine {
namespace {

constexpr int kQuadThreads = 4;

TEST(OperandLayout, InterleavingKeepsEveryPairOnce) {
  std::set<int> bytes;
  for (int element = 0; element < kOvpBlockElements; element += 2) {
    const int byte = interleaved_byte(element);
    ASSERT_GE(byte, 0);
    ASSERT_LT(byte, kOvpBlockBytes);
    EXPECT_EQ(interleaved_element(byte), element);
    EXPECT_EQ(interleaved_byte(element + 1), byte);  // pairs stay whole
    bytes.insert(byte);
  }
  EXPECT_EQ(bytes.size(), static_cast<size_t>(kOvpBlockBytes));
}

// The word of quad thread t holds what its two registers of 32 elements along k hold: those of B,
// and of one row of A.
TEST(OperandLayout, AWordDecodesToTheTwoRegistersOfItsThread) {
  for (int t = 0; t < kQuadThreads; ++t) {
    for (int b = 0; b < 4; ++b) {
      const int reg = b / 2;
      const int first = 2 * (b % 2);  // bytes 0 and 1 fill register 0, 2 and 3 register 1
      const int element = interleaved_element(4 * t + b);
      EXPECT_EQ(b_element(MmaKind::Dense8, t, reg, first).row, element);
      EXPECT_EQ(b_element(MmaKind::Dense8, t, reg, first + 1).row, element + 1);
      EXPECT_EQ(a_element(MmaKind::Dense8, t, 2 * reg, first).column, element);
      EXPECT_EQ(a_element(MmaKind::Sparse8, t, 2 * reg + 1, first).column, element);
    }
  }
}

TEST(OperandLayout, MetadataPlaceInvertsMetadataGroup) {
  constexpr int64_t kSteps = 3;
  std::set<std::pair<int64_t, int>> taken;
  for (int64_t slab = 0; slab < 2; ++slab) {
    for (int64_t step = 0; step < kSteps; ++step) {
      for (int64_t warp = 0; warp < 4; ++warp) {
        for (int lane = 0; lane < kMmaThreads; ++lane) {
          for (int i = 0; i < kMmaNibbles; ++i) {
            const MmaElement within = metadata_group(lane, 0, i);
            const int64_t row = slab * kMetadataSlabRows + warp * kMmaM + within.row;
            const int64_t word =
                ((slab * kSteps + step) * 4 + warp) * kMmaThreads + lane;  // [slab][step][warp]
            ASSERT_EQ(metadata_place(kSteps, row, step * 16 + within.column),
                      (MetadataPlace{word, 4 * i}));
            ASSERT_EQ(metadata_word(kSteps, row, step, lane), word);
            taken.insert({word, i});
          }
        }
      }
    }
  }
  EXPECT_EQ(taken.size(), static_cast<size_t>(2 * kSteps * kMetadataSlabWords * kMmaNibbles));
}

TEST(OperandLayout, MetadataCoversWholeSlabsAndSteps) {
  for (const int64_t rows : {0, 1, 63, 64, 65, 127}) {
    for (const int64_t k : {0, 1, 63, 64, 65, 129}) {
      EXPECT_EQ(metadata_steps(k), ceil_div(k, 64));
      EXPECT_EQ(metadata_words(rows, k), ceil_div(rows, 64) * ceil_div(k, 64) * 128);
    }
  }
}

TEST(OperandLayout, LegalNibblesAreTheSixThatIncrease) {
  const std::set<uint32_t> legal = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};
  for (uint32_t nibble = 0; nibble < 16; ++nibble) {
    EXPECT_EQ(is_legal_metadata_nibble(nibble), legal.contains(nibble)) << nibble;
  }
  EXPECT_TRUE(is_legal_metadata_nibble(kMetadataFiller & 15U));
}

}  // namespace
}  // namespace olivine
