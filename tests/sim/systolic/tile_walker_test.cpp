// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/tile_walker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "models/base/rng.h"
#include "tests/models/analytic/random_layer.h"
#include "tests/models/analytic/tile_list.h"

namespace olivine {
namespace {

using testing::list_tiles;
using testing::ListedTile;

std::vector<TileVisit> walk(const GemmWork& work, const Tiling& tiling) {
  TileWalker walker{work, tiling};
  std::vector<TileVisit> visits;
  while (const auto visit = walker.next()) visits.push_back(*visit);
  EXPECT_FALSE(walker.next()) << "the end is final";
  return visits;
}

std::string text(const GemmWork& work, const Tiling& tiling) {
  return fmt::format("{}x{}x{} batch {} tile {}x{}x{} order {}", work.shape.m, work.shape.n,
                     work.shape.k, work.shape.batch, tiling.at(Dim::M), tiling.at(Dim::N),
                     tiling.at(Dim::K), to_string(tiling.order));
}

// Order, ranges and every flag against plain nested loops.
TEST(TileWalker, EqualsNestedLoops) {
  constexpr uint64_t kSeed = 101;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 2000; ++i) {
    const GemmShape shape = testing::random_shape(rng, {.extent = 30, .batch = 4});
    const GemmWork work{shape, parse_scheme("w8a8-int8"), {}};
    Tiling tiling{{rng.uniform(1, shape.m), rng.uniform(1, shape.n), rng.uniform(1, shape.k)},
                  kLoopOrders[static_cast<size_t>(rng.uniform(0, 5))]};
    SCOPED_TRACE(text(work, tiling));
    const std::vector<TileVisit> visits = walk(work, tiling);
    const std::vector<ListedTile> tiles = list_tiles(work, tiling);
    ASSERT_EQ(visits.size(), tiles.size());
    for (size_t j = 0; j < tiles.size(); ++j) {
      const TileVisit& visit = visits[j];
      const ListedTile& tile = tiles[j];
      ASSERT_EQ(visit.batch, tile.batch);
      ASSERT_EQ(visit.m, (Span{tile.begin[0], tile.length[0]}));
      ASSERT_EQ(visit.n, (Span{tile.begin[1], tile.length[1]}));
      ASSERT_EQ(visit.k, (Span{tile.begin[2], tile.length[2]}));
      ASSERT_EQ(visit.loads_activations, tile.new_activations);
      ASSERT_EQ(visit.loads_weights, tile.new_weights);
      ASSERT_EQ(visit.is_new_output, tile.new_outputs);
      ASSERT_EQ(visit.reloads_psums, tile.new_outputs && tile.begin[2] > 0);
      ASSERT_EQ(visit.completes_outputs, tile.begin[2] + tile.length[2] == shape.k);
    }
  }
}

TEST(TileWalker, CoversEveryMacOnce) {
  constexpr uint64_t kSeed = 102;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 300; ++i) {
    const GemmShape shape = testing::random_shape(rng, {.extent = 12, .batch = 3});
    const GemmWork work{shape, parse_scheme("w8a8-int8"), {}};
    const Tiling tiling{{rng.uniform(1, shape.m), rng.uniform(1, shape.n), rng.uniform(1, shape.k)},
                        kLoopOrders[static_cast<size_t>(rng.uniform(0, 5))]};
    SCOPED_TRACE(text(work, tiling));
    std::vector<int> times(shape.macs().count());
    for (const TileVisit& visit : walk(work, tiling)) {
      for (int64_t m = visit.m.begin; m < visit.m.end(); ++m)
        for (int64_t n = visit.n.begin; n < visit.n.end(); ++n)
          for (int64_t k = visit.k.begin; k < visit.k.end(); ++k) {
            ++times.at(
                static_cast<size_t>(((visit.batch * shape.m + m) * shape.n + n) * shape.k + k));
          }
    }
    for (const int count : times) ASSERT_EQ(count, 1);
  }
}

// 2 x 1 x 2 tiles, k innermost: outputs stay for two steps. k outermost: they leave and return.
TEST(TileWalker, FlagsOfAShortWalk) {
  const GemmWork work{{6, 4, 9, 1}, parse_scheme("w8a8-int8"), {}};
  const std::vector<TileVisit> inner = walk(work, {{3, 4, 8}, {Dim::M, Dim::N, Dim::K}});
  ASSERT_EQ(inner.size(), 4u);
  for (const TileVisit& visit : inner) {
    EXPECT_EQ(visit.is_new_output, visit.k.begin == 0);
    EXPECT_EQ(visit.completes_outputs, visit.k.begin == 8);
    EXPECT_FALSE(visit.reloads_psums);
    EXPECT_TRUE(visit.loads_activations);
    EXPECT_TRUE(visit.loads_weights);
  }
  EXPECT_EQ(inner[1].k, (Span{8, 1}));  // the residue

  const std::vector<TileVisit> outer = walk(work, {{3, 4, 8}, {Dim::K, Dim::N, Dim::M}});
  ASSERT_EQ(outer.size(), 4u);
  for (const TileVisit& visit : outer) {
    EXPECT_TRUE(visit.is_new_output);
    EXPECT_EQ(visit.reloads_psums, visit.k.begin == 8);
    EXPECT_EQ(visit.loads_weights, visit.m.begin == 0);  // weights stay while m advances
  }
}

TEST(TileWalker, BatchBringsNewOperands) {
  const GemmWork work{{3, 3, 3, 3}, parse_scheme("w8a8-int8"), {}};
  const std::vector<TileVisit> visits = walk(work, whole_layer(work));
  ASSERT_EQ(visits.size(), 3u);
  for (size_t batch = 0; batch < visits.size(); ++batch) {
    EXPECT_EQ(visits[batch].batch, static_cast<int64_t>(batch));
    EXPECT_TRUE(visits[batch].loads_activations);
    EXPECT_TRUE(visits[batch].loads_weights);
    EXPECT_TRUE(visits[batch].is_new_output);
  }
}

TEST(TileWalker, NothingToWalk) {
  for (const GemmShape shape : {GemmShape{0, 3, 3, 1}, {3, 0, 3, 1}, {3, 3, 0, 1}, {3, 3, 3, 0}}) {
    const GemmWork work{shape, parse_scheme("w8a8-int8"), {}};
    EXPECT_TRUE(walk(work, {{1, 1, 1}, kLoopOrders[0]}).empty());
  }
}

}  // namespace
}  // namespace olivine
