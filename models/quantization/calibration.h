// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/numerics/float_matrix.h"
#include "models/numerics/quantize.h"
#include "models/transformer/gemm_executor.h"

namespace olivine {

// Executes a transformer in float32 and keeps what goes into its GEMMs: the samples that scales of
// activations are found on.
class CalibrationExecutor : public GemmExecutor {
 public:
  // Of every GEMM at most so many rows are kept, the first ones.
  explicit CalibrationExecutor(int64_t max_rows) : max_rows_(max_rows) {}

  [[nodiscard]] FloatMatrix linear(const LinearLayer& layer, const FloatMatrix& x) override;
  [[nodiscard]] FloatMatrix attention(std::string_view name, const FloatMatrix& a,
                                      const FloatMatrix& b) override;

  // Inputs of a linear layer, rows x k. Contract: it has run.
  [[nodiscard]] const FloatMatrix& inputs(std::string_view layer) const;
  // Of an attention product: values of all heads and sequences as one row, since their extents
  // differ. Contract: it has run.
  struct AttentionInputs {
    std::vector<float> a;
    std::vector<float> b;
  };
  [[nodiscard]] const AttentionInputs& attention_inputs(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, AttentionInputs, std::less<>>& attentions() const {
    return attentions_;
  }

 private:
  int64_t max_rows_;
  FloatExecutor float_;
  std::map<std::string, FloatMatrix, std::less<>> inputs_;
  std::map<std::string, AttentionInputs, std::less<>> attentions_;
};

[[nodiscard]] TensorView view_of(const FloatMatrix& matrix, std::string_view name);

// Root of the mean square of each column: what an input channel counts when weights are pruned by
// their effect on the outputs (Wanda, arXiv 2306.11695).
[[nodiscard]] std::vector<float> channel_importance(const FloatMatrix& inputs);

}  // namespace olivine
