// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/gemm/mma_layout.cuh"
#include "kernels/gemm/mma_params.cuh"
#include "kernels/quant/ovp_decode.cuh"

// From global memory to a stage, and from a stage to a decoded tile.
namespace olivine::device {

// What one thread copies of an operand: a column of chunks.
struct MmaSource {
  const std::byte* first;  // in the thread's first row
  int row_bytes;           // from the thread's column on; may be negative
  int rows;                // from the thread's first row on; may be negative
};

template <class Tile>
OLV_DEVICE MmaSource mma_source(const std::byte* base, int64_t stride, int row_bytes, int64_t rows,
                                int first_row) {
  const int thread = thread_index();
  const int column = thread % Tile::kRowChunks * kMmaChunkBytes;
  const int row = row_at<Tile::kGroupRows>(thread / Tile::kRowChunks);
  return {base + int64_t{first_row + row} * stride + column, row_bytes - column,
          clamped(rows - first_row, 0, Tile::kRows) - row};
}

// The chunks of one thread from `offset` bytes along k on, to their places in the tile at `tile`,
// as far as is_due(i) says. Rows past the operand arrive as zeros, bytes past its rows too.
template <class Tile, bool kIsDecoded, class IsDue>
OLV_DEVICE void copy_chunks(std::byte* tile, const MmaSource& source, int64_t stride, int offset,
                            const IsDue& is_due) {
  const int linear = thread_index() * kMmaChunkBytes;
  std::byte* place = tile + (kIsDecoded ? linear : swizzled_offset<Tile::kSpan>(linear));
  const int bytes = clamped(source.row_bytes - offset, 0, kMmaChunkBytes);
  OLV_UNROLL
  for (int i = 0; i < Tile::kChunks; ++i) {
    if (!is_due(i)) continue;
    const int row = row_at<Tile::kGroupRows>(i * Tile::kRowStep);
    copy_async(place + i * Tile::kThreads * kMmaChunkBytes, source.first + row * stride + offset,
               row < source.rows ? bytes : 0);
  }
}

// A thread's chunk of metadata: `first` is in the first step. What lies past the matrix multiplies
// zeros, but must be legal: the last slab and step there stand in.
struct MmaMetadataSource {
  const std::byte* first;
  int step;  // in the tile
};

// Contract: 2:4, k above 0.
template <class Layout>
OLV_DEVICE MmaMetadataSource mma_metadata_source(const MmaParams& params, int first_row) {
  constexpr int kStepChunks = Layout::kMetadataStepBytes / kMmaChunkBytes;
  const int chunk = thread_index();
  const int64_t slab =
      first_row / kMetadataSlabRows + chunk / (kStepChunks * Layout::kMetadataSteps);
  const int64_t last = params.metadata_slabs - 1;
  const int64_t step = (slab < last ? slab : last) * params.metadata_steps;
  return {
      params.metadata + step * Layout::kMetadataStepBytes + chunk % kStepChunks * kMmaChunkBytes,
      chunk / kStepChunks % Layout::kMetadataSteps};
}

template <class Layout>
OLV_DEVICE void copy_metadata(std::byte* to, const MmaMetadataSource& source, int tile_k,
                              int last_step) {
  const int chunk = thread_index();
  if (chunk >= Layout::kMetadataChunks) return;
  const int tile_step = tile_k * Layout::kMetadataSteps + source.step;
  const int step = tile_step < last_step ? tile_step : last_step;
  copy_async(to + metadata_chunk(chunk) * kMmaChunkBytes,
             source.first + int64_t{step} * Layout::kMetadataStepBytes, kMmaChunkBytes);
}

// Chunk `i` of the thread, as copy_chunks() left it in `stage`, decoded into the tile at `decoded`.
// Four bits: the low registers of a chunk are its first 16 elements (operand_layout.h).
template <class Tile>
OLV_DEVICE void decode_chunk4(std::byte* decoded, const std::byte* stage, int i) {
  const int linear = thread_index() * kMmaChunkBytes;
  const int step = i * Tile::kThreads * kMmaChunkBytes;
  const auto codes = load_shared<Bytes16>(stage + linear + step);
  Bytes16 low;
  Bytes16 high;
  OLV_UNROLL
  for (int word = 0; word < 4; ++word) {
    decode_ovp4_word(codes.word[word], low.word[word], high.word[word]);
  }
  const int place = swizzled_offset<Tile::kSpan>(2 * linear);
  store_shared<Bytes16>(decoded + place + 2 * step, low);
  store_shared<Bytes16>(decoded + (place ^ kMmaChunkBytes) + 2 * step, high);
}

// Eight bits: the plane that is being walked.
template <class Tile>
OLV_DEVICE void decode_chunk8(std::byte* decoded, const std::byte* stage, int i, bool is_high) {
  const int linear = thread_index() * kMmaChunkBytes;
  const int step = i * Tile::kThreads * kMmaChunkBytes;
  const auto codes = load_shared<Bytes16>(stage + linear + step);
  Bytes16 plane;
  OLV_UNROLL
  for (int word = 0; word < 4; ++word) {
    uint32_t high = 0;
    uint32_t low = 0;
    decode_ovp8_word(codes.word[word], high, low);
    plane.word[word] = is_high ? high : low;
  }
  store_shared<Bytes16>(decoded + swizzled_offset<Tile::kSpan>(linear) + step, plane);
}

}  // namespace olivine::device
