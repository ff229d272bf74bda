// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/gemm_executor.h"

#include <Eigen/Core>

#include "models/base/error.h"

namespace olivine {
namespace {

using RowMajorMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const RowMajorMatrix>;

// a b^T of row-major operands.
FloatMatrix multiply(const ConstMap& a, const ConstMap& b) {
  FloatMatrix product(a.rows(), b.rows());
  Eigen::Map<RowMajorMatrix> out(product.values.data(), product.rows, product.columns);
  out.noalias() = a * b.transpose();
  return product;
}

ConstMap map(const FloatMatrix& x) { return {x.values.data(), x.rows, x.columns}; }

}  // namespace

FloatMatrix FloatExecutor::linear(const LinearLayer& layer, const FloatMatrix& x) {
  OLV_CHECK(x.columns == layer.k, "{}: {} inputs of {}", layer.name, x.columns, layer.k);
  return multiply(map(x), ConstMap{layer.weights.data(), layer.n, layer.k});
}

FloatMatrix FloatExecutor::attention(std::string_view name, const FloatMatrix& a,
                                     const FloatMatrix& b) {
  OLV_CHECK(a.columns == b.columns, "{}: {} and {} columns", name, a.columns, b.columns);
  return multiply(map(a), map(b));
}

}  // namespace olivine
