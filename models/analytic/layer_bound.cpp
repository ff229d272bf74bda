// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/layer_bound.h"

#include <algorithm>

#include "models/analytic/array_timing.h"
#include "models/analytic/traffic.h"
#include "models/base/units.h"
#include "models/machines/machine.h"

namespace olivine {
namespace {

Dim row_dim(const ArrayGeometry& geometry) {
  return geometry.is_output_stationary() ? Dim::M : Dim::K;
}

Dim column_dim(const ArrayGeometry& geometry) {
  return geometry.dataflow == Dataflow::InputStationary ? Dim::M : Dim::N;
}

Dim streamed_dim(const ArrayGeometry& geometry) {
  if (geometry.is_output_stationary()) return Dim::K;
  return geometry.dataflow == Dataflow::InputStationary ? Dim::N : Dim::M;
}

// Bytes of an operand's tiles: of each once, of the first and of the last.
struct TileBytes {
  int64_t sum = 0;
  int64_t first = 0;
  int64_t last = 0;
};

// An operand whose rows are packed one by one: tiles of `rows` by tiles of `row`, of which
// `row_bytes` says what one row of a length takes.
template <class RowBytes>
TileBytes packed_tiles(const DimTiles& rows, const DimTiles& row, RowBytes row_bytes) {
  const int64_t full = row_bytes(row.full);
  const int64_t last = row.last == row.full ? full : row_bytes(row.last);
  const int64_t all_rows = (rows.count - 1) * rows.full + rows.last;
  return {all_rows * ((row.count - 1) * full + last),
          rows.length(rows.count == 1) * (row.count == 1 ? last : full), rows.last * last};
}

// Tiles of an ifmap, whose rows depend on each other: `bytes(m, k)` of one tile.
template <class BytesOf>
TileBytes ifmap_tiles(const DimTiles& m, const DimTiles& k, BytesOf bytes) {
  const int64_t last = bytes(m.last, k.last);
  TileBytes tiles{last, bytes(m.length(m.count == 1), k.length(k.count == 1)), last};
  if (m.count > 1) tiles.sum += (m.count - 1) * bytes(m.full, k.last);
  if (k.count > 1) tiles.sum += (k.count - 1) * bytes(m.last, k.full);
  if (m.count > 1 && k.count > 1) tiles.sum += (m.count - 1) * (k.count - 1) * tiles.first;
  return tiles;
}

OperandCut make_cut(const DramConfig& dram, const TileBytes& tiles, int64_t edge_bytes) {
  OperandCut cut;
  cut.bytes = tiles.sum;
  cut.first_bytes = tiles.first;
  cut.edge_cycles = ceil_div(edge_bytes, dram.bytes_per_cycle);
  cut.least_cycles = ceil_div(tiles.last, dram.bytes_per_cycle);
  return cut;
}

}  // namespace

ExtentCut cut_extent(const ArrayGeometry& geometry, const GemmWork& work, Dim dim, int64_t tile) {
  ExtentCut cut;
  cut.tiles = tiles_of(work.extent(dim), tile);
  if (dim == row_dim(geometry)) cut.passes = folds_along(cut.tiles, geometry.row_span);
  if (dim == column_dim(geometry)) cut.passes = folds_along(cut.tiles, geometry.col_span);
  if (dim != streamed_dim(geometry)) return cut;
  cut.passes = cut.tiles.count;
  const auto stream = [&](int64_t length) {
    return geometry.stream_cycles(length, length, length);
  };
  const int64_t full = stream(cut.tiles.full);
  const int64_t last = stream(cut.tiles.last);
  cut.stream_cycles =
      (cut.tiles.count - 1) * geometry.interval(full, full) + geometry.interval(last, last);
  // Every fold pays max(stream, rows) but one: the first of os, the last of ws and is.
  const bool is_first_unpaid = geometry.is_output_stationary() && cut.tiles.count > 1;
  cut.unpaid_stream_cycles = is_first_unpaid ? full : last;
  return cut;
}

OperandCut cut_activations(const GemmWork& work, const DramConfig& dram, const DimTiles& m,
                           const DimTiles& k) {
  const auto bytes = [&](int64_t a, int64_t b) { return activation_tile_bytes(work, a, b); };
  const TileBytes tiles =
      work.conv ? ifmap_tiles(m, k, bytes)
                : packed_tiles(m, k, [&](int64_t length) { return bytes(1, length); });
  return make_cut(dram, tiles, tiles.first);
}

OperandCut cut_weights(const GemmWork& work, const DramConfig& dram, const DimTiles& n,
                       const DimTiles& k) {
  const TileBytes tiles =
      packed_tiles(n, k, [&](int64_t length) { return weight_tile_bytes(work, 1, length); });
  if (work.weight_density.is_dense()) {
    OperandCut cut = make_cut(dram, tiles, tiles.first);
    cut.buffer_bytes = tiles.sum;
    return cut;
  }
  const TileBytes stored =
      packed_tiles(n, k, [&](int64_t length) { return weight_dram_bytes(work, 1, length); });
  const TileBytes elems =
      packed_tiles(n, k, [&](int64_t length) { return expanded_elems(work, 1, length); });
  const int64_t rate = dram.decompressor.elements_per_cycle;
  OperandCut cut = make_cut(dram, stored, stored.first);
  cut.first_bytes = tiles.first;
  cut.edge_cycles = std::max(cut.edge_cycles, ceil_div(elems.first, rate));
  cut.least_cycles = std::max(cut.least_cycles, ceil_div(elems.last, rate));
  cut.buffer_bytes = tiles.sum;
  cut.expand_cycles = elems.sum / rate;
  cut.latency_cycles = dram.decompressor.latency_cycles;
  return cut;
}

OperandCut cut_outputs(const GemmWork& work, const DramConfig& dram, const DimTiles& m,
                       const DimTiles& n) {
  const TileBytes tiles =
      packed_tiles(m, n, [&](int64_t length) { return output_tile_bytes(work, 1, length); });
  return make_cut(dram, tiles, tiles.last);
}

TileBounds::TileBounds(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
                       const Cuts& cuts)
    : geometry_(geometry),
      dram_(dram),
      work_(work),
      cuts_(cuts),
      counts_{cuts.extents[0]->tiles.count, cuts.extents[1]->tiles.count,
              cuts.extents[2]->tiles.count} {
  const auto extent = [&](Dim dim) -> const ExtentCut& {
    return *cuts.extents[static_cast<size_t>(dim)];
  };
  const ExtentCut& streamed = extent(streamed_dim(geometry));
  const int64_t covered =
      extent(row_dim(geometry)).passes * extent(column_dim(geometry)).passes * work.shape.batch;
  folds_ = covered * streamed.tiles.count;
  array_cycles_ = covered * streamed.stream_cycles + geometry.pipeline_cycles;
  if (geometry.pipelining == Pipelining::Overlapped) {
    array_cycles_ += geometry.preload_cycles() + geometry.flush_cycles() -
                     std::max<int64_t>(0, geometry.rows - streamed.unpaid_stream_cycles);
  }
  // Streaming weights are needed preload_cycles later than the preloaded activations before them.
  const int64_t slack =
      geometry.dataflow == Dataflow::InputStationary ? geometry.preload_cycles() : 0;
  const int64_t weight_fill =
      std::max<int64_t>(0, cuts.weights->edge_cycles + cuts.weights->latency_cycles - slack);
  const int64_t fill = dram.latency_cycles + cuts.activations->edge_cycles + weight_fill;
  unstalled_cycles_ = array_cycles_ + fill + cuts.outputs->edge_cycles;
}

BorderPasses TileBounds::passes() const {
  const auto& [m, n, k] = cuts_.extents;
  return {n->passes, m->passes, k->passes};
}

TileBounds::Traffic TileBounds::traffic(const LoopOrder& order) const {
  const int64_t batch = work_.shape.batch;
  const std::array<int64_t, 3> visits = visits_without(order, counts_);
  const int64_t spills = visits[static_cast<size_t>(Dim::K)] - 1;
  return {visits[static_cast<size_t>(Dim::N)] * cuts_.activations->bytes * batch,
          visits[static_cast<size_t>(Dim::M)] * cuts_.weights->bytes * batch,
          cuts_.outputs->bytes * batch,
          spills * psum_tile_bytes(work_.shape.m, work_.shape.n) * batch,
          visits[static_cast<size_t>(Dim::M)] * cuts_.weights->buffer_bytes * batch,
          visits[static_cast<size_t>(Dim::M)] * cuts_.weights->expand_cycles * batch};
}

uint64_t TileBounds::cycles(const Traffic& traffic) const {
  if (dram_.model == DramModel::Ideal) return static_cast<uint64_t>(array_cycles_);
  const int64_t moved =
      traffic.activations + traffic.weights + traffic.outputs + 2 * traffic.psum_reloads;
  int64_t movable = 0;  // meanwhile; saves the division where the array is what takes longer
  const bool is_huge = __builtin_mul_overflow(unstalled_cycles_, dram_.bytes_per_cycle, &movable);
  const int64_t expanding = expanding_cycles(traffic, moved);
  if (is_huge || moved <= movable) {
    return static_cast<uint64_t>(std::max(unstalled_cycles_, expanding));
  }
  return static_cast<uint64_t>(std::max(ceil_div(moved, dram_.bytes_per_cycle), expanding));
}

// Everything but the weights on the bus, and these in the decompressor.
int64_t TileBounds::expanding_cycles(const Traffic& traffic, int64_t moved) const {
  if (traffic.expand_cycles == 0) return 0;
  return ceil_div(moved - traffic.weights, dram_.bytes_per_cycle) + traffic.expand_cycles;
}

uint64_t TileBounds::least_cycles() const {
  const int64_t batch = work_.shape.batch;
  return cycles(Traffic{cuts_.activations->bytes * batch, cuts_.weights->bytes * batch,
                        cuts_.outputs->bytes * batch, 0, cuts_.weights->buffer_bytes * batch,
                        cuts_.weights->expand_cycles * batch});
}

int64_t TileBounds::step_cycles(bool has_activations, bool has_weights, bool has_psums) const {
  const bool weights_stream = geometry_.dataflow == Dataflow::InputStationary;
  const int64_t preload = geometry_.preload_cycles();
  int64_t bus = 0;
  int64_t step = 0;
  if (has_activations) {
    bus += cuts_.activations->least_cycles;
    step = std::max(step, bus + dram_.latency_cycles + (weights_stream ? preload : 0));
  }
  if (has_weights) {
    bus += cuts_.weights->least_cycles;
    step = std::max(step, bus + dram_.latency_cycles + cuts_.weights->latency_cycles +
                              (weights_stream ? 0 : preload));
  }
  if (has_psums) {
    const int64_t psum_bytes =
        psum_tile_bytes(cuts_.extents[0]->tiles.last, cuts_.extents[1]->tiles.last);
    bus += ceil_div(psum_bytes, dram_.bytes_per_cycle);
    step = std::max(step, bus + dram_.latency_cycles);
  }
  return step;
}

uint64_t TileBounds::paced_cycles(const LoopOrder& order) const {
  const uint64_t unpaced = cycles(traffic(order));
  if (dram_.model == DramModel::Ideal) return unpaced;
  const DimTiles& m = cuts_.extents[0]->tiles;
  const DimTiles& n = cuts_.extents[1]->tiles;
  const DimTiles& k = cuts_.extents[2]->tiles;
  const int64_t longest_tile = geometry_.folds(m.full, n.full, k.full) *
                               geometry_.interval(geometry_.stream_cycles(m.full, n.full, k.full),
                                                  geometry_.stream_cycles(m.last, n.last, k.last));
  const auto wait = [&](bool has_activations, bool has_weights, bool has_psums) {
    return std::max<int64_t>(0,
                             step_cycles(has_activations, has_weights, has_psums) - longest_tile);
  };
  // From the innermost loop outwards: what changes in loop l and in the loops inside it.
  std::array<bool, 3> changes{};  // by Dim
  int64_t waits = 0;
  int64_t tiles = work_.shape.batch * counts_[0] * counts_[1] * counts_[2];
  int64_t inner = 1;  // tiles of one iteration of loop l
  bool is_k_inside = false;
  for (size_t l = order.size(); l-- > 0;) {
    const auto dim = static_cast<size_t>(order[l]);
    const int64_t count = counts_[dim];
    const bool is_k = order[l] == Dim::K;
    is_k_inside = is_k_inside || is_k;
    if (count > 1) {
      changes[dim] = true;
      const bool has_activations = changes[0] || changes[2];
      const bool has_weights = changes[1] || changes[2];
      const bool has_outputs = changes[0] || changes[1];
      const int64_t steps = tiles / (inner * count) * (count - 1);
      // Sums come back when k is not at its first tile: where loop k itself advances, or is
      // outside.
      const int64_t continued = !has_outputs  ? 0
                                : is_k        ? steps
                                : is_k_inside ? 0
                                              : steps / counts_[2] * (counts_[2] - 1);
      waits += continued * wait(has_activations, has_weights, true) +
               (steps - continued) * wait(has_activations, has_weights, false);
    }
    inner *= count;
  }
  waits += (work_.shape.batch - 1) * wait(true, true, false);
  return std::max(unpaced, static_cast<uint64_t>(unstalled_cycles_ + waits));
}

LayerBound TileBounds::bound(const LoopOrder& order) const {
  const Traffic moved = traffic(order);
  LayerBound bound;
  bound.cycles = cycles(moved);
  bound.paced_cycles = paced_cycles(order);
  bound.array_cycles = static_cast<uint64_t>(array_cycles_);
  bound.folds = static_cast<uint64_t>(folds_);
  bound.tiles = static_cast<uint64_t>(work_.shape.batch * counts_[0] * counts_[1] * counts_[2]);
  const auto store = [&](Operand operand, int64_t bytes) {
    bound.dram_bytes[static_cast<size_t>(operand)] = static_cast<uint64_t>(bytes);
  };
  store(Operand::Activations, moved.activations);
  store(Operand::Weights, moved.weights);
  store(Operand::Outputs, moved.outputs);
  store(Operand::PartialSums, 2 * moved.psum_reloads);
  bound.psum_reload_bytes = static_cast<uint64_t>(moved.psum_reloads);
  bound.weight_buffer_bytes = static_cast<uint64_t>(moved.weight_buffer);
  return bound;
}

LayerBound bound_layer(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
                       const Tiling& tiling) {
  std::array<ExtentCut, 3> extents;
  for (size_t d = 0; d < extents.size(); ++d) {
    extents[d] = cut_extent(geometry, work, static_cast<Dim>(d), tiling.tile[d]);
  }
  const auto& [m, n, k] = extents;
  const OperandCut activations = cut_activations(work, dram, m.tiles, k.tiles);
  const OperandCut weights = cut_weights(work, dram, n.tiles, k.tiles);
  const OperandCut outputs = cut_outputs(work, dram, m.tiles, n.tiles);
  const TileBounds::Cuts cuts{{&m, &n, &k}, &activations, &weights, &outputs};
  return TileBounds{geometry, dram, work, cuts}.bound(tiling.order);
}

}  // namespace olivine
