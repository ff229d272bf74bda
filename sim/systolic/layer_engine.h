// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "models/numerics/packed.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/array_driver.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {

// Decoded operands of a layer. GEMM: one matrix of each a batch element. Convolution: one ifmap
// (a row a pixel, a column a channel); weights as for the GEMM it is lowered to.
struct LayerOperands {
  std::vector<DecodedMatrix> activations;
  std::vector<DecodedMatrix> weights;
  std::optional<ConvAddressing> addressing;
};

// One layer, cycle by cycle: tiles are fetched by the DMA engine, folds start when their operands
// are resident and the array is free, PEs compute real values. Follows the contract of
// models/analytic/layer_timing.h without using its formulas; the two must agree exactly.
class LayerEngine {
 public:
  // Contract: operands match work and outlive the engine; the tiling fits the scratchpads.
  LayerEngine(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
              const Tiling& tiling, const LayerOperands& operands);

  // One clock cycle. False when the layer is finished (nothing was done).
  bool step();

  // Steps to the end; `progress` (if any) is called now and then with the cycles done. Throws
  // NoProgress when nothing moves for a million cycles, with the state of every unit.
  using Progress = std::function<void(uint64_t cycles)>;
  const LayerTiming& run(const Progress& progress = {});

  [[nodiscard]] int64_t cycle() const { return now_; }
  [[nodiscard]] const LayerTiming& timing() const { return timing_; }
  // [batch][m][n], valid when finished.
  [[nodiscard]] std::span<const int32_t> outputs() const { return outputs_.values(); }
  [[nodiscard]] const ArrayDriver& driver() const { return driver_; }
  [[nodiscard]] const DmaEngine& dma() const { return dma_; }

 private:
  // A tile on its way: its operands' arrivals, and when its results are in the scratchpad.
  struct Tile {
    TileVisit visit;
    Event activations, weights, psums;  // its operands are in the scratchpads
    Event half_free;                    // the older output half has been written back
    Event started = make_event();
    Event results = make_event();  // its results are in the scratchpad
    int64_t folds = 0;
    int64_t folds_started = 0;
    int64_t folds_finished = 0;
  };

  void control();
  [[nodiscard]] bool can_preload_next() const;
  [[nodiscard]] std::optional<StallCause> missing() const;
  void start_fold();
  void finish_folds(int count);
  std::shared_ptr<Tile> queue_operands(const Event& trigger);
  void queue_after(const Tile* previous, Tile& tile);
  Event fetch(Operand operand, int64_t bytes, const Event& trigger);
  void write_back(const Tile& tile);
  [[nodiscard]] Fold build_fold();
  [[nodiscard]] bool is_finished() const;
  void finish();

  ArrayGeometry geometry_;
  bool is_ideal_;
  GemmWork work_;
  const LayerOperands* operands_;
  TileWalker walker_;
  DmaEngine dma_;
  OutputGrid outputs_;
  ArrayDriver driver_;
  std::optional<FoldBuilder> builder_;
  int64_t builder_batch_ = -1;
  // Tiles with folds to start, oldest first; the DMA queue holds the operands of all of them.
  std::deque<std::shared_ptr<Tile>> program_;
  std::deque<std::shared_ptr<Tile>> computing_;  // started, results not all out
  Event always_ = make_event();
  Event last_write_;  // done event of the youngest write-back queued
  Event last_results_;
  int64_t now_ = 0;
  bool is_done_ = false;
  LayerTiming timing_;
};

}  // namespace olivine
