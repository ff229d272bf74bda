// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "models/numerics/float_matrix.h"

namespace olivine {

// A linear layer y = x W^T + bias as a transformer holds it. `name` is that of the layer in the
// network's workload ("encoder.0.query"), `tensor` that of its weights in the checkpoint. GPT-2
// keeps its weights [inputs, outputs], and those of query, key and value side by side in one
// tensor.
struct LinearLayer {
  std::string name;
  std::string tensor;
  bool is_input_major = false;     // the tensor is [inputs, outputs]: its columns are outputs
  int64_t first_output = 0;        // of this layer in the tensor
  int64_t n = 0;                   // outputs
  int64_t k = 0;                   // inputs
  std::span<const float> weights;  // n x k, kept by the transformer
  std::span<const float> bias;     // n, or empty
};

// What computes the GEMMs of a transformer; everything else is float and belongs to the
// transformer. One executor runs a network as it is, another watches its inputs, another quantizes.
class GemmExecutor {
 public:
  GemmExecutor() = default;
  virtual ~GemmExecutor() = default;
  GemmExecutor(const GemmExecutor&) = delete;
  GemmExecutor& operator=(const GemmExecutor&) = delete;

  // x W^T, without the bias: x.rows x layer.n.
  [[nodiscard]] virtual FloatMatrix linear(const LinearLayer& layer, const FloatMatrix& x) = 0;
  // One head's a b^T: a.rows x b.rows. `name` is the layer in the workload: "encoder.0.qk" (queries
  // times keys) or "encoder.0.pv" (probabilities times values, which come transposed).
  [[nodiscard]] virtual FloatMatrix attention(std::string_view name, const FloatMatrix& a,
                                              const FloatMatrix& b) = 0;
};

// All in float32 (sgemm.h).
class FloatExecutor : public GemmExecutor {
 public:
  [[nodiscard]] FloatMatrix linear(const LinearLayer& layer, const FloatMatrix& x) override;
  [[nodiscard]] FloatMatrix attention(std::string_view name, const FloatMatrix& a,
                                      const FloatMatrix& b) override;
};

}  // namespace olivine
