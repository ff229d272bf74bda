// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "sim/memory/dma_engine.h"

namespace olivine {

enum class StallCause : uint8_t;
struct TileVisit;

// Folds of one tile: the first starts in cycle `first`, the others every `interval` cycles, and
// each streams for `stream` of them.
struct FoldRun {
  int64_t first = 0;
  int64_t count = 0;
  int64_t interval = 0;
  int64_t stream = 0;
};

// Watches a layer on its way through an accelerator, whatever models the array. Cycles are
// absolute; some are told ahead of their time. In the order of tiles: the stalls of one, its start,
// its folds; its results later. What LayerTiming counts comes by here, but for the stall of
// write_back, which lies between the last tile's results and the layer's end.
class LayerObserver : public TransferObserver {
 public:
  // The array waited for the next tile in cycles from .. until - 1, in which it could have started
  // its first fold.
  virtual void stalled(StallCause cause, int64_t from, int64_t until) = 0;
  virtual void tile_started(const TileVisit& visit, int64_t at) = 0;
  // Of the tile that started last.
  virtual void folds_started(const FoldRun& folds) = 0;
  // The results of the oldest tile without are in the scratchpad.
  virtual void results_out(int64_t at) = 0;
};

}  // namespace olivine
