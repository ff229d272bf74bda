// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "models/transformer/gemm_executor.h"
#include "models/transformer/tensor_lookup.h"

namespace olivine {

// The linear layers of a network and their weights, in order of execution.
class LinearStore {
 public:
  enum class Bias : uint8_t { None, Present };

  // Weights `tensor`.weight [n, k], bias `tensor`.bias [n].
  void add(std::string name, const std::string& tensor, int64_t n, int64_t k, Bias bias,
           const TensorLookup& lookup);

  // Weights `tensor`.weight [k, outputs] and bias [outputs], cut into layers of equal size.
  void add_input_major(std::span<const std::string> names, const std::string& tensor,
                       int64_t outputs, int64_t k, const TensorLookup& lookup);

  [[nodiscard]] std::span<const LinearLayer> layers() const { return layers_; }

  // x W^T + bias of one layer.
  [[nodiscard]] FloatMatrix run(size_t layer, const FloatMatrix& x, GemmExecutor& executor) const;

 private:
  std::span<const float> keep(std::vector<float> values);

  std::vector<LinearLayer> layers_;
  std::deque<std::vector<float>> values_;  // what the layers point to
};

}  // namespace olivine
