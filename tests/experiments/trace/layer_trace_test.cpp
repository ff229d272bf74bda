// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <vector>

#include "experiments/trace/array_slices.h"
#include "experiments/trace/layer_recorder.h"
#include "experiments/trace/occupancy.h"
#include "models/numerics/random_operand.h"
#include "sim/memory/make_memory.h"
#include "sim/systolic/event_engine.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"
#include "sim/systolic/run_layer.h"
#include "sim/systolic/tile_program.h"
#include "tests/models/analytic/random_layer.h"

// What a trace shows of one layer, against what the engines count of it.
namespace olivine::trace {
namespace {

using testing::describe;
using testing::random_layer;
using testing::RandomLayer;

// A layer alone on a memory, observed.
struct Observed {
  LayerRecord record;
  std::vector<int64_t> moved_bytes;  // by window
  std::vector<BusyIntervals::Interval> busy;
  MemoryStats stats;
};

LayerOperands make_operands(const RandomLayer& layer, Rng& rng) {
  LayerOperands operands;
  const GemmWork& work = layer.work;
  const ArrayConfig& array = layer.machine.array;
  for (int64_t batch = 0; batch < work.shape.batch; ++batch) {
    const PackedMatrix a =
        random_packed(work.scheme.activations, Pattern::Dense, work.shape.m, work.shape.k, rng);
    const PackedMatrix b = random_packed(work.scheme.weights, work.scheme.weight_pattern,
                                         work.shape.n, work.shape.k, rng);
    operands.activations.push_back(decode(a, lane_count(array, a.format)));
    operands.weights.push_back(decode(b, lane_count(array, b.format)));
  }
  return operands;
}

// On the event engine, or cycle-stepped with these operands.
Observed observe(const RandomLayer& layer, int64_t begin, const LayerOperands* operands = nullptr) {
  constexpr size_t kWindows = 16;
  constexpr size_t kIntervals = 100'000;
  LayerRecorder recorder{layer.geometry, begin, true};
  MemoryRecorder memory_recorder{kWindows, kIntervals};
  LayerJob job{layer.geometry, layer.work, layer.tiling, {}};
  job.is_ideal = layer.machine.dram.model == DramModel::Ideal;
  job.begin = begin;
  job.observer = &recorder;
  const DramConfig dram = job.is_ideal ? DramConfig{} : layer.machine.dram;
  const auto memory = make_memory(dram, layer.machine.clock_hz);
  memory->observe(&memory_recorder);
  DirectPort port{*memory};
  std::unique_ptr<LayerExecution> engine;
  if (operands == nullptr) {
    engine = std::make_unique<EventEngine>(job, port, lone_dma(dram));
  } else {
    engine = std::make_unique<LayerEngine>(job, *operands, port, lone_dma(dram));
  }
  recorder.finish(run_layer(*engine, port, begin));
  return {recorder.record(), memory_recorder.rate().bytes(), memory_recorder.busy().intervals(),
          memory->stats()};
}

void expect_partition(const LayerRecord& layer, Detail detail) {
  const LayerTiming& timing = layer.timing;
  int64_t at = 0;
  uint64_t array = 0, folds = 0, slices = 0;
  StallCycles stalls{};
  for_each_array_slice(layer, detail, [&](const ArraySlice& slice) {
    EXPECT_EQ(slice.from, at);
    EXPECT_GT(slice.until, slice.from);
    EXPECT_NE(slice.part, ArrayPart::Feed);
    at = slice.until;
    ++slices;
    const auto cycles = static_cast<uint64_t>(slice.until - slice.from);
    if (slice.part == ArrayPart::Stall) {
      stalls[static_cast<size_t>(slice.cause)] += cycles;
    } else {
      array += cycles;
    }
    folds += slice.part == ArrayPart::Fold ? 1 : 0;
    if (slice.part == ArrayPart::Tile) folds += static_cast<uint64_t>(slice.fold);
  });
  EXPECT_EQ(at, static_cast<int64_t>(timing.cycles));
  EXPECT_EQ(array, timing.array_cycles);
  EXPECT_EQ(stalls, timing.stalls);
  if (detail != Detail::Layer) {
    EXPECT_EQ(folds, timing.folds);
  }
  EXPECT_EQ(slices, count_array_slices(layer, detail));
}

void expect_traffic(const Observed& observed, bool is_ideal) {
  OperandBytes bytes{};
  for (const LayerRecord::Transfer& transfer : observed.record.transfers) {
    bytes[static_cast<size_t>(transfer.operand)] += static_cast<uint64_t>(transfer.bytes);
    EXPECT_LE(0, transfer.sent);
    EXPECT_LT(transfer.sent, transfer.done);
    EXPECT_LE(transfer.done, static_cast<int64_t>(observed.record.timing.cycles));
  }
  EXPECT_EQ(bytes, is_ideal ? OperandBytes{} : observed.record.timing.dram_bytes);
  const auto moved = static_cast<uint64_t>(
      std::accumulate(observed.moved_bytes.begin(), observed.moved_bytes.end(), int64_t{0}));
  EXPECT_EQ(moved, std::accumulate(bytes.begin(), bytes.end(), uint64_t{0}));
  int64_t busy_bytes = 0;
  uint64_t busy_cycles = 0;
  for (const BusyIntervals::Interval& busy : observed.busy) {
    busy_bytes += busy.bytes;
    busy_cycles += static_cast<uint64_t>(busy.until - busy.from);
  }
  EXPECT_EQ(static_cast<uint64_t>(busy_bytes), moved);
  if (observed.stats.row_hits + observed.stats.row_misses == 0) {  // bandwidth
    EXPECT_EQ(busy_cycles, observed.stats.busy_cycles);
  }
}

// A scratchpad is two halves, of which one holds the tile in use: no more than two of the largest.
void expect_occupancy(const RandomLayer& layer, const LayerRecord& record) {
  const int64_t m = layer.tiling.at(Dim::M);
  const int64_t n = layer.tiling.at(Dim::N);
  const int64_t k = layer.tiling.at(Dim::K);
  const std::array<int64_t, 3> halves = {activation_tile_bytes(layer.work, m, k),
                                         weight_tile_bytes(layer.work, n, k),
                                         psum_tile_bytes(m, n)};
  for (size_t i = 0; i < halves.size(); ++i) {
    const std::vector<OccupancyStep> steps = occupancy(record, static_cast<Scratchpad>(i));
    EXPECT_EQ(steps.empty(), layer.machine.dram.model == DramModel::Ideal);
    for (const OccupancyStep& step : steps) {
      EXPECT_LE(0, step.bytes);
      EXPECT_LE(step.bytes, 2 * halves[i]) << "scratchpad " << i << " in cycle " << step.at;
      EXPECT_LE(step.at, static_cast<int64_t>(record.timing.cycles));
    }
    EXPECT_EQ(steps.empty() ? 0 : steps.back().bytes, 0);
  }
}

std::vector<std::array<int64_t, 5>> sorted_transfers(const LayerRecord& layer) {
  std::vector<std::array<int64_t, 5>> transfers;
  for (const LayerRecord::Transfer& transfer : layer.transfers) {
    transfers.push_back({transfer.sent, transfer.done, transfer.tile, transfer.bytes,
                         static_cast<int64_t>(transfer.operand)});
  }
  std::sort(transfers.begin(), transfers.end());
  return transfers;
}

void expect_same_events(const LayerRecord& a, const LayerRecord& b) {
  ASSERT_EQ(a.tiles.size(), b.tiles.size());
  for (size_t i = 0; i < a.tiles.size(); ++i) {
    EXPECT_EQ(a.tiles[i].start, b.tiles[i].start);
    EXPECT_EQ(a.tiles[i].results, b.tiles[i].results);
  }
  std::vector<std::array<int64_t, 4>> slices;
  const auto packed = [](const ArraySlice& slice) {
    return std::array{static_cast<int64_t>(slice.part), static_cast<int64_t>(slice.cause),
                      slice.from, slice.until};
  };
  for_each_array_slice(a, Detail::Fold,
                       [&](const ArraySlice& slice) { slices.push_back(packed(slice)); });
  size_t at = 0;
  for_each_array_slice(b, Detail::Fold, [&](const ArraySlice& slice) {
    ASSERT_LT(at, slices.size());
    EXPECT_EQ(slices[at], packed(slice)) << "slice " << at;
    ++at;
  });
  EXPECT_EQ(at, slices.size());
  EXPECT_EQ(sorted_transfers(a), sorted_transfers(b));
}

void expect_true(const RandomLayer& layer, const Observed& observed) {
  for (const auto& detail : kDetailNames) expect_partition(observed.record, detail.value);
  expect_traffic(observed, layer.machine.dram.model == DramModel::Ideal);
  expect_occupancy(layer, observed.record);
}

// Every dataflow, pipelining, integer scheme, ragged tiles, batches, arrays from 1x1 on; ideal and
// bandwidth memory.
TEST(LayerTrace, OfBothEnginesIsTheSameAndAddsUp) {
  Rng rng{71};
  for (int i = 0; i < 400; ++i) {
    const RandomLayer layer = random_layer(rng, {});
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(layer)));
    const Observed by_events = observe(layer, rng.uniform(0, 1000));
    const LayerOperands operands = make_operands(layer, rng);
    const Observed stepped = observe(layer, 0, &operands);
    expect_true(layer, by_events);
    expect_true(layer, stepped);
    expect_same_events(by_events.record, stepped.record);
    EXPECT_EQ(by_events.record.timing,
              time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling));
    if (HasFailure()) return;
  }
}

TEST(LayerTrace, AddsUpOnBankedMemory) {
  Rng rng{72};
  for (int i = 0; i < 400; ++i) {
    RandomLayer layer = random_layer(rng, {});
    layer.machine.dram.model = DramModel::Banked;
    layer.machine.dram.banked.preset = static_cast<DramPreset>(rng.uniform(0, 2));
    layer.machine.dram.banked.channels = rng.chance(0.5) ? 2 : 1;
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(layer)));
    const LayerOperands operands = make_operands(layer, rng);
    const Observed by_events = observe(layer, 0);
    const Observed stepped = observe(layer, 0, &operands);
    expect_true(layer, by_events);
    expect_same_events(by_events.record, stepped.record);
    EXPECT_EQ(by_events.record.timing, stepped.record.timing);
    if (HasFailure()) return;
  }
}

// Tiles that add to the outputs before them, while the write-back of older ones is under way.
TEST(LayerTrace, ShowsNoTileWaitingForAHalfItDoesNotNeed) {
  Rng rng{74};
  for (int i = 0; i < 200; ++i) {
    RandomLayer layer = random_layer(rng, {.rows = 4, .cols = 4});
    layer.machine.dram.model = DramModel::Banked;
    layer.tiling.order = kLoopOrders[0];  // k innermost
    layer.tiling.tile[2] = std::min<int64_t>(8, layer.work.shape.k);
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(layer)));
    const LayerOperands operands = make_operands(layer, rng);
    expect_same_events(observe(layer, 0).record, observe(layer, 0, &operands).record);
    if (HasFailure()) return;
  }
}

// All causes of stalls occur somewhere, or the tests above say nothing about them.
TEST(LayerTrace, ShowsEveryCauseOfStalls) {
  Rng rng{73};
  StallCycles seen{};
  for (int i = 0; i < 200; ++i) {
    RandomLayer layer = random_layer(
        rng, {.rows = 8, .extent = 24, .batch = 3, .bytes_per_cycle = 2, .latency_cycles = 60});
    layer.machine.dram.model = DramModel::Bandwidth;
    layer.tiling.tile[2] = std::min<int64_t>(8, layer.work.shape.k);
    const Observed observed = observe(layer, 0);
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(layer)));
    expect_true(layer, observed);
    for (size_t cause = 0; cause < seen.size(); ++cause) {
      seen[cause] += observed.record.timing.stalls[cause];
    }
  }
  for (size_t cause = 0; cause < seen.size(); ++cause) {
    EXPECT_GT(seen[cause], 0u) << kStallCauseNames[cause];
  }
}

// 2 x 1 folds of a 4x4 ws array, k = 8, m = 3, serial: preload 4, stream 3, flush 4 + 4 - 2.
TEST(LayerTrace, CutsAFoldIntoPreloadStreamAndDrain) {
  RandomLayer layer;
  layer.machine.array.rows = layer.machine.array.cols = 4;
  layer.machine.array.dataflow = Dataflow::WeightStationary;
  layer.machine.array.pipelining = Pipelining::Serial;
  layer.machine.array.decoder_latency_cycles = layer.machine.array.output_latency_cycles = 0;
  layer.machine.dram.model = DramModel::Ideal;
  const Scheme& scheme = parse_scheme("w4a4-int4");
  layer.geometry = make_geometry(layer.machine, scheme);
  layer.work = {{3, 4, 8, 1}, scheme, {}};
  layer.tiling = whole_layer(layer.work);
  std::vector<std::pair<ArrayPart, int64_t>> parts;
  for_each_array_slice(observe(layer, 0).record, Detail::Fold, [&](const ArraySlice& slice) {
    parts.emplace_back(slice.part, slice.until - slice.from);
  });
  const std::vector<std::pair<ArrayPart, int64_t>> expected = {
      {ArrayPart::Preload, 4}, {ArrayPart::Fold, 3}, {ArrayPart::Drain, 6},
      {ArrayPart::Preload, 4}, {ArrayPart::Fold, 3}, {ArrayPart::Drain, 6}};
  EXPECT_EQ(parts, expected);
}

}  // namespace
}  // namespace olivine::trace
