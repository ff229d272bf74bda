// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/layer_timing.h"

#include <algorithm>
#include <limits>

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_bound.h"
#include "models/analytic/tile_loops.h"
#include "models/analytic/tiling.h"
#include "models/base/error.h"
#include "models/machines/machine.h"

namespace olivine {
namespace {

// What moves at once, how long that holds the bus, and what delays its arrival further.
struct Transfer {
  int64_t bytes = 0;
  int64_t bus_cycles = 0;
  int64_t latency_cycles = 0;  // of the decompressor

  bool operator==(const Transfer&) const = default;
};

// Everything the start of the next tile depends on. All times are absolute cycles.
struct TimerState {
  int64_t start = 0;        // of the tile before: when its first fold began to stream
  int64_t last_fold = 0;    // of the tile before: start of its last fold
  int64_t stream = 0;       // of the tile before
  int64_t results_out = 0;  // of the tile before: its last result is in the scratchpad
  int64_t bus_free = 0;
  int64_t written_back = 0;  // the older output half is free from here on
  Transfer pending;          // write-back waiting for its turn in the queue
  int64_t pending_trigger = 0;
  Transfer resident;               // what the current output tile writes when it leaves ...
  bool is_resident_final = false;  // ... as finished outputs or as partial sums

  void advance(int64_t cycles) {
    for (int64_t* time :
         {&start, &last_fold, &results_out, &bus_free, &written_back, &pending_trigger}) {
      *time += cycles;
    }
  }

  // The same state with the past cut off where it can no longer matter, relative to `start`.
  [[nodiscard]] TimerState relative() const {
    TimerState r = *this;
    const int64_t next_request = pending.bytes != 0 ? std::min(start, pending_trigger) : start;
    r.bus_free = std::max(bus_free, next_request);
    r.written_back = std::max(written_back, start);
    if (pending.bytes == 0) r.pending_trigger = start;
    r.advance(-start);
    return r;
  }

  bool operator==(const TimerState&) const = default;
};

// What one tile needs, apart from which operands change.
struct TileNeeds {
  int64_t folds = 0;
  int64_t stream = 0;
  Transfer activations;
  Transfer weights;
  Transfer outputs;
  Transfer psums;
  int64_t weight_buffer_bytes = 0;
};

class LayerTimer {
 public:
  LayerTimer(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
             const Tiling& tiling)
      : geometry_(geometry), dram_(dram), loops_(work, tiling) {
    for (size_t corner = 0; corner < needs_.size(); ++corner) {
      const auto length = [&](Dim dim) {
        return loops_.tiles(dim).length((corner >> static_cast<size_t>(dim) & 1) != 0);
      };
      const int64_t m = length(Dim::M);
      const int64_t n = length(Dim::N);
      const int64_t k = length(Dim::K);
      TileNeeds& needs = needs_[corner];
      needs.folds = geometry.folds(m, n, k);
      needs.stream = geometry.stream_cycles(m, n, k);
      // A corner without the bit of an extent comes before the one with it and has the same tiles
      // of the operand that lacks this extent.
      constexpr size_t kM = 1, kN = 2, kK = 4;
      needs.activations = (corner & kN) != 0 ? needs_[corner - kN].activations
                                             : transfer_of(activation_tile_bytes(work, m, k));
      needs.weights =
          (corner & kM) != 0 ? needs_[corner - kM].weights : weights_transfer(work, n, k);
      needs.weight_buffer_bytes = weight_tile_bytes(work, n, k);
      if ((corner & kK) != 0) {
        needs.outputs = needs_[corner - kK].outputs;
        needs.psums = needs_[corner - kK].psums;
      } else {
        needs.outputs = transfer_of(output_tile_bytes(work, m, n));
        needs.psums = transfer_of(psum_tile_bytes(m, n));
      }
    }
  }

  LayerTiming run() {
    run_level(0, 0);
    finish();
    return totals_;
  }

 private:
  static constexpr int kBatch = 0;

  // Runs all iterations of `level`; `changed` is the outermost loop that advanced to get here.
  void run_level(int level, int changed) {
    if (level == TileLoops::kLevels) {
      run_tile(changed);
      return;
    }
    const int64_t count = loops_.count(level);
    // Brent's search for the period (it may be more than one iteration): every state is compared
    // with a mark, which moves to iterations 1, 2, 4, 8, ...
    std::optional<TimerState> mark;
    TimerState mark_state;
    LayerTiming mark_totals;
    int64_t mark_at = 0;
    int64_t next_mark = 1;
    bool is_searching = true;
    for (int64_t i = 0; i < count; ++i) {
      if (is_searching && i > 0 && i + 1 < count) {
        const TimerState now = state_.relative();
        if (mark && *mark == now) {
          const int64_t period = i - mark_at;
          const int64_t times = (count - 1 - i) / period;
          repeat(times, mark_state, mark_totals);
          i += times * period;
          is_searching = false;  // less than a period is left
        } else if (i == next_mark) {
          mark = now;
          mark_state = state_;
          mark_totals = totals_;
          mark_at = i;
          next_mark = 2 * i;
        }
      }
      set_position(level, i, count);
      run_level(level + 1, i == 0 ? changed : level);
    }
  }

  // The iterations since `then` started from the same relative state as the next ones will.
  void repeat(int64_t times, const TimerState& then, const LayerTiming& before) {
    state_.advance(times * (state_.start - then.start));
    const auto scale = static_cast<uint64_t>(times);
    const auto extend = [scale](uint64_t& now, uint64_t old) { now += scale * (now - old); };
    extend(totals_.folds, before.folds);
    extend(totals_.tiles, before.tiles);
    extend(totals_.psum_reload_bytes, before.psum_reload_bytes);
    extend(totals_.weight_buffer_bytes, before.weight_buffer_bytes);
    for (size_t i = 0; i < totals_.stalls.size(); ++i) {
      extend(totals_.stalls[i], before.stalls[i]);
    }
    for (size_t i = 0; i < totals_.dram_bytes.size(); ++i) {
      extend(totals_.dram_bytes[i], before.dram_bytes[i]);
    }
  }

  void set_position(int level, int64_t index, int64_t count) {
    if (level == kBatch) return;
    const size_t dim = static_cast<size_t>(loops_.dim(level));
    const size_t bit = size_t{1} << dim;
    corner_ = index + 1 == count ? corner_ | bit : corner_ & ~bit;
    if (loops_.dim(level) == Dim::K) is_first_k_ = index == 0;
  }

  void run_tile(int changed) {
    const TileNeeds& needs = needs_[corner_];
    const bool is_first = totals_.tiles == 0;
    const bool is_new_output = is_first || loops_.outputs_change(changed);

    const int64_t request = state_.start;
    int64_t activations_ready = 0;
    int64_t weights_ready = 0;
    if (is_first || loops_.activations_change(changed)) {
      activations_ready = read(Operand::Activations, needs.activations, request);
    }
    if (is_first || loops_.weights_change(changed)) {
      weights_ready = read(Operand::Weights, needs.weights, request);
      totals_.weight_buffer_bytes += static_cast<uint64_t>(needs.weight_buffer_bytes);
    }
    flush_pending();
    int64_t psums_ready = 0;
    if (is_new_output && !is_first_k_) {
      psums_ready = read(Operand::PartialSums, needs.psums, request);
      totals_.psum_reload_bytes += static_cast<uint64_t>(needs.psums.bytes);
    }

    int64_t start = is_first ? geometry_.preload_cycles()
                             : state_.last_fold + geometry_.interval(state_.stream, needs.stream);
    const bool weights_stream = geometry_.dataflow == Dataflow::InputStationary;
    const int64_t preload = geometry_.preload_cycles();
    wait(start, activations_ready + (weights_stream ? preload : 0), StallCause::Activations);
    wait(start, weights_ready + (weights_stream ? 0 : preload), StallCause::Weights);
    if (is_new_output) {
      wait(start, psums_ready, StallCause::PartialSums);
      wait(start, state_.written_back, StallCause::BufferFull);
      if (!is_first) queue_write_back();
    }

    state_.is_resident_final = (corner_ & 4) != 0;
    state_.resident = state_.is_resident_final ? needs.outputs : needs.psums;
    state_.start = start;
    state_.stream = needs.stream;
    state_.last_fold = start + (needs.folds - 1) * geometry_.interval(needs.stream, needs.stream);
    state_.results_out =
        state_.last_fold + needs.stream + geometry_.flush_cycles() + geometry_.pipeline_cycles;
    totals_.folds += static_cast<uint64_t>(needs.folds);
    ++totals_.tiles;
  }

  void finish() {
    flush_pending();
    queue_write_back();
    flush_pending();
    totals_.cycles = static_cast<uint64_t>(std::max(state_.results_out, state_.written_back));
    totals_.stalls[static_cast<size_t>(StallCause::WriteBack)] +=
        totals_.cycles - static_cast<uint64_t>(state_.results_out);
    totals_.array_cycles = totals_.cycles;
    for (const uint64_t stall : totals_.stalls) totals_.array_cycles -= stall;
  }

  [[nodiscard]] Transfer transfer_of(int64_t bytes) const {
    return {bytes, ceil_div(bytes, dram_.bytes_per_cycle)};
  }

  [[nodiscard]] Transfer weights_transfer(const GemmWork& work, int64_t n, int64_t k) const {
    Transfer transfer = transfer_of(weight_dram_bytes(work, n, k));
    const int64_t elems = expanded_elems(work, n, k);
    if (elems == 0) return transfer;
    transfer.bus_cycles =
        std::max(transfer.bus_cycles, ceil_div(elems, dram_.decompressor.elements_per_cycle));
    transfer.latency_cycles = dram_.decompressor.latency_cycles;
    return transfer;
  }

  int64_t move(const Transfer& transfer, int64_t trigger) {
    state_.bus_free = std::max(state_.bus_free, trigger) + transfer.bus_cycles;
    return state_.bus_free;
  }

  int64_t read(Operand operand, const Transfer& transfer, int64_t trigger) {
    totals_.dram_bytes[static_cast<size_t>(operand)] += static_cast<uint64_t>(transfer.bytes);
    return move(transfer, trigger) + dram_.latency_cycles + transfer.latency_cycles;
  }

  void queue_write_back() {
    state_.pending = state_.resident;
    state_.pending_trigger = state_.results_out;
    const Operand operand = state_.is_resident_final ? Operand::Outputs : Operand::PartialSums;
    totals_.dram_bytes[static_cast<size_t>(operand)] +=
        static_cast<uint64_t>(state_.resident.bytes);
  }

  void flush_pending() {
    if (state_.pending.bytes == 0) return;
    state_.written_back = move(state_.pending, state_.pending_trigger);
    state_.pending = {};
  }

  void wait(int64_t& start, int64_t ready, StallCause cause) {
    if (ready <= start) return;
    totals_.stalls[static_cast<size_t>(cause)] += static_cast<uint64_t>(ready - start);
    start = ready;
  }

  ArrayGeometry geometry_;
  DramConfig dram_;
  TileLoops loops_;
  std::array<TileNeeds, 8> needs_{};  // by corner: bit d set when dim d is at its last tile
  size_t corner_ = 0;
  bool is_first_k_ = true;
  TimerState state_;
  LayerTiming totals_;
};

}  // namespace

LayerTiming time_layer(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
                       const Tiling& tiling) {
  if (dram.model == DramModel::Ideal) {
    const LayerBound bound = bound_layer(geometry, dram, work, tiling);
    return {bound.array_cycles,
            bound.array_cycles,
            bound.folds,
            bound.tiles,
            {},
            bound.dram_bytes,
            bound.psum_reload_bytes,
            bound.weight_buffer_bytes};
  }
  return LayerTimer{geometry, dram, work, tiling}.run();
}

}  // namespace olivine
