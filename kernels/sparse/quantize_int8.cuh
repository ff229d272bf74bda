// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/sparse/group_tile.cuh"

namespace olivine::device {

// The nearest integer to value / scale, ties away from zero, at most 127 either way.
OLV_DEVICE int32_t quantized(float value, float scale) {
  constexpr float kMaxLevel = 127.0F;
  const float quotient = divide(value, scale);
  const float magnitude = quotient < 0.0F ? -quotient : quotient;
  const float bounded = magnitude < kMaxLevel ? magnitude : kMaxLevel;
  const auto floor = static_cast<int32_t>(bounded);
  const int32_t level = floor + (bounded - static_cast<float>(floor) >= 0.5F ? 1 : 0);
  return quotient < 0.0F ? -level : level;
}

OLV_DEVICE uint32_t quantized_word(const Bytes16& values, float scale) {
  uint32_t word = 0;
  OLV_UNROLL
  for (int i = 0; i < 4; ++i) {
    const int32_t level = quantized(float_of(values.word[i]), scale);
    word |= (static_cast<uint32_t>(level) & 255U) << 8 * i;
  }
  return word;
}

// A warp reads 512 bytes at once and writes 128.
OLV_DEVICE void quantize_piece(const QuantizeInt8Args& args, int64_t row, int64_t first) {
  constexpr int kSteps = kQuantizeElements / 128;
  const auto* values = reinterpret_cast<const std::byte*>(args.values) + row * args.value_stride;
  int8_t* codes = args.codes + row * args.code_stride;
  const int64_t first_column = first + 4 * lane_index();

  Bytes16 loaded[kSteps];  // all under way before the first is used
  OLV_UNROLL
  for (int j = 0; j < kSteps; ++j) {
    const int64_t column = first_column + 128 * j;
    loaded[j] = Bytes16{};
    if (column < args.columns) {
      loaded[j] = load_row<uint32_t>(values, 4 * column, 4 * args.columns);
    }
  }
  const int64_t scale_index = args.scale_count == 1 ? 0 : row;
  const float scale = load_global<float>(args.scales + scale_index);
  if (!(scale > 0.0F) || is_non_finite(bits_of(scale))) {
    atomic_min_global(args.first_bad_scale, static_cast<uint64_t>(scale_index));
    return;
  }
  const int64_t code_bytes = padded_bytes(args.columns);
  OLV_UNROLL
  for (int j = 0; j < kSteps; ++j) {
    const int64_t column = first_column + 128 * j;
    report_non_finite(loaded[j], row * args.columns + column, args.first_non_finite);
    if (column < code_bytes) {
      store_global(codes + column, quantized_word(loaded[j], scale));
    }
  }
}

// One warp a piece of a row.
OLV_DEVICE void quantize_int8(const QuantizeInt8Args& args) {
  const int64_t index = warp_of_grid();
  const int64_t pieces = count_parts(args.columns, kQuantizeElements);
  const int64_t row = index / pieces;
  if (row < args.rows) quantize_piece(args, row, (index - row * pieces) * kQuantizeElements);
}

}  // namespace olivine::device
