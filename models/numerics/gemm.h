// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/numerics/packed.h"

namespace olivine {

// C[m,n] of two integer operands, row-major. Sums wrap around at 32 bits as the PEs do.
struct IntegerGemm {
  int64_t m = 0;
  int64_t n = 0;
  std::vector<int32_t> c;
  uint64_t overflow_count = 0;  // outputs whose exact sum does not fit int32

  bool operator==(const IntegerGemm&) const = default;
};

// C[i,j] = sum_k A.row(i)[k] * B.row(j)[k] over decoded integers, without scales: real =
// C[i,j] * a.scale * b.scale(j). `a` holds activations (dense), `b` weights (dense or 2:4).
//
// Both throw ShapeError when k differs, an operand is no integer format or `a` is sparse, and
// ConfigError when find_problem objects to an operand. Extents may be 0.

// The definition: slice by slice, (integer * integer) << (exponent + exponent), as PEs do it.
[[nodiscard]] IntegerGemm gemm_golden(const PackedMatrix& a, const PackedMatrix& b);

// Equal to the bit, for whole networks: decodes to int8 or int16 and multiplies with vector
// instructions (oneDNN's s8s8s32 where it is present and exact, else an own int16 kernel).
[[nodiscard]] IntegerGemm gemm_functional(const PackedMatrix& a, const PackedMatrix& b);

// How gemm_functional multiplies; `Automatic` picks OneDnn where it can. For tests and benchmarks.
enum class GemmEngine : uint8_t { Automatic, Int16Kernel, OneDnn };
[[nodiscard]] IntegerGemm gemm_functional(const PackedMatrix& a, const PackedMatrix& b,
                                          GemmEngine engine);

// Whether `OneDnn` can run here: compiled in, and the processor has the VNNI instructions. oneDNN's
// paths without them saturate 16-bit intermediates or pass through floating point.
[[nodiscard]] bool has_exact_onednn();

// C[m,n] where at least one operand is fp16, bf16 or fp8: float32 products and sums in ascending k,
// without scales. Integer operands enter as their exact values. Throws as above.
struct FloatGemm {
  int64_t m = 0;
  int64_t n = 0;
  std::vector<float> c;
};
[[nodiscard]] FloatGemm gemm_float(const PackedMatrix& a, const PackedMatrix& b);

// Largest difference between two float32 evaluations of one output, in any order of additions:
// each is within gamma * sum|a b| of the exact sum, gamma = k u / (1 - k u), u = 2^-24 (Higham,
// "Accuracy and Stability of Numerical Algorithms", 3.1), and sum|a b| <= k max|a| max|b|.
[[nodiscard]] double float_gemm_tolerance(int64_t k, double max_abs_a, double max_abs_b);

}  // namespace olivine
