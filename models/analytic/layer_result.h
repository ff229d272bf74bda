// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/analytic/layer_timing.h"
#include "models/energy/actions.h"

namespace olivine {

// Results of one layer, or of several added up.
struct LayerResult {
  uint64_t macs = 0;
  uint64_t cycles = 0;  // array_cycles + vector_cycles + sum(stalls)
  uint64_t array_cycles = 0;
  uint64_t vector_cycles = 0;  // the vector unit works by itself, after the array
  uint64_t folds = 0;
  uint64_t tiles = 0;
  StallCycles stalls{};
  OperandBytes dram_bytes{};
  ActionCounts counts;
  EnergyBreakdown energy;

  LayerResult& add(const LayerResult& other, uint64_t times = 1);
};

}  // namespace olivine
