// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/stream_engine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/machines/machine.h"
#include "models/numerics/packed.h"
#include "sim/memory/dma_engine.h"
#include "tests/sim/systolic/stream_cores.h"
#include "tests/sim/systolic/stream_layer.h"

namespace olivine {
namespace {

using testing::describe;
using ::testing::HasSubstr;
using testing::random_limits;
using testing::random_stream_layer;
using testing::StreamHarness;
using testing::StreamLayer;
using testing::StreamRun;
using testing::WatchedCore;

constexpr std::array<int64_t, 3> kDepths = {2, 3, 64};

uint64_t sum(const StallCycles& stalls) {
  return std::accumulate(stalls.begin(), stalls.end(), uint64_t{0});
}

// A dense int4 layer of one tile on an array that is as large as it.
StreamLayer one_tile(Dataflow dataflow, const GemmShape& shape, int64_t rows, int64_t cols) {
  StreamLayer stream;
  MachineConfig& machine = stream.layer.machine;
  machine.array.rows = rows;
  machine.array.cols = cols;
  machine.array.dataflow = dataflow;
  machine.array.decoder_latency_cycles = machine.array.output_latency_cycles = 0;
  machine.dram.model = DramModel::Ideal;
  stream.layer.work = {shape, parse_scheme("w4a4-int4"), {}};
  stream.layer.geometry = make_geometry(machine, stream.layer.work.scheme);
  stream.layer.tiling = whole_layer(stream.layer.work);
  stream.limits = {rows, cols, dataflow == Dataflow::OutputStationary, false, 64, 64};
  Rng rng{1};
  testing::add_operands(rng, stream);
  return stream;
}

StreamRun run_on_model(const StreamLayer& stream, int64_t begin = 0) {
  StreamAccelerator core{stream.limits};
  return StreamHarness{stream, core, begin}.run();
}

// Ticked in every cycle.
LayerTiming run_awake(const StreamLayer& stream) {
  StreamAccelerator core{stream.limits};
  StreamHarness harness{stream, core};
  StreamEngine& engine = harness.engine();
  for (int64_t now = 0; !engine.is_finished(); ++now) {
    harness.port().deliver(engine, now);
    if (engine.is_finished()) break;
    (void)engine.tick(now);
    harness.port().deliver(engine, now);
  }
  return engine.timing();
}

// On an array without scratchpads of its own.
LayerTiming closed_form(const StreamLayer& stream) {
  const testing::RandomLayer& layer = stream.layer;
  return time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
}

void expect_exact(const StreamLayer& stream, const StreamRun& run) {
  ASSERT_EQ(run.outputs, stream.expected);
  const LayerTiming& timing = run.timing;
  ASSERT_EQ(timing.cycles, timing.array_cycles + sum(timing.stalls));
  ASSERT_LE(timing.array_cycles, timing.cycles);
  // What is moved does not depend on the model of the array.
  const LayerTiming closed = closed_form(stream);
  ASSERT_EQ(timing.tiles, closed.tiles);
  ASSERT_EQ(timing.dram_bytes, closed.dram_bytes);
  ASSERT_EQ(timing.psum_reload_bytes, closed.psum_reload_bytes);
  ASSERT_GE(timing.folds, closed.folds);
  // Folds that are not cut come in the same order, and none can start or leave earlier.
  if (timing.folds == closed.folds) {
    ASSERT_GE(timing.cycles, closed.cycles);
  }
}

class StreamEngineLayers : public ::testing::TestWithParam<uint64_t> {};

// Every dataflow, pipelining, integer scheme, loop order; ragged tiles, spills, batches, depths of
// one fold, slow and ideal memory.
TEST_P(StreamEngineLayers, AreComputedExactly) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Rng rng{GetParam()};
  for (int i = 0; i < 300; ++i) {
    const auto limits = random_limits(rng, rng.uniform(1, 12), rng.uniform(1, 9));
    const StreamLayer stream = random_stream_layer(rng, limits, {.extent = 40, .batch = 3});
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(stream)));
    expect_exact(stream, run_on_model(stream));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, StreamEngineLayers, ::testing::Range(uint64_t{1}, uint64_t{7}));

TEST(StreamEngine, MeetsEveryStallSpillAndDataflow) {
  SCOPED_TRACE("seed 31");
  Rng rng{31};
  StallCycles seen{};
  std::array<int, 3> dataflows{};
  uint64_t reloads = 0, cut = 0;
  for (int i = 0; i < 200; ++i) {
    const auto limits = random_limits(rng, rng.uniform(2, 8), rng.uniform(2, 8));
    StreamLayer stream = random_stream_layer(
        rng, limits, {.extent = 24, .batch = 2, .bytes_per_cycle = 2, .latency_cycles = 60});
    stream.layer.machine.dram.model = DramModel::Bandwidth;
    stream.layer.tiling.tile[2] = std::min<int64_t>(8, stream.layer.work.shape.k);
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(stream)));
    const StreamRun run = run_on_model(stream);
    expect_exact(stream, run);
    if (HasFatalFailure()) return;
    for (size_t cause = 0; cause < seen.size(); ++cause) seen[cause] += run.timing.stalls[cause];
    ++dataflows[static_cast<size_t>(stream.layer.geometry.dataflow)];
    reloads += run.timing.psum_reload_bytes;
    cut += closed_form(stream).folds < run.timing.folds ? 1u : 0u;
  }
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_GT(seen[i], 0u) << kStallCauseNames[i];
  for (const int count : dataflows) EXPECT_GT(count, 20);
  EXPECT_GT(reloads, 0u);
  EXPECT_GT(cut, 20u);
}

// One os fold, everything resident: B beats a side from cycle 0, the fold starts in the cycle after
// the last of them, its last result leaves column C-1 in cycle B + T + flush - 1, the sum may be
// read four cycles later (operands are two late, one for the sum, one for the region to be
// complete) and m beats follow, of which the last one ends the layer.
TEST(StreamEngine, TakesTheCyclesOfOneOutputStationaryFold) {
  constexpr int64_t kRows = 5, kCols = 3;
  for (const int64_t k : {1, 2, 3, 16, 17}) {
    for (const int64_t m : {1, 4, 5}) {
      const StreamLayer stream =
          one_tile(Dataflow::OutputStationary, {m, kCols, k, 1}, kRows, kCols);
      const int64_t beats = ceil_div(k, int64_t{2});
      const int64_t flush = 2 * kRows + kCols - 2;
      const int64_t expected = beats + k + flush - 1 + 4 + m;
      const StreamRun run = run_on_model(stream);
      EXPECT_EQ(run.timing.cycles, static_cast<uint64_t>(expected)) << "m " << m << " k " << k;
      EXPECT_EQ(run.timing.array_cycles, run.timing.cycles);
      EXPECT_EQ(run.outputs, stream.expected);
    }
  }
}

// The same for ws: the preload begins when ceil(R / 2) beats of pairs are there and takes R cycles,
// the fold starts behind it, or when its m beats of the left side are there; sums are written from
// a register, a cycle later.
TEST(StreamEngine, TakesTheCyclesOfOneWeightStationaryFold) {
  constexpr int64_t kRows = 5, kCols = 3;
  for (const int64_t m : {1, 2, 7, 8, 9, 31}) {
    const StreamLayer stream =
        one_tile(Dataflow::WeightStationary, {m, kCols, kRows, 1}, kRows, kCols);
    const int64_t start = std::max(ceil_div(kRows, int64_t{2}) + kRows, m);
    const int64_t flush = kRows + kCols - 2;
    const int64_t expected = start + m + flush - 1 + 5 + m;
    const StreamRun run = run_on_model(stream);
    EXPECT_EQ(run.timing.cycles, static_cast<uint64_t>(expected)) << "m " << m;
    EXPECT_EQ(run.outputs, stream.expected);
  }
}

// Activations arrive first, then weights; waiting is charged to what is missing, in this order.
TEST(StreamEngine, ChargesWaitingToTheOperandThatIsMissing) {
  StreamLayer stream = one_tile(Dataflow::OutputStationary, {4, 4, 32, 1}, 4, 4);
  stream.layer.machine.dram = {DramModel::Bandwidth, 2, 50, "hbm2", {}};
  const int64_t bytes = 4 * 32 / 2;  // of either operand
  const int64_t cycles = bytes / 2;
  const StreamRun run = run_on_model(stream);
  const auto stall = [&](StallCause cause) {
    return run.timing.stalls[static_cast<size_t>(cause)];
  };
  EXPECT_EQ(stall(StallCause::Activations), static_cast<uint64_t>(cycles + 50));
  EXPECT_EQ(stall(StallCause::Weights), static_cast<uint64_t>(cycles));
  EXPECT_EQ(stall(StallCause::PartialSums), 0u);
  EXPECT_EQ(stall(StallCause::BufferFull), 0u);
  // 16 outputs of 4 bits leave behind the last beat.
  EXPECT_EQ(stall(StallCause::WriteBack), 16u / 2 / 2);
  expect_exact(stream, run);
}

// Operands that are there before the array could have started its first fold hold up nothing.
TEST(StreamEngine, ChargesNothingWhileTheArrayCouldNotStart) {
  for (const int64_t latency : {14, 15}) {
    StreamLayer stream = one_tile(Dataflow::WeightStationary, {1, 4, 16, 1}, 16, 4);
    stream.layer.machine.dram = {DramModel::Bandwidth, 64, latency, "hbm2", {}};
    const StreamRun run = run_on_model(stream);
    // A cycle for either operand; the array has to preload 16 rows anyway.
    const int64_t arrival = 1 + 1 + latency;
    const auto stalls = static_cast<uint64_t>(std::max<int64_t>(0, arrival - 16));
    EXPECT_EQ(run.timing.stalls[static_cast<size_t>(StallCause::Weights)], stalls);
    EXPECT_EQ(run.timing.stalls[static_cast<size_t>(StallCause::Activations)], 0u);
  }
}

TEST(StreamEngine, CountsFromTheCycleItBeginsIn) {
  SCOPED_TRACE("seed 32");
  Rng rng{32};
  for (int i = 0; i < 30; ++i) {
    const auto limits = random_limits(rng, rng.uniform(1, 6), rng.uniform(1, 6));
    const StreamLayer stream = random_stream_layer(rng, limits, {.extent = 20, .batch = 2});
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(stream)));
    EXPECT_EQ(run_on_model(stream), run_on_model(stream, 12345));
  }
}

// Folds side by side share what enters from the left: it is fed once.
TEST(StreamEngine, FeedsSharedLeftBlocksOnce) {
  // Two rows and three columns of folds.
  const StreamLayer stream = one_tile(Dataflow::OutputStationary, {8, 12, 10, 1}, 4, 4);
  StreamAccelerator core{stream.limits};
  WatchedCore watched{core};
  EXPECT_EQ((StreamHarness{stream, watched}.run().outputs), stream.expected);
  const int64_t block = 10 / 2;
  EXPECT_EQ(watched.folds, 2 * 3);
  EXPECT_EQ(watched.left_beats, 2 * block);
  EXPECT_EQ(watched.top_beats, 6 * block);
  // Six folds of four rows have room in one half of the output scratchpad.
  EXPECT_EQ(watched.beats, 6 * 4);
}

// Behind memory of 100000 cycles the engine sleeps; ticked in every cycle it does the same.
TEST(StreamEngine, SleepsWithoutChangingTheResult) {
  SCOPED_TRACE("seed 33");
  Rng rng{33};
  for (int i = 0; i < 8; ++i) {
    const auto limits = random_limits(rng, rng.uniform(1, 6), rng.uniform(1, 6));
    StreamLayer stream = random_stream_layer(rng, limits, {.extent = 16, .batch = 2});
    stream.layer.machine.dram = {DramModel::Bandwidth, 4, 3000, "hbm2", {}, {3, 1}};
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(stream)));
    StreamAccelerator core{stream.limits};
    WatchedCore watched{core};
    const StreamRun slept = StreamHarness{stream, watched}.run();
    expect_exact(stream, slept);
    EXPECT_LT(watched.cycles, static_cast<int64_t>(slept.timing.cycles) / 3);

    EXPECT_EQ(run_awake(stream), slept.timing);
  }
}

// Activations of an is array are there 32 cycles before the weights: the preload of 16 rows goes on
// while nothing is fed, and hides behind the wait.
TEST(StreamEngine, StaysAwakeWhileAPreloadIsUnderWay) {
  StreamLayer stream = one_tile(Dataflow::InputStationary, {4, 4, 16, 1}, 16, 4);
  stream.layer.machine.dram = {DramModel::Bandwidth, 1, 0, "hbm2", {}};
  const StreamRun run = run_on_model(stream);
  EXPECT_EQ(run.timing, run_awake(stream));
  // Four beats are fed after the last of 64 bytes, T = 4, and 8 bytes of outputs leave.
  const int64_t start = 64 + 4;
  const int64_t flush = 16 + 4 - 2;
  EXPECT_EQ(run.timing.cycles, static_cast<uint64_t>(start + 4 + flush - 1 + 5 + 4 + 8));
}

// Depths change when things happen, never what comes out.
TEST(StreamEngine, GivesTheSameOutputsAtAnyDepth) {
  for (const Dataflow dataflow :
       {Dataflow::WeightStationary, Dataflow::OutputStationary, Dataflow::InputStationary}) {
    for (const int64_t depth : kDepths) {
      StreamLayer stream = one_tile(dataflow, {13, 11, 29, 1}, 2, 3);
      stream.limits.buffer_depth = stream.limits.output_depth = depth;
      const StreamRun run = run_on_model(stream);
      EXPECT_EQ(run.outputs, stream.expected) << depth;
    }
  }
}

// Several layers one after the other on one accelerator.
TEST(StreamEngine, LeavesNothingBehindForTheNextLayer) {
  SCOPED_TRACE("seed 34");
  Rng rng{34};
  const AcceleratorLimits limits{5, 4, false, true, 7, 9};
  StreamAccelerator core{limits};
  for (int i = 0; i < 30; ++i) {
    const StreamLayer stream = random_stream_layer(rng, limits, {.extent = 24, .batch = 2});
    SCOPED_TRACE(fmt::format("case {}: {}", i, describe(stream)));
    EXPECT_EQ((StreamHarness{stream, core}.run()), run_on_model(stream));
  }
}

TEST(StreamEngine, SaysWhatWaitsWhenTheCoreNeverTakesAFold) {
  const StreamLayer stream = one_tile(Dataflow::WeightStationary, {6, 4, 8, 1}, 4, 4);
  StreamAccelerator core{stream.limits};
  class Stubborn final : public AcceleratorCore {
   public:
    explicit Stubborn(AcceleratorCore& core) : AcceleratorCore(core.limits()), core_(&core) {}
    void configure(const StreamFormats& formats) override { core_->configure(formats); }
    const StreamOutputs& cycle(const StreamInputs& inputs) override {
      StreamInputs without = inputs;
      without.fold = nullptr;
      return core_->cycle(without);
    }
    [[nodiscard]] std::string describe() const override { return core_->describe(); }

   private:
    AcceleratorCore* core_;
  } stubborn{core};
  StreamHarness harness{stream, stubborn};
  try {
    (void)harness.run();
    FAIL() << "no NoProgress";
  } catch (const NoProgress& error) {
    const std::string text = error.what();
    // Blocks of both halves are in, of six and two beats; two folds of four rows along k.
    EXPECT_THAT(text, HasSubstr("0 tiles, 0 folds started"));
    EXPECT_THAT(text, HasSubstr("next: fold 0 of 2 of a tile with activations there"));
    EXPECT_THAT(text, HasSubstr("left: 2 blocks, 12 beats sent"));
    EXPECT_THAT(text, HasSubstr("top: 2 blocks, 4 beats sent"));
    EXPECT_THAT(text, HasSubstr("one preloaded"));
    EXPECT_THAT(text, HasSubstr("DMA: 0 transfers queued"));
  }
}

TEST(StreamEngine, SaysWhatWaitsWhenResultsNeverLeave) {
  const StreamLayer stream = one_tile(Dataflow::OutputStationary, {4, 4, 8, 1}, 4, 4);
  StreamAccelerator core{stream.limits};
  WatchedCore silent{core,
                     [](const StreamInputs&, StreamOutputs& outputs) { outputs.has_beat = false; }};
  StreamHarness harness{stream, silent};
  try {
    (void)harness.run();
    FAIL() << "no NoProgress";
  } catch (const NoProgress& error) {
    EXPECT_THAT(error.what(), HasSubstr("1 folds in flight"));
    EXPECT_THAT(error.what(), HasSubstr("1 regions awaited, 0 beats of the first out"));
  }
}

TEST(StreamEngine, RefusesBeatsThatNoFoldComputes) {
  const StreamLayer stream = one_tile(Dataflow::OutputStationary, {4, 4, 8, 1}, 4, 4);
  StreamAccelerator core{stream.limits};
  const std::vector<int32_t> zeros(4);
  WatchedCore chatty{core, [&](const StreamInputs&, StreamOutputs& outputs) {
                       outputs.has_beat = true;
                       outputs.columns = zeros;
                     }};
  StreamHarness harness{stream, chatty};
  EXPECT_THROW((void)harness.run(), CheckFailed);

  WatchedCore endless{core,
                      [](const StreamInputs&, StreamOutputs& outputs) { outputs.is_last = false; }};
  StreamHarness without_end{stream, endless};
  EXPECT_THROW((void)without_end.run(), CheckFailed);
}

}  // namespace
}  // namespace olivine
