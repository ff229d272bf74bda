// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/fold.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/numerics/random_operand.h"
#include "models/workloads/conv.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {
namespace {

using testing::describe;
using testing::random_layer;
using testing::RandomLayer;

// The two operands of a GEMM by dense element and slice.
struct Operands {
  DecodedMatrix activations;
  DecodedMatrix weights;

  [[nodiscard]] Slice activation(int64_t m, int64_t k, int64_t slice) const {
    if (k >= activations.columns) return {};
    return activations.at(m, k, static_cast<int>(slice));
  }
  // `stored` counts kept elements.
  [[nodiscard]] Slice weight(int64_t n, int64_t stored, int64_t slice) const {
    if (stored >= weights.columns) return {};
    return weights.at(n, stored, static_cast<int>(slice));
  }
  [[nodiscard]] int position(int64_t n, int64_t stored) const {
    if (stored >= weights.columns) return 0;
    return weights.position[static_cast<size_t>(n * weights.columns + stored)];
  }
};

Operands random_operands(const GemmWork& work, Rng& rng) {
  const Scheme& scheme = work.scheme;
  return {decode(random_packed(scheme.activations, Pattern::Dense, work.shape.m, work.shape.k, rng,
                               0.2)),
          decode(random_packed(scheme.weights, scheme.weight_pattern, work.shape.n, work.shape.k,
                               rng, 0.2))};
}

// What the border has to carry in one fold, straight from the mapping of each dataflow.
class ExpectedFold {
 public:
  ExpectedFold(const ArrayGeometry& geometry, const Operands& operands, const Fold& fold)
      : geometry_(geometry), operands_(operands), fold_(fold) {}

  // Row `row` at time t; 2:4 arrays carry a group of four, one activation a bus lane.
  [[nodiscard]] Slice left(int64_t row, int64_t lane, int64_t t) const {
    const int64_t element = row / geometry_.left_lanes;
    const int64_t slice = row % geometry_.left_lanes;
    switch (geometry_.dataflow) {
      case Dataflow::WeightStationary: {
        if (element >= stored_length()) return {};
        const int64_t k = geometry_.is_sparse ? element / 2 * 4 + lane : element;
        return operands_.activation(fold_.m.begin + t, fold_.k.begin + k, slice);
      }
      case Dataflow::OutputStationary: {
        if (element >= fold_.m.length) return {};
        const int64_t k = geometry_.is_sparse ? t / 2 * 4 + lane : t;
        return operands_.activation(fold_.m.begin + element, fold_.k.begin + k, slice);
      }
      case Dataflow::InputStationary:
        if (element >= fold_.k.length) return {};
        return operands_.weight(fold_.n.begin + t, fold_.k.begin + element, slice);
    }
    return {};
  }

  // ws, is: the operand that stays in PE (row, col); os: column `col` at time `row`.
  [[nodiscard]] Slice top(int64_t row, int64_t col) const {
    const int64_t outer = col / geometry_.top_lanes;
    const int64_t slice = col % geometry_.top_lanes;
    if (!is_mapped(row, outer)) return {};
    if (geometry_.dataflow == Dataflow::InputStationary) {
      return operands_.activation(fold_.m.begin + outer, fold_.k.begin + element_of(row), slice);
    }
    return operands_.weight(fold_.n.begin + outer, stored_begin() + element_of(row), slice);
  }
  [[nodiscard]] int position(int64_t row, int64_t col) const {
    const int64_t outer = col / geometry_.top_lanes;
    if (!is_mapped(row, outer)) return 0;
    return operands_.position(fold_.n.begin + outer, stored_begin() + element_of(row));
  }

 private:
  [[nodiscard]] int64_t stored_length() const {
    return geometry_.is_sparse ? (fold_.k.length + 3) / 4 * 2 : fold_.k.length;
  }
  [[nodiscard]] int64_t stored_begin() const {
    return geometry_.is_sparse ? fold_.k.begin / 2 : fold_.k.begin;
  }
  [[nodiscard]] int64_t element_of(int64_t row) const {
    return geometry_.is_output_stationary() ? row : row / geometry_.left_lanes;
  }
  [[nodiscard]] bool is_mapped(int64_t row, int64_t outer) const {
    const bool is_is = geometry_.dataflow == Dataflow::InputStationary;
    return outer < (is_is ? fold_.m.length : fold_.n.length) && element_of(row) < stored_length();
  }

  const ArrayGeometry& geometry_;
  const Operands& operands_;
  const Fold& fold_;
};

void expect_fold(const ArrayGeometry& geometry, const Operands& operands, const Fold& fold) {
  const ExpectedFold expected{geometry, operands, fold};
  const int64_t bus = geometry.is_sparse ? 4 : 1;
  ASSERT_EQ(fold.left->size(), static_cast<size_t>(geometry.rows * bus * fold.stream));
  for (int64_t row = 0; row < geometry.rows; ++row)
    for (int64_t lane = 0; lane < bus; ++lane)
      for (int64_t t = 0; t < fold.stream; ++t) {
        const auto at = static_cast<size_t>((row * bus + lane) * fold.stream + t);
        ASSERT_EQ((*fold.left)[at], expected.left(row, lane, t))
            << "row " << row << " lane " << lane << " t " << t;
      }
  const bool is_os = geometry.is_output_stationary();
  const int64_t steps = is_os ? fold.stream : geometry.rows;
  ASSERT_EQ(fold.top.size(), static_cast<size_t>(steps * geometry.cols));
  for (int64_t step = 0; step < steps; ++step)
    for (int64_t col = 0; col < geometry.cols; ++col) {
      const auto at =
          static_cast<size_t>(is_os ? col * fold.stream + step : step * geometry.cols + col);
      ASSERT_EQ(fold.top[at], expected.top(step, col)) << "step " << step << " col " << col;
      if (!geometry.is_sparse) continue;
      ASSERT_EQ(fold.top_position[at], expected.position(step, col))
          << "step " << step << " col " << col;
    }
}

// A random tile of a layer: begins on a whole group of four along k.
Span random_span(Rng& rng, int64_t extent, int64_t unit) {
  const int64_t begin = rng.uniform(0, (extent - 1) / unit) * unit;
  return {begin, rng.uniform(1, extent - begin)};
}

// Borders of every fold of random tiles, every dataflow, lane count and pattern.
TEST(FoldBuilder, LaysOperandsOutByDataflow) {
  constexpr uint64_t kSeed = 111;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 600; ++i) {
    const RandomLayer layer = random_layer(rng, {.rows = 12, .cols = 8, .extent = 25});
    SCOPED_TRACE(describe(layer));
    const ArrayGeometry& geometry = layer.geometry;
    const Operands operands = random_operands(layer.work, rng);
    FoldBuilder builder{geometry, ActivationView{operands.activations}, operands.weights, 3};
    const Span m = random_span(rng, layer.work.shape.m, 1);
    const Span n = random_span(rng, layer.work.shape.n, 1);
    const Span k = random_span(rng, layer.work.shape.k, 4);
    const int64_t folds = geometry.folds(m.length, n.length, k.length);
    for (int64_t index = 0; index < folds; ++index) {
      const Fold fold = builder.build(m, n, k, index);
      ASSERT_EQ(fold.batch, 3);
      ASSERT_EQ(fold.stream, geometry.stream_cycles(m.length, n.length, k.length));
      expect_fold(geometry, operands, fold);
      if (HasFatalFailure()) return;
    }
  }
}

// The folds of a tile cover rows x columns of the mapping once, rows outermost.
TEST(FoldBuilder, FoldsCoverTheTileOnce) {
  constexpr uint64_t kSeed = 112;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 300; ++i) {
    const RandomLayer layer = random_layer(rng, {.rows = 12, .cols = 8, .extent = 25});
    SCOPED_TRACE(describe(layer));
    const ArrayGeometry& geometry = layer.geometry;
    const Operands operands = random_operands(layer.work, rng);
    FoldBuilder builder{geometry, ActivationView{operands.activations}, operands.weights, 0};
    const auto& [m, n, k, batch] = layer.work.shape;
    const bool is_os = geometry.is_output_stationary();
    const bool is_is = geometry.dataflow == Dataflow::InputStationary;
    int64_t row_begin = 0;
    int64_t col_begin = 0;
    for (int64_t index = 0; index < geometry.folds(m, n, k); ++index) {
      const Fold fold = builder.build({0, m}, {0, n}, {0, k}, index);
      const Span& rows = is_os ? fold.m : fold.k;
      const Span& cols = is_is ? fold.m : fold.n;
      const Span& streamed = is_os ? fold.k : is_is ? fold.n : fold.m;
      ASSERT_EQ(rows, (Span{row_begin, std::min(geometry.row_span, (is_os ? m : k) - row_begin)}));
      ASSERT_EQ(cols, (Span{col_begin, std::min(geometry.col_span, (is_is ? m : n) - col_begin)}));
      ASSERT_EQ(streamed, (Span{0, is_os ? k : is_is ? n : m}));
      col_begin = cols.end();
      if (col_begin < (is_is ? m : n)) continue;
      col_begin = 0;
      row_begin = rows.end();
    }
    ASSERT_EQ(row_begin, is_os ? m : k);
    ASSERT_EQ(col_begin, 0);
  }
}

// Consecutive folds along the columns share what streams from the left instead of copying it.
TEST(FoldBuilder, SharesTheLeftBlock) {
  MachineConfig machine;
  machine.name = "m";
  machine.array.rows = machine.array.cols = 4;
  machine.array.dataflow = Dataflow::WeightStationary;
  const ArrayGeometry geometry = make_geometry(machine, parse_scheme("w4a4-int4"));
  Rng rng{1};
  const GemmWork work{{5, 8, 8, 1}, parse_scheme("w4a4-int4"), {}};
  const Operands operands = random_operands(work, rng);
  FoldBuilder builder{geometry, ActivationView{operands.activations}, operands.weights, 0};
  const auto left = [&](int64_t index) {
    return builder.build({0, 5}, {0, 8}, {0, 8}, index).left;
  };
  const auto first = left(0);
  EXPECT_EQ(left(1), first);
  EXPECT_NE(left(2), first);  // the next four of k
}

// The view of a convolution reads the ifmap element the window covers, and 0 in the padding.
TEST(ActivationView, ReadsConvolutionsThroughTheIfmap) {
  ConvShape conv{2, 5, 4, 3, 3, 2, 4, 2, 1, 1, 1, 0, 0};
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_floor(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  Rng rng{113};
  const DecodedMatrix ifmap =
      decode(random_packed(Format::Int8, Pattern::Dense, conv.n * conv.h * conv.w, conv.c, rng));
  const ConvAddressing addressing{conv, LayerKind::Conv2d};
  const ActivationView view{ifmap, addressing, 0};
  int padding = 0;
  int64_t m = 0;
  for (int64_t n = 0; n < conv.n; ++n)
    for (int64_t p = 0; p < conv.p; ++p)
      for (int64_t q = 0; q < conv.q; ++q, ++m)
        for (int64_t r = 0; r < conv.r; ++r)
          for (int64_t s = 0; s < conv.s; ++s)
            for (int64_t c = 0; c < conv.c; ++c)
              for (int slice = 0; slice < 2; ++slice) {
                const int64_t y = p * conv.stride_h + r - conv.pad_h;
                const int64_t x = q * conv.stride_w + s - conv.pad_w;
                const bool is_inside = y >= 0 && y < conv.h && x >= 0 && x < conv.w;
                const Slice expected =
                    is_inside ? ifmap.at((n * conv.h + y) * conv.w + x, c, slice) : Slice{};
                ASSERT_EQ(view.at(m, (r * conv.s + s) * conv.c + c, slice), expected);
                padding += is_inside ? 0 : 1;
              }
  EXPECT_GT(padding, 0);
  EXPECT_EQ(view.at(0, conv.r * conv.s * conv.c, 0), Slice{});  // behind the last element
}

// A depthwise layer reads one channel a batch element.
TEST(ActivationView, ReadsOneChannelOfADepthwiseLayer) {
  const ConvShape conv{1, 3, 3, 4, 2, 2, 4, 1, 1, 0, 0, 2, 2};
  Rng rng{114};
  const DecodedMatrix ifmap = decode(random_packed(Format::Int4, Pattern::Dense, 9, conv.c, rng));
  const ConvAddressing addressing{conv, LayerKind::DepthwiseConv2d};
  for (int64_t channel = 0; channel < conv.c; ++channel) {
    const ActivationView view{ifmap, addressing, channel};
    // Output pixel 3 is (1, 1); its window's element 2 is (r, s) = (1, 0): pixel (2, 1).
    EXPECT_EQ(view.at(3, 2, 0), ifmap.at(2 * 3 + 1, channel, 0));
  }
}

// [batch][m][n], zero at first; n is contiguous, m lies row_pitch apart.
TEST(OutputGrid, LiesByBatchRowColumn) {
  OutputGrid grid{{2, 3, 1, 2}};
  ASSERT_EQ(grid.values().size(), 2u * 2 * 3);
  for (const int32_t value : grid.values()) EXPECT_EQ(value, 0);
  int32_t next = 1;
  for (int64_t batch = 0; batch < 2; ++batch)
    for (int64_t m = 0; m < 2; ++m)
      for (int64_t n = 0; n < 3; ++n) *grid.at(batch, m, n) = next++;
  for (size_t i = 0; i < grid.values().size(); ++i) {
    EXPECT_EQ(grid.values()[i], static_cast<int32_t>(i) + 1);
  }
  EXPECT_EQ(grid.at(1, 0, 0) + grid.row_pitch() + 2, grid.at(1, 1, 2));
}

}  // namespace
}  // namespace olivine
