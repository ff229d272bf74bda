// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/analytic/tiling.h"

namespace olivine {

// Number and lengths of the tiles of one extent: `count - 1` of `full`, then one of `last`.
struct DimTiles {
  int64_t count = 0;
  int64_t full = 0;
  int64_t last = 0;

  [[nodiscard]] int64_t length(bool is_last) const { return is_last ? last : full; }
};

[[nodiscard]] inline DimTiles tiles_of(int64_t extent, int64_t tile) {
  const int64_t count = ceil_div(extent, tile);
  return {count, tile, extent - (count - 1) * tile};
}

// Folds along one extent of which the array covers `span` at a time: the sum over its tiles.
[[nodiscard]] inline int64_t folds_along(const DimTiles& tiles, int64_t span) {
  return (tiles.count - 1) * ceil_div(tiles.full, span) + ceil_div(tiles.last, span);
}

// Times every tile of the operand that lacks an extent, by that Dim, is brought in when loops of
// `counts` iterations, by Dim, run in `order`: once an iteration of the loop over this extent,
// where a loop inside it changes the tile.
[[nodiscard]] inline std::array<int64_t, 3> visits_without(const LoopOrder& order,
                                                           const std::array<int64_t, 3>& counts) {
  const auto at = [](Dim dim) { return static_cast<size_t>(dim); };
  const int64_t middle = counts[at(order[1])];
  const int64_t inner = counts[at(order[2])];
  std::array<int64_t, 3> visits{};
  visits[at(order[0])] = middle > 1 || inner > 1 ? counts[at(order[0])] : 1;
  visits[at(order[1])] = inner > 1 ? middle : 1;
  visits[at(order[2])] = 1;
  return visits;
}

// The tile loops of one layer, outermost first: batch, then the tiling's order. Knows which
// operands change when a loop advances; the closed form and the cycle model both walk it.
class TileLoops {
 public:
  static constexpr int kLevels = 4;  // level 0 is batch

  TileLoops(const GemmWork& work, const Tiling& tiling) : order_(tiling.order) {
    for (size_t d = 0; d < 3; ++d) {
      dims_[d] = tiles_of(work.extent(static_cast<Dim>(d)), tiling.tile[d]);
    }
    counts_[0] = work.shape.batch;
    for (size_t i = 0; i < 3; ++i) counts_[i + 1] = dims_[static_cast<size_t>(order_[i])].count;
    for (size_t i = 0; i < kLevels; ++i) {
      const int level = static_cast<int>(i);
      activations_change_[i] = changes(level, Dim::M, Dim::K);
      weights_change_[i] = changes(level, Dim::N, Dim::K);
      outputs_change_[i] = changes(level, Dim::M, Dim::N);
    }
  }

  [[nodiscard]] int64_t count(int level) const { return counts_[static_cast<size_t>(level)]; }
  [[nodiscard]] Dim dim(int level) const { return order_[static_cast<size_t>(level - 1)]; }
  [[nodiscard]] const DimTiles& tiles(Dim dim) const { return dims_[static_cast<size_t>(dim)]; }

  // Whether an operand's tile changes when `level` advances (and inner loops restart).
  [[nodiscard]] bool activations_change(int level) const {
    return activations_change_[static_cast<size_t>(level)];
  }
  [[nodiscard]] bool weights_change(int level) const {
    return weights_change_[static_cast<size_t>(level)];
  }
  [[nodiscard]] bool outputs_change(int level) const {
    return outputs_change_[static_cast<size_t>(level)];
  }

  // Times every tile of the operand that lacks `dim` is brought in within one batch.
  [[nodiscard]] int64_t visits_without(Dim dim) const {
    const std::array<int64_t, 3> counts = {dims_[0].count, dims_[1].count, dims_[2].count};
    return olivine::visits_without(order_, counts)[static_cast<size_t>(dim)];
  }

 private:
  [[nodiscard]] bool changes(int level, Dim a, Dim b) const {
    if (level == 0) return true;
    for (int inner = level; inner < kLevels; ++inner) {
      const bool advances = inner == level || count(inner) > 1;
      if (advances && (dim(inner) == a || dim(inner) == b)) return true;
    }
    return false;
  }

  LoopOrder order_;
  std::array<DimTiles, 3> dims_{};
  std::array<int64_t, kLevels> counts_{};
  std::array<bool, kLevels> activations_change_{};
  std::array<bool, kLevels> weights_change_{};
  std::array<bool, kLevels> outputs_change_{};
};

}  // namespace olivine
