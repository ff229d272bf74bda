// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/quant_row.cuh"

namespace olivine::device {

// Top bit of a byte: it is one of 0x88, 0x80 and 0x08, which have no bits but those.
OLV_DEVICE uint32_t illegal_ovp4_bytes(uint32_t word) {
  const uint32_t has_code = (word & 0x77777777U) + 0x7F7F7F7FU;
  return ~has_code & (word | word << 4U) & 0x80808080U;
}

OLV_DEVICE void report_illegal_bytes(const CheckOvp4Args& args, const Bytes16& codes, int64_t row,
                                     int64_t first) {
  OLV_UNROLL
  for (int i = 0; i < 16; ++i) {
    const bool is_illegal = (illegal_ovp4_bytes(codes.word[i / 4]) >> (8 * (i % 4) + 7) & 1U) != 0;
    if (!is_illegal || first + i >= args.row_bytes) continue;
    atomic_min_global(args.first_illegal, static_cast<uint64_t>(row * args.row_bytes + first + i));
    return;
  }
}

// One warp a piece of a row.
OLV_DEVICE void check_ovp4(const CheckOvp4Args& args) {
  const RowPiece place = row_piece(quant_warp(), args.row_bytes, kPieceBytes);
  if (place.row >= args.rows) return;
  const auto* codes = static_cast<const std::byte*>(args.codes) + place.row * args.code_stride;
  Bytes16 loaded[kQuantLoads];
  load_piece(loaded, codes, place.first, pieces_of(args.row_bytes, 16) * 16);
  OLV_UNROLL
  for (int i = 0; i < kQuantLoads; ++i) {
    uint32_t any = 0;
    OLV_UNROLL
    for (int j = 0; j < 4; ++j) any |= illegal_ovp4_bytes(loaded[i].word[j]);
    if (any != 0) report_illegal_bytes(args, loaded[i], place.row, place.first + piece_offset(i));
  }
}

}  // namespace olivine::device
