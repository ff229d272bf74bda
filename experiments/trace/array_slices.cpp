// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/array_slices.h"

#include <algorithm>

#include "experiments/trace/layer_record.h"
#include "models/analytic/array_timing.h"
#include "models/base/error.h"

namespace olivine::trace {
namespace {

using Visitor = std::function<void(const ArraySlice&)>;

// Follows the array from one fold to the next.
class ArrayTimeline {
 public:
  ArrayTimeline(const LayerRecord& layer, Detail detail, const Visitor& visit)
      : layer_(layer), geometry_(*layer.geometry), detail_(detail), visit_(visit) {}

  void run() {
    for (size_t tile = 0; tile < layer_.tiles.size(); ++tile) run_tile(tile);
    const int64_t results = layer_.tiles.empty() ? 0 : layer_.tiles.back().results;
    emit({ArrayPart::Drain, {}, at_, results});
    const auto cycles = static_cast<int64_t>(layer_.timing.cycles);
    emit({ArrayPart::Stall, StallCause::WriteBack, at_, cycles});
    OLV_CHECK(at_ == cycles && stall_ == layer_.stalls.size(), "{} of {} cycles", at_, cycles);
  }

 private:
  // The slice begins where the one before has ended; what is empty is left out.
  void emit(const ArraySlice& slice) {
    OLV_CHECK(slice.from == at_ && slice.until >= at_, "{}..{} after {}", slice.from, slice.until,
              at_);
    at_ = slice.until;
    if (slice.until > slice.from) visit_(slice);
  }
  void emit(ArrayPart part, int64_t cycles) { emit({part, {}, at_, at_ + cycles}); }

  void run_tile(size_t index) {
    const LayerRecord::Tile& tile = layer_.tiles[index];
    const size_t end_run =
        index + 1 < layer_.tiles.size() ? layer_.tiles[index + 1].first_run : layer_.folds.size();
    OLV_CHECK(tile.first_run < end_run && layer_.folds[tile.first_run].first == tile.start,
              "tile {} has no folds", index);
    wait_until(tile.start);
    int64_t fold = 0;
    for (size_t run = tile.first_run; run < end_run; ++run) {
      const LayerRecord::Folds& folds = layer_.folds[run];
      if (detail_ == Detail::Fold) run_folds(folds, static_cast<int64_t>(index), fold);
      fold += folds.count;
    }
    if (detail_ == Detail::Fold) return;
    const LayerRecord::Folds& last = layer_.folds[end_run - 1];
    const int64_t end = last.first + (last.count - 1) * last.interval + last.stream;
    emit({ArrayPart::Tile, {}, at_, end, static_cast<int64_t>(index), fold});
  }

  void run_folds(const LayerRecord::Folds& folds, int64_t tile, int64_t first_fold) {
    for (int64_t i = 0; i < folds.count; ++i) {
      wait_until(folds.first + i * folds.interval);
      emit({ArrayPart::Fold, {}, at_, at_ + folds.stream, tile, first_fold + i});
    }
  }

  // Between two folds: the array comes first, then the tile's stalls, then operands are fed.
  void wait_until(int64_t start) {
    const auto has_stall = [&] {
      return stall_ < layer_.stalls.size() && layer_.stalls[stall_].from < start;
    };
    array_until(has_stall() ? layer_.stalls[stall_].from : start);
    for (; has_stall(); ++stall_) {
      const LayerRecord::Stall& stall = layer_.stalls[stall_];
      emit(ArrayPart::Feed, stall.from - at_);
      emit({ArrayPart::Stall, stall.cause, at_, stall.until});
    }
    emit(ArrayPart::Feed, start - at_);
  }

  void array_until(int64_t end) {
    const bool is_serial = geometry_.pipelining == Pipelining::Serial;
    const bool is_os = geometry_.is_output_stationary();
    if (at_ > 0 && (is_serial || is_os)) {
      // Overlapped os: hold registers still drain; as long as that takes, nothing else goes on.
      const int64_t longest = is_serial ? geometry_.flush_cycles() : geometry_.rows;
      emit(ArrayPart::Drain, std::min(longest, end - at_));
    }
    if (!is_os) emit(ArrayPart::Preload, std::min(geometry_.preload_cycles(), end - at_));
    emit(ArrayPart::Feed, end - at_);
  }

  const LayerRecord& layer_;
  const ArrayGeometry& geometry_;
  Detail detail_;
  const Visitor& visit_;
  int64_t at_ = 0;
  size_t stall_ = 0;
};

void for_each_sum(const LayerTiming& timing, const Visitor& visit) {
  auto at = static_cast<int64_t>(timing.array_cycles);
  if (at > 0) {
    visit({ArrayPart::Layer,
           {},
           0,
           at,
           static_cast<int64_t>(timing.tiles),
           static_cast<int64_t>(timing.folds)});
  }
  for (size_t cause = 0; cause < timing.stalls.size(); ++cause) {
    const int64_t until = at + static_cast<int64_t>(timing.stalls[cause]);
    if (until > at) visit({ArrayPart::Stall, static_cast<StallCause>(cause), at, until});
    at = until;
  }
}

}  // namespace

void for_each_array_slice(const LayerRecord& layer, Detail detail, const Visitor& visit) {
  if (detail == Detail::Layer || !layer.has_tiles) {
    for_each_sum(layer.timing, visit);
  } else {
    ArrayTimeline{layer, detail, visit}.run();
  }
}

uint64_t count_array_slices(const LayerRecord& layer, Detail detail) {
  uint64_t count = 0;
  for_each_array_slice(layer, detail, [&](const ArraySlice&) { ++count; });
  return count;
}

}  // namespace olivine::trace
