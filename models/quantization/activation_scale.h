// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <variant>

#include "models/numerics/microscaling.h"
#include "models/numerics/packed.h"
#include "models/numerics/scale_search.h"
#include "models/quantization/quant_scheme.h"

namespace olivine {

struct QuantizeOptions;
struct TensorQuality;

// Activations have one scale, found on samples (integer formats and fp8; 1 for fp16 and bf16), or
// scales that come from the data: one a row where `row_range` is there, and always in block
// formats.
struct ActivationScale {
  Storage storage = Format::Fp16;  // ovp4f where Best has chosen it
  float scale = 1.0F;
  std::optional<SearchRange> row_range = std::nullopt;
};
[[nodiscard]] ActivationScale find_activation_scale(const TensorView& samples,
                                                    const Storage& storage,
                                                    const QuantizeOptions& options);
// Codes by that scale.
[[nodiscard]] std::variant<PackedMatrix, MxMatrix> encode_activations(const TensorView& tensor,
                                                                      const ActivationScale& scale);
// What encoding such data costs.
[[nodiscard]] TensorQuality measure_activations(const TensorView& tensor,
                                                const ActivationScale& scale);

}  // namespace olivine
