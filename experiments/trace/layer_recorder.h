// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "experiments/trace/layer_record.h"
#include "experiments/trace/rate.h"
#include "sim/memory/memory_observer.h"
#include "sim/systolic/layer_observer.h"

namespace olivine {
struct LayerPlan;
}  // namespace olivine

namespace olivine::trace {

// Tiles of an array layer.
[[nodiscard]] uint64_t count_tiles(const LayerPlan& layer);

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
