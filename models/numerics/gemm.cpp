// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/gemm.h"

#include <fmt/format.h>

#include <limits>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/gemm_operands.h"

namespace olivine {
namespace {

// Sum of one output: as the PEs wrap, and exactly.
struct Accumulator {
  uint32_t wrapped = 0;
  int64_t exact = 0;

  // One PE step for each pair of slices. Contract: |element product| <= 2^30, so that the exact sum
  // fits 64 bits for every legal k.
  void add(const DecodedMatrix& a, const DecodedMatrix& b, int64_t row, int64_t a_column,
           int64_t column, int64_t b_column) {
    for (int i = 0; i < a.slices; ++i) {
      for (int j = 0; j < b.slices; ++j) {
        const Slice& left = a.at(row, a_column, i);
        const Slice& right = b.at(column, b_column, j);
        const int product = static_cast<int>(left.integer) * static_cast<int>(right.integer);
        const int exponent = left.exponent + right.exponent;
        wrapped += static_cast<uint32_t>(product) << exponent;
        exact += static_cast<int64_t>(product) * (int64_t{1} << exponent);
      }
    }
  }
};

}  // namespace

IntegerGemm gemm_golden(const PackedMatrix& a, const PackedMatrix& b) {
  check_operands(a, b, OperandKind::Integer);
  const DecodedMatrix left = decode(a);
  const DecodedMatrix right = decode(b);
  IntegerGemm result{a.rows, b.rows, {}, 0};
  result.c.resize(static_cast<size_t>(result.m * result.n));
  for (int64_t i = 0; i < result.m; ++i) {
    for (int64_t j = 0; j < result.n; ++j) {
      Accumulator sum;
      for (int64_t column = 0; column < right.columns; ++column) {
        const int64_t dense =
            right.position.empty()
                ? column
                : 4 * (column / 2) +
                      right.position[static_cast<size_t>(j * right.columns + column)];
        if (dense < a.k) sum.add(left, right, i, dense, j, column);
      }
      result.c[static_cast<size_t>(i * result.n + j)] = static_cast<int32_t>(sum.wrapped);
      const bool fits = sum.exact >= std::numeric_limits<int32_t>::min() &&
                        sum.exact <= std::numeric_limits<int32_t>::max();
      result.overflow_count += fits ? 0 : 1;
    }
  }
  return result;
}

FloatGemm gemm_float(const PackedMatrix& a, const PackedMatrix& b) {
  check_operands(a, b, OperandKind::Float);
  const std::vector<float> left = dense_float(a, a.k);
  const std::vector<float> right = dense_float(b, b.k);
  // Weights transposed: the inner loop then runs over outputs, and every sum keeps its order.
  std::vector<float> columns(right.size());
  for (int64_t j = 0; j < b.rows; ++j) {
    for (int64_t p = 0; p < b.k; ++p) {
      columns[static_cast<size_t>(p * b.rows + j)] = right[static_cast<size_t>(j * b.k + p)];
    }
  }
  FloatGemm result{a.rows, b.rows, {}};
  result.c.resize(static_cast<size_t>(result.m * result.n));
  for (int64_t i = 0; i < result.m; ++i) {
    float* out = result.c.data() + i * result.n;
    for (int64_t p = 0; p < a.k; ++p) {
      const float value = left[static_cast<size_t>(i * a.k + p)];
      const float* row = columns.data() + p * result.n;
      for (int64_t j = 0; j < result.n; ++j) out[j] += value * row[j];
    }
  }
  return result;
}

double float_gemm_tolerance(int64_t k, double max_abs_a, double max_abs_b) {
  constexpr double kUnitRoundoff = 0x1.0p-24;
  const double terms = static_cast<double>(k);
  const double gamma = terms * kUnitRoundoff / (1.0 - terms * kUnitRoundoff);
  return 2.0 * gamma * terms * max_abs_a * max_abs_b;
}

}  // namespace olivine
