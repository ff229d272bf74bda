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

  // Times every tile of an operand with extents a, b is visited (brought in) within one batch.
  [[nodiscard]] int64_t visits(Dim a, Dim b) const {
    int64_t visits = 1;
    int64_t outer = 1;
    for (int level = 1; level < kLevels; ++level) {
      if (count(level) == 1) continue;
      if (dim(level) == a || dim(level) == b) {
        visits = outer;
      } else {
        outer *= count(level);
      }
    }
    return visits;
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
