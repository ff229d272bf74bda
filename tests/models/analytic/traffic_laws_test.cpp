// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "models/analytic/layer_timing.h"
#include "models/analytic/traffic.h"
#include "models/workloads/conv.h"
#include "tests/models/analytic/random_layer.h"
#include "tests/models/analytic/tile_list.h"

namespace olivine {
namespace {

using testing::describe;
using testing::list_tiles;
using testing::ListedTile;
using testing::random_layer;
using testing::RandomLayer;

uint64_t bytes_of(const LayerTiming& timing, Operand operand) {
  return timing.dram_bytes[static_cast<size_t>(operand)];
}

// Arrivals of every tile of an operand whose tiles are told apart by extents a and b: each pair
// of (batch, begin a, begin b) with the number of times it was brought in.
using Visits = std::map<std::array<int64_t, 3>, uint64_t>;
Visits count_visits(const std::vector<ListedTile>& tiles, Dim a, Dim b, bool ListedTile::*is_new) {
  Visits visits;
  for (const ListedTile& tile : tiles) {
    if (!(tile.*is_new)) continue;
    ++visits[{tile.batch, tile.begin[static_cast<size_t>(a)], tile.begin[static_cast<size_t>(b)]}];
  }
  return visits;
}

// All tiles of an operand come equally often; that count is returned.
uint64_t uniform_visits(const Visits& visits) {
  const uint64_t first = visits.begin()->second;
  for (const auto& [tile, count] : visits) EXPECT_EQ(count, first);
  return first;
}

// Bytes that must cross the DRAM interface however the layer is cut: each operand once.
struct Compulsory {
  uint64_t activations, weights, outputs, psums;
};
Compulsory compulsory(const GemmWork& work) {
  const auto& [m, n, k, batch] = work.shape;
  const auto count = static_cast<uint64_t>(batch);
  const Format in = work.scheme.activations;
  const Scheme& scheme = work.scheme;
  return {operand_bytes(in, Pattern::Dense, m, k).count() * count,
          operand_bytes(scheme.weights, scheme.weight_pattern, n, k).count() * count,
          operand_bytes(in, Pattern::Dense, m, n).count() * count,
          static_cast<uint64_t>(m * n * 4) * count};
}

// Bytes are a multiple of the compulsory ones, and the factor is the number of visits: nothing is
// lost, nothing is moved that the loops do not ask for.
TEST(TrafficLaws, EveryOperandMovesOnceForEachVisit) {
  constexpr uint64_t kSeed = 31;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  int reloaded = 0;
  int spilled = 0;
  for (int i = 0; i < 5000; ++i) {
    const RandomLayer layer = random_layer(rng, {.rows = 16, .cols = 16, .extent = 60});
    SCOPED_TRACE(describe(layer));
    const LayerTiming timing =
        time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
    const std::vector<ListedTile> tiles = list_tiles(layer.work, layer.tiling);
    const Compulsory once = compulsory(layer.work);
    const uint64_t activation_visits =
        uniform_visits(count_visits(tiles, Dim::M, Dim::K, &ListedTile::new_activations));
    const uint64_t weight_visits =
        uniform_visits(count_visits(tiles, Dim::N, Dim::K, &ListedTile::new_weights));
    const uint64_t output_visits =
        uniform_visits(count_visits(tiles, Dim::M, Dim::N, &ListedTile::new_outputs));
    ASSERT_EQ(bytes_of(timing, Operand::Activations), once.activations * activation_visits);
    ASSERT_EQ(bytes_of(timing, Operand::Weights), once.weights * weight_visits);
    ASSERT_EQ(bytes_of(timing, Operand::Outputs), once.outputs);
    // Outputs left unfinished spill; every spill is fetched again.
    ASSERT_EQ(timing.psum_reload_bytes, once.psums * (output_visits - 1));
    ASSERT_EQ(bytes_of(timing, Operand::PartialSums), 2 * timing.psum_reload_bytes);
    reloaded += activation_visits > 1 || weight_visits > 1 ? 1 : 0;
    spilled += output_visits > 1 ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(reloaded, 500);
  EXPECT_GT(spilled, 200);
}

TEST(TrafficLaws, OneTileMovesTheCompulsoryBytes) {
  constexpr uint64_t kSeed = 32;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 1000; ++i) {
    RandomLayer layer = random_layer(rng, {});
    layer.tiling = whole_layer(layer.work);
    const Compulsory once = compulsory(layer.work);
    const LayerTiming timing =
        time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
    const OperandBytes expected = {once.activations, once.weights, 0, once.outputs};
    ASSERT_EQ(timing.dram_bytes, expected) << describe(layer);
  }
}

// Elements that cross the array's borders and sums that enter the output scratchpad, counted fold
// by fold over all tiles.
struct BorderCounts {
  uint64_t activations = 0, weights = 0, sums = 0;
};
BorderCounts count_border(const RandomLayer& layer) {
  const ArrayGeometry& geometry = layer.geometry;
  const bool is_os = geometry.is_output_stationary();
  const bool is_is = geometry.dataflow == Dataflow::InputStationary;
  BorderCounts border;
  for (const ListedTile& tile : list_tiles(layer.work, layer.tiling)) {
    const auto [m, n, k] = tile.length;
    const int64_t kept_k = geometry.is_sparse ? 2 * ((k + 3) / 4) : k;
    const int64_t row_folds = geometry.row_folds(m, k);
    const int64_t col_folds = geometry.col_folds(m, n);
    // From the left: again for every column of folds. From the top: stationary once, os for every
    // row of folds. Sums leave each fold along k.
    const int64_t top_passes = is_os ? row_folds : 1;
    border.activations += static_cast<uint64_t>(m * k * (is_is ? top_passes : col_folds));
    border.weights += static_cast<uint64_t>(n * kept_k * (is_is ? col_folds : top_passes));
    border.sums += static_cast<uint64_t>(m * n * (is_os ? 1 : row_folds));
  }
  return border;
}

TEST(TrafficLaws, ScratchpadsFollowTheFolds) {
  constexpr uint64_t kSeed = 35;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 5000; ++i) {
    const RandomLayer layer = random_layer(rng, {.rows = 16, .cols = 16, .extent = 60});
    SCOPED_TRACE(describe(layer));
    const LayerTiming timing =
        time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
    const ActionCounts counts = count_actions(layer.geometry, layer.work, layer.tiling,
                                              timing.dram_bytes, timing.psum_reload_bytes);
    const BorderCounts border = count_border(layer);
    const Scheme& scheme = layer.work.scheme;
    const auto bytes = [](uint64_t elems, int bits) {
      return ceil_div(elems * static_cast<uint64_t>(bits), 8);
    };
    const int position_bits = layer.geometry.is_sparse ? 2 : 0;
    ASSERT_EQ(counts.activation_buffer_read_bytes,
              bytes(border.activations, info(scheme.activations).bits));
    ASSERT_EQ(counts.weight_buffer_read_bytes,
              bytes(border.weights, info(scheme.weights).bits + position_bits));
    ASSERT_EQ(counts.decoded_elems + counts.decoded_8bit_elems,
              border.activations + border.weights);
    ASSERT_EQ(counts.output_buffer_write_bytes, 4 * border.sums + timing.psum_reload_bytes);
    // What enters the output scratchpad leaves it once: to be added to, spilled or sent off.
    ASSERT_EQ(counts.output_buffer_read_bytes, counts.output_buffer_write_bytes);
    // What comes from DRAM is written into a scratchpad.
    ASSERT_EQ(counts.activation_buffer_write_bytes, bytes_of(timing, Operand::Activations));
    ASSERT_EQ(counts.weight_buffer_write_bytes, bytes_of(timing, Operand::Weights));
    ASSERT_EQ(
        counts.dram_read_bytes + counts.dram_write_bytes,
        timing.dram_bytes[0] + timing.dram_bytes[1] + timing.dram_bytes[2] + timing.dram_bytes[3]);
  }
}

// The extent that an order keeps innermost decides which operand stays: m weights, n activations,
// k outputs.
TEST(TrafficLaws, InnermostLoopKeepsOneOperand) {
  const GemmWork work{{64, 64, 64, 1}, parse_scheme("w8a8-int8"), {}};
  MachineConfig machine;
  machine.name = "m";
  const ArrayGeometry geometry = make_geometry(machine, work.scheme);
  for (const LoopOrder& order : kLoopOrders) {
    SCOPED_TRACE(to_string(order));
    const LayerTiming timing = time_layer(geometry, machine.dram, work, {{16, 16, 16}, order});
    const auto visits = [&](Dim outside) { return order[2] == outside ? 1u : 4u; };
    const uint64_t operand = 64 * 64;
    EXPECT_EQ(bytes_of(timing, Operand::Activations), operand * visits(Dim::N));
    EXPECT_EQ(bytes_of(timing, Operand::Weights), operand * visits(Dim::M));
    EXPECT_EQ(timing.psum_reload_bytes, 4 * operand * (visits(Dim::K) - 1));
  }
}

ConvShape random_conv(Rng& rng, bool is_depthwise) {
  ConvShape conv;
  conv.n = rng.uniform(1, 3);
  conv.h = rng.uniform(1, 9);
  conv.w = rng.uniform(1, 9);
  conv.c = rng.uniform(1, 6);
  conv.pad_h = rng.uniform(0, 2);
  conv.pad_w = rng.uniform(0, 2);
  conv.r = rng.uniform(1, std::min<int64_t>(5, conv.h + 2 * conv.pad_h));
  conv.s = rng.uniform(1, std::min<int64_t>(5, conv.w + 2 * conv.pad_w));
  conv.stride_h = rng.uniform(1, 3);
  conv.stride_w = rng.uniform(1, 3);
  conv.filters = is_depthwise ? conv.c : rng.uniform(1, 5);
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_floor(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  return conv;
}

// Distinct ifmap elements that output pixels [m0, m0 + m) read through k in [k0, k0 + k).
int64_t distinct_elements(const ConvAddressing& addressing, int64_t m0, int64_t m, int64_t k0,
                          int64_t k, int64_t batch) {
  std::set<int64_t> offsets;
  for (int64_t i = m0; i < m0 + m; ++i) {
    for (int64_t j = k0; j < k0 + k; ++j) {
      if (const auto offset = addressing.ifmap_offset(i, j, batch)) offsets.insert(*offset);
    }
  }
  return static_cast<int64_t>(offsets.size());
}

// What a tile loads covers what it reads, wherever the tile lies.
TEST(TrafficLaws, ConvolutionTilesCoverWhatTheyRead) {
  constexpr uint64_t kSeed = 33;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 4000; ++i) {
    const bool is_depthwise = rng.chance(0.3);
    const ConvShape conv = random_conv(rng, is_depthwise);
    const ConvAddressing addressing{conv,
                                    is_depthwise ? LayerKind::DepthwiseConv2d : LayerKind::Conv2d};
    const GemmWork work{addressing.gemm(), testing::random_scheme(rng), conv};
    const int64_t m = rng.uniform(1, work.shape.m);
    const int64_t k = rng.uniform(1, work.shape.k);
    const int64_t bits = info(work.scheme.activations).bits;
    const int64_t loaded = activation_tile_bytes(work, m, k);
    const int64_t m0 = rng.uniform(0, work.shape.m - m);
    const int64_t k0 = rng.uniform(0, work.shape.k - k);
    const int64_t batch = rng.uniform(0, work.shape.batch - 1);
    const int64_t elements = distinct_elements(addressing, m0, m, k0, k, batch);
    ASSERT_GE(loaded * 8, elements * bits)
        << fmt::format("{} n{} h{} w{} c{} r{} s{} stride {}x{} pad {}x{} m {}+{} k {}+{}",
                       work.scheme.name, conv.n, conv.h, conv.w, conv.c, conv.r, conv.s,
                       conv.stride_h, conv.stride_w, conv.pad_h, conv.pad_w, m0, m, k0, k);
    // Never more than the lowered operand: addressing only saves.
    ASSERT_LE(loaded, static_cast<int64_t>(
                          operand_bytes(work.scheme.activations, Pattern::Dense, m, k).count()));
  }
}

// A 1x1 filter of stride 1 reads every pixel once: exactly m pixels of c channels.
TEST(TrafficLaws, PointwiseConvolutionLoadsExactlyItsPixels) {
  constexpr uint64_t kSeed = 34;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 500; ++i) {
    const int64_t c = 2 * rng.uniform(1, 8);
    const ConvShape conv{rng.uniform(1, 3), rng.uniform(1, 9), rng.uniform(1, 9), c, 1, 1, 4};
    ConvShape full = conv;
    full.p = conv.h;
    full.q = conv.w;
    const ConvAddressing addressing{full, LayerKind::Conv2d};
    const GemmWork work{addressing.gemm(), testing::random_scheme(rng), full};
    const int64_t m = rng.uniform(1, work.shape.m);
    const int64_t m0 = rng.uniform(0, work.shape.m - m);
    const int64_t bits = info(work.scheme.activations).bits;
    ASSERT_EQ(activation_tile_bytes(work, m, c) * 8,
              distinct_elements(addressing, m0, m, 0, c, 0) * bits)
        << fmt::format("{} n{} h{} w{} c{} m {}+{}", work.scheme.name, conv.n, conv.h, conv.w, c,
                       m0, m);
    ASSERT_EQ(activation_tile_bytes(work, m, c) * 8, m * c * bits);
  }
}

// 3x3 stride 1 over 8x8, padded: the four output rows of 32 pixels read 4 + 2 input rows at most.
TEST(TrafficLaws, WindowsShareInputRows) {
  const ConvShape conv{1, 8, 8, 16, 3, 3, 4, 1, 1, 1, 1, 8, 8};
  const GemmWork work{lower_conv(conv), parse_scheme("w8a8-int8"), conv};
  EXPECT_EQ(activation_tile_bytes(work, 1, 9 * 16), 9 * 16);  // lowered is fewer than 3 rows
  EXPECT_EQ(activation_tile_bytes(work, 24, 9 * 16), (4 + 2) * 8 * 16);  // 24 pixels touch 4 rows
  EXPECT_EQ(activation_tile_bytes(work, 25, 9 * 16), (4 + 2) * 8 * 16);
  EXPECT_EQ(activation_tile_bytes(work, 26, 9 * 16), (5 + 2) * 8 * 16);
  EXPECT_EQ(activation_tile_bytes(work, 64, 9 * 16), 8 * 8 * 16);  // the ifmap, no more
}

TEST(TrafficLaws, TilesFitHalfOfEachScratchpad) {
  const GemmWork work{{100, 100, 100, 1}, parse_scheme("w8a8-int8"), {}};
  MemoryConfig memory;
  memory.activation_buffer = 2 * 10 * 20;
  memory.weight_buffer = 2 * 30 * 20;
  memory.output_buffer = 2 * 10 * 30 * 4;
  const Tiling full{{10, 30, 20}, kLoopOrders[0]};
  EXPECT_TRUE(fits(work, full, memory));
  EXPECT_FALSE(overflow(work, full, memory));
  // One byte less in any of them is too little; the message names key, need and half.
  const auto message = [&](int64_t MemoryConfig::*buffer) {
    MemoryConfig smaller = memory;
    smaller.*buffer -= 2;
    EXPECT_FALSE(fits(work, full, smaller));
    return overflow(work, full, smaller).value_or("");
  };
  EXPECT_EQ(message(&MemoryConfig::activation_buffer),
            "a tile needs 200 B of memory.activation_buffer, whose half holds 199 B");
  EXPECT_EQ(message(&MemoryConfig::weight_buffer),
            "a tile needs 600 B of memory.weight_buffer, whose half holds 599 B");
  EXPECT_EQ(message(&MemoryConfig::output_buffer),
            "a tile needs 1200 B of memory.output_buffer, whose half holds 1199 B");
}

TEST(TrafficLaws, LoopOrdersHaveNames) {
  for (const LoopOrder& order : kLoopOrders) EXPECT_EQ(parse_loop_order(to_string(order)), order);
  EXPECT_EQ(to_string(kLoopOrders[0]), "mnk");
  EXPECT_FALSE(parse_loop_order("mmk"));
  EXPECT_FALSE(parse_loop_order(""));
}

}  // namespace
}  // namespace olivine
