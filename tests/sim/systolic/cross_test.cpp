// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/event_engine.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"
#include "sim/systolic/tile_program.h"
#include "tests/models/analytic/random_layer.h"

// Closed form against cycle-stepped model: the same cycles, stalls by cause, folds and bytes, and
// int32 outputs equal to the golden GEMM.
namespace olivine {
namespace {

using testing::describe;
using testing::LayerRanges;
using testing::random_layer;
using testing::RandomLayer;

struct OperandsAndResult {
  LayerOperands operands;
  std::vector<int32_t> outputs;  // [batch][m][n]
};

OperandsAndResult make_operands(const GemmWork& work, const ArrayConfig& array, Rng& rng) {
  constexpr double kOutlierShare = 0.2;  // often enough that every fold has some
  const Scheme& scheme = work.scheme;
  OperandsAndResult made;
  for (int64_t batch = 0; batch < work.shape.batch; ++batch) {
    const PackedMatrix a = random_packed(scheme.activations, Pattern::Dense, work.shape.m,
                                         work.shape.k, rng, kOutlierShare);
    const PackedMatrix b = random_packed(scheme.weights, scheme.weight_pattern, work.shape.n,
                                         work.shape.k, rng, kOutlierShare);
    made.operands.activations.push_back(decode(a, lane_count(array, a.format)));
    made.operands.weights.push_back(decode(b, lane_count(array, b.format)));
    const IntegerGemm golden = gemm_golden(a, b);
    made.outputs.insert(made.outputs.end(), golden.c.begin(), golden.c.end());
  }
  return made;
}

// Tiles as events, beginning in any cycle, with packets that fill their last cycle: the same
// timing.
void expect_event_engine_agrees(const RandomLayer& layer, const LayerTiming& closed, Rng& rng) {
  const DramConfig& dram = layer.machine.dram;
  BandwidthMemory memory{dram.bytes_per_cycle, dram.latency_cycles};
  DirectPort port{memory};
  LayerJob job{layer.geometry, layer.work, layer.tiling, {}};
  job.is_ideal = dram.model == DramModel::Ideal;
  job.begin = rng.uniform(0, 1000);
  DmaConfig dma = lone_dma(dram);
  if (rng.chance(0.5)) dma.packet_bytes = dram.bytes_per_cycle * rng.uniform(1, 3);
  EventEngine engine{job, port, dma};
  const LayerTiming timing = run_layer(engine, port, job.begin);
  ASSERT_EQ(timing, closed) << describe(layer) << ": closed " << describe(closed) << ", events "
                            << describe(timing);
  ASSERT_EQ(engine.end(), job.begin + static_cast<int64_t>(closed.cycles));
}

// Runs all models; the first difference is reported as one line that holds the whole case.
void expect_models_agree(const RandomLayer& layer, Rng& rng) {
  const OperandsAndResult made = make_operands(layer.work, layer.machine.array, rng);
  LayerEngine engine{layer.geometry, layer.machine.dram, layer.work, layer.tiling, made.operands};
  const LayerTiming stepped = engine.run();
  const LayerTiming closed =
      time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
  ASSERT_EQ(stepped, closed) << describe(layer) << ": closed " << describe(closed) << ", stepped "
                             << describe(stepped);
  expect_event_engine_agrees(layer, closed, rng);
  const auto outputs = engine.outputs();
  const auto difference =
      std::mismatch(outputs.begin(), outputs.end(), made.outputs.begin(), made.outputs.end());
  ASSERT_EQ(difference.first, outputs.end())
      << describe(layer) << ": output " << difference.first - outputs.begin() << " is "
      << *difference.first << ", golden " << *difference.second;
}

void run_cases(uint64_t seed, int cases, const std::function<RandomLayer(Rng&)>& draw) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Rng rng{seed};
  for (int i = 0; i < cases; ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    expect_models_agree(draw(rng), rng);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// 8 seeds of 2500 cases: every dataflow, pipelining, integer scheme, DRAM model and loop order,
// ragged tiles, batches, arrays from 1x1 to 32x8.
class CrossCheck : public ::testing::TestWithParam<uint64_t> {};

TEST_P(CrossCheck, ModelsAgreeOnSampledLayers) {
  run_cases(GetParam(), 2500, [](Rng& rng) { return random_layer(rng, {}); });
}

INSTANTIATE_TEST_SUITE_P(Seeds, CrossCheck, ::testing::Range(uint64_t{1}, uint64_t{9}));

// One, two or all three of m, n and k are 1.
TEST(CrossCheckShapes, ModelsAgreeWhereExtentsAreOne) {
  int64_t mask = 0;
  run_cases(201, 1400, [&](Rng& rng) {
    RandomLayer layer = random_layer(rng, {.extent = 60});
    mask = mask % 7 + 1;
    if ((mask & 1) != 0) layer.work.shape.m = 1;
    if ((mask & 2) != 0) layer.work.shape.n = 1;
    if ((mask & 4) != 0) layer.work.shape.k = 1;
    layer.tiling = testing::random_tiling(rng, layer.work.shape);
    return layer;
  });
}

// The mapped extents are one less than, equal to and one more than a fold covers, once and twice.
TEST(CrossCheckShapes, ModelsAgreeAroundWholeFolds) {
  run_cases(202, 1000, [](Rng& rng) {
    RandomLayer layer = random_layer(rng, {.rows = 12, .cols = 8, .extent = 20});
    const auto around = [&](int64_t span) {
      return std::max<int64_t>(1, rng.uniform(1, 2) * span + rng.uniform(-1, 1));
    };
    GemmShape& shape = layer.work.shape;
    const ArrayGeometry& geometry = layer.geometry;
    (geometry.is_output_stationary() ? shape.m : shape.k) = around(geometry.row_span);
    (geometry.dataflow == Dataflow::InputStationary ? shape.m : shape.n) =
        around(geometry.col_span);
    layer.tiling = rng.chance(0.5) ? whole_layer(layer.work) : testing::random_tiling(rng, shape);
    return layer;
  });
}

// Slow memory: many tiles wait for every cause.
TEST(CrossCheckShapes, ModelsAgreeBehindSlowMemory) {
  StallCycles seen{};
  run_cases(203, 600, [&](Rng& rng) {
    RandomLayer layer = random_layer(
        rng, {.rows = 8, .extent = 24, .batch = 3, .bytes_per_cycle = 2, .latency_cycles = 60});
    layer.machine.dram.model = DramModel::Bandwidth;
    layer.tiling.tile[2] = std::min<int64_t>(8, layer.work.shape.k);
    const LayerTiming timing =
        time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
    for (size_t i = 0; i < seen.size(); ++i) seen[i] += timing.stalls[i];
    return layer;
  });
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_GT(seen[i], 0u) << kStallCauseNames[i];
}

// The shipped array size: more columns than vector code pads to, as many as one word of flags.
TEST(CrossCheckShapes, ModelsAgreeOnALargeArray) {
  run_cases(204, 40, [](Rng& rng) {
    for (;;) {
      RandomLayer layer = random_layer(rng, {.extent = 90, .batch = 2, .bytes_per_cycle = 128});
      layer.machine.array.rows = layer.machine.array.cols = 64;
      if (refusal(layer.machine, layer.work.scheme)) continue;
      layer.geometry = make_geometry(layer.machine, layer.work.scheme);
      return layer;
    }
  });
}

// Every dataflow x pipelining x scheme x memory that a machine takes is met by hand, not by luck.
TEST(CrossCheckShapes, ModelsAgreeOnEveryCombination) {
  int combinations = 0;
  Rng rng{205};
  SCOPED_TRACE("seed 205");
  for (const std::string_view name : testing::kIntegerSchemes)
    for (int choice = 0; choice < 12; ++choice) {
      RandomLayer layer;
      layer.machine.name = "m";
      layer.machine.array.rows = 9;
      layer.machine.array.cols = 7;
      layer.machine.array.dataflow = static_cast<Dataflow>(choice % 3);
      layer.machine.array.pipelining = static_cast<Pipelining>(choice / 3 % 2);
      layer.machine.dram = {static_cast<DramModel>(choice / 6), 6, 11, "hbm2", {}};
      const Scheme& scheme = parse_scheme(name);
      if (refusal(layer.machine, scheme)) continue;
      layer.geometry = make_geometry(layer.machine, scheme);
      layer.work = {{13, 17, 37, 2}, scheme, {}};
      for (const LoopOrder& order : kLoopOrders) {
        layer.tiling = {{5, 6, 16}, order};
        expect_models_agree(layer, rng);
        if (HasFatalFailure()) return;
        ++combinations;
      }
    }
  // 3 dataflows for the 5 dense schemes, 2 for the 5 sparse ones.
  EXPECT_EQ(combinations, (5 * 3 + 5 * 2) * 2 * 2 * 6);
}

}  // namespace
}  // namespace olivine
