// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/ops.cuh"
#include "models/numerics/format.h"

// One value, one pair to their codes: the paper's policy of models/numerics/quantize.h, step by
// step, so that results are equal to the bit.
namespace olivine::device {

// The grids of paper_grid() as the encoder needs them.
struct EncodeGrid {
  int bits;
  int max_normal;
  bool has_outliers;
  int mantissa_bits;  // of an outlier
  int bias;
  int max_code;
};

template <Format kFormat>
struct EncodeGridOf;
template <>
struct EncodeGridOf<Format::Int8> {
  static constexpr EncodeGrid kGrid{8, 127, false, 0, 0, 0};
};
template <>
struct EncodeGridOf<Format::Ovp4> {
  static constexpr EncodeGrid kGrid{4, 7, true, 1, 2, 7};
};
template <>
struct EncodeGridOf<Format::Ovp8> {
  static constexpr EncodeGrid kGrid{8, 127, true, 3, 4, 63};
};

struct EncodedValue {
  float magnitude;  // |value / scale|
  bool is_outlier;
  uint32_t code;
};

// Nearest normal, ties away from zero. A quotient that overflowed counts as large.
template <Format kFormat>
OLV_DEVICE uint32_t normal_code(float magnitude, bool is_negative) {
  constexpr EncodeGrid kGrid = EncodeGridOf<kFormat>::kGrid;
  constexpr auto kMax = static_cast<float>(kGrid.max_normal);
  const float bounded = magnitude < kMax ? magnitude : kMax;
  const auto floor = static_cast<int32_t>(bounded);
  const int32_t rank = floor + (bounded - static_cast<float>(floor) >= 0.5F ? 1 : 0);
  return static_cast<uint32_t>(is_negative ? -rank : rank) & ((1U << kGrid.bits) - 1U);
}

// Nearest outlier: the code continues the exponent and mantissa of a float32.
template <Format kFormat>
OLV_DEVICE uint32_t outlier_code(float magnitude, bool is_negative) {
  constexpr EncodeGrid kGrid = EncodeGridOf<kFormat>::kGrid;
  constexpr int kShift = 23 - kGrid.mantissa_bits;
  constexpr int kFirst = (127 + kGrid.bias + kGrid.mantissa_bits) << kGrid.mantissa_bits;
  const auto bits = __builtin_bit_cast(uint32_t, magnitude);
  const int32_t code = static_cast<int32_t>((bits + (1U << (kShift - 1))) >> kShift) - kFirst;
  const int32_t bounded = code < 1 ? 1 : code > kGrid.max_code ? kGrid.max_code : code;
  return static_cast<uint32_t>(bounded) | (is_negative ? 1U << (kGrid.bits - 1) : 0U);
}

// Contract: value is finite, scale finite and above 0.
template <Format kFormat>
OLV_DEVICE EncodedValue encode_value(float value, float scale) {
  constexpr EncodeGrid kGrid = EncodeGridOf<kFormat>::kGrid;
  const float quotient = divide(value, scale);
  const bool is_negative = quotient < 0.0F;
  EncodedValue result{is_negative ? -quotient : quotient, false, 0};
  if constexpr (kGrid.has_outliers) {
    constexpr int kSmallestOutlier = ((1 << kGrid.mantissa_bits) + 1) << kGrid.bias;
    constexpr float kBoundary = 0.5F * static_cast<float>(kGrid.max_normal + kSmallestOutlier);
    result.is_outlier = result.magnitude >= kBoundary;
  }
  const uint32_t normal = normal_code<kFormat>(result.magnitude, is_negative);
  result.code = result.is_outlier ? outlier_code<kFormat>(result.magnitude, is_negative) : normal;
  return result;
}

// Two codes, the even one in the low bits. Of two outliers the larger survives, of equals the odd
// one; beside a survivor stands the identifier.
template <Format kFormat>
OLV_DEVICE uint32_t encode_pair(float even, float odd, float scale) {
  constexpr EncodeGrid kGrid = EncodeGridOf<kFormat>::kGrid;
  constexpr uint32_t kIdentifier = 1U << (kGrid.bits - 1);
  EncodedValue left = encode_value<kFormat>(even, scale);
  EncodedValue right = encode_value<kFormat>(odd, scale);
  if constexpr (kGrid.has_outliers) {
    const bool is_left_larger = left.magnitude > right.magnitude;
    const bool keeps_left = left.is_outlier && (!right.is_outlier || is_left_larger);
    if (left.is_outlier || right.is_outlier) (keeps_left ? right : left).code = kIdentifier;
  }
  return left.code | right.code << kGrid.bits;
}

}  // namespace olivine::device
