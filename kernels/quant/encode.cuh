// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/encode_level.cuh"
#include "kernels/quant/quant_row.cuh"

namespace olivine::device {

struct FourValues {
  float value[4];
};

// Elements `at` .. `at` + 3 of a row, `at` a multiple of 4; zeros past `count`. Loads are whole:
// rows start and end at multiples of 16 bytes.
OLV_DEVICE FourValues load_values(RealType type, const std::byte* row, int64_t at, int64_t count) {
  FourValues result = {};
  if (at >= count) return result;
  if (type == RealType::Fp32) {
    const Bytes16 loaded = load_streaming(row + 4 * at);
    OLV_UNROLL
    for (int i = 0; i < 4; ++i) result.value[i] = __builtin_bit_cast(float, loaded.word[i]);
  } else {
    const Bytes8 loaded = load_global<Bytes8>(row + 2 * at);
    OLV_UNROLL
    for (int i = 0; i < 4; ++i) {
      result.value[i] = from_half(static_cast<uint16_t>(loaded.word[i / 2] >> 16 * (i % 2)));
    }
  }
  OLV_UNROLL
  for (int i = 1; i < 4; ++i) {
    if (at + i >= count) result.value[i] = 0.0F;
  }
  return result;
}

OLV_DEVICE void report_non_finite_values(const FourValues& values, uint64_t index,
                                         ProblemWord* word) {
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) {
    const auto bits = __builtin_bit_cast(uint32_t, values.value[i]);
    if ((bits & 0x7F800000U) != 0x7F800000U) continue;
    atomic_min_global(word, index + static_cast<uint64_t>(i));
    return;
  }
}

// The codes of four values, 16 or 32 bits.
template <Format kFormat>
OLV_DEVICE uint32_t encode_four(const FourValues& values, float scale) {
  constexpr int kPairBits = 2 * EncodeGridOf<kFormat>::kGrid.bits;
  return encode_pair<kFormat>(values.value[0], values.value[1], scale) |
         encode_pair<kFormat>(values.value[2], values.value[3], scale) << kPairBits;
}

// Load `i` of the calling thread in a piece of a row. A word of ovp4 holds elements 4 t .. 4 t + 3
// and 16 + 4 t .. of a block, thread t of a quad: two loads, 16 elements apart. A word of 8 bits:
// one load.
template <Format kFormat>
OLV_DEVICE int element_offset(int i) {
  if constexpr (kFormat == Format::Ovp4) {
    return (i / 2 * 8 + lane_index() / 4) * 32 + i % 2 * 16 + lane_index() % 4 * 4;
  } else {
    return (i * 32 + lane_index()) * 4;
  }
}

template <Format kFormat>
OLV_DEVICE void encode_piece(const EncodeArgs& args, int64_t row, int64_t first) {
  constexpr int kElementBits = EncodeGridOf<kFormat>::kGrid.bits;
  constexpr int kWordLoads = 8 / kElementBits;
  const auto* values = static_cast<const std::byte*>(args.values) + row * args.value_stride;
  auto* codes = static_cast<std::byte*>(args.codes) + row * args.code_stride;
  const int64_t code_bytes = code_row_bytes(kFormat, args.k);

  FourValues loaded[kQuantLoads];
  OLV_UNROLL
  for (int i = 0; i < kQuantLoads; ++i) {
    loaded[i] = load_values(args.type, values, first + element_offset<kFormat>(i), args.k);
  }
  OLV_UNROLL
  for (int i = 0; i < kQuantLoads; i += kWordLoads) {
    uint32_t word = 0;
    OLV_UNROLL
    for (int j = 0; j < kWordLoads; ++j) {
      const int64_t column = first + element_offset<kFormat>(i + j);
      report_non_finite_values(loaded[i + j], static_cast<uint64_t>(row * args.k + column),
                               args.first_non_finite);
      word |= encode_four<kFormat>(loaded[i + j], args.scale) << 16 * j;
    }
    // 32 threads write 128 bytes.
    const int64_t at = first * kElementBits / 8 + i / kWordLoads * 128 + lane_index() * 4;
    if (at < code_bytes) store_global(codes + at, word);
  }
}

// One warp a piece of a row.
OLV_DEVICE void encode(const EncodeArgs& args) {
  const RowPiece place = row_piece(quant_warp(), args.k, kPieceElements);
  if (place.row >= args.rows) return;
  if (args.format == Format::Ovp4) {
    encode_piece<Format::Ovp4>(args, place.row, place.first);
  } else if (args.format == Format::Ovp8) {
    encode_piece<Format::Ovp8>(args, place.row, place.first);
  } else {
    encode_piece<Format::Int8>(args, place.row, place.first);
  }
}

}  // namespace olivine::device
