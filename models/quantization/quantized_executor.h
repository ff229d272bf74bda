// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "models/quantization/activation_scale.h"
#include "models/transformer/gemm_executor.h"

namespace olivine {

struct QuantizedTensor;

// One linear layer ready to run: weights as stored, and how its inputs are stored.
struct QuantizedLayer {
  std::shared_ptr<const QuantizedTensor> weights;
  ActivationScale activations;
};

// Both operands of an attention product.
struct QuantizedAttention {
  ActivationScale a;
  ActivationScale b;
};

// Executes the GEMMs of a transformer as a machine with these formats would. Where both operands
// are integers: encoded, multiplied by gemm_functional() (equal to the golden GEMM to the bit), and
// the int32 sums times both scales, in float32. Otherwise the decoded values are multiplied in
// float32. What has no entry runs in float32.
class QuantizedExecutor : public GemmExecutor {
 public:
  void set_layer(const std::string& name, QuantizedLayer layer);
  void set_attention(const std::string& name, const QuantizedAttention& attention);

  [[nodiscard]] FloatMatrix linear(const LinearLayer& layer, const FloatMatrix& x) override;
  [[nodiscard]] FloatMatrix attention(std::string_view name, const FloatMatrix& a,
                                      const FloatMatrix& b) override;

  // Outputs so far whose exact sum does not fit int32; the machine's sums wrap around.
  [[nodiscard]] uint64_t overflow_count() const { return overflow_count_; }

 private:
  struct Entry {
    QuantizedLayer layer;
    FloatMatrix real_weights;  // where the product is float
  };
  [[nodiscard]] FloatMatrix multiply(const PackedMatrix& a, const PackedMatrix& b);

  FloatExecutor float_;
  std::map<std::string, Entry, std::less<>> layers_;
  std::map<std::string, QuantizedAttention, std::less<>> attentions_;
  uint64_t overflow_count_ = 0;
};

}  // namespace olivine
