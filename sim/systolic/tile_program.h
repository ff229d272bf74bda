// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_timing.h"
#include "sim/memory/event_cycle.h"
#include "sim/systolic/layer_placement.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {

class DmaEngine;
class LayerObserver;
class OperandLayout;
class TileData;

// A tile on its way.
struct Tile {
  TileVisit visit;
  int64_t index = 0;  // of the layer's tiles
  int64_t folds = 0;
  int64_t stream = 0;                      // cycles for which each fold streams
  EventCycle activations, weights, psums;  // its operands are in the scratchpads
  EventCycle half_free;                    // the older output half has been written back
  EventCycle started = make_event();
  EventCycle results = make_event();  // its results are in the scratchpad
};

// What a layer needs to be run by any model of the array.
struct LayerJob {
  ArrayGeometry geometry;
  GemmWork work;
  Tiling tiling;
  LayerPlacement placement;
  bool is_ideal = false;              // every operand is resident: no transfers
  int64_t begin = 0;                  // first cycle
  TileData* data = nullptr;           // outlives the layer; null: timing alone
  LayerObserver* observer = nullptr;  // outlives the layer; null: nobody watches
};

// The memory contract of models/analytic/layer_timing.h as a program: walks the tiles, queues their
// transfers in its order, counts traffic. The model of the array says when tiles start and when
// their results are out.
class TileProgram {
 public:
  // Contract: the DMA engine outlives the program; the tiling is legal.
  TileProgram(const LayerJob& job, DmaEngine& dma);
  ~TileProgram();

  // The tile that starts next; null after the last one.
  [[nodiscard]] std::shared_ptr<Tile> next() const {
    return program_.empty() ? nullptr : program_.front();
  }
  // The tile next() starts in cycle `at`, and becomes the one before next(): queues the operands of
  // the tile after the next and the write-back of the output tile it leaves behind.
  // Contract: `at` may lie ahead, but is final.
  void start_next(int64_t at);

  // Traffic and tiles so far.
  [[nodiscard]] const LayerTiming& timing() const { return timing_; }
  [[nodiscard]] LayerTiming& timing() { return timing_; }

  // Every tile has started, its results are out and the last output has left: sets cycles,
  // array_cycles and the stall of write_back. False while that is not known.
  [[nodiscard]] bool finish();
  // Contract: finish() returned true.
  [[nodiscard]] int64_t end() const;

  // EventCycle that has always happened.
  [[nodiscard]] const EventCycle& always() const { return always_; }

 private:
  std::shared_ptr<Tile> queue_operands(const EventCycle& trigger);
  void queue_after(const Tile* previous, const std::shared_ptr<Tile>& tile);
  EventCycle fetch(Operand operand, const Tile& tile, int64_t bytes, const EventCycle& trigger);
  void write_back(const Tile& tile);

  LayerJob job_;
  DmaEngine* dma_;
  std::unique_ptr<OperandLayout> layout_;
  TileWalker walker_;
  std::deque<std::shared_ptr<Tile>> program_;  // at most two: the next tile and the one after it
  EventCycle always_ = make_event();
  EventCycle last_write_;  // done event of the youngest write-back queued
  EventCycle last_results_;
  int64_t tiles_queued_ = 0;
  LayerTiming timing_;
};

}  // namespace olivine
