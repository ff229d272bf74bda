// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_timing.h"
#include "models/analytic/tiling.h"
#include "models/energy/actions.h"

namespace olivine {

// Times every element of each operand crosses the border of the array.
struct BorderPasses {
  int64_t activations = 0;
  int64_t weights = 0;
  int64_t sums = 0;  // additions into the output scratchpad for each output
};
[[nodiscard]] BorderPasses border_passes(const ArrayGeometry& geometry, const GemmWork& work,
                                         const Tiling& tiling);

// What a layer moves inside the machine, from its tiling and its DRAM traffic. Scratchpad reads
// follow the dataflow: an operand that streams is read once a fold it passes, one that is
// stationary once a fold it is loaded for; sums are written once a fold along k (ws, is) or once
// a tile along k (os), and read back for every later addition and for leaving. Of `timing` only
// bytes count. What expanding weights costs in a decompressor is not counted: no energy table has a
// figure for it.
[[nodiscard]] ActionCounts count_actions(const ArrayGeometry& geometry, const GemmWork& work,
                                         const BorderPasses& passes, const LayerTiming& timing);

}  // namespace olivine
