// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/quantized_executor.h"

#include <utility>

#include "models/base/error.h"
#include "models/numerics/gemm.h"
#include "models/quantization/calibration.h"
#include "models/quantization/quantized_tensor.h"

namespace olivine {
namespace {

bool is_integer(const Storage& storage) {
  const auto* format = std::get_if<Format>(&storage);
  return format != nullptr && info(*format).is_integer;
}

const PackedMatrix* integer_weights(const QuantizedTensor& weights) {
  const auto* matrix = std::get_if<PackedMatrix>(&weights.stored);
  return matrix != nullptr && info(matrix->format).is_integer ? matrix : nullptr;
}

bool is_integer_gemm(const QuantizedLayer& layer) {
  return is_integer(layer.activations.storage) && integer_weights(*layer.weights) != nullptr;
}

FloatMatrix real_values_of(const FloatMatrix& matrix, std::string_view name,
                           const ActivationScale& scale) {
  FloatMatrix result;
  result.rows = matrix.rows;
  result.columns = matrix.columns;
  const auto encoded = encode_activations(view_of(matrix, name), scale);
  if (const auto* packed = std::get_if<PackedMatrix>(&encoded)) {
    result.values = real_values(*packed);
  } else {
    result.values = decode_mx(std::get<MxMatrix>(encoded));
  }
  return result;
}

PackedMatrix packed_values(const FloatMatrix& matrix, std::string_view name,
                           const ActivationScale& scale) {
  return std::get<PackedMatrix>(encode_activations(view_of(matrix, name), scale));
}

}  // namespace

void QuantizedExecutor::set_layer(const std::string& name, QuantizedLayer layer) {
  Entry entry;
  if (!is_integer_gemm(layer)) {
    entry.real_weights.rows = layer.weights->rows();
    entry.real_weights.columns = layer.weights->k();
    entry.real_weights.values = layer.weights->decoded();
  }
  entry.layer = std::move(layer);
  layers_.insert_or_assign(name, std::move(entry));
}

void QuantizedExecutor::set_attention(const std::string& name,
                                      const QuantizedAttention& attention) {
  attentions_.insert_or_assign(name, attention);
}

FloatMatrix QuantizedExecutor::multiply(const PackedMatrix& a, const PackedMatrix& b) {
  const IntegerGemm product = gemm_functional(a, b);
  overflow_count_ += product.overflow_count;
  FloatMatrix result(product.m, product.n);
  for (int64_t row = 0; row < product.m; ++row) {
    const auto out = result.row(row);
    const int32_t* sums = product.c.data() + row * product.n;
    const float row_scale = a.scales[a.scales.size() == 1 ? 0 : static_cast<size_t>(row)];
    for (size_t j = 0; j < out.size(); ++j) {
      const float scale = row_scale * b.scales[b.scales.size() == 1 ? 0 : j];
      out[j] = static_cast<float>(sums[j]) * scale;
    }
  }
  return result;
}

FloatMatrix QuantizedExecutor::linear(const LinearLayer& layer, const FloatMatrix& x) {
  const auto found = layers_.find(layer.name);
  if (found == layers_.end()) return float_.linear(layer, x);
  const Entry& entry = found->second;
  if (is_integer_gemm(entry.layer)) {
    return multiply(packed_values(x, layer.name, entry.layer.activations),
                    *integer_weights(*entry.layer.weights));
  }
  LinearLayer decoded = layer;
  decoded.weights = entry.real_weights.values;
  return float_.linear(decoded, real_values_of(x, layer.name, entry.layer.activations));
}

FloatMatrix QuantizedExecutor::attention(std::string_view name, const FloatMatrix& a,
                                         const FloatMatrix& b) {
  const auto found = attentions_.find(name);
  if (found == attentions_.end()) return float_.attention(name, a, b);
  const QuantizedAttention& scales = found->second;
  if (is_integer(scales.a.storage) && is_integer(scales.b.storage)) {
    return multiply(packed_values(a, name, scales.a), packed_values(b, name, scales.b));
  }
  return float_.attention(name, real_values_of(a, name, scales.a),
                          real_values_of(b, name, scales.b));
}

}  // namespace olivine
