// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "models/analytic/traffic.h"
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

// Bytes of every tile of weights that comes in, element by element: dense ones, or a bit for each
// and those that are kept, in whole bytes a row.
uint64_t stored_weights(const GemmWork& work, const std::vector<ListedTile>& tiles) {
  const FormatInfo& format = info(work.scheme.weights);
  const int64_t unit = format.is_ovp ? 2 : 1;
  uint64_t bytes = 0;
  for (const ListedTile& tile : tiles) {
    if (!tile.new_weights) continue;
    const auto [m, n, k] = tile.length;
    if (work.weight_density.is_dense()) {
      bytes += operand_bytes(format.format, work.scheme.weight_pattern, n, k).count();
      continue;
    }
    const int64_t units = ceil_div(k, unit);
    int64_t kept = 0;  // the count nearest to the share, of two equally near ones the larger
    while (1000 * kept + 500 <= work.weight_density.per_mille * units) ++kept;
    bytes += static_cast<uint64_t>(
        n * (ceil_div(k, int64_t{8}) + ceil_div(kept * unit * format.bits, int64_t{8})));
  }
  return bytes;
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
    // In the scratchpad, where they are dense; in DRAM only if they are so there too.
    ASSERT_EQ(timing.weight_buffer_bytes, once.weights * weight_visits);
    ASSERT_EQ(bytes_of(timing, Operand::Weights), stored_weights(layer.work, tiles));
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
    layer.work.weight_density = {};
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
    const ActionCounts counts =
        count_actions(layer.geometry, layer.work,
                      border_passes(layer.geometry, layer.work, layer.tiling), timing);
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
    // What comes from DRAM is written into a scratchpad, weights as the dense ones they stand for.
    ASSERT_EQ(counts.activation_buffer_write_bytes, bytes_of(timing, Operand::Activations));
    GemmWork dense = layer.work;
    dense.weight_density = {};
    const LayerTiming uncompressed =
        time_layer(layer.geometry, layer.machine.dram, dense, layer.tiling);
    ASSERT_EQ(counts.weight_buffer_write_bytes, bytes_of(uncompressed, Operand::Weights));
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

}  // namespace
}  // namespace olivine
