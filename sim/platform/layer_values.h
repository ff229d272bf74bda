// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/gemm_shape.h"
#include "models/numerics/packed.h"

namespace olivine {

// Synthetic operands of a whole layer and the outputs they must give, [batch][m][n].
struct LayerValues {
  std::vector<PackedMatrix> activations, weights;  // one of each a batch element
  std::vector<int32_t> expected;
  GemmShape shape;
};

// Of a GEMM layer: `shape` and formats of the whole, from `seed`. Contract: not a convolution.
[[nodiscard]] LayerValues make_layer_values(const GemmShape& shape, const Scheme& scheme,
                                            uint64_t seed);

}  // namespace olivine
