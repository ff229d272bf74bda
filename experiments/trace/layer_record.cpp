// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/layer_record.h"

#include "models/base/error.h"

namespace olivine::trace {
namespace {

// Folds that come one by one: whether the next one keeps the pace of those before.
bool extend(FoldRun& folds, const FoldRun& next) {
  if (next.count != 1 || next.stream != folds.stream) return false;
  const int64_t interval = folds.count == 1 ? next.first - folds.first : folds.interval;
  if (next.first != folds.first + folds.count * interval) return false;
  folds.interval = interval;
  ++folds.count;
  return true;
}

}  // namespace

LayerRecorder::LayerRecorder(const ArrayGeometry& geometry, int64_t begin, bool keeps_tiles)
    : begin_(begin) {
  record_.geometry = geometry;
  record_.has_tiles = keeps_tiles;
}

// A model that steps tells cycle by cycle.
void LayerRecorder::stalled(StallCause cause, int64_t from, int64_t until) {
  if (!record_.has_tiles) return;
  from -= begin_;
  until -= begin_;
  if (!record_.stalls.empty()) {
    LayerRecord::Stall& last = record_.stalls.back();
    if (last.cause == cause && last.until == from) {
      last.until = until;
      return;
    }
  }
  record_.stalls.push_back({cause, from, until});
}

void LayerRecorder::tile_started(const TileVisit& visit, int64_t at) {
  if (!record_.has_tiles) return;
  record_.tiles.push_back({visit, at - begin_, 0, record_.folds.size()});
}

void LayerRecorder::folds_started(const FoldRun& folds) {
  if (!record_.has_tiles) return;
  FoldRun run{folds.first - begin_, folds.count, folds.interval, folds.stream};
  if (run.count == 1) run.interval = 0;
  if (record_.folds.size() == record_.tiles.back().first_run ||
      !extend(record_.folds.back(), run)) {
    record_.folds.push_back(run);
  }
}

void LayerRecorder::results_out(int64_t at) {
  if (!record_.has_tiles) return;
  OLV_CHECK(tiles_finished_ < record_.tiles.size(), "results of a tile that has not started");
  record_.tiles[tiles_finished_++].results = at - begin_;
}

void LayerRecorder::transferred(const Transfer& transfer, int64_t sent, int64_t done) {
  if (!record_.has_tiles) return;
  record_.transfers.push_back({transfer.operand, transfer.access, transfer.bytes, transfer.tile,
                               sent - begin_, done - begin_});
}

void MemoryRecorder::moved(const MemoryMove& move) {
  rate_.add(move.bytes, move.from, move.until);
  busy_.add(move.bytes, move.from, move.until);
}

}  // namespace olivine::trace
