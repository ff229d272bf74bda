// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/analytic/layer_timing.h"
#include "sim/systolic/layer_placement.h"

namespace olivine {

struct TileVisit;

// The bytes that the operands of a layer take from there.
struct LayerFootprint {
  uint64_t activations = 0;
  uint64_t weights = 0;
  uint64_t outputs = 0;
  uint64_t psums = 0;  // 0 where no tiling loop spills
};

// Operands lie in memory tile by tile, batch outermost, then the extent of their rows, then that of
// their columns; every tile begins at a multiple of kTileAlignmentBytes, so that it is one range of
// addresses. Tiles of the last row or column leave a hole.
class OperandLayout {
 public:
  static constexpr int64_t kTileAlignmentBytes = 64;

  OperandLayout(const GemmWork& work, const Tiling& tiling, const LayerPlacement& placement = {});

  // First address of the tile of `operand` that `visit` uses.
  [[nodiscard]] uint64_t address(Operand operand, const TileVisit& visit) const;
  [[nodiscard]] LayerFootprint footprint() const;

 private:
  // Tiles of one operand: `rows` by `cols` a batch element, `slot` bytes each.
  struct Grid {
    uint64_t base = 0;
    int64_t row_tile = 1, col_tile = 1;
    int64_t rows = 0, cols = 0;
    int64_t slot = 0;
  };
  [[nodiscard]] static uint64_t address_in(const Grid& grid, int64_t batch, int64_t row,
                                           int64_t col);

  int64_t batch_;
  bool spills_;
  Grid activations_, weights_, outputs_, psums_;
};

}  // namespace olivine
