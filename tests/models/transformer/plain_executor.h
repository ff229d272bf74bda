// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "models/transformer/gemm_executor.h"

namespace olivine::test {

// Sums in double, one element after the other: an output depends on its row and its column only,
// to the last bit. Keeps what it was asked for.
class PlainExecutor : public GemmExecutor {
 public:
  struct Call {
    std::string name;
    int64_t m = 0, n = 0, k = 0;

    bool operator==(const Call&) const = default;
  };

  [[nodiscard]] FloatMatrix linear(const LinearLayer& layer, const FloatMatrix& x) override {
    return multiply(layer.name, x, layer.weights, layer.n);
  }
  [[nodiscard]] FloatMatrix attention(std::string_view name, const FloatMatrix& a,
                                      const FloatMatrix& b) override {
    return multiply(std::string{name}, a, b.values, b.rows);
  }

  [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }

 private:
  FloatMatrix multiply(std::string name, const FloatMatrix& a, std::span<const float> b,
                       int64_t n) {
    calls_.push_back({std::move(name), a.rows, n, a.columns});
    FloatMatrix c(a.rows, n);
    const auto k = static_cast<size_t>(a.columns);
    for (int64_t i = 0; i < a.rows; ++i) {
      for (size_t j = 0; j < static_cast<size_t>(n); ++j) {
        double sum = 0.0;
        for (size_t p = 0; p < k; ++p) sum += static_cast<double>(a.row(i)[p]) * b[j * k + p];
        c.row(i)[j] = static_cast<float>(sum);
      }
    }
    return c;
  }

  std::vector<Call> calls_;
};

}  // namespace olivine::test
