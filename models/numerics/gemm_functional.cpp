// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/gemm.h"
#include "models/numerics/gemm_operands.h"
#include "models/numerics/int16_kernel.h"

#if defined(OLV_HAS_ONEDNN) && OLV_HAS_ONEDNN
#include <dnnl.h>
#define OLV_USE_ONEDNN 1
#else
#define OLV_USE_ONEDNN 0
#endif

namespace olivine {
namespace {

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();

// An upper bound of the Euclidean norm of every row. Two units above the rounded root cover the
// rounding of the root and of the conversion.
template <class T>
std::vector<int64_t> norm_bounds(const std::vector<T>& values, int64_t rows, int64_t stride) {
  std::vector<int64_t> bounds(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    int64_t squares = 0;
    for (int64_t i = 0; i < stride; ++i) {
      const int64_t value = values[static_cast<size_t>(row * stride + i)];
      squares += value * value;
    }
    bounds[static_cast<size_t>(row)] =
        static_cast<int64_t>(std::sqrt(static_cast<double>(squares))) + 2;
  }
  return bounds;
}

template <class T>
struct DenseOperands {
  int64_t stride;
  std::vector<T> a;
  std::vector<T> b;
};

template <class T>
bool fits_int32(const DenseOperands<T>& operands, int64_t i, int64_t j) {
  const T* left = operands.a.data() + i * operands.stride;
  const T* right = operands.b.data() + j * operands.stride;
  int64_t sum = 0;
  for (int64_t p = 0; p < operands.stride; ++p) {
    sum += static_cast<int32_t>(left[p]) * static_cast<int32_t>(right[p]);
  }
  return sum >= std::numeric_limits<int32_t>::min() && sum <= kInt32Max;
}

// |sum a b| <= norm(a) * norm(b) (Cauchy-Schwarz): only outputs that this does not clear are summed
// again in 64 bits.
template <class T>
uint64_t count_overflows(const DenseOperands<T>& operands, int64_t m, int64_t n) {
  const auto a_bounds = norm_bounds(operands.a, m, operands.stride);
  const auto b_bounds = norm_bounds(operands.b, n, operands.stride);
  if (a_bounds.empty() || b_bounds.empty()) return 0;
  const int64_t b_largest = *std::max_element(b_bounds.begin(), b_bounds.end());
  uint64_t count = 0;
  for (int64_t i = 0; i < m; ++i) {
    const int64_t a_bound = a_bounds[static_cast<size_t>(i)];
    if (a_bound * b_largest <= kInt32Max) continue;
    for (int64_t j = 0; j < n; ++j) {
      if (a_bound * b_bounds[static_cast<size_t>(j)] <= kInt32Max) continue;
      if (!fits_int32(operands, i, j)) ++count;
    }
  }
  return count;
}

IntegerGemm multiply_with_int16_kernel(const PackedMatrix& a, const PackedMatrix& b) {
  const int64_t stride = k_stride(a.k);
  const DenseOperands<int16_t> operands{stride, dense_int16(a, stride), dense_int16(b, stride)};
  IntegerGemm result{a.rows, b.rows, {}, 0};
  result.c.resize(static_cast<size_t>(result.m * result.n));
  multiply_int16({result.m, result.n, a.k, operands.a, operands.b, result.c},
                 best_instruction_set());
  result.overflow_count = count_overflows(operands, result.m, result.n);
  return result;
}

#if OLV_USE_ONEDNN

IntegerGemm multiply_with_onednn(const PackedMatrix& a, const PackedMatrix& b) {
  const DenseOperands<int8_t> operands{a.k, dense_int8(a, a.k), dense_int8(b, b.k)};
  IntegerGemm result{a.rows, b.rows, {}, 0};
  result.c.resize(static_cast<size_t>(result.m * result.n));
  if (result.c.empty() || a.k == 0) return result;
  const int32_t no_offset = 0;
  const dnnl_status_t status =
      dnnl_gemm_s8s8s32('N', 'T', 'F', result.m, result.n, a.k, 1.0F, operands.a.data(), a.k, 0,
                        operands.b.data(), a.k, 0, 0.0F, result.c.data(), result.n, &no_offset);
  OLV_CHECK(status == dnnl_success, "dnnl_gemm_s8s8s32 returned {} for {} x {} x {}",
            static_cast<int>(status), result.m, result.n, a.k);
  result.overflow_count = count_overflows(operands, result.m, result.n);
  return result;
}

#endif

bool can_use_onednn(const PackedMatrix& a, const PackedMatrix& b) {
  return has_exact_onednn() && fits_int8(a.format) && fits_int8(b.format);
}

}  // namespace

bool has_exact_onednn() {
#if OLV_USE_ONEDNN
  // The values of dnnl_cpu_isa_t are bit masks: a set includes every set below it.
  const auto effective = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  const auto vnni = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_vnni);
  return (effective & vnni) == vnni;
#else
  return false;
#endif
}

IntegerGemm gemm_functional(const PackedMatrix& a, const PackedMatrix& b, GemmEngine engine) {
  check_operands(a, b, OperandKind::Integer);
#if OLV_USE_ONEDNN
  if (engine != GemmEngine::Int16Kernel && can_use_onednn(a, b)) return multiply_with_onednn(a, b);
#endif
  if (engine == GemmEngine::OneDnn && !can_use_onednn(a, b)) {
    throw ShapeError{"oneDNN cannot multiply these formats exactly on this machine"};
  }
  return multiply_with_int16_kernel(a, b);
}

IntegerGemm gemm_functional(const PackedMatrix& a, const PackedMatrix& b) {
  return gemm_functional(a, b, GemmEngine::Automatic);
}

}  // namespace olivine
