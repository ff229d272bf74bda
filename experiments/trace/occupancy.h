// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

namespace olivine::trace {

struct LayerRecord;

enum class Scratchpad : uint8_t { Activations, Weights, Outputs };

struct OccupancyStep {
  int64_t at = 0;
  int64_t bytes = 0;  // from then on
};

// What a scratchpad holds over the cycles of a layer. A tile of activations or weights counts from
// the cycle in which its transfer begins until the first tile starts that uses another one; a tile
// of outputs, as int32, from the start of the first tile that adds to it until it has been written
// back. Nothing where memory is ideal: operands are
// resident, and no scratchpad is modelled.
[[nodiscard]] std::vector<OccupancyStep> occupancy(const LayerRecord& layer, Scratchpad scratchpad);

}  // namespace olivine::trace
