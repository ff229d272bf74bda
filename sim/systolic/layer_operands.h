// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <vector>

#include "models/numerics/packed.h"
#include "models/workloads/conv.h"

namespace olivine {

// Decoded operands of a layer, as many slices an element as it takes lanes on the array. GEMM: one
// matrix of each a batch element. Convolution: one ifmap (a row a pixel, a column a channel);
// weights as for the GEMM it is lowered to.
struct LayerOperands {
  std::vector<DecodedMatrix> activations;
  std::vector<DecodedMatrix> weights;
  std::optional<ConvAddressing> addressing;
};

}  // namespace olivine
