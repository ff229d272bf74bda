// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/accelerator_layer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/machines/machine.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"

namespace olivine::regress {
namespace {

constexpr std::array kFormats = {Format::Int4, Format::Int8, Format::Ovp4, Format::Ovp4f,
                                 Format::Ovp8};
constexpr int64_t kMaxFolds = 16;

// Extents of one tile, one accumulation of which fits half of every scratchpad.
struct Tile {
  int64_t m = 0, n = 0, k = 0;
};

void choose_geometry(const AcceleratorLimits& limits, Rng& rng, AcceleratorLayer& layer) {
  MachineConfig machine;
  machine.name = "accelerator";
  machine.array.rows = limits.rows;
  machine.array.cols = limits.cols;
  machine.array.has_sparse_select = limits.is_sparse;
  const auto format = [&] {
    return kFormats[static_cast<size_t>(rng.uniform(0, int64_t{kFormats.size()} - 1))];
  };
  do {
    machine.array.pipelining = rng.chance(0.25) ? Pipelining::Serial : Pipelining::Overlapped;
    machine.array.dataflow = limits.is_output_stationary ? Dataflow::OutputStationary
                             : rng.chance(0.3)           ? Dataflow::InputStationary
                                                         : Dataflow::WeightStationary;
    const bool is_sparse = limits.is_sparse && rng.chance(0.7);
    layer.scheme = {"random", format(), format(), is_sparse ? Pattern::TwoFour : Pattern::Dense};
  } while (refusal(machine, layer.scheme));
  layer.geometry = make_geometry(machine, layer.scheme);
}

// A length that is often 1, often all of it, and not more than `most`.
int64_t random_length(Rng& rng, int64_t most) {
  if (rng.chance(0.15)) return 1;
  if (rng.chance(0.2)) return most;
  return rng.uniform(1, most);
}

// Part of whole folds that may leave the last one ragged.
int64_t random_extent(Rng& rng, int64_t span, int64_t folds) {
  const int64_t ragged = rng.chance(0.5) ? 0 : rng.uniform(0, span - 1);
  return span * folds - ragged;
}

Tile random_tile(const AcceleratorLimits& limits, const AcceleratorLayer& layer, Rng& rng) {
  const ArrayGeometry& geometry = layer.geometry;
  Tile tile;
  const auto capped = [&](int64_t most) { return rng.uniform(1, std::clamp<int64_t>(most, 1, 4)); };
  if (geometry.is_output_stationary()) {
    // Ragged folds leave room for more of them: a region may be full to the last word.
    const int64_t row_folds = capped(limits.output_depth / geometry.row_span);
    tile.m = random_extent(rng, geometry.row_span, row_folds);
    tile.n = random_extent(rng, geometry.col_span, capped(limits.output_depth / tile.m));
    // T and an odd begin fit the banks: pairs of elements, or of kept ones of groups of four.
    const int64_t most = 2 * limits.buffer_depth - 1;
    tile.k = random_length(rng, std::min<int64_t>(most, 3 * limits.rows + 6));
    if (geometry.is_sparse) tile.k = 4 * ceil_div(tile.k, 2);
    return tile;
  }
  const int64_t most = std::min(limits.buffer_depth, limits.output_depth);
  const int64_t streamed = random_length(rng, std::min<int64_t>(most, 2 * limits.rows + 6));
  const int64_t columns =
      random_extent(rng, geometry.col_span, capped(limits.output_depth / streamed));
  const bool is_is = geometry.dataflow == Dataflow::InputStationary;
  tile.m = is_is ? columns : streamed;
  tile.n = is_is ? streamed : columns;
  // Tiles do not cut pairs or groups; folds of an odd number of rows do cut pairs.
  const int64_t unit = geometry.is_sparse ? 4 : 2;
  tile.k = unit * ceil_div(random_extent(rng, geometry.row_span, rng.uniform(1, 3)), unit);
  return tile;
}

// Largest magnitudes with both signs, as bytes legal in every pair position.
void fill_with_extremes(PackedMatrix& matrix, Rng& rng) {
  const bool is_8bit = info(matrix.format).bits == 8;
  const bool is_flint = matrix.format == Format::Ovp4f;
  const std::array<uint8_t, 2> normal4 = {uint8_t{0x77}, uint8_t{0x99}};
  const std::array<uint8_t, 2> flint = {uint8_t{0x44}, uint8_t{0xCC}};
  const std::array<uint8_t, 2> outlier4 = {uint8_t{0x87}, uint8_t{0xF8}};
  const std::array<uint8_t, 2> normal8 = {uint8_t{0x7F}, uint8_t{0x81}};
  const bool has_outliers = info(matrix.format).is_ovp && rng.chance(0.5);
  for (size_t i = 0; i < matrix.codes.size(); ++i) {
    const auto sign = static_cast<size_t>(rng.uniform(0, 1));
    if (is_8bit) {
      // The pair (outlier, identifier); the largest legal outlier code is 3F.
      const uint8_t outlier = i % 2 == 0 ? (sign != 0 ? 0xBF : 0x3F) : 0x80;
      matrix.codes[i] = has_outliers ? outlier : normal8[sign];
    } else {
      matrix.codes[i] = has_outliers ? outlier4[sign] : is_flint ? flint[sign] : normal4[sign];
    }
  }
}

PackedMatrix random_operand(Format format, Pattern pattern, int64_t rows, int64_t k, Rng& rng) {
  PackedMatrix matrix = random_packed(format, pattern, rows, k, rng, 0.3);
  if (k % 4 == 0 && rng.chance(0.15)) fill_with_extremes(matrix, rng);
  if (rng.chance(0.03)) std::ranges::fill(matrix.codes, uint8_t{0});
  return matrix;
}

// Cuts a layer to folds: tiles of outputs, and inside them tiles along k that accumulate.
class FoldPlanner {
 public:
  FoldPlanner(AcceleratorLayer& layer, const Tile& tile, Rng& rng)
      : layer_(&layer),
        tile_(tile),
        rng_(&rng),
        layout_(layer.geometry, layer.activations, layer.weights) {}

  void plan() {
    const GemmShape& shape = layer_->shape;
    for (int64_t m = 0; m < shape.m; m += tile_.m) {
      for (int64_t n = 0; n < shape.n; n += tile_.n) {
        plan_outputs({m, std::min(tile_.m, shape.m - m)}, {n, std::min(tile_.n, shape.n - n)});
      }
    }
  }

 private:
  // One region of the output scratchpad.
  void plan_outputs(const Span& m, const Span& n) {
    const GemmShape& shape = layer_->shape;
    for (int64_t k = 0; k < shape.k; k += tile_.k) {
      const Span range{k, std::min(tile_.k, shape.k - k)};
      const int64_t count = layer_->geometry.folds(m.length, n.length, range.length);
      for (int64_t i = 0; i < count; ++i) {
        add(make_fold(layer_->geometry, 0, m, n, range, i), i, k != 0);
      }
    }
    layer_->folds.back().command.drains = true;
    add_beats();
    region_ = layer_->folds.size();
  }

  void add(Fold fold, int64_t index, bool is_later_tile) {
    const ArrayGeometry& geometry = layer_->geometry;
    AcceleratorFold next;
    FoldCommand& command = next.command;
    const bool is_os = geometry.is_output_stationary();
    const int64_t col_folds = geometry.col_folds(tile_m(fold), tile_n(fold));
    command.length = fold.stream;
    // One place after the other; ws, is: folds along k meet at the same ones.
    command.results = is_os ? fold.m.length : fold.stream;
    if (index == 0 || (!is_os && index % col_folds == 0)) free_ = 0;
    command.base = free_;
    free_ += command.results;
    command.accumulates = is_later_tile || (!is_os && index >= col_folds);
    const bool shares = !layer_->folds.empty() &&
                        shares_left(geometry, layer_->folds.back().fold, fold) && rng_->chance(0.8);
    if (shares) {
      layer_->folds.back().command.keeps_left = true;
    } else {
      layer_->left_blocks.push_back(layout_.left(fold));
    }
    next.left_block = layer_->left_blocks.size() - 1;
    next.top = layout_.top(fold);
    next.fold = std::move(fold);
    layer_->folds.push_back(std::move(next));
  }

  // Extents of the tile that a fold was cut from.
  [[nodiscard]] int64_t tile_m(const Fold& fold) const {
    return std::min(tile_.m, layer_->shape.m - fold.m.begin / tile_.m * tile_.m);
  }
  [[nodiscard]] int64_t tile_n(const Fold& fold) const {
    return std::min(tile_.n, layer_->shape.n - fold.n.begin / tile_.n * tile_.n);
  }

  // What the region that ends with the last fold puts out, by address.
  void add_beats() {
    const FoldCommand& final_fold = layer_->folds.back().command;
    const int64_t count = final_fold.base + final_fold.results;
    std::vector<OutputBeat> beats(static_cast<size_t>(count));
    for (size_t f = region_; f < layer_->folds.size(); ++f) {
      const AcceleratorFold& fold = layer_->folds[f];
      for (int64_t i = 0; i < fold.command.results; ++i) {
        beats[static_cast<size_t>(fold.command.base + i)] = beat_of(fold.fold, i);
      }
    }
    beats.back().is_last = true;
    layer_->beats.insert(layer_->beats.end(), beats.begin(), beats.end());
  }

  [[nodiscard]] OutputBeat beat_of(const Fold& fold, int64_t i) const {
    const ArrayGeometry& geometry = layer_->geometry;
    const bool is_is = geometry.dataflow == Dataflow::InputStationary;
    const Span& range = is_is ? fold.m : fold.n;
    OutputBeat beat;
    beat.columns.resize(static_cast<size_t>(geometry.cols));
    for (int64_t j = 0; j < range.length; ++j) {
      const int64_t m = fold.m.begin + (is_is ? j : i);
      const int64_t n = fold.n.begin + (is_is ? i : j);
      beat.columns[static_cast<size_t>(j * geometry.top_lanes)] =
          layer_->golden[static_cast<size_t>(m * layer_->shape.n + n)];
    }
    beat.place = is_is ? fmt::format("n {}, m from {}", fold.n.begin + i, range.begin)
                       : fmt::format("m {}, n from {}", fold.m.begin + i, range.begin);
    return beat;
  }

  AcceleratorLayer* layer_;
  Tile tile_;
  Rng* rng_;
  AcceleratorLayout layout_;
  size_t region_ = 0;  // first fold of the region
  int64_t free_ = 0;   // first address behind the fold before
};

int64_t count_folds(const ArrayGeometry& geometry, const GemmShape& shape, const Tile& tile) {
  int64_t count = 0;
  for (int64_t k = 0; k < shape.k; k += tile.k) {
    count += geometry.folds(tile.m, tile.n, std::min(tile.k, shape.k - k));
  }
  return count * ceil_div(shape.m, tile.m) * ceil_div(shape.n, tile.n);
}

}  // namespace

std::string AcceleratorLayer::describe() const {
  return fmt::format("{}{}, activations {}, weights {}{}, {}x{}x{}",
                     name_of<Dataflow>(kDataflowNames, geometry.dataflow),
                     geometry.pipelining == Pipelining::Serial ? " serial" : " overlapped",
                     name_of(scheme.activations), name_of(scheme.weights),
                     geometry.is_sparse ? " 2:4" : "", shape.m, shape.n, shape.k);
}

AcceleratorLayer random_accelerator_layer(const AcceleratorLimits& limits, Rng& rng) {
  AcceleratorLayer layer;
  choose_geometry(limits, rng, layer);
  Tile tile;
  do {
    tile = random_tile(limits, layer, rng);
    const auto extent = [&](int64_t of_tile) {
      return of_tile * rng.uniform(1, 2) - (rng.chance(0.5) ? 0 : rng.uniform(0, of_tile - 1));
    };
    layer.shape = {extent(tile.m), extent(tile.n), extent(tile.k), 1};
  } while (count_folds(layer.geometry, layer.shape, tile) > kMaxFolds);
  const GemmShape& shape = layer.shape;
  layer.activations =
      random_operand(layer.scheme.activations, Pattern::Dense, shape.m, shape.k, rng);
  layer.weights =
      random_operand(layer.scheme.weights, layer.scheme.weight_pattern, shape.n, shape.k, rng);
  layer.golden = gemm_golden(layer.activations, layer.weights).c;
  FoldPlanner{layer, tile, rng}.plan();
  return layer;
}

}  // namespace olivine::regress
