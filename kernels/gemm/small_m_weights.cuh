// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/small_m_params.cuh"
#include "kernels/launch/operand_layout.h"

namespace olivine::device {

// What a thread loads for 16 rows in one step: blocks of rows g and g + 8, and for 2:4 the metadata
// of its lane for the four mma steps of 64 elements that a step has.
template <class Shape>
struct SmallMWeights {
  Bytes16 block[2];
  uint32_t metadata[Shape::kSparse ? 4 : 1];
};

// The weights of a warp in the order in which it multiplies them: all row tiles of step `warp`, of
// `warp` + kWarps, ... of a tile, then the next tile of the block. Rounds are filled up to whole
// turns of the stages; past the last step nothing is loaded.
//
// Instead of rows past n and blocks past k others are loaded again: the sums of such rows are not
// stored, and activations are 0 there.
template <class Shape>
class SmallMWeightStream {
 public:
  OLV_DEVICE SmallMWeightStream(const SmallMParams& params, int64_t tiles, int steps, int rounds)
      : params_(params),
        tiles_(tiles),
        steps_(steps),
        padded_steps_(rounds * Shape::kWarps),
        warp_(warp_index()),
        step_(warp_),
        tile_(block_index()) {
    if (tile_ < tiles_) find_rows();
  }

  // Contract: row tiles are loaded in turn.
  OLV_DEVICE void load(SmallMWeights<Shape>& weights, int row_tile) {
    if (step_ < steps_ && tile_ < tiles_) {
      load_blocks(weights, row_tile);
      if constexpr (Shape::kSparse) load_metadata(weights, row_tile);
    }
    if (row_tile == Shape::kRowTiles - 1) advance();
  }

 private:
  OLV_DEVICE void advance() {
    step_ += Shape::kWarps;
    if (step_ < padded_steps_) return;
    step_ = warp_;
    tile_ += block_count();
    if (tile_ < tiles_) find_rows();
  }

  OLV_DEVICE void find_rows() {
    const int64_t row = tile_ * Shape::kTileN + quad_index();
    const int64_t last = params_.epilogue.n - 1;
    row_ = params_.weights + (row < last ? row : last) * params_.weight_stride;
    rows_left_ = last - row < Shape::kTileN ? static_cast<int>(last - row) : Shape::kTileN;
  }

  OLV_DEVICE void load_blocks(SmallMWeights<Shape>& weights, int row_tile) {
    const int block = 4 * step_ + quad_thread();
    const int last = params_.weight_blocks - 1;
    const std::byte* address = row_ + int64_t{block < last ? block : last} * 16;
    OLV_UNROLL
    for (int i = 0; i < 2; ++i) {
      const int row = 16 * row_tile + 8 * i;
      const int64_t offset = row <= rows_left_ ? row * params_.weight_stride : 0;
      weights.block[i] = load_streaming(address + offset);
    }
  }

  // A block of 16 bytes is 64 dense elements, one step of metadata.
  OLV_DEVICE void load_metadata(SmallMWeights<Shape>& weights, int row_tile) {
    const int count = params_.weight_blocks;
    const int64_t row = tile_ * Shape::kTileN + 16 * row_tile;
    const uint32_t* words = params_.metadata +
                            row / kMetadataSlabRows * kMetadataSlabWords * count +
                            row % kMetadataSlabRows / 16 * 32 + lane_index();
    OLV_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int step = 4 * step_ + i < count ? 4 * step_ + i : count - 1;
      weights.metadata[i] = load_global<uint32_t>(words + int64_t{step} * kMetadataSlabWords);
    }
  }

  const SmallMParams& params_;
  int64_t tiles_;
  int steps_;
  int padded_steps_;
  int warp_;
  int step_;
  int64_t tile_;
  const std::byte* row_;  // the thread's first one of the tile
  int rows_left_;         // of the tile, after it
};

}  // namespace olivine::device
