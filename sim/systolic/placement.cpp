// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/placement.h"

#include "models/analytic/tile_loops.h"
#include "sim/systolic/tile_walker.h"

namespace olivine {

OperandLayout::OperandLayout(const GemmWork& work, const Tiling& tiling,
                             const LayerPlacement& placement)
    : batch_(work.shape.batch), spills_(TileLoops{work, tiling}.visits_without(Dim::K) > 1) {
  const int64_t m = tiling.at(Dim::M);
  const int64_t n = tiling.at(Dim::N);
  const int64_t k = tiling.at(Dim::K);
  const auto grid = [](uint64_t base, int64_t row_extent, int64_t row_tile, int64_t col_extent,
                       int64_t col_tile, int64_t bytes) {
    return Grid{base,
                row_tile,
                col_tile,
                ceil_div(row_extent, row_tile),
                ceil_div(col_extent, col_tile),
                ceil_div(bytes, kTileAlignmentBytes) * kTileAlignmentBytes};
  };
  const GemmShape& shape = work.shape;
  activations_ =
      grid(placement.activations, shape.m, m, shape.k, k, activation_tile_bytes(work, m, k));
  weights_ = grid(placement.weights, shape.n, n, shape.k, k, weight_dram_bytes(work, n, k));
  outputs_ = grid(placement.outputs, shape.m, m, shape.n, n, output_tile_bytes(work, m, n));
  psums_ = grid(placement.psums, shape.m, m, shape.n, n, psum_tile_bytes(m, n));
}

uint64_t OperandLayout::address_in(const Grid& grid, int64_t batch, int64_t row, int64_t col) {
  const int64_t index = (batch * grid.rows + row / grid.row_tile) * grid.cols + col / grid.col_tile;
  return grid.base + static_cast<uint64_t>(index * grid.slot);
}

uint64_t OperandLayout::address(Operand operand, const TileVisit& visit) const {
  switch (operand) {
    case Operand::Activations:
      return address_in(activations_, visit.batch, visit.m.begin, visit.k.begin);
    case Operand::Weights:
      return address_in(weights_, visit.batch, visit.n.begin, visit.k.begin);
    case Operand::PartialSums:
      return address_in(psums_, visit.batch, visit.m.begin, visit.n.begin);
    case Operand::Outputs:
      break;
  }
  return address_in(outputs_, visit.batch, visit.m.begin, visit.n.begin);
}

LayerFootprint OperandLayout::footprint() const {
  const auto bytes = [this](const Grid& grid) {
    return static_cast<uint64_t>(batch_ * grid.rows * grid.cols * grid.slot);
  };
  return {bytes(activations_), bytes(weights_), bytes(outputs_), spills_ ? bytes(psums_) : 0};
}

}  // namespace olivine
