// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/gemm_executor.h"

#include "models/base/error.h"
#include "models/transformer/sgemm.h"

namespace olivine {

FloatMatrix FloatExecutor::linear(const LinearLayer& layer, const FloatMatrix& x) {
  OLV_CHECK(x.columns == layer.k, "{}: {} inputs of {}", layer.name, x.columns, layer.k);
  return multiply_transposed(x, layer.weights, layer.n);
}

FloatMatrix FloatExecutor::attention(std::string_view name, const FloatMatrix& a,
                                     const FloatMatrix& b) {
  OLV_CHECK(a.columns == b.columns, "{}: {} and {} columns", name, a.columns, b.columns);
  return multiply_transposed(a, b.values, b.rows);
}

}  // namespace olivine
