// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/systolic/fold.h"
#include "sim/systolic/stream_accelerator.h"

namespace olivine {

struct TileVisit;

// A fold as the accelerator is told of it.
struct StreamFold {
  Fold fold;  // its ranges; no slices
  FoldCommand command;
  bool has_left_block = true;  // else that of the fold before
};

// Results that leave together: what a half of the output scratchpad holds.
struct StreamRegion {
  // Results of one range of columns, one after the other from `base` on.
  struct Part {
    int64_t base = 0;
    int64_t results = 0;
    int64_t batch = 0;
    Span m, n;
  };

  // Adds the beat of `address` to the outputs. Contract: address < results().
  void add_beat(const ArrayGeometry& geometry, int64_t address, std::span<const int32_t> columns,
                OutputGrid& outputs) const;
  [[nodiscard]] int64_t results() const { return parts.back().base + parts.back().results; }

  std::vector<Part> parts;
  int64_t folds = 0;
};

// The commands of one tile.
struct TileStream {
  std::vector<StreamFold> folds;
  std::vector<StreamRegion> regions;  // in the order of their folds
};

// Cuts a tile to folds whose operands and results fit the scratchpads: the streamed extent in equal
// parts, as long as they may be (all of them preload or drain as often); inside a region, folds
// along k accumulate. A tile that fits as it is gives the folds of make_fold() in their order.
// Contract: the accelerator can run the geometry; tiles along k begin at multiples of 4.
[[nodiscard]] TileStream cut_tile(const ArrayGeometry& geometry, const AcceleratorLimits& limits,
                                  const TileVisit& visit);

}  // namespace olivine
