// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/analytic/network.h"
#include "sim/systolic/placement.h"

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

// When a job did what.
struct JobResult {
  int64_t ready = 0;  // everything in `after` had ended
  int64_t begin = 0;  // it began: submitted, and the accelerator was free
  int64_t end = 0;
  LayerTiming timing;  // array layers
};

}  // namespace olivine
