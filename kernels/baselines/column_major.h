// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/baselines/baseline_gemm.h"

namespace olivine {

// One matrix as column-major libraries see it: element (row, column) at column * ld + row.
struct ColumnMajorMatrix {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t ld = 0;

  [[nodiscard]] constexpr int64_t offset(int64_t row, int64_t column) const {
    return column * ld + row;
  }
};

// D = transpose(A) * B in column-major terms ("TN"): our row-major C is D, of n rows and m columns;
// A is the weights, k rows and n columns; B the activations, k rows and m columns. So k runs along
// columns in both, which is what int8 and fp8 kernels need, and nothing is moved.
struct ColumnMajorGemm {
  ColumnMajorMatrix a;
  ColumnMajorMatrix b;
  ColumnMajorMatrix d;
};

[[nodiscard]] constexpr ColumnMajorGemm column_major(const BaselinePlan& plan) {
  return {.a = {plan.k, plan.n, plan.weight_stride},
          .b = {plan.k, plan.m, plan.activation_stride},
          .d = {plan.n, plan.m, plan.c_stride}};
}

}  // namespace olivine
