// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/layer_values.h"

#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"

namespace olivine {

LayerValues make_layer_values(const GemmShape& shape, const Scheme& scheme, uint64_t seed) {
  Rng rng{seed};
  LayerValues values;
  values.shape = shape;
  for (int64_t batch = 0; batch < shape.batch; ++batch) {
    values.activations.push_back(
        random_packed(scheme.activations, Pattern::Dense, shape.m, shape.k, rng));
    values.weights.push_back(
        random_packed(scheme.weights, scheme.weight_pattern, shape.n, shape.k, rng));
    const IntegerGemm gemm = gemm_functional(values.activations.back(), values.weights.back());
    values.expected.insert(values.expected.end(), gemm.c.begin(), gemm.c.end());
  }
  return values;
}

}  // namespace olivine
