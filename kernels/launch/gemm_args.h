// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string_view>

namespace olivine {

// How weights and activations reach a GEMM kernel. Rows run along k.
//   Int8        k bytes a row
//   Int8Sparse  kept elements, k / 2 bytes a row (k filled up to a multiple of 4), and metadata
//   Ovp4        interleaved OVP (operand_layout.h), decoded in the main loop
//   Ovp4Sparse  kept elements as interleaved OVP, a quarter of a byte a dense element, and metadata
enum class WeightForm : uint8_t { Int8, Int8Sparse, Ovp4, Ovp4Sparse };
//   Int8, Ovp4  as above
//   Ovp8        k bytes a row (k filled up to whole pairs), decoded in the main loop into two int8
//               planes
//   Int8Planes  two int8 matrices, value = 256 * high + low: what ovp8 decodes to
// With two planes the kernel walks k twice and multiplies its sums by 256 in between.
enum class ActivationForm : uint8_t { Int8, Ovp4, Ovp8, Int8Planes };

//   Int32  the sums, which wrap around
//   Int8   requantized as models/numerics/requantize.h says, to the bit
//   Fp16   float(sum) * (activation_scale * weight_scale), each step rounded to float32, then to
//          half, to nearest even
enum class OutputForm : uint8_t { Int32, Int8, Fp16 };

[[nodiscard]] constexpr bool is_sparse(WeightForm form) {
  return form == WeightForm::Int8Sparse || form == WeightForm::Ovp4Sparse;
}
[[nodiscard]] constexpr bool is_ovp(WeightForm form) {
  return form == WeightForm::Ovp4 || form == WeightForm::Ovp4Sparse;
}
[[nodiscard]] constexpr int plane_count(ActivationForm form) {
  return form == ActivationForm::Ovp8 || form == ActivationForm::Int8Planes ? 2 : 1;
}
[[nodiscard]] constexpr int output_bytes(OutputForm form) {
  return form == OutputForm::Int32 ? 4 : form == OutputForm::Fp16 ? 2 : 1;
}
[[nodiscard]] std::string_view name_of(WeightForm form);      // "int8", "int8-2:4", "ovp4", ...
[[nodiscard]] std::string_view name_of(ActivationForm form);  // "int8", "ovp4", "ovp8", ...
[[nodiscard]] std::string_view name_of(OutputForm form);      // "int32", "int8", "fp16"

// Bytes of a row that carry data: k elements, filled up to groups of 4 (2:4), to blocks of 32
// stored elements (OVP at 4 bits) and to pairs (OVP at 8 bits).
[[nodiscard]] int64_t weight_row_bytes(WeightForm form, int64_t k);
[[nodiscard]] int64_t activation_row_bytes(ActivationForm form, int64_t k);

// C[m,n] = sum over k of activations[m][k] * weights[n][k], C row-major. Pointers are device
// addresses (of the emulator: host addresses). Passed to kernels by value.
struct GemmArgs {
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;  // dense elements
  WeightForm weight_form = WeightForm::Int8;
  ActivationForm activation_form = ActivationForm::Int8;
  OutputForm output = OutputForm::Int32;

  const void* weights = nullptr;
  int64_t weight_stride = 0;           // bytes between rows
  const uint32_t* metadata = nullptr;  // sparse forms: register order (operand_layout.h)
  const void* activations = nullptr;
  int64_t activation_stride = 0;  // bytes between rows
  int64_t plane_stride = 0;       // Int8Planes: bytes from the high plane to the low one

  void* c = nullptr;
  int64_t c_stride = 0;  // elements between rows
  // Int8 and Fp16 outputs. Weight scales: one for each n.
  const float* weight_scales = nullptr;
  float activation_scale = 1.0F;
  float output_scale = 1.0F;  // Int8

  // Nothing under way in the stream writes weights or metadata: a kernel may load them before the
  // launch in front of it has ended (programmatic dependent launch; SmallM on sm_90).
  bool are_weights_settled = false;
};

}  // namespace olivine
