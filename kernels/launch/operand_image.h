// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/status.h"
#include "models/numerics/packed.h"

namespace olivine {

// Operands as they lie in GPU memory (operand_layout.h), ready to be copied. Strides are the row's
// bytes rounded up to 16, what lies past them is 0.
struct WeightImage {
  WeightForm form = WeightForm::Int8;
  int64_t rows = 0;
  int64_t k = 0;
  int64_t stride = 0;
  std::vector<uint8_t> codes;
  std::vector<uint32_t> metadata;  // register order
};
struct ActivationImage {
  ActivationForm form = ActivationForm::Int8;
  int64_t rows = 0;
  int64_t k = 0;
  int64_t stride = 0;
  int64_t plane_stride = 0;
  std::vector<uint8_t> codes;
};

// Checks the matrix first: an illegal OVP pair (0x88, 0x80, 0x08), an illegal metadata nibble, a
// format without a form are refused with row and byte, and nothing is made. Weights: int8 and ovp4,
// dense and 2:4. Activations: dense int8 and ovp4; ovp8 as Ovp8 or, decoded, as Int8Planes.
[[nodiscard]] Status make_weight_image(const PackedMatrix& weights, WeightImage& image);
[[nodiscard]] Status make_activation_image(const PackedMatrix& activations, ActivationForm form,
                                           ActivationImage& image);

// The same checks for tensors of unknown origin in host memory: the first illegal byte, or word and
// nibble. Interleaved or not: pairs are bytes in both.
[[nodiscard]] Status check_ovp4_bytes(const uint8_t* bytes, int64_t count);
[[nodiscard]] Status check_metadata_words(const uint32_t* words, int64_t count);

}  // namespace olivine
