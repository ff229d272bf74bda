// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/quant/quant_pieces.h"

// The pieces of rows that warps work on.
namespace olivine::device {

OLV_DEVICE int64_t quant_warp() { return block_index() * kQuantWarps + warp_index(); }

struct RowPiece {
  int64_t row;
  int64_t first;  // in units of the row's whole
};

OLV_DEVICE RowPiece row_piece(int64_t piece, int64_t whole, int unit) {
  const int64_t row_pieces = pieces_of(whole, unit);
  const int64_t row = piece / row_pieces;
  return {row, (piece - row * row_pieces) * unit};
}

// Byte, within a piece of codes, of load `i` of the calling thread.
OLV_DEVICE int piece_offset(int i) { return (i * 32 + lane_index()) * 16; }

// Zeros past the row's bytes, a multiple of 16.
OLV_DEVICE void load_piece(Bytes16 (&loaded)[kQuantLoads], const std::byte* row, int64_t first,
                           int64_t row_bytes) {
  OLV_UNROLL
  for (int i = 0; i < kQuantLoads; ++i) {
    const int64_t at = first + piece_offset(i);
    loaded[i] = Bytes16{};
    if (at < row_bytes) loaded[i] = load_streaming(row + at);
  }
}

// The first `count` bytes of a word, the rest 0.
OLV_DEVICE uint32_t first_bytes_of(uint32_t word, int64_t count) {
  if (count >= 4) return word;
  return count <= 0 ? 0 : word & ((1U << (8U * static_cast<uint32_t>(count))) - 1U);
}

}  // namespace olivine::device
