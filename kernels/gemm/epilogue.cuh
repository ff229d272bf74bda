// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/launch/gemm_args.h"

// From int32 sums to C, for all families of GEMM kernels. Arithmetic is that of OutputForm
// (gemm_args.h), every step rounded to float32.
namespace olivine::device {

struct EpilogueParams {
  void* c;
  int64_t c_stride;  // elements
  int64_t m;
  int64_t n;
  const float* weight_scales;
  float activation_scale;
  float output_scale;
  float output_inverse;  // 1 / output_scale; NaN where that says nothing about quotients
  OutputForm output;
};

// Output scales for which a product with the rounded inverse is within 2^-22 of the quotient.
inline constexpr float kMinInvertible = 0x1p-100F;
inline constexpr float kMaxInvertible = 0x1p+100F;

OLV_HOST_DEVICE EpilogueParams epilogue_params(const GemmArgs& args) {
  const float scale = args.output_scale;
  const bool is_invertible = scale >= kMinInvertible && scale <= kMaxInvertible;
  return {args.c,
          args.c_stride,
          args.m,
          args.n,
          args.weight_scales,
          args.activation_scale,
          scale,
          is_invertible ? 1.0F / scale : __builtin_nanf(""),
          args.output};
}

// What a sum of column n is multiplied by. Contract: n is inside C, output is not Int32.
OLV_DEVICE float column_multiplier(const EpilogueParams& p, int64_t n) {
  return multiply(p.activation_scale, load_global<float>(p.weight_scales + n));
}

OLV_DEVICE uint16_t half_of(int32_t sum, float multiplier) {
  return to_half(multiply(to_float(sum), multiplier));
}

// The nearest integer to |real| / output_scale, ties away from zero, at most 127, with the sign of
// real. A division costs as much as ten multiplications, so the quotient is first estimated; it
// matters exactly only next to a tie. The estimate is off by less than 512 * 2^-22.
OLV_DEVICE int8_t requantized(const EpilogueParams& p, int32_t sum, float multiplier) {
  constexpr float kBound = 512.0F;  // far above 127, and float to int is exact
  constexpr float kNear = 0x1p-10F;
  const float real = multiply(to_float(sum), multiplier);
  const float magnitude = real < 0.0F ? -real : real;
  float quotient = multiply(magnitude, p.output_inverse);
  quotient = quotient > kBound ? kBound : quotient;  // a NaN stays
  const float from_tie = quotient - static_cast<float>(static_cast<int32_t>(quotient)) - 0.5F;
  if (!(from_tie > kNear || from_tie < -kNear)) {
    quotient = divide(magnitude, p.output_scale);
    quotient = quotient < kBound ? quotient : kBound;
  }
  int32_t level = static_cast<int32_t>(quotient);
  level += quotient - static_cast<float>(level) >= 0.5F ? 1 : 0;
  level = level < 127 ? level : 127;
  return static_cast<int8_t>(real < 0.0F ? -level : level);
}

// C[row_m][column_n] from its sum; outside C nothing. Contract: kOutput is p.output.
template <OutputForm kOutput>
OLV_DEVICE void store_sum(const EpilogueParams& p, int64_t row_m, int64_t column_n, int32_t sum) {
  if (row_m >= p.m || column_n >= p.n) return;
  const int64_t at = row_m * p.c_stride + column_n;
  if constexpr (kOutput == OutputForm::Int32) {
    store_global<int32_t>(static_cast<int32_t*>(p.c) + at, sum);
  } else if constexpr (kOutput == OutputForm::Fp16) {
    store_global<uint16_t>(static_cast<uint16_t*>(p.c) + at,
                           half_of(sum, column_multiplier(p, column_n)));
  } else {
    store_global<int8_t>(static_cast<int8_t*>(p.c) + at,
                         requantized(p, sum, column_multiplier(p, column_n)));
  }
}

}  // namespace olivine::device
