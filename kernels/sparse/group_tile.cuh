// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/sparse/sparse_kernels.h"
#include "kernels/sparse/sparse_tiles.h"

// What the kernels of this folder share: the tile a warp works on, loads that stop at the end of a
// row, problems found.
namespace olivine::device {

// 16 rows by 64 elements along k: a step of the metadata of one warp of mma.sp.
struct GroupTile {
  int64_t index;      // among all tiles; its metadata are words 32 * index ..
  int64_t first_row;  // may be past the matrix, as metadata cover whole slabs
  int64_t first_group;
};

OLV_DEVICE int64_t warp_of_grid() { return block_index() * kSparseWarps + warp_index(); }

OLV_DEVICE GroupTile group_tile(int64_t index, int64_t k) {
  const int64_t steps = count_parts(k, kMetadataStepElements);
  const int64_t slab_step = index / kTilesPerSlab;
  const int64_t slab = slab_step / steps;
  return {index, slab * kMetadataSlabRows + index % kTilesPerSlab * kTileRows,
          (slab_step - slab * steps) * kTileGroups};
}

// 16 bytes of a row of `row_bytes`, from byte `first`; zeros past the row's end, where nothing is
// read. `first` and `row` are multiples of 16, Element divides both.
template <class Element>
OLV_DEVICE Bytes16 load_row(const std::byte* row, int64_t first, int64_t row_bytes) {
  if (first + 16 <= row_bytes) return load_streaming(row + first);
  Bytes16 result{};
  constexpr int kBits = 8 * sizeof(Element);
  OLV_UNROLL
  for (int i = 0; i < 16 / static_cast<int>(sizeof(Element)); ++i) {
    const int64_t at = first + i * static_cast<int64_t>(sizeof(Element));
    if (at < row_bytes) {
      result.word[i * kBits / 32] |= static_cast<uint32_t>(load_global<Element>(row + at))
                                     << i * kBits % 32;
    }
  }
  return result;
}

OLV_DEVICE float float_of(uint32_t bits) { return __builtin_bit_cast(float, bits); }
OLV_DEVICE uint32_t bits_of(float value) { return __builtin_bit_cast(uint32_t, value); }

// Whether a float32 with these bits is NaN or infinite.
OLV_DEVICE bool is_non_finite(uint32_t bits) { return (bits & 0x7F800000U) == 0x7F800000U; }

// Each of four values that is not finite becomes a problem; `index` is that of the first value.
OLV_DEVICE void report_non_finite(const Bytes16& values, int64_t index, ProblemWord* word) {
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) {
    if (is_non_finite(values.word[i])) {
      atomic_min_global(word, static_cast<uint64_t>(index + i));
    }
  }
}

}  // namespace olivine::device
