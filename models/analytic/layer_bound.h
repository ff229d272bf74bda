// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/analytic/layer_timing.h"
#include "models/analytic/tile_loops.h"
#include "models/analytic/tiling.h"

namespace olivine {

struct ArrayGeometry;
struct BorderPasses;
struct DramConfig;
struct GemmWork;

// The array-only cycles and DRAM traffic of a tiling, and a lower bound of its cycles, without
// walking the loops. The bound is exact when nothing stalls after the first tile has arrived.
struct LayerBound {
  uint64_t cycles = 0;
  uint64_t paced_cycles = 0;  // a higher one: TileBounds::paced_cycles()
  uint64_t array_cycles = 0;
  uint64_t folds = 0;
  uint64_t tiles = 0;
  OperandBytes dram_bytes{};
  uint64_t psum_reload_bytes = 0;
  uint64_t weight_buffer_bytes = 0;
};
// Contract: as time_layer(), but the tiling need not fit.
[[nodiscard]] LayerBound bound_layer(const ArrayGeometry& geometry, const DramConfig& dram,
                                     const GemmWork& work, const Tiling& tiling);

// A bound falls into parts that depend on one extent, on two or on the loop order, so that a search
// over tile sizes computes each of them once.

// One extent cut into tiles, and its part in time and traffic. Passes: times an element of the
// operand that lacks this extent crosses the border of the array, which is once a fold along rows
// or columns, and once a tile of the streamed extent. Of the streamed one: cycles in which one fold
// streams all tiles, and of the tile whose stream hides nothing.
struct ExtentCut {
  DimTiles tiles;
  int64_t passes = 1;
  int64_t stream_cycles = 0;
  int64_t unpaid_stream_cycles = 0;
};
[[nodiscard]] ExtentCut cut_extent(const ArrayGeometry& geometry, const GemmWork& work, Dim dim,
                                   int64_t tile);

// An operand cut along two extents: DRAM bytes of all tiles, each once, and of the first one;
// cycles the bus is busy with the first tile (activations and weights: on their way in before
// anything starts) or with the last one (outputs: on their way out when everything has ended).
struct OperandCut {
  int64_t bytes = 0;
  int64_t first_bytes = 0;  // in the scratchpad
  int64_t edge_cycles = 0;
  int64_t least_cycles = 0;  // the bus is busy with the smallest tile
  // Weights: bytes in the scratchpad of all tiles, each once; compressed ones, else 0: at least so
  // long is the bus busy with them all, and how much later than from the bus they arrive.
  int64_t buffer_bytes = 0;
  int64_t expand_cycles = 0;
  int64_t latency_cycles = 0;
};
[[nodiscard]] OperandCut cut_activations(const GemmWork& work, const DramConfig& dram,
                                         const DimTiles& m, const DimTiles& k);
[[nodiscard]] OperandCut cut_weights(const GemmWork& work, const DramConfig& dram,
                                     const DimTiles& n, const DimTiles& k);
[[nodiscard]] OperandCut cut_outputs(const GemmWork& work, const DramConfig& dram,
                                     const DimTiles& m, const DimTiles& n);

// The three tile sizes of a layer.
class TileBounds {
 public:
  struct Cuts {
    std::array<const ExtentCut*, 3> extents;  // by Dim
    const OperandCut* activations;
    const OperandCut* weights;
    const OperandCut* outputs;
  };
  // Contract: `cuts` are of one layer on `geometry` and `dram`; all outlive this.
  TileBounds(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
             const Cuts& cuts);

  // DRAM bytes.
  struct Traffic {
    int64_t activations = 0;
    int64_t weights = 0;
    int64_t outputs = 0;
    int64_t psum_reloads = 0;   // as much is spilled before
    int64_t weight_buffer = 0;  // bytes that the weights are in the scratchpad
    int64_t expand_cycles = 0;  // in which they are expanded, at least
  };
  [[nodiscard]] Traffic traffic(const LoopOrder& order) const;
  // LayerBound::cycles alone, of an order with this traffic.
  [[nodiscard]] uint64_t cycles(const Traffic& traffic) const;

  [[nodiscard]] int64_t count(Dim dim) const { return counts_[static_cast<size_t>(dim)]; }
  [[nodiscard]] BorderPasses passes() const;
  [[nodiscard]] LayerBound bound(const LoopOrder& order) const;
  // Cycles below which no order stays.
  [[nodiscard]] uint64_t least_cycles() const;
  // A higher bound than cycles(), for a few times its cost: a tile starts no earlier after the one
  // before than its own operands take to come, so that steps are counted, by the loop that
  // advances, in which they take longer than the array.
  [[nodiscard]] uint64_t paced_cycles(const LoopOrder& order) const;

 private:
  // A bound of cycles() by the decompressor, of `moved` bytes in all; 0 where it has no work.
  [[nodiscard]] int64_t expanding_cycles(const Traffic& traffic, int64_t moved) const;
  // Cycles between the starts of two tiles while what has changed since comes in.
  [[nodiscard]] int64_t step_cycles(bool has_activations, bool has_weights, bool has_psums) const;

  const ArrayGeometry& geometry_;
  const DramConfig& dram_;
  const GemmWork& work_;
  Cuts cuts_;
  std::array<int64_t, 3> counts_;
  int64_t folds_ = 0;
  int64_t array_cycles_ = 0;
  int64_t unstalled_cycles_ = 0;  // with the first tiles' way in and the last one's way out
};

}  // namespace olivine
