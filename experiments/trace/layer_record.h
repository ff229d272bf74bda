// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "experiments/trace/rate.h"
#include "models/analytic/array_timing.h"
#include "models/analytic/layer_timing.h"
#include "sim/memory/memory_observer.h"
#include "sim/systolic/layer_observer.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {
struct LayerPlan;
}  // namespace olivine

namespace olivine::trace {

// What happened in a layer; cycles count from its begin.
struct LayerRecord {
  struct Tile {
    TileVisit visit;
    int64_t start = 0;
    int64_t results = 0;
    size_t first_run = 0;  // of `folds`
  };
  struct Stall {
    StallCause cause{};
    int64_t from = 0;
    int64_t until = 0;
  };
  struct Transfer {
    Operand operand{};
    Access access{};
    int64_t bytes = 0;
    int64_t tile = 0;
    int64_t sent = 0;
    int64_t done = 0;
  };

  ArrayGeometry geometry;
  LayerTiming timing;
  bool has_tiles = true;  // else all four below are empty
  std::vector<Tile> tiles;
  std::vector<FoldRun> folds;
  std::vector<Stall> stalls;        // in order; of one cause do not touch
  std::vector<Transfer> transfers;  // in the order in which they were known to be done
};

// Keeps a layer as it goes.
class LayerRecorder final : public LayerObserver {
 public:
  // `begin`: cycle of the observed model in which the layer begins. Without tiles nothing is kept
  // but the timing.
  LayerRecorder(const ArrayGeometry& geometry, int64_t begin, bool keeps_tiles);

  void stalled(StallCause cause, int64_t from, int64_t until) override;
  void tile_started(const TileVisit& visit, int64_t at) override;
  void folds_started(const FoldRun& folds) override;
  void results_out(int64_t at) override;
  void transferred(const Transfer& transfer, int64_t sent, int64_t done) override;

  // The layer has ended.
  void finish(const LayerTiming& timing) { record_.timing = timing; }
  [[nodiscard]] const LayerRecord& record() const { return record_; }

 private:
  int64_t begin_;
  size_t tiles_finished_ = 0;
  LayerRecord record_;
};

// Keeps what a memory moved.
class MemoryRecorder final : public MemoryObserver {
 public:
  MemoryRecorder(size_t max_windows, size_t max_intervals)
      : rate_(max_windows), busy_(max_intervals) {}

  void moved(const MemoryMove& move) override;

  [[nodiscard]] const ByteRate& rate() const { return rate_; }
  [[nodiscard]] const BusyIntervals& busy() const { return busy_; }

 private:
  ByteRate rate_;
  BusyIntervals busy_;
};

}  // namespace olivine::trace
