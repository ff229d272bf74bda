// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/qualifiers.cuh"
#include "kernels/launch/operand_layout.h"

namespace olivine {

// How the work is cut. A warp prunes or compresses 16 rows by 64 elements, whose metadata are one
// word for each of its threads; it quantizes 512 elements of one row.
inline constexpr int kSparseThreads = 256;
inline constexpr int kSparseWarps = kSparseThreads / 32;
inline constexpr int kTileRows = 16;
inline constexpr int kTileGroups = kMetadataStepElements / 4;
inline constexpr int kTilesPerSlab = kMetadataSlabRows / kTileRows;
inline constexpr int kQuantizeElements = 512;

// Kernels count the same way (a constexpr function of the host alone is none of theirs).
[[nodiscard]] OLV_HOST_DEVICE constexpr int64_t count_parts(int64_t whole, int part) {
  return (whole + part - 1) / part;
}
// Tiles of a matrix, in the order of their metadata: [slab][step][warp].
[[nodiscard]] OLV_HOST_DEVICE constexpr int64_t count_tiles(int64_t rows, int64_t k) {
  return count_parts(rows, kMetadataSlabRows) * count_parts(k, kMetadataStepElements) *
         kTilesPerSlab;
}
// Bytes of a row that are written: whole 16.
[[nodiscard]] OLV_HOST_DEVICE constexpr int64_t padded_bytes(int64_t row_bytes) {
  return count_parts(row_bytes, kOperandAlignment) * kOperandAlignment;
}

}  // namespace olivine
