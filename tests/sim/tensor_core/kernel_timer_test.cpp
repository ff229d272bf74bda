// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Every term of the time of a kernel against its formula, on a chip of two SMs. With an exponent of
// 1 what overlaps adds up, and with CTAs that fill the SMs evenly parts_s() is the terms.
#include "sim/tensor_core/kernel_timer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

constexpr double kClock = 1e9;  // a cycle is a nanosecond
constexpr double kSms = 2;
constexpr double kL2 = 1 << 20;
constexpr double kHbm = 1e11;  // bytes a second
constexpr double kTolerance = 1e-12;

// mma.m16n8k16 of fp16: 16 * 8 * 16 multiplications at 512 a clock and sub-core, at half the rate.
constexpr double kMmaCycles = 16.0 * 8 * 16 / 512 / 0.5;

GpuMachine tiny() {
  GpuMachine machine;  // the defaults are an H100's
  machine.name = "tiny";
  machine.sm.count = static_cast<int64_t>(kSms);
  machine.tensor.fp16_macs_per_clk = 2048;
  machine.tensor.mma_sync_rate = 0.5;
  machine.cache.bytes = static_cast<int64_t>(kL2);
  machine.cache.bytes_per_clk = 100;
  machine.hbm.bytes_per_s = kHbm;
  machine.power.max_clock_hz = kClock;
  return machine;
}

KernelConstants additive() {
  KernelConstants constants;
  constants.overlap = 1;
  constants.launch_us = 3;
  constants.tensor_reached = 0.8;
  constants.one_warp_rate = 0.6;
  constants.shared_reached = 0.9;
  constants.shared_write_weight = 0.25;
  constants.decode_reached = 0.5;
  constants.l2_reached = 0.7;
  constants.l2_sm_bytes_per_clk = 60;
  constants.multicast = 0.3;
  constants.hbm_reached = 0.85;
  constants.write_back = 0.4;
  constants.refetch = 0.6;
  constants.memory_latency_cycles = 900;
  constants.l2_latency_cycles = 300;
  constants.max_stages = 3.5;
  constants.serial_share = 0.2;
  constants.stage_cycles = 17;
  constants.epilogue_cycles = 1100;
  constants.epilogue_exposed = 0.35;
  constants.store_cycles = 1500;
  constants.store_exposed = 0.65;
  constants.split_us = 1.25;
  constants.split_traffic = 1.5;
  constants.hot_margin = 0.5;
  return constants;
}

// 128 x 128 outputs in four warps, one a sub-core; two CTAs fit an SM.
constexpr int64_t kTileK = 32;
GemmKernel tile() {
  GemmKernel kernel;
  kernel.tile_k = kTileK;
  kernel.name = "tile";
  return kernel;
}

const Scheme& fp16() { return parse_scheme("w16a16-fp16"); }

// 4 x 2 tiles, 8 stages: 4 CTAs an SM, in two rounds.
GemmProblem even_problem() { return {{512, 256, 256, 1}, fp16()}; }
constexpr double kRows = 4, kColumns = 2, kStages = 8, kPerSm = 4, kRounds = 2;
constexpr double kStageBytes = 2.0 * 128 * kTileK * 2;
constexpr double kTileCycles = (128.0 / 16) * (128.0 / 8) * (kTileK / 16.0) * kMmaCycles / 4 / 0.8;

struct Timed {
  KernelTimer timer;
  GemmLoad load;

  Timed(const GpuMachine& machine, const KernelConstants& constants, const GemmKernel& kernel,
        const GemmProblem& problem, const GemmContext& context = {})
      : timer{machine, constants, kernel, problem.scheme},
        load{gemm_load(machine, constants, problem, context)} {}

  [[nodiscard]] double time_s() const { return timer.time_s(load, kClock); }
  [[nodiscard]] double part_cycles(TimePart part) const {
    return timer.parts_s(load, kClock)[static_cast<size_t>(part)] * kClock;
  }
};

Timed even_timed(const GemmKernel& kernel = tile()) {
  return {tiny(), additive(), kernel, even_problem()};
}

// Of cycles, to their rounding.
auto near(double expected) { return ::testing::DoubleNear(expected, 1e-9 * expected + 1e-7); }

TEST(KernelTimer, TensorTimeIsInstructionsAtTheirInterval) {
  const Timed timed = even_timed();
  ASSERT_EQ(timed.timer.ctas_per_sm(), 2);  // two warps on a sub-core: the full rate
  EXPECT_EQ(timed.timer.cta_count(timed.load), kRows * kColumns);
  EXPECT_THAT(timed.part_cycles(TimePart::Tensor), near(kPerSm * kStages * kTileCycles));
}

TEST(KernelTimer, ACtaAloneIssuesAtTheRateOfItsWarps) {
  const GemmProblem one_a_cta_an_sm{{256, 128, kTileK, 1}, fp16()};
  const auto tensor_cycles = [&](int64_t warps) {
    GemmKernel kernel = tile();
    kernel.math_warps = warps;
    return Timed{tiny(), additive(), kernel, one_a_cta_an_sm}.part_cycles(TimePart::Tensor);
  };
  // 2 warps leave half of the sub-cores idle, 4 give each one warp, 8 two.
  EXPECT_THAT(tensor_cycles(2), near(kTileCycles / (0.5 * 0.6)));
  EXPECT_THAT(tensor_cycles(4), near(kTileCycles / 0.6));
  EXPECT_THAT(tensor_cycles(8), near(kTileCycles));
}

TEST(KernelTimer, SharedMemoryIsReadByWarpsAndWrittenByLoads) {
  // 2 x 2 warps: each row of the tile is read by two of them, each column too.
  const double bytes = 2 * kStageBytes + 0.25 * kStageBytes;
  EXPECT_THAT(even_timed().part_cycles(TimePart::SharedMemory),
              near(kPerSm * kStages * bytes / (128 * 0.9)));
}

TEST(KernelTimer, DecodeTakesTheIntegerLanes) {
  GemmKernel kernel = tile();
  kernel.decode_weights = DecodePlace::Mainloop;
  GemmProblem problem = even_problem();
  problem.scheme = parse_scheme("w8a16-int8");
  const double instructions = 128 * kTileK * decode_instructions(Format::Int8, Format::Fp16);
  ASSERT_GT(instructions, 0);
  const Timed timed{tiny(), additive(), kernel, problem};
  EXPECT_THAT(timed.part_cycles(TimePart::Decode),
              near(kPerSm * kStages * instructions / (64 * 0.5)));
  EXPECT_THAT(timed.timer.actions(timed.load).alu_instructions,
              near(kRows * kColumns * kStages * instructions));
  EXPECT_EQ(even_timed().part_cycles(TimePart::Decode), 0);
}

TEST(KernelTimer, L2IsHeldByTheChipOrByOneSm) {
  GpuMachine machine = tiny();
  // Of the chip 100 * 0.7 = 70 bytes a clock for two SMs, which alone would take 60 each.
  const auto l2_cycles = [&] {
    return Timed{machine, additive(), tile(), even_problem()}.part_cycles(TimePart::L2);
  };
  EXPECT_THAT(l2_cycles(), near(kRows * kColumns * kStages * kStageBytes / 70));
  machine.cache.bytes_per_clk = 1000;
  EXPECT_THAT(l2_cycles(), near(kPerSm * kStages * kStageBytes / 60));
}

TEST(KernelTimer, AClusterSharesTilesOfTheSecondOperand) {
  GemmKernel kernel = tile();
  kernel.cluster_m = 2;
  const auto l2_bytes_of_stage = [&](const GemmShape& shape) {
    const Timed timed{tiny(), additive(), kernel, {shape, fp16()}};
    return timed.part_cycles(TimePart::L2) * 70 / (timed.timer.cta_count(timed.load) * kStages);
  };
  const double half = kStageBytes / 2;
  EXPECT_THAT(l2_bytes_of_stage({512, 256, 256, 1}), near(half + 0.3 * half));
  EXPECT_THAT(l2_bytes_of_stage({128, 256, 256, 1}), near(0.3 * half + half));  // one row of tiles
  EXPECT_THAT(l2_bytes_of_stage({128, 128, 256, 2}), near(kStageBytes));        // nothing to share
}

TEST(KernelTimer, MemorySendsOperandsOnceAndTakesTheOutputsThatLeave) {
  const double weights = 256.0 * 256 * 2;
  const double activations = 512.0 * 256 * 2;
  const double outputs = 512.0 * 256 * 2;
  // Operands fit L2: nothing is fetched again.
  EXPECT_THAT(even_timed().part_cycles(TimePart::Hbm),
              near((weights + activations + 0.4 * outputs) / (kHbm * 0.85) * kClock));
}

TEST(KernelTimer, PanelsOutOfL2AreFetchedAgainForEveryWave) {
  const GemmProblem problem{{2048, 2048, 256, 1}, fp16()};
  GemmKernel kernel = tile();
  const Timed timed{tiny(), additive(), kernel, problem};
  const double operand = 2048.0 * 256 * 2;  // each of them; 2 MiB together, of which 1 stays
  const double share = 0.6 * (1 - kL2 / (2 * operand));
  // A wave is a square of tiles, of 16 x 16.
  const double side = std::sqrt(kSms * timed.timer.ctas_per_sm());
  const double again = 2 * operand * (16 / side - 1) * share;
  const double outputs = 2048.0 * 2048 * 2;
  const double written = std::max(0.4 * outputs, outputs - kL2);
  EXPECT_NEAR(timed.load.refetch, share, kTolerance);
  EXPECT_NEAR(timed.load.written_bytes, written, kTolerance * written);
  EXPECT_THAT(timed.timer.actions(timed.load).hbm_bytes, near(2 * operand + again + written));
  EXPECT_THAT(timed.part_cycles(TimePart::Hbm),
              near((2 * operand + again + written) / (kHbm * 0.85) * kClock));
}

TEST(KernelTimer, LatencyIsOfEveryRoundOfCtas) {
  const Timed timed = even_timed();
  // Cold weights; 4 stages of which constants let 3.5 hide it: 2.5 are on their way.
  EXPECT_THAT(timed.part_cycles(TimePart::Latency),
              near(kRounds * kStages * (900 / 2.5 + 17 + 0.2 * kTileCycles / 0.6)));
  GemmKernel shallow = tile();
  shallow.stages = 2;
  const Timed other = even_timed(shallow);
  ASSERT_EQ(other.timer.ctas_per_sm(), 2);
  EXPECT_THAT(other.part_cycles(TimePart::Latency),
              near(kRounds * kStages * (900 / 1.0 + 17 + 0.2 * kTileCycles / 0.6)));
}

TEST(KernelTimer, AnEpilogueIsExposedByRoundAndStoresByCta) {
  const Timed timed = even_timed();
  const double store = 1500.0 * (128 * 128) / (128 * 256);
  EXPECT_THAT(timed.part_cycles(TimePart::Epilogue),
              near(1100 * (1 + 0.35 * (kRounds - 1)) + store * (1 + 0.65 * (kPerSm - 1))));
}

TEST(KernelTimer, SplitSumsAreWrittenAndReadAgain) {
  GemmKernel kernel = tile();
  kernel.splits = 2;
  kernel.schedule = Schedule::SplitK;
  const Timed timed = even_timed(kernel);
  EXPECT_EQ(timed.timer.cta_count(timed.load), kRows * kColumns * 2);
  const double per_sm = 2 * kPerSm;
  const double rounds = 2 * kRounds;
  const double store = 1500.0 * (128 * 128) / (128 * 256);
  const double sums = 512.0 * 256 * 4 * (2 + 1);  // two partial ones, and their total
  EXPECT_THAT(timed.part_cycles(TimePart::Epilogue),
              near(1100 * (1 + 0.35 * (rounds - 1)) + store * (1 + 0.65 * (per_sm - 1)) + 1250 +
                   1.5 * sums / 70));
  // As much work in all, in twice the CTAs of half the stages.
  EXPECT_THAT(timed.part_cycles(TimePart::Tensor), near(per_sm * (kStages / 2) * kTileCycles));
}

TEST(KernelTimer, NoMoreSplitsThanStages) {
  GemmKernel kernel = tile();
  kernel.splits = 100;
  kernel.schedule = Schedule::SplitK;
  const Timed timed = even_timed(kernel);
  EXPECT_EQ(timed.timer.cta_count(timed.load), kRows * kColumns * kStages);
}

TEST(KernelTimer, SmsThatWaitInTheLastWaveAreTheTail) {
  // Three CTAs for two SMs: one of them has two.
  const GemmProblem problem{{384, 128, 256, 1}, fp16()};
  const Timed timed{tiny(), additive(), tile(), problem};
  const GemmProblem full{{512, 128, 256, 1}, fp16()};
  const Timed even{tiny(), additive(), tile(), full};
  const auto parts = timed.timer.parts_s(timed.load, kClock);
  EXPECT_NEAR(std::accumulate(parts.begin(), parts.end(), 0.0), timed.time_s(),
              kTolerance * timed.time_s());
  // Half a CTA less of all that the busiest SM does, and of its stores; L2 sends to all at once.
  const double rate = 0.6 + 0.4 * 0.5;  // 1.5 warps a sub-core on average
  EXPECT_THAT(timed.part_cycles(TimePart::Tensor), near(1.5 * kStages * kTileCycles / rate));
  const double tensor = 2 * kStages * kTileCycles - 1.5 * kStages * kTileCycles / rate;
  const double shared = 0.5 * kStages * 2.25 * kStageBytes / (128 * 0.9);
  const double store = 0.65 * 0.5 * 1500.0 / 2;
  EXPECT_THAT(timed.part_cycles(TimePart::Tail), near(tensor + shared + store));
  EXPECT_EQ(even.part_cycles(TimePart::Tail), 0);
}

TEST(KernelTimer, ANormJoinsWhatOverlaps) {
  KernelConstants constants = additive();
  const Timed sum{tiny(), constants, tile(), even_problem()};
  constants.overlap = 3;
  const Timed norm{tiny(), constants, tile(), even_problem()};
  double cubes = 0;
  for (const TimePart part : {TimePart::Tensor, TimePart::SharedMemory, TimePart::Decode,
                              TimePart::L2, TimePart::Hbm, TimePart::Latency}) {
    cubes += std::pow(sum.part_cycles(part), 3);
  }
  EXPECT_THAT(norm.time_s() * kClock,
              near(std::cbrt(cubes) + sum.part_cycles(TimePart::Epilogue) + 3000));
}

TEST(KernelTimer, APrePassIsAKernelOfItsOwn) {
  GemmKernel kernel = tile();
  kernel.decode_weights = DecodePlace::PrePass;
  GemmProblem problem = even_problem();
  problem.scheme = parse_scheme("w8a16-int8");
  const Timed timed{tiny(), additive(), kernel, problem};
  const double weights = 256.0 * 256;
  // Bytes as stored, and as fp16; or its decoding, where that takes longer.
  const double moved = 3 * weights / (kHbm * 0.85) * kClock;
  const double decoded =
      weights * decode_instructions(Format::Int8, Format::Fp16) / (kSms * 64 * 0.5);
  EXPECT_THAT(timed.part_cycles(TimePart::Launch), near(3000 + 3000 + std::max(moved, decoded)));
}

TEST(KernelTimer, AMatrixVectorKernelReadsItsWeightsOnCudaCores) {
  KernelConstants constants = additive();
  constants.vector_launch_us = 2;
  constants.vector_hbm_reached = 0.5;
  constants.vector_cycles_per_mac = 0.7;
  constants.vector_cycles_per_row = 30;
  constants.vector_cycles_per_k = 0.4;
  GemmKernel kernel;
  kernel.on_cuda_cores = true;
  kernel.max_m = 4;
  const GemmProblem problem{{3, 1000, 640, 1}, parse_scheme("w8a8-int8")};
  const Timed timed{tiny(), constants, kernel, problem};
  EXPECT_THAT(timed.part_cycles(TimePart::CudaCores),
              near(3.0 * 1000 * 640 * 0.7 / (kSms * 64) + 1000 * 30 / kSms));
  EXPECT_THAT(timed.part_cycles(TimePart::Hbm), near(1000.0 * 640 / (kHbm * 0.5) * kClock));
  EXPECT_THAT(timed.part_cycles(TimePart::Latency), near(640 * 0.4));
  EXPECT_THAT(timed.part_cycles(TimePart::Launch), near(2000));
  EXPECT_EQ(timed.part_cycles(TimePart::Tensor), 0);
  EXPECT_EQ(timed.timer.cta_count(timed.load), 0);
  EXPECT_TRUE(timed.timer.takes(4));
  EXPECT_FALSE(timed.timer.takes(5));
}

TEST(GemmLoad, WeightsAreFoundInL2WhereTheirSetsFit) {
  // Two sets of weights and the rest take the share given of L2.
  const auto cold_share = [](double footprint_share) {
    const int64_t k = 256;
    const double others = 128.0 * k * 2 + 128 * 128 * 2;  // activations, outputs
    const double weights = 128.0 * k * 2;
    GpuMachine machine = tiny();
    machine.cache.bytes =
        static_cast<int64_t>(std::round((2 * weights + others) / footprint_share));
    const GemmLoad load =
        gemm_load(machine, additive(), {{128, 128, k, 1}, fp16()}, {.weight_sets = 2});
    EXPECT_NEAR(load.weight_latency_cycles, 300 + 600 * load.cold_weight_bytes / load.weight_bytes,
                1e-9);
    return load.cold_weight_bytes / load.weight_bytes;
  };
  // A margin of half of L2 about its capacity: all is found below 3/4, nothing above 5/4.
  EXPECT_EQ(cold_share(0.5), 0);
  EXPECT_EQ(cold_share(0.75), 0);
  EXPECT_NEAR(cold_share(0.875), 0.25, 1e-4);
  EXPECT_NEAR(cold_share(1), 0.5, 1e-4);
  EXPECT_NEAR(cold_share(1.125), 0.75, 1e-4);
  EXPECT_NEAR(cold_share(1.25), 1, 1e-4);
  EXPECT_EQ(cold_share(2), 1);
}

TEST(GemmLoad, MemoryIsNeverNearerThanL2) {
  KernelConstants constants = additive();
  constants.l2_latency_cycles = 1000;  // memory: 900
  for (const double sets : {0.0, 1.0}) {
    const GemmLoad load =
        gemm_load(tiny(), constants, {{8, 8, 8, 1}, fp16()}, {.weight_sets = sets});
    EXPECT_EQ(load.weight_latency_cycles, 1000);
  }
}

TEST(GemmLoad, NothingIsFoundInL2WithoutSets) {
  const GemmLoad load = gemm_load(tiny(), additive(), {{8, 8, 8, 1}, fp16()}, {});
  EXPECT_EQ(load.cold_weight_bytes, load.weight_bytes);
  EXPECT_EQ(load.cold_activation_bytes, load.activation_bytes);
  EXPECT_EQ(load.weight_latency_cycles, 900);
}

TEST(GemmLoad, ActivationsAreFoundWhereOneSetFits) {
  // Three times the weights do not fit, one does.
  GpuMachine machine = tiny();
  const double weights = 1024.0 * 256 * 2;
  machine.cache.bytes = static_cast<int64_t>(2 * weights);
  const GemmLoad load =
      gemm_load(machine, additive(), {{8, 1024, 256, 1}, fp16()}, {.weight_sets = 3});
  EXPECT_EQ(load.cold_weight_bytes, weights);
  EXPECT_EQ(load.cold_activation_bytes, 0);
}

TEST(KernelTimer, LowerBoundIsBelowTheTimeOfEveryKernel) {
  constexpr uint64_t kSeed = 11;
  for (const std::string& name : shipped_gpus()) {
    const GpuMachine machine = load_gpu(name);
    const GemmModel model{machine};
    for (const Scheme& scheme : all_schemes()) {
      for (const std::string& library : model.libraries(scheme)) {
        SCOPED_TRACE(fmt::format("{} {} {}, seed {}", name, scheme.name, library, kSeed));
        Rng rng{kSeed};
        for (const GemmKernel& kernel : model.menu(scheme, library).kernels) {
          const KernelTimer timer{machine, KernelConstants{}, kernel, scheme};
          for (const GemmShape& shape :
               {GemmShape{rng.uniform(0, 3), rng.uniform(1, 9000), rng.uniform(1, 9000), 1},
                GemmShape{rng.uniform(1, 9000), rng.uniform(1, 9000), rng.uniform(0, 900), 1}}) {
            const GemmLoad load = gemm_load(machine, {}, {shape, scheme}, {});
            EXPECT_LE(timer.lower_bound_s(load, kClock),
                      timer.time_s(load, kClock) * (1 + kTolerance))
                << kernel.name;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace olivine
