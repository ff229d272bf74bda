// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/runtime/memory.h"

namespace olivine {

// Small integers as operands of a plan, in rows with gaps, and C by its definition.
class BaselineProblem {
 public:
  static constexpr int8_t kGap = 99;  // between rows: what must not be read as an element

  BaselineProblem(const BaselinePlan& plan, uint32_t seed, bool is_sparse)
      : plan_{plan},
        weights(static_cast<size_t>(plan.n * plan.weight_stride), kGap),
        activations(static_cast<size_t>(plan.m * plan.activation_stride), kGap) {
    std::mt19937 engine{seed};
    fill(engine, plan.n, plan.weight_stride, is_sparse, weights);
    fill(engine, plan.m, plan.activation_stride, false, activations);
  }

  [[nodiscard]] int32_t sum(int64_t row, int64_t column) const {
    int32_t total = 0;
    for (int64_t k = 0; k < plan_.k; ++k) {
      total += activations[static_cast<size_t>(row * plan_.activation_stride + k)] *
               weights[static_cast<size_t>(column * plan_.weight_stride + k)];
    }
    return total;
  }

 private:
  // Of each group of four the last two are zero where `is_sparse`.
  void fill(std::mt19937& engine, int64_t rows, int64_t stride, bool is_sparse,
            std::vector<int8_t>& values) const {
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t k = 0; k < plan_.k; ++k) {
        const auto value = static_cast<int8_t>(static_cast<int>(engine() % 15) - 7);
        values[static_cast<size_t>(row * stride + k)] = is_sparse && k % 4 >= 2 ? int8_t{0} : value;
      }
    }
  }

  BaselinePlan plan_;

 public:
  std::vector<int8_t> weights;
  std::vector<int8_t> activations;
};

template <class Value>
[[nodiscard]] DeviceBuffer on_device(const std::vector<Value>& values) {
  return upload(std::span<const Value>{values}, nullptr);
}

// A plan whose strides are all different and larger than they need to be.
[[nodiscard]] inline BaselinePlan gapped_plan(BaselineScheme scheme, int64_t m, int64_t n,
                                              int64_t k) {
  BaselinePlan plan = packed_plan(scheme, m, n, k);
  plan.activation_stride += 32;
  plan.weight_stride += 64;
  plan.c_stride += 16;
  return plan;
}

}  // namespace olivine
