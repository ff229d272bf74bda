// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

// Where the operands of a layer begin in memory.
struct LayerPlacement {
  uint64_t activations = 0;
  uint64_t weights = 0;
  uint64_t outputs = 0;
  uint64_t psums = 0;
};

}  // namespace olivine
