// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/problem_word.h"
#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"
#include "models/numerics/format.h"

namespace olivine {

// Outlier-victim pairs made, checked and decoded on the device. Pointers are device addresses (of
// the emulator: host addresses), strides bytes between rows, multiples of 16 as the addresses are.
// Rows of codes are as in GEMM operands: ovp4 interleaved (operand_layout.h), int8 and ovp8 a byte
// an element. What is written is whole blocks of 16 bytes: zeros past the elements.

// Decodes a tensor to int8 (ovp4), or to two int8 planes (ovp8), value = 256 * high + low.
struct OvpTensor {
  Format format = Format::Ovp4;  // or Ovp8
  int64_t rows = 0;
  int64_t columns = 0;  // stored elements of a row: k, for 2:4 the kept ones
  const void* codes = nullptr;
  int64_t code_stride = 0;
  int8_t* values = nullptr;  // ovp8: the high plane
  int64_t value_stride = 0;
  int64_t plane_stride = 0;  // ovp8: bytes from the high plane to the low one
};

// Two tensors in one launch, as the operands of one GEMM; either may be empty.
struct DecodeOvpArgs {
  OvpTensor first;
  OvpTensor second;
};

// Looks for bytes that no ovp4 encoder writes: 0x88, 0x80 and 0x08. Interleaved or not.
struct CheckOvp4Args {
  int64_t rows = 0;
  int64_t row_bytes = 0;
  const void* codes = nullptr;
  int64_t code_stride = 0;
  ProblemWord* first_illegal = nullptr;  // row * row_bytes + byte
};

enum class RealType : uint8_t { Fp32, Fp16 };
[[nodiscard]] constexpr int real_bytes(RealType type) { return type == RealType::Fp32 ? 4 : 2; }

// Encodes with one scale for the whole tensor, as encode() of models/numerics/quantize.h does, to
// the bit.
struct EncodeArgs {
  Format format = Format::Ovp4;  // or Ovp8, Int8
  RealType type = RealType::Fp32;
  int64_t rows = 0;
  int64_t k = 0;
  const void* values = nullptr;
  int64_t value_stride = 0;
  float scale = 1.0F;
  void* codes = nullptr;
  int64_t code_stride = 0;
  ProblemWord* first_non_finite = nullptr;  // row * k + column
};

// Whether the kernels can run these arguments: the reason names operand, value and what is legal.
// Extents may be 0 (then nothing is launched).
[[nodiscard]] Status can_run(const DecodeOvpArgs& args);
[[nodiscard]] Status can_run(const CheckOvp4Args& args);
[[nodiscard]] Status can_run(const EncodeArgs& args);

// Contract: can_run(args).
[[nodiscard]] LaunchConfig make_launch_config(const DecodeOvpArgs& args);
[[nodiscard]] LaunchConfig make_launch_config(const CheckOvp4Args& args);
[[nodiscard]] LaunchConfig make_launch_config(const EncodeArgs& args);

// Contract: can_run(args). Return without waiting. Throw CudaError.
void launch(const DecodeOvpArgs& args, StreamHandle stream);
void launch(const CheckOvp4Args& args, StreamHandle stream);
void launch(const EncodeArgs& args, StreamHandle stream);

// What the words say after the kernel: nothing, or the first byte or element that is wrong.
[[nodiscard]] Status find_illegal_byte(const CheckOvp4Args& args, ProblemWord first_illegal);
[[nodiscard]] Status find_non_finite(const EncodeArgs& args, ProblemWord first_non_finite);

}  // namespace olivine
