// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/layer_recorder.h"

#include "models/analytic/layer_plan.h"
#include "models/base/error.h"
#include "models/base/units.h"
#include "sim/systolic/tile_walker.h"

namespace olivine::trace {
namespace {

// Folds that come one by one: whether the next one keeps the pace of those before.
bool extend(LayerRecord::Folds& folds, const LayerRecord::Folds& next) {
  if (next.count != 1 || next.stream != folds.stream) return false;
  const int64_t interval = folds.count == 1 ? next.first - folds.first : folds.interval;
  if (next.first != folds.first + folds.count * interval) return false;
  folds.interval = interval;
  ++folds.count;
  return true;
}

}  // namespace

uint64_t count_tiles(const LayerPlan& layer) {
  auto tiles = static_cast<uint64_t>(layer.work.shape.batch);
  for (const Dim dim : {Dim::M, Dim::N, Dim::K}) {
    tiles *= static_cast<uint64_t>(ceil_div(layer.work.extent(dim), layer.tiling.at(dim)));
  }
  return tiles;
}

LayerRecorder::LayerRecorder(const ArrayGeometry& geometry, int64_t begin, bool keeps_tiles)
    : begin_(begin) {
  record_.geometry = std::make_shared<const ArrayGeometry>(geometry);
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
  const auto range = [](const Span& span) { return LayerRecord::Range{span.begin, span.end()}; };
  record_.tiles.push_back({visit.batch, range(visit.m), range(visit.n), range(visit.k),
                           visit.is_new_output, at - begin_, 0, record_.folds.size()});
}

void LayerRecorder::folds_started(const FoldRun& folds) {
  if (!record_.has_tiles) return;
  LayerRecord::Folds run{folds.first - begin_, folds.count, folds.interval, folds.stream};
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
  const int64_t scratchpad_bytes =
      transfer.expanded_elems == 0 ? transfer.bytes : transfer.expanded_bytes;
  record_.transfers.push_back({transfer.operand, transfer.access, transfer.bytes, transfer.tile,
                               sent - begin_, done - begin_, scratchpad_bytes});
}

void MemoryRecorder::moved(const MemoryMove& move) {
  rate_.add(move.bytes, move.from, move.until);
  busy_.add(move.bytes, move.from, move.until);
}

}  // namespace olivine::trace
