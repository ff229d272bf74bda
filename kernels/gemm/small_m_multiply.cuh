// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/small_m_weights.cuh"
#include "kernels/quant/ovp_decode.cuh"
#include "kernels/quant/ovp_split.cuh"

namespace olivine::device {

// A thread's sums. `scaled` are 16 times what they stand for (ovp_split.cuh): settle() adds them
// before they can overflow. In a chunk a warp takes at most 8192 elements of k, each product is at
// most 2^14.
template <class Shape>
struct SmallMSums {
  int32_t plain[Shape::kRowTiles][Shape::kTiles][4];
  int32_t scaled[Shape::kSplits ? Shape::kRowTiles : 1][Shape::kSplits ? Shape::kTiles : 1][4];

  static_assert(Shape::kChunkRounds * Shape::kStepElements <= 8192);
};

// Contract: sums are those of one chunk since the last time.
template <class Shape>
OLV_DEVICE void settle(SmallMSums<Shape>& sums) {
  if constexpr (Shape::kSplits) {
    OLV_UNROLL
    for (int i = 0; i < Shape::kRowTiles * Shape::kTiles * 4; ++i) {
      int32_t& plain = sums.plain[i / (4 * Shape::kTiles)][i / 4 % Shape::kTiles][i % 4];
      int32_t& scaled = sums.scaled[i / (4 * Shape::kTiles)][i / 4 % Shape::kTiles][i % 4];
      const auto exact = static_cast<uint32_t>(scaled / 16);
      plain = static_cast<int32_t>(static_cast<uint32_t>(plain) + exact);
      scaled = 0;
    }
  }
}

// Part `part` of all columns for the calling thread. `step` is the step's place in shared memory.
template <class Shape>
OLV_DEVICE void load_part(Bytes16 (&columns)[Shape::kTiles], const std::byte* step, int part) {
  OLV_UNROLL
  for (int tile = 0; tile < Shape::kTiles; ++tile) {
    columns[tile] = load_shared<Bytes16>(step + part * Shape::kPartBytes +
                                         (tile * kSmallMColumns * 4 + lane_index()) * 16);
  }
}

// Activations of a word's even and odd elements, for all columns.
template <class Shape>
struct SmallMPairs {
  uint32_t even[Shape::kTiles];
  uint32_t odd[Shape::kTiles];
};

// A word of rows g and g + 8 of a row tile.
template <class Shape>
OLV_DEVICE void multiply_split(SmallMSums<Shape>& sums, int row_tile, const Ovp4Parts& upper,
                               const Ovp4Parts& lower, const SmallMPairs<Shape>& pairs) {
  const uint32_t nibbles[4] = {upper.even, lower.even, upper.odd, lower.odd};
  const uint32_t positive[4] = {upper.positive[0], lower.positive[0], upper.positive[1],
                                lower.positive[1]};
  const uint32_t negative[4] = {upper.negative[0], lower.negative[0], upper.negative[1],
                                lower.negative[1]};
  OLV_UNROLL
  for (int tile = 0; tile < Shape::kTiles; ++tile) {
    mma_s8(sums.scaled[row_tile][tile], nibbles, pairs.even[tile], pairs.odd[tile]);
    const uint32_t first = byte_permute(pairs.even[tile], pairs.odd[tile], 0x5140U);  // in order
    const uint32_t second = byte_permute(pairs.even[tile], pairs.odd[tile], 0x7362U);
    mma_s8(sums.plain[row_tile][tile], positive, first, second);
    mma_s8(sums.plain[row_tile][tile], negative, first, second);
  }
}

template <class Shape>
OLV_DEVICE void multiply_ovp4(SmallMSums<Shape>& sums, int row_tile,
                              const SmallMWeights<Shape>& weights, const Ovp4Constants& constants,
                              const std::byte* step) {
  OLV_UNROLL
  for (int part = 0; part < Shape::kParts; ++part) {
    Bytes16 columns[Shape::kTiles];
    load_part<Shape>(columns, step, part);
    OLV_UNROLL
    for (int i = 0; i < 2; ++i) {
      SmallMPairs<Shape> pairs;
      OLV_UNROLL
      for (int tile = 0; tile < Shape::kTiles; ++tile) {
        pairs.even[tile] = columns[tile].word[2 * i];
        pairs.odd[tile] = columns[tile].word[2 * i + 1];
      }
      const int at = 2 * part + i;
      multiply_split<Shape>(sums, row_tile, split_ovp4_word(weights.block[0].word[at], constants),
                            split_ovp4_word(weights.block[1].word[at], constants), pairs);
    }
  }
}

// Words 2 i and 2 i + 1 of a block of 16 elements are the two halves of an mma along k.
template <class Shape>
OLV_DEVICE void multiply_int8(SmallMSums<Shape>& sums, int row_tile,
                              const SmallMWeights<Shape>& weights, const std::byte* step) {
  Bytes16 columns[Shape::kTiles];
  load_part<Shape>(columns, step, 0);
  const Bytes16& upper = weights.block[0];
  const Bytes16& lower = weights.block[1];
  OLV_UNROLL
  for (int i = 0; i < 4; i += 2) {
    const uint32_t a[4] = {upper.word[i], lower.word[i], upper.word[i + 1], lower.word[i + 1]};
    OLV_UNROLL
    for (int tile = 0; tile < Shape::kTiles; ++tile) {
      mma_s8(sums.plain[row_tile][tile], a, columns[tile].word[i], columns[tile].word[i + 1]);
    }
  }
}

// Bytes i of four words become word i.
OLV_DEVICE void transpose_bytes(uint32_t (&word)[4]) {
  const uint32_t even01 = byte_permute(word[0], word[1], 0x6240U);  // bytes 0 and 2 of both
  const uint32_t odd01 = byte_permute(word[0], word[1], 0x7351U);
  const uint32_t even23 = byte_permute(word[2], word[3], 0x6240U);
  const uint32_t odd23 = byte_permute(word[2], word[3], 0x7351U);
  word[0] = byte_permute(even01, even23, 0x5410U);
  word[1] = byte_permute(odd01, odd23, 0x5410U);
  word[2] = byte_permute(even01, even23, 0x7632U);
  word[3] = byte_permute(odd01, odd23, 0x7632U);
}

// Mma i takes word i of each thread's block (small_m_activations.cuh). Lane 4 g + q describes the
// same row and the same eight groups of them in all blocks, so that its metadata of mma i are bytes
// i of its words of the four blocks.
template <class Shape>
OLV_DEVICE void multiply_sparse(SmallMSums<Shape>& sums, int row_tile,
                                SmallMWeights<Shape>& weights, const std::byte* step) {
  transpose_bytes(weights.metadata);
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) {
    Bytes16 columns[Shape::kTiles];
    load_part<Shape>(columns, step, i);
    uint32_t a[4];
    decode_ovp4_word(weights.block[0].word[i], a[0], a[2]);
    decode_ovp4_word(weights.block[1].word[i], a[1], a[3]);
    OLV_UNROLL
    for (int tile = 0; tile < Shape::kTiles; ++tile) {
      mma_sp_s8(sums.plain[row_tile][tile], a, columns[tile].word, weights.metadata[i]);
    }
  }
}

// One row tile of a step of the calling warp. Uses the weights up.
template <class Shape>
OLV_DEVICE void multiply_step(SmallMSums<Shape>& sums, int row_tile, SmallMWeights<Shape>& weights,
                              const Ovp4Constants& constants, const std::byte* step) {
  if constexpr (Shape::kSparse) {
    multiply_sparse<Shape>(sums, row_tile, weights, step);
  } else if constexpr (Shape::kSplits) {
    multiply_ovp4<Shape>(sums, row_tile, weights, constants, step);
  } else {
    multiply_int8<Shape>(sums, row_tile, weights, step);
  }
}

}  // namespace olivine::device
