// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/ovp_decode.cuh"
#include "kernels/quant/quant_row.cuh"

namespace olivine::device {

// Block `block` of a row of ovp4 in each thread; with threads that differ in bit 0 a block apart.
// The two exchange halves, so that together they write whole sectors of 32 bytes.
OLV_DEVICE void store_ovp4_block(const Bytes16& codes, int8_t* row, int64_t block, int64_t bytes) {
  Bytes16 half[2];  // elements 0..15 and 16..31
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) decode_ovp4_word(codes.word[i], half[0].word[i], half[1].word[i]);
  const bool is_odd = lane_index() % 2 != 0;
  Bytes16 stored[2];  // the same half of the even thread's block, then of the odd one's
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) {
    const uint32_t own = is_odd ? half[1].word[i] : half[0].word[i];
    const uint32_t other = shuffle_xor(is_odd ? half[0].word[i] : half[1].word[i], 1);
    stored[0].word[i] = is_odd ? other : own;
    stored[1].word[i] = is_odd ? own : other;
  }
  const int64_t first = (block - (is_odd ? 1 : 0)) * 32 + (is_odd ? 16 : 0);
  OLV_UNROLL
  for (int i = 0; i < 2; ++i) {
    if (first + 32 * i < bytes) store_global(row + first + 32 * i, stored[i]);
  }
}

// 16 elements of ovp8 from byte `at`.
OLV_DEVICE void store_ovp8_block(const OvpTensor& tensor, const Bytes16& codes, int8_t* row,
                                 int64_t at, int64_t bytes) {
  if (at >= bytes) return;
  const int64_t pair_bytes = (tensor.columns + 1) / 2 * 2;
  Bytes16 high;
  Bytes16 low;
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) {
    const uint32_t word = first_bytes_of(codes.word[i], pair_bytes - at - 4 * i);
    decode_ovp8_word(word, high.word[i], low.word[i]);
  }
  store_global(row + at, high);
  store_global(row + at + tensor.plane_stride, low);
}

OLV_DEVICE void decode_piece(const OvpTensor& tensor, int64_t piece) {
  const int64_t code_bytes = code_row_bytes(tensor.format, tensor.columns);
  const RowPiece place = row_piece(piece, code_bytes, kPieceBytes);
  const auto* codes = static_cast<const std::byte*>(tensor.codes) + place.row * tensor.code_stride;
  int8_t* values = tensor.values + place.row * tensor.value_stride;
  const int64_t bytes = pieces_of(tensor.columns, 16) * 16;

  Bytes16 loaded[kQuantLoads];
  load_piece(loaded, codes, place.first, code_bytes);
  OLV_UNROLL
  for (int i = 0; i < kQuantLoads; ++i) {
    const int64_t at = place.first + piece_offset(i);
    if (tensor.format == Format::Ovp4) {
      store_ovp4_block(loaded[i], values, at / 16, bytes);
    } else {
      store_ovp8_block(tensor, loaded[i], values, at, bytes);
    }
  }
}

// One warp a piece, those of the first tensor first.
OLV_DEVICE void decode_ovp(const DecodeOvpArgs& args) {
  const int64_t first = decode_pieces(args.first);
  const int64_t piece = quant_warp();
  if (piece < first) {
    decode_piece(args.first, piece);
  } else if (piece < first + decode_pieces(args.second)) {
    decode_piece(args.second, piece - first);
  }
}

}  // namespace olivine::device
