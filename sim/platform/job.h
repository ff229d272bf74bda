// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/analytic/layer_plan.h"
#include "sim/systolic/layer_placement.h"

namespace olivine {

// The part of a layer's outputs that one job computes: ranges of its batch, m and n. Channels of a
// depthwise convolution are its batch, images a range of m, filters n.
struct LayerSlice {
  Span batch, m, n;
};

// One layer, or a slice of one, for one accelerator. The plan is that of the slice, once.
struct Job {
  std::string name;  // "encoder.0.query"
  size_t layer = 0;  // of the network
  size_t accelerator = 0;
  int64_t input = 0;          // which inference
  LayerPlan plan;             // Vector: only vector_ops counts
  LayerSlice slice;           // empty for Vector
  LayerPlacement placement;   // absolute addresses; nothing for Vector
  std::vector<size_t> after;  // jobs that must have ended; all have smaller indices
};

}  // namespace olivine
