// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/array_timing.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "models/base/error.h"
#include "tests/models/analytic/random_layer.h"
#include "tests/models/analytic/tile_list.h"

namespace olivine {
namespace {

using testing::describe;
using ::testing::HasSubstr;
using testing::kIntegerSchemes;
using testing::LayerRanges;
using testing::ListedTile;
using testing::random_layer;
using testing::RandomLayer;

constexpr auto kWs = Dataflow::WeightStationary;
constexpr auto kOs = Dataflow::OutputStationary;
constexpr auto kIs = Dataflow::InputStationary;

MachineConfig machine_of(int64_t rows, int64_t cols, Dataflow dataflow,
                         Pipelining pipelining = Pipelining::Overlapped) {
  MachineConfig machine;
  machine.name = "m";
  machine.array.rows = rows;
  machine.array.cols = cols;
  machine.array.dataflow = dataflow;
  machine.array.pipelining = pipelining;
  machine.array.decoder_latency_cycles = 0;
  machine.array.output_latency_cycles = 0;
  return machine;
}

ArrayGeometry geometry_of(int64_t rows, int64_t cols, Dataflow dataflow, std::string_view scheme,
                          Pipelining pipelining = Pipelining::Overlapped) {
  return make_geometry(machine_of(rows, cols, dataflow, pipelining), parse_scheme(scheme));
}

// The table of array cycles, written out fold by fold from its text: `t` are the streamed lengths
// T_1..T_F of all folds in order, r x c the array.
uint64_t table_cycles(Dataflow dataflow, Pipelining pipelining, int64_t r, int64_t c,
                      const std::vector<int64_t>& t) {
  const size_t last = t.size() - 1;
  int64_t sum = 0;
  if (pipelining == Pipelining::Serial) {
    // os additionally drains its sums, r cycles a fold, which is as long as the others preload.
    for (const int64_t length : t) sum += 2 * r + c + length - 2;
  } else if (dataflow == kOs) {
    for (size_t i = 0; i < last; ++i) sum += t[i] + std::max<int64_t>(0, r - t[i + 1]);
    sum += t[last] + r + c - 2 + r;
  } else {
    sum += r;
    for (size_t i = 0; i < last; ++i) sum += std::max(t[i], r);
    sum += t[last] + r + c - 2;
  }
  return static_cast<uint64_t>(sum);
}

// Streamed lengths of every fold of one tile, counted by stepping over it span by span. `r`, `c`
// are PEs, `left` and `top` the lanes an element takes.
void append_folds(Dataflow dataflow, bool is_sparse, std::array<int64_t, 4> r_c_left_top,
                  const ListedTile& tile, std::vector<int64_t>& t) {
  const auto [r, c, left, top] = r_c_left_top;
  const auto [m, n, k] = tile.length;
  const int64_t groups = k / 4 + (k % 4 != 0 ? 1 : 0);
  // A row of the array holds one stored element; 2:4 stores two of every four.
  const int64_t elements = is_sparse ? 2 * groups : k;
  int64_t along_rows = dataflow == kOs ? m : elements;
  const int64_t along_cols = dataflow == kIs ? m : n;
  const int64_t streamed = dataflow == kWs ? m : dataflow == kOs ? elements : n;
  int64_t rows_held = r / left;
  if (is_sparse && dataflow == kWs) rows_held -= rows_held % 2;  // groups are not torn apart
  for (; along_rows > 0; along_rows -= rows_held) {
    for (int64_t rest = along_cols; rest > 0; rest -= c / top) t.push_back(streamed);
  }
}

std::vector<int64_t> stream_lengths(const RandomLayer& layer) {
  const ArrayConfig& array = layer.machine.array;
  const Scheme& scheme = layer.work.scheme;
  // A narrow operand takes one lane of a wide PE.
  const auto lanes = [&](Format format) {
    return std::max<int64_t>(1, info(format).bits / array.pe_operand_bits);
  };
  const int64_t weight_lanes = lanes(scheme.weights);
  const int64_t activation_lanes = lanes(scheme.activations);
  const bool is_is = array.dataflow == kIs;
  std::vector<int64_t> t;
  for (const ListedTile& tile : testing::list_tiles(layer.work, layer.tiling)) {
    append_folds(array.dataflow, scheme.weight_pattern == Pattern::TwoFour,
                 {array.rows, array.cols, is_is ? weight_lanes : activation_lanes,
                  is_is ? activation_lanes : weight_lanes},
                 tile, t);
  }
  return t;
}

int64_t registers(const MachineConfig& machine) {
  return machine.array.decoder_latency_cycles + machine.array.output_latency_cycles;
}

TEST(ArrayTiming, EqualsTheTableOnWholeLayers) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 4000; ++i) {
    RandomLayer layer = random_layer(rng, {.rows = 32, .cols = 16, .extent = 100});
    layer.tiling = whole_layer(layer.work);
    const std::vector<int64_t> t = stream_lengths(layer);
    const ArrayConfig& array = layer.machine.array;
    const uint64_t expected =
        table_cycles(array.dataflow, array.pipelining, array.rows, array.cols, t) +
        static_cast<uint64_t>(registers(layer.machine));
    ASSERT_EQ(array_cycles(layer.geometry, layer.work.shape).count(), expected) << describe(layer);
  }
}

// With a tiling, folds of different streamed lengths follow each other; ideal memory adds nothing.
TEST(ArrayTiming, EqualsTheTableOnTilesOfDifferentLengths) {
  constexpr uint64_t kSeed = 12;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int i = 0; i < 4000; ++i) {
    RandomLayer layer = random_layer(rng, {.rows = 32, .cols = 16, .extent = 100});
    layer.machine.dram.model = DramModel::Ideal;
    const std::vector<int64_t> t = stream_lengths(layer);
    const ArrayConfig& array = layer.machine.array;
    const uint64_t expected =
        table_cycles(array.dataflow, array.pipelining, array.rows, array.cols, t) +
        static_cast<uint64_t>(registers(layer.machine));
    const LayerTiming timing =
        time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
    ASSERT_EQ(timing.cycles, expected) << describe(layer);
    ASSERT_EQ(timing.array_cycles, expected) << describe(layer);
    ASSERT_EQ(timing.folds, t.size()) << describe(layer);
  }
}

TEST(ArrayTiming, NothingTakesNoTime) {
  const ArrayGeometry geometry = geometry_of(8, 8, kOs, "w4a4-int4");
  for (const GemmShape shape :
       {GemmShape{0, 5, 5, 1}, {5, 0, 5, 1}, {5, 5, 0, 1}, {5, 5, 5, 0}, {0, 0, 0, 0}}) {
    EXPECT_EQ(array_cycles(geometry, shape), Cycles{0});
  }
}

// A 1x1 array with one 4-bit element of each operand: T = 1, no skew. ws: preload 1, stream 1, the
// result is out at once; os: stream 1, one shift to drain.
TEST(ArrayTiming, OnePe) {
  for (const auto pipelining : {Pipelining::Serial, Pipelining::Overlapped}) {
    for (const auto dataflow : {kWs, kOs, kIs}) {
      const ArrayGeometry one = geometry_of(1, 1, dataflow, "w4a4-int4", pipelining);
      EXPECT_EQ(one.row_span, 1);
      EXPECT_EQ(one.col_span, 1);
      EXPECT_EQ(array_cycles(one, {1, 1, 1, 1}), Cycles{1 + 1});
      // Three folds of ws and is (k), three streamed operands of os.
      const uint64_t serial_or_not = pipelining == Pipelining::Serial ? 3 * (1 + 1) : 1 + 3;
      const uint64_t expected = dataflow == kOs ? 3 + 1 : serial_or_not;
      EXPECT_EQ(array_cycles(one, {1, 1, 3, 1}), Cycles{expected});
    }
  }
}

TEST(ArrayTiming, LanesShareRowsAndColumns) {
  struct Case {
    std::string_view scheme;
    Dataflow dataflow;
    int64_t row_span, col_span;
  };
  // 9 x 7 PEs: an odd row or column is left over where elements take two.
  const std::vector<Case> cases = {
      {"w4a4-int4", kWs, 9, 7},
      {"w8a8-int8", kWs, 9 / 2, 7 / 2},
      {"w4a8-ovp", kWs, 9 / 2, 7},
      {"w4a8-ovp", kOs, 9 / 2, 7},
      {"w4a8-ovp", kIs, 9, 7 / 2},  // weights enter from the left, activations from the top
      {"w4a4-int4-2:4", kOs, 9, 7},
      {"w8a8-int8-2:4", kOs, 9 / 2, 7 / 2},
      {"w4a4-int4-2:4", kWs, 4 * (9 / 2), 7},  // two rows a group of four
      {"w8a8-int8-2:4", kWs, 4 * (9 / 4), 7 / 2}};
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{} dataflow {}", c.scheme, static_cast<int>(c.dataflow)));
    const ArrayGeometry geometry = geometry_of(9, 7, c.dataflow, c.scheme);
    EXPECT_EQ(geometry.row_span, c.row_span);
    EXPECT_EQ(geometry.col_span, c.col_span);
    const auto fold_count = [](int64_t extent, int64_t span) { return (extent + span - 1) / span; };
    for (const int64_t extent :
         {int64_t{1}, c.row_span - 1, c.row_span, c.row_span + 1, int64_t{37}}) {
      if (extent == 0) continue;
      const int64_t m = c.dataflow == kOs ? extent : 1;
      const int64_t k = c.dataflow == kOs ? 1 : extent;
      EXPECT_EQ(geometry.row_folds(m, k), fold_count(extent, c.row_span)) << extent;
    }
    for (const int64_t extent :
         {int64_t{1}, c.col_span - 1, c.col_span, c.col_span + 1, int64_t{37}}) {
      if (extent == 0) continue;
      const int64_t m = c.dataflow == kIs ? extent : 1;
      const int64_t n = c.dataflow == kIs ? 1 : extent;
      EXPECT_EQ(geometry.col_folds(m, n), fold_count(extent, c.col_span)) << extent;
    }
  }
}

TEST(ArrayTiming, RefusesArraysSmallerThanOneElementBad) {
  struct Case {
    std::string_view scheme;
    Dataflow dataflow;
    int64_t rows, cols;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"w8a8-int8", kWs, 1, 2, "array.rows = 1: int8 from the left takes 2 rows"},
      {"w8a8-int8", kOs, 2, 1, "array.cols = 1: int8 from the top takes 2 columns"},
      {"w4a8-ovp", kIs, 1, 1, "array.cols = 1: ovp8 from the top takes 2 columns"},
      {"w4a4-int4-2:4", kWs, 1, 1, "array.rows = 1: int4 from the left takes 2 rows"},
      {"w8a8-int8-2:4", kWs, 3, 2, "array.rows = 3: int8 from the left takes 4 rows"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{} {}x{}", c.scheme, c.rows, c.cols));
    try {
      geometry_of(c.rows, c.cols, c.dataflow, c.scheme);
      ADD_FAILURE() << "accepted";
    } catch (const ShapeError& error) {
      EXPECT_THAT(error.what(), HasSubstr(c.message));
    }
  }
  // One row more is enough.
  EXPECT_EQ(geometry_of(2, 2, kWs, "w8a8-int8").row_span, 1);
  EXPECT_EQ(geometry_of(2, 1, kWs, "w4a4-int4-2:4").row_span, 4);
  EXPECT_EQ(geometry_of(4, 2, kWs, "w8a8-int8-2:4").row_span, 4);
  EXPECT_THROW(geometry_of(8, 8, kIs, "w4a4-ovp-2:4"), ShapeError);
}

TEST(ArrayTiming, StreamsTheExtentThatIsNotMapped) {
  EXPECT_EQ(geometry_of(8, 8, kWs, "w4a4-int4").stream_cycles(3, 5, 7), 3);
  EXPECT_EQ(geometry_of(8, 8, kIs, "w4a4-int4").stream_cycles(3, 5, 7), 5);
  EXPECT_EQ(geometry_of(8, 8, kOs, "w4a4-int4").stream_cycles(3, 5, 7), 7);
  EXPECT_EQ(geometry_of(8, 8, kWs, "w4a4-int4-2:4").stream_cycles(3, 5, 7), 3);
  // os on 2:4: two cycles for each group of four, also for the residue.
  const ArrayGeometry sparse = geometry_of(8, 8, kOs, "w4a4-int4-2:4");
  for (const auto& [k, cycles] : {std::pair{1, 2}, {3, 2}, {4, 2}, {5, 4}, {8, 4}, {9, 6}}) {
    EXPECT_EQ(sparse.stream_cycles(1, 1, k), cycles) << k;
  }
}

// Attention multiplies two activations: both dense and in the activation format.
TEST(ArrayTiming, AttentionHasNoWeights) {
  const Scheme& scheme = parse_scheme("w4a8-ovp-2:4");
  EXPECT_EQ(operand_scheme(scheme, false), scheme);
  const Scheme attention = operand_scheme(scheme, true);
  EXPECT_EQ(attention.weights, Format::Ovp8);
  EXPECT_EQ(attention.activations, Format::Ovp8);
  EXPECT_EQ(attention.weight_pattern, Pattern::Dense);
}

TEST(ArrayTiming, UtilizationIsAShare) {
  constexpr uint64_t kSeed = 13;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  double best = 0.0;
  for (int i = 0; i < 4000; ++i) {
    const RandomLayer layer = random_layer(rng, {.rows = 32, .cols = 16, .extent = 200});
    const GemmShape& shape = layer.work.shape;
    const double share = utilization(layer.geometry, useful_pe_ops(layer.geometry, shape),
                                     array_cycles(layer.geometry, shape));
    ASSERT_GT(share, 0.0) << describe(layer);
    ASSERT_LE(share, 1.0) << describe(layer);
    best = std::max(best, share);
  }
  EXPECT_GT(best, 0.5);  // the bound is not met by being far from it
  EXPECT_EQ(utilization(geometry_of(8, 8, kOs, "w4a4-int4"), 0, Cycles{0}), 0.0);
}

// PE operations are MACs times slices of both operands; 2:4 executes two of every four.
TEST(ArrayTiming, UsefulOperationsCountSlices) {
  const GemmShape shape{3, 5, 7, 2};
  const uint64_t macs = 3 * 5 * 7 * 2;
  EXPECT_EQ(useful_pe_ops(geometry_of(8, 8, kWs, "w4a4-int4"), shape), macs);
  EXPECT_EQ(useful_pe_ops(geometry_of(8, 8, kWs, "w4a8-ovp"), shape), macs * 2);
  EXPECT_EQ(useful_pe_ops(geometry_of(8, 8, kWs, "w8a8-int8"), shape), macs * 4);
  // k = 7 is two groups of four, four kept elements.
  EXPECT_EQ(useful_pe_ops(geometry_of(8, 8, kWs, "w8a8-int8-2:4"), shape), 3 * 5 * 4 * 2 * 4u);
}

}  // namespace
}  // namespace olivine
