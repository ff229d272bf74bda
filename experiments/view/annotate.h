// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "experiments/view/recording.h"
#include "models/numerics/packed.h"
#include "sim/systolic/pe_array.h"

namespace olivine {
struct LayerPlan;
}

namespace olivine::view {

// Operands of the model, and what it was seen to drive and put out, one entry a frame.
struct Observation {
  DecodedMatrix activations;  // as many slices as they have lanes
  DecodedMatrix weights;
  std::vector<ArrayBorder> borders;
  std::vector<std::vector<int32_t>> bottoms;
};

// Fills in which fold, element and output everything recorded belongs to: folds, events, results,
// and the indices and outputs of frames. Folds begin where the border's flags say so; from there
// labels move as the registers do. Every label is checked against the value it stands on
// (OLV_CHECK). Contract: frames have their registers, the array ran to the end of the planned
// layer.
void annotate(Recording& recording, const LayerPlan& plan, const Observation& seen);

}  // namespace olivine::view
