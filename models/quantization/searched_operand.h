// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>

#include "models/quantization/quantize_options.h"

namespace olivine {

// Codes of an operand, and how its scales were found.
struct SearchedOperand {
  PackedMatrix matrix;
  std::optional<ScaleChoice> choice;  // integer formats
};

// Scales by the paper's rules, and the codes: of integer formats those of least squared error, of
// fp16 and bf16 one scale of 1, of fp8 the one that maps the largest magnitude to 448.
[[nodiscard]] SearchedOperand search_operand(const TensorView& tensor, Format format,
                                             const QuantizeOptions& options);

// ovp4 and ovp4f: formats whose normal values QuantizeOptions::ovp4 is about.
[[nodiscard]] bool is_ovp4(Format format);
// What the format becomes where it is not chosen by error.
[[nodiscard]] Format type_without_choice(Format format, Ovp4Normals normals);

}  // namespace olivine
