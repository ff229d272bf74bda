// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/gemm/mma_layout.cuh"

#include <gtest/gtest.h>

#include <set>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/operand_layout.h"
#include "kernels/launch/swizzle.h"
#include "models/numerics/mma_fragments.h"

namespace olivine {
namespace {

using device::metadata_chunk;
using device::metadata_offset;
using device::row_at;
using device::swizzled_offset;

template <int kGroupRows>
void expect_rows_dealt_out() {
  constexpr int kPositions = 256;
  std::set<int> rows;
  for (int position = 0; position < kPositions; ++position) {
    const int row = row_at<kGroupRows>(position);
    EXPECT_EQ(row / kGroupRows, position / kGroupRows);
    rows.insert(row);
    // Thread group g of mma tile i / 2 has matrix i's row g: its rows follow each other.
    const int matrix = position % kGroupRows / 8;
    EXPECT_EQ(row - matrix, row_at<kGroupRows>(position - 8 * matrix));
    // A thread's chunks lie multiples of a power of two apart, from a row below it.
    const int low = position % 32;
    EXPECT_EQ(row, row_at<kGroupRows>(low) + row_at<kGroupRows>(position - low));
  }
  EXPECT_EQ(rows.size(), size_t{kPositions});
}

TEST(MmaLayout, DealsRowsOutToMatricesInTurn) {
  expect_rows_dealt_out<64>();
  expect_rows_dealt_out<32>();
  for (int position = 0; position < 64; ++position) EXPECT_EQ(row_at<8>(position), position);
}

TEST(MmaLayout, SwizzlesAsTmaDoes) {
  for (int offset = 0; offset < 4096; ++offset) {
    ASSERT_EQ(swizzled_offset<128>(offset), swizzled(Swizzle::Bytes128, offset));
    ASSERT_EQ(swizzled_offset<64>(offset), swizzled(Swizzle::Bytes64, offset));
    ASSERT_EQ(swizzled_offset<32>(offset), swizzled(Swizzle::Bytes32, offset));
  }
}

// Undoing the order of chunks gives the word of operand_layout.h.
TEST(MmaLayout, FindsTheMetadataWordOfARow) {
  for (int row = 0; row < kMetadataSlabRows; ++row) {
    for (int half = 0; half < 2; ++half) {
      int lane = 0;
      for (int thread = 0; thread < kMmaThreads; ++thread) {
        if (metadata_group(thread, 0, 0) == MmaElement{row % 16, 8 * half}) lane = thread;
      }
      const int offset = metadata_offset(row, half);
      const int word = metadata_chunk(offset / 16) * 4 + offset % 16 / 4;
      ASSERT_EQ(word, metadata_word(1, row, 0, lane)) << "row " << row << ", half " << half;
    }
  }
}

TEST(MmaConfigs, FitAMultiprocessorOfAnA100) {
  constexpr int kSharedBytes = 164 * 1024;  // of a multiprocessor
  constexpr int kReservedBytes = 1024;      // of a block
  for (const MmaConfig& config : kMmaConfigs) {
    EXPECT_LE(shared_bytes(config), kA100Limits.shared_bytes_per_block);
    EXPECT_LE(config.min_blocks * (shared_bytes(config) + kReservedBytes), kSharedBytes);
  }
}

}  // namespace
}  // namespace olivine
