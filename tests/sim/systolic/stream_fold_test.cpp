// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/base/rng.h"
#include "models/machines/machine.h"
#include "models/numerics/packed.h"
#include "sim/systolic/fold.h"
#include "sim/systolic/fold_stream.h"
#include "sim/systolic/fold_stream_operands.h"
#include "sim/systolic/tile_walker.h"
#include "tests/sim/systolic/stream_layer.h"

// Tiles cut to folds, and the operands of folds on their way through the streams.
namespace olivine {
namespace {

using testing::random_limits;
using testing::random_stream_layer;
using testing::StreamLayer;

TileVisit whole_visit(const StreamLayer& stream) {
  const GemmShape& shape = stream.layer.work.shape;
  TileVisit visit;
  visit.m = {0, shape.m};
  visit.n = {0, shape.n};
  visit.k = {0, shape.k};
  return visit;
}

// [m][n][k]: how often a product is computed.
class Products {
 public:
  explicit Products(const GemmShape& shape)
      : shape_(shape), counts_(static_cast<size_t>(shape.m * shape.n * shape.k)) {}

  void add(const Fold& fold) {
    for (int64_t m = fold.m.begin; m < fold.m.end(); ++m) {
      for (int64_t n = fold.n.begin; n < fold.n.end(); ++n) {
        for (int64_t k = fold.k.begin; k < fold.k.end(); ++k) {
          ++counts_[static_cast<size_t>((m * shape_.n + n) * shape_.k + k)];
        }
      }
    }
  }
  [[nodiscard]] const std::vector<int>& counts() const { return counts_; }

 private:
  GemmShape shape_;
  std::vector<int> counts_;
};

void expect_fits(const StreamFold& fold, const StreamLayer& stream) {
  const AcceleratorLimits& limits = stream.limits;
  const FoldCommand& command = fold.command;
  ASSERT_GE(command.length, 1);
  ASSERT_GE(command.results, 1);
  ASSERT_LE(command.base + command.results, limits.output_depth);
  const AcceleratorLayout layout{stream.layer.geometry, stream.activations[0], stream.weights[0]};
  ASSERT_LE(layout.left(fold.fold).beats(), static_cast<size_t>(limits.buffer_depth));
  ASSERT_LE(layout.top(fold.fold).beats(), static_cast<size_t>(limits.buffer_depth));
}

// The first fold at an address of a region does not accumulate, all others do; the last one drains.
void expect_regions(const TileStream& tile, int64_t output_depth) {
  size_t at = 0;
  for (const StreamRegion& region : tile.regions) {
    std::vector<int> written(static_cast<size_t>(output_depth));
    for (int64_t i = 0; i < region.folds; ++i, ++at) {
      const FoldCommand& command = tile.folds[at].command;
      ASSERT_EQ(command.drains, i + 1 == region.folds);
      for (int64_t r = command.base; r < command.base + command.results; ++r) {
        ASSERT_EQ(command.accumulates, written[static_cast<size_t>(r)]++ != 0) << "address " << r;
      }
    }
    for (int64_t r = 0; r < region.results(); ++r) ASSERT_GT(written[static_cast<size_t>(r)], 0);
  }
  ASSERT_EQ(at, tile.folds.size());
}

TEST(FoldStream, ComputesEveryProductOnceInsideTheLimits) {
  SCOPED_TRACE("seed 41");
  Rng rng{41};
  for (int i = 0; i < 400; ++i) {
    const auto limits = random_limits(rng, rng.uniform(1, 9), rng.uniform(1, 9));
    const StreamLayer stream = random_stream_layer(rng, limits, {.extent = 30, .batch = 1});
    SCOPED_TRACE(fmt::format("case {}: {}", i, testing::describe(stream)));
    const TileStream tile = cut_tile(stream.layer.geometry, limits, whole_visit(stream));
    Products products{stream.layer.work.shape};
    for (const StreamFold& fold : tile.folds) {
      expect_fits(fold, stream);
      products.add(fold.fold);
    }
    expect_regions(tile, limits.output_depth);
    if (HasFatalFailure()) return;
    for (const int count : products.counts()) ASSERT_EQ(count, 1);
  }
}

TEST(FoldStream, LeavesTilesThatFitAsTheyAre) {
  SCOPED_TRACE("seed 42");
  Rng rng{42};
  for (int i = 0; i < 100; ++i) {
    auto limits = random_limits(rng, rng.uniform(1, 9), rng.uniform(1, 9));
    limits.buffer_depth = limits.output_depth = 2000;
    const StreamLayer stream = random_stream_layer(rng, limits, {.extent = 30, .batch = 1});
    SCOPED_TRACE(fmt::format("case {}: {}", i, testing::describe(stream)));
    const ArrayGeometry& geometry = stream.layer.geometry;
    const TileVisit visit = whole_visit(stream);
    const TileStream tile = cut_tile(geometry, limits, visit);
    ASSERT_EQ(tile.regions.size(), 1u);
    ASSERT_EQ(static_cast<int64_t>(tile.folds.size()),
              geometry.folds(visit.m.length, visit.n.length, visit.k.length));
    for (size_t f = 0; f < tile.folds.size(); ++f) {
      const Fold fold = make_fold(geometry, 0, visit.m, visit.n, visit.k, static_cast<int64_t>(f));
      ASSERT_EQ(tile.folds[f].fold.m, fold.m);
      ASSERT_EQ(tile.folds[f].fold.n, fold.n);
      ASSERT_EQ(tile.folds[f].fold.k, fold.k);
      const bool shares = f > 0 && shares_left(geometry, tile.folds[f - 1].fold, fold);
      ASSERT_EQ(tile.folds[f].has_left_block, !shares);
      if (f > 0) {
        ASSERT_EQ(tile.folds[f - 1].command.keeps_left, shares);
      }
    }
  }
}

// 33 operands in scratchpads of 32 are cut to 17 and 16: one of 32 and one of 1 would preload as
// often and hide less of it.
TEST(FoldStream, CutsTheStreamedExtentInEqualParts) {
  MachineConfig machine;
  machine.array.rows = machine.array.cols = 8;
  machine.array.dataflow = Dataflow::WeightStationary;
  const ArrayGeometry geometry = make_geometry(machine, parse_scheme("w4a4-int4"));
  TileVisit visit;
  visit.m = {0, 33};
  visit.n = {0, 8};
  visit.k = {0, 8};
  const TileStream tile = cut_tile(geometry, {8, 8, false, false, 32, 64}, visit);
  ASSERT_EQ(tile.folds.size(), 2u);
  EXPECT_EQ(tile.folds[0].command.length, 17);
  EXPECT_EQ(tile.folds[1].command.length, 16);
}

// Number 0 is zero at any exponent: unused lines are zero codes here, nothing there.
bool same(const Slice& a, const Slice& b) { return a == b || (a.integer == 0 && b.integer == 0); }

// What the decoders make of the beats is what FoldBuilder lays out for the array directly.
TEST(FoldStreamOperands, DecodesWhatTheArrayIsToReceive) {
  SCOPED_TRACE("seed 43");
  Rng rng{43};
  for (int i = 0; i < 300; ++i) {
    const auto limits = random_limits(rng, rng.uniform(1, 9), rng.uniform(1, 9));
    const StreamLayer stream = random_stream_layer(rng, limits, {.extent = 30, .batch = 1});
    SCOPED_TRACE(fmt::format("case {}: {}", i, testing::describe(stream)));
    const ArrayGeometry& geometry = stream.layer.geometry;
    const ArrayOperands formats = array_operands(geometry.dataflow, stream.layer.work.scheme);
    const FoldStreamOperands decoders{
        limits, make_stream_formats(formats.left, formats.top, geometry.is_sparse, true)};
    const AcceleratorLayout layout{geometry, stream.activations[0], stream.weights[0]};
    const DecodedMatrix activations = decode(stream.activations[0]);
    const DecodedMatrix weights = decode(stream.weights[0]);
    FoldBuilder builder{geometry, ActivationView{activations}, weights, 0};
    const TileVisit visit = whole_visit(stream);
    const int64_t count = geometry.folds(visit.m.length, visit.n.length, visit.k.length);
    for (int64_t f = 0; f < count; ++f) {
      const Fold wanted = builder.build(visit.m, visit.n, visit.k, f);
      ASSERT_TRUE(std::ranges::equal(decoders.left(layout.left(wanted), wanted.stream),
                                     *wanted.left, same));
      Fold got;
      decoders.top(layout.top(wanted), wanted.stream, got);
      // ws: rows behind the fold's elements may get the other half of a pair; nothing meets it.
      const int64_t used_rows =
          geometry.left_lanes *
          (geometry.is_sparse ? 2 * group_count(wanted.k.length) : wanted.k.length);
      const int64_t used = geometry.is_output_stationary()
                               ? static_cast<int64_t>(wanted.top.size())
                               : std::min(used_rows, geometry.rows) * geometry.cols;
      for (size_t at = 0; std::cmp_less(at, used); ++at) {
        ASSERT_TRUE(same(got.top[at], wanted.top[at])) << at;
        if (geometry.is_sparse && wanted.top[at].integer != 0) {
          ASSERT_EQ(got.top_position[at], wanted.top_position[at]) << at;
        }
      }
    }
  }
}

}  // namespace
}  // namespace olivine
