// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/activation_scale.h"

#include <span>
#include <vector>

#include "models/numerics/tensor_quality.h"
#include "models/quantization/searched_operand.h"

namespace olivine {

ActivationScale find_activation_scale(const TensorView& samples, const Storage& storage,
                                      const QuantizeOptions& options) {
  const auto* format = std::get_if<Format>(&storage);
  if (format == nullptr) return {storage, 1.0F};
  QuantizeOptions per_tensor = options;
  per_tensor.granularity = Granularity::PerTensor;
  const SearchedOperand encoded = search_operand(samples, *format, per_tensor);
  ActivationScale result{encoded.matrix.format, encoded.matrix.scales.front()};
  if (options.activations == Granularity::PerRow) {
    result.row_range = options.range.value_or(default_range(encoded.matrix.format));
  }
  return result;
}

std::variant<PackedMatrix, MxMatrix> encode_activations(const TensorView& tensor,
                                                        const ActivationScale& scale) {
  if (const auto* blocks = std::get_if<MxFormat>(&scale.storage)) return encode_mx(tensor, *blocks);
  const Format format = std::get<Format>(scale.storage);
  if (!scale.row_range) return encode(tensor, format, std::span{&scale.scale, 1});
  QuantizeOptions per_row;
  per_row.range = scale.row_range;
  return search_operand(tensor, format, per_row).matrix;
}

TensorQuality measure_activations(const TensorView& tensor, const ActivationScale& scale) {
  const auto encoded = encode_activations(tensor, scale);
  if (const auto* matrix = std::get_if<PackedMatrix>(&encoded)) {
    return measure_packed(tensor, *matrix);
  }
  return compare_values(tensor.values, decode_mx(std::get<MxMatrix>(encoded)));
}

}  // namespace olivine
