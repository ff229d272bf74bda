// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/problem_word.h"
#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"

namespace olivine {

// 2:4 weights made on the device: fp32 values are pruned, what is kept is quantized, and codes with
// metadata in register order are an Int8Sparse image (operand_layout.h); or int8 values that are
// already pruned are compressed into one. Pointers are device addresses (of the emulator: host
// addresses), strides bytes between rows, multiples of 16 as the addresses are.

// Keeps the two largest magnitudes of every group of four along k, of equals the one with the lower
// index, as prune_two_four() of models/numerics/sparse.h does.
struct PruneTwoFourArgs {
  int64_t rows = 0;
  int64_t k = 0;  // dense elements
  const float* values = nullptr;
  int64_t value_stride = 0;
  float* kept = nullptr;  // 2 * group_count(k) a row
  int64_t kept_stride = 0;
  uint32_t* metadata = nullptr;             // metadata_words(rows, k)
  ProblemWord* first_non_finite = nullptr;  // row * k + column
};

// Compresses int8 values of which each group of four has at most two that are not 0. A group with
// fewer is filled up with zeros at its lowest free positions, as in models/numerics/sparse.h.
// Writes whole 16 bytes: zeros past the kept elements.
struct CompressTwoFourArgs {
  int64_t rows = 0;
  int64_t k = 0;
  const int8_t* values = nullptr;
  int64_t value_stride = 0;
  int8_t* codes = nullptr;
  int64_t code_stride = 0;
  uint32_t* metadata = nullptr;
  ProblemWord* first_full_group = nullptr;  // row * group_count(k) + group
};

// Quantizes rows with one scale each, or one for all, as encode(..., Format::Int8, ...) of
// models/numerics/quantize.h does. Writes whole 16 bytes: zeros past the columns.
struct QuantizeInt8Args {
  int64_t rows = 0;
  int64_t columns = 0;
  const float* values = nullptr;
  int64_t value_stride = 0;
  const float* scales = nullptr;
  int64_t scale_count = 0;  // 1 or rows
  int8_t* codes = nullptr;
  int64_t code_stride = 0;
  ProblemWord* first_non_finite = nullptr;  // row * columns + column
  ProblemWord* first_bad_scale = nullptr;
};

// Whether the kernels can run these arguments: the reason names operand, value and what is legal.
// Extents may be 0 (then nothing is launched).
[[nodiscard]] Status can_run(const PruneTwoFourArgs& args);
[[nodiscard]] Status can_run(const CompressTwoFourArgs& args);
[[nodiscard]] Status can_run(const QuantizeInt8Args& args);

// Contract: can_run(args).
[[nodiscard]] LaunchConfig make_launch_config(const PruneTwoFourArgs& args);
[[nodiscard]] LaunchConfig make_launch_config(const CompressTwoFourArgs& args);
[[nodiscard]] LaunchConfig make_launch_config(const QuantizeInt8Args& args);

// Contract: can_run(args). Return without waiting. Throw CudaError.
void launch(const PruneTwoFourArgs& args, StreamHandle stream);
void launch(const CompressTwoFourArgs& args, StreamHandle stream);
void launch(const QuantizeInt8Args& args, StreamHandle stream);

// What the words say after the kernel, in the words of models/numerics: nothing, or the first
// element, group or scale that is wrong.
[[nodiscard]] Status find_non_finite(ProblemWord first_non_finite);
[[nodiscard]] Status find_bad_scale(ProblemWord first_bad_scale);
[[nodiscard]] Status find_full_group(const CompressTwoFourArgs& args, ProblemWord first_full_group);

}  // namespace olivine
