// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_timing.h"
#include "models/analytic/tiling.h"
#include "models/machines/machine.h"
#include "tests/models/analytic/tile_list.h"

namespace olivine::testing {

// The memory contract of models/analytic/layer_timing.h evaluated tile by tile, with the time of
// every event of every tile kept. No tile is skipped: what LayerTimer's multiplication must equal.
class LayerWalk {
 public:
  LayerWalk(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
            const Tiling& tiling)
      : geometry_(geometry), dram_(dram), work_(work), tiles_(list_tiles(work, tiling)) {}

  LayerTiming run() {
    for (size_t i = 0; i < tiles_.size(); ++i) run_tile(i);
    // The last two output tiles have not left yet.
    if (tiles_.size() > 1 && tiles_.back().new_outputs) leave(tiles_.size() - 2);
    leave(tiles_.size() - 1);
    const int64_t end = std::max(results_.back(), written_.back());
    charge(StallCause::WriteBack, end - results_.back());
    total_.tiles = tiles_.size();
    total_.cycles = static_cast<uint64_t>(end);
    total_.array_cycles = static_cast<uint64_t>(end - stalled_);
    return total_;
  }

 private:
  struct Extents {
    int64_t m, n, k;
  };

  [[nodiscard]] Extents extents(size_t i) const {
    return {tiles_[i].length[0], tiles_[i].length[1], tiles_[i].length[2]};
  }
  [[nodiscard]] int64_t stream(size_t i) const {
    const auto [m, n, k] = extents(i);
    return geometry_.stream_cycles(m, n, k);
  }

  void run_tile(size_t i) {
    const ListedTile& tile = tiles_[i];
    const auto [m, n, k] = extents(i);
    const int64_t request = i == 0 ? 0 : start_[i - 1];
    int64_t activations = 0;
    int64_t weights = 0;
    int64_t psums = 0;
    if (tile.new_activations) {
      activations = read(Operand::Activations, activation_tile_bytes(work_, m, k), request);
    }
    if (tile.new_weights) weights = read_weights(n, k, request);
    if (i >= 2 && tiles_[i - 1].new_outputs) leave(i - 2);
    if (tile.new_outputs && tile.begin[2] > 0) {
      psums = read(Operand::PartialSums, psum_tile_bytes(m, n), request);
      total_.psum_reload_bytes += static_cast<uint64_t>(psum_tile_bytes(m, n));
    }

    const bool is_is = geometry_.dataflow == Dataflow::InputStationary;
    const int64_t preload = geometry_.preload_cycles();
    int64_t start =
        i == 0 ? preload : last_fold_[i - 1] + geometry_.interval(stream(i - 1), stream(i));
    wait(start, activations + (is_is ? preload : 0), StallCause::Activations);
    wait(start, weights + (is_is ? 0 : preload), StallCause::Weights);
    wait(start, psums, StallCause::PartialSums);
    if (tile.new_outputs) {
      // Two halves: output tile j may begin once output tile j-2 has been written back.
      if (outputs_begun_ >= 2) wait(start, written_[outputs_begun_ - 2], StallCause::BufferFull);
      ++outputs_begun_;
    }

    const int64_t folds = geometry_.folds(m, n, k);
    total_.folds += static_cast<uint64_t>(folds);
    start_.push_back(start);
    last_fold_.push_back(start + (folds - 1) * geometry_.interval(stream(i), stream(i)));
    results_.push_back(last_fold_[i] + stream(i) + geometry_.flush_cycles() +
                       geometry_.pipeline_cycles);
  }

  // Writes back the outputs that tile i worked on last.
  void leave(size_t i) {
    const auto [m, n, k] = extents(i);
    const bool is_final = tiles_[i].begin[2] + k == work_.shape.k;
    const int64_t bytes = is_final ? output_tile_bytes(work_, m, n) : psum_tile_bytes(m, n);
    count(is_final ? Operand::Outputs : Operand::PartialSums, bytes);
    written_.push_back(transfer(bytes, results_[i]));
  }

  void count(Operand operand, int64_t bytes) {
    total_.dram_bytes[static_cast<size_t>(operand)] += static_cast<uint64_t>(bytes);
  }
  int64_t transfer(int64_t bytes, int64_t trigger) {
    bus_free_ = std::max(bus_free_, trigger) + bytes / dram_.bytes_per_cycle +
                (bytes % dram_.bytes_per_cycle != 0 ? 1 : 0);
    return bus_free_;
  }
  int64_t read(Operand operand, int64_t bytes, int64_t trigger) {
    count(operand, bytes);
    return transfer(bytes, trigger) + dram_.latency_cycles;
  }
  // A compressed tile, a row at a time: a bit an element and what is kept of it, whole bytes each.
  int64_t read_weights(int64_t n, int64_t k, int64_t trigger) {
    const int64_t dense_bytes = weight_tile_bytes(work_, n, k);
    total_.weight_buffer_bytes += static_cast<uint64_t>(dense_bytes);
    const int64_t density = work_.weight_density.per_mille;
    if (density == 1000) return read(Operand::Weights, dense_bytes, trigger);
    const FormatInfo& format = info(work_.scheme.weights);
    const int64_t unit = format.is_ovp ? 2 : 1;  // elements kept or dropped together
    const int64_t units = (k + unit - 1) / unit;
    const int64_t kept = unit * ((units * density + 500) / 1000);
    const int64_t begin = std::max(bus_free_, trigger);
    const int64_t ready =
        read(Operand::Weights, n * ((k + 7) / 8 + (kept * format.bits + 7) / 8), trigger);
    // The bus may be free; the engine is not before the last element is out.
    const int64_t rate = dram_.decompressor.elements_per_cycle;
    const int64_t expanded = begin + (n * units * unit + rate - 1) / rate;
    const int64_t longer = std::max<int64_t>(0, expanded - bus_free_);
    bus_free_ += longer;
    return ready + longer + dram_.decompressor.latency_cycles;
  }
  void charge(StallCause cause, int64_t cycles) {
    total_.stalls[static_cast<size_t>(cause)] += static_cast<uint64_t>(cycles);
    stalled_ += cycles;
  }
  void wait(int64_t& start, int64_t ready, StallCause cause) {
    charge(cause, std::max<int64_t>(0, ready - start));
    start = std::max(start, ready);
  }

  ArrayGeometry geometry_;
  DramConfig dram_;
  GemmWork work_;
  std::vector<ListedTile> tiles_;
  std::vector<int64_t> start_, last_fold_, results_;  // by tile
  std::vector<int64_t> written_;                      // by visit of an output tile
  size_t outputs_begun_ = 0;
  int64_t bus_free_ = 0;
  int64_t stalled_ = 0;
  LayerTiming total_;
};

}  // namespace olivine::testing
