// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/layer_timing.h"
#include "models/analytic/layer_bound.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/models/analytic/layer_walk.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {
namespace {

using testing::describe;
using testing::LayerRanges;
using testing::LayerWalk;
using testing::random_layer;
using testing::RandomLayer;

LayerTiming time_of(const RandomLayer& layer) {
  return time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
}

// A random layer behind `bandwidth` DRAM.
RandomLayer random_bandwidth_layer(Rng& rng, const LayerRanges& ranges) {
  RandomLayer layer = random_layer(rng, ranges);
  layer.machine.dram.model = DramModel::Bandwidth;
  return layer;
}

// Tiles much smaller than the extents: up to thousands of iterations of one loop.
Tiling many_tiles(Rng& rng, const GemmShape& shape) {
  Tiling tiling = testing::random_tiling(rng, shape);
  tiling.tile[0] = std::min(shape.m, rng.uniform(1, 5));
  tiling.tile[1] = std::min(shape.n, 2 * rng.uniform(1, 3));
  tiling.tile[2] = std::min(shape.k, 8 * rng.uniform(1, 2));
  return tiling;
}

void expect_walk_agrees(const RandomLayer& layer) {
  const LayerTiming walked =
      LayerWalk{layer.geometry, layer.machine.dram, layer.work, layer.tiling}.run();
  const LayerTiming timed = time_of(layer);
  ASSERT_EQ(timed, walked) << describe(layer) << "\n  timed  " << describe(timed) << "\n  walked "
                           << describe(walked);
}

class LayerTimingSeeded : public ::testing::TestWithParam<uint64_t> {};

TEST_P(LayerTimingSeeded, EqualsTheWalkOverShortLoops) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Rng rng{GetParam()};
  for (int i = 0; i < 3000; ++i) {
    expect_walk_agrees(random_bandwidth_layer(rng, {.rows = 32, .cols = 16, .extent = 60}));
    if (HasFatalFailure()) return;
  }
}

TEST_P(LayerTimingSeeded, EqualsTheWalkWhereIterationsAreSkipped) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Rng rng{GetParam() + 100};
  for (int i = 0; i < 2000; ++i) {
    RandomLayer layer = random_bandwidth_layer(rng, {.rows = 16,
                                                     .cols = 8,
                                                     .extent = 120,
                                                     .batch = 9,
                                                     .bytes_per_cycle = 60,
                                                     .latency_cycles = 200});
    layer.tiling = many_tiles(rng, layer.work.shape);
    expect_walk_agrees(layer);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LayerTimingSeeded, ::testing::Values(21, 22, 23));

// One loop of 10^5 tiles in each position of each order.
TEST(LayerTiming, EqualsTheWalkOverOneLongLoop) {
  constexpr uint64_t kSeed = 24;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 36; ++i) {
    RandomLayer layer =
        random_bandwidth_layer(rng, {.rows = 8, .cols = 8, .extent = 6, .batch = 2});
    GemmShape& shape = layer.work.shape;
    shape.batch = 1;
    const std::array<int64_t, 3> units = {1, 2, 8};
    const auto longest = static_cast<size_t>(i % 3);
    (longest == 0 ? shape.m : longest == 1 ? shape.n : shape.k) = 100'000 * units[longest] + 1;
    layer.tiling.tile = {std::min<int64_t>(shape.m, 4), std::min<int64_t>(shape.n, 4),
                         std::min<int64_t>(shape.k, 8)};
    layer.tiling.tile[longest] = units[longest];
    layer.tiling.order = kLoopOrders[static_cast<size_t>(i / 3 % 6)];
    expect_walk_agrees(layer);
    if (HasFatalFailure()) return;
  }
}

// cycles = array_cycles + sum(stalls), and array_cycles is what ideal memory takes.
TEST(LayerTiming, StallsAreWhatMemoryAdds) {
  constexpr uint64_t kSeed = 25;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 5000; ++i) {
    RandomLayer layer = random_bandwidth_layer(rng, {});
    const LayerTiming timing = time_of(layer);
    const uint64_t stalls =
        std::accumulate(timing.stalls.begin(), timing.stalls.end(), uint64_t{0});
    ASSERT_EQ(timing.cycles, timing.array_cycles + stalls) << describe(layer);
    layer.machine.dram.model = DramModel::Ideal;
    const LayerTiming ideal = time_of(layer);
    ASSERT_EQ(ideal.cycles, timing.array_cycles) << describe(layer);
    ASSERT_EQ(ideal.array_cycles, timing.array_cycles) << describe(layer);
    ASSERT_EQ(ideal.stalls, StallCycles{}) << describe(layer);
    ASSERT_EQ(ideal.dram_bytes, timing.dram_bytes) << describe(layer);
    ASSERT_EQ(ideal.psum_reload_bytes, timing.psum_reload_bytes) << describe(layer);
  }
}

TEST(LayerTiming, BoundIsBelowAndCountsTheSame) {
  constexpr uint64_t kSeed = 26;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  int exact = 0;
  int exact_paced = 0;
  constexpr int kCases = 8000;
  for (int i = 0; i < kCases; ++i) {
    const RandomLayer layer = random_layer(
        rng, {.rows = 24, .cols = 12, .extent = 90, .bytes_per_cycle = 60, .latency_cycles = 100});
    const LayerTiming timing = time_of(layer);
    const LayerBound bound =
        bound_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
    ASSERT_LE(bound.cycles, bound.paced_cycles) << describe(layer);
    ASSERT_LE(bound.paced_cycles, timing.cycles) << describe(layer);
    ASSERT_EQ(bound.array_cycles, timing.array_cycles) << describe(layer);
    ASSERT_EQ(bound.folds, timing.folds) << describe(layer);
    ASSERT_EQ(bound.tiles, timing.tiles) << describe(layer);
    ASSERT_EQ(bound.dram_bytes, timing.dram_bytes) << describe(layer);
    ASSERT_EQ(bound.weight_buffer_bytes, timing.weight_buffer_bytes) << describe(layer);
    ASSERT_EQ(bound.psum_reload_bytes, timing.psum_reload_bytes) << describe(layer);
    if (bound.cycles == timing.cycles) ++exact;
    if (bound.paced_cycles == timing.cycles) ++exact_paced;
  }
  EXPECT_GT(exact, kCases / 10);  // a bound of 0 would be below as well
  EXPECT_GT(exact_paced, exact);
}

// One tile: load, run, write back. os, so nothing is preloaded: activations, then weights cross
// the bus, the fold starts, results leave when the last one is out.
TEST(LayerTiming, BoundOfOneTileIsExact) {
  RandomLayer layer;
  layer.machine.name = "m";
  layer.machine.array.rows = layer.machine.array.cols = 8;
  layer.machine.dram = {DramModel::Bandwidth, 4, 10, "hbm2", {}};
  layer.geometry = make_geometry(layer.machine, parse_scheme("w8a8-int8"));
  layer.work = {{4, 4, 20, 1}, parse_scheme("w8a8-int8"), {}};
  layer.tiling = whole_layer(layer.work);
  const uint64_t activations = 4 * 20 / 4;
  const uint64_t weights = 4 * 20 / 4;
  const uint64_t write_back = 4 * 4 / 4;
  const uint64_t array = array_cycles(layer.geometry, layer.work.shape).count();
  const LayerTiming timing = time_of(layer);
  EXPECT_EQ(timing.cycles, activations + weights + 10 + array + write_back);
  EXPECT_EQ(timing.stalls, (StallCycles{activations + 10, weights, 0, 0, write_back}));
  EXPECT_EQ(bound_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling).cycles,
            timing.cycles);
}

// Every event is a maximum of sums of delays, and the queue's order is fixed: no anomalies.
TEST(LayerTiming, BetterMemoryIsNeverSlower) {
  constexpr uint64_t kSeed = 27;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 5000; ++i) {
    RandomLayer layer = random_bandwidth_layer(rng, {});
    const uint64_t before = time_of(layer).cycles;
    RandomLayer wider = layer;
    wider.machine.dram.bytes_per_cycle += rng.uniform(1, 5);
    ASSERT_LE(time_of(wider).cycles, before) << describe(layer) << " / " << describe(wider);
    RandomLayer nearer = layer;
    nearer.machine.dram.latency_cycles -= rng.uniform(0, layer.machine.dram.latency_cycles);
    ASSERT_LE(time_of(nearer).cycles, before) << describe(layer) << " / " << describe(nearer);
  }
}

// More than 2^40 tiles: loops of any length take the time of a short one. The totals follow from
// 2^20 x 2^20 tiles of one output each.
TEST(LayerTiming, LoopLengthDoesNotMatter) {
  MachineConfig machine;
  machine.name = "m";
  machine.array.rows = machine.array.cols = 1;
  machine.array.decoder_latency_cycles = machine.array.output_latency_cycles = 0;
  machine.dram.bytes_per_cycle = 1 << 10;  // one cycle a transfer
  machine.dram.latency_cycles = 0;
  const Scheme& scheme = parse_scheme("w4a4-int4");
  const GemmWork work{{int64_t{1} << 20, int64_t{1} << 20, 64, 1}, scheme, {}};
  const ArrayGeometry geometry = make_geometry(machine, scheme);
  const LayerTiming timing = time_layer(geometry, machine.dram, work, {{1, 1, 64}, kLoopOrders[0]});
  const uint64_t tiles = uint64_t{1} << 40;
  EXPECT_EQ(timing.tiles, tiles);
  EXPECT_EQ(timing.folds, tiles);
  // 64 operands a fold, one shift to drain at the end; the loads of the first tile stall two
  // cycles, the last output leaves in one.
  EXPECT_EQ(timing.array_cycles, tiles * 64 + 1);
  EXPECT_EQ(timing.cycles, timing.array_cycles + 2 + 1);
}

}  // namespace
}  // namespace olivine
