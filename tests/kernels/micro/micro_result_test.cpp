// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro_result.h"

#include <gtest/gtest.h>

#include "kernels/micro/loop_timing.h"
#include "kernels/micro/sustained.h"
#include "kernels/micro/wgmma_interval.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/instruction.h"
#include "sim/tensor_core/microbenchmark.h"

namespace olivine {
namespace {

MicroResult interval(MicroInstruction instruction, int warps, int chains, double cycles,
                     int n = kMmaColumns) {
  MicroResult result = make_micro_result("issue_interval", "cycle", {cycles});
  result.instruction = instruction_name(instruction, n);
  result.opcode = instruction;
  result.parameters.warps = warps;
  result.parameters.ilp = chains;
  result.parameters.n = n;
  if (info(instruction).is_wgmma) result.parameters.a_in_registers = true;
  return result;
}

MicroResult read_bandwidth(int64_t bytes, double rate) {
  MicroResult result = make_micro_result("read_bandwidth", "TB/s", {rate});
  result.instruction = "memory";
  result.parameters.footprint_bytes = bytes;
  return result;
}

TEST(MicroResult, ValueIsTheMedianAndSpreadTheRangeOverIt) {
  const MicroResult odd = make_micro_result("x", "cycle", {9, 1, 4});
  EXPECT_DOUBLE_EQ(odd.value, 4);
  EXPECT_DOUBLE_EQ(odd.spread_ratio, (9.0 - 1.0) / 4.0);
  EXPECT_EQ(odd.samples, (std::vector<double>{9, 1, 4})) << "as they were taken";
  const MicroResult even = make_micro_result("x", "cycle", {8, 2, 4, 6});
  EXPECT_DOUBLE_EQ(even.value, (4.0 + 6.0) / 2);
  const MicroResult one = make_micro_result("x", "1", {0});
  EXPECT_DOUBLE_EQ(one.value, 0);
  EXPECT_DOUBLE_EQ(one.spread_ratio, 0);
}

TEST(LoopTiming, TakesTheDifferenceOfTwoNumbersOfIterations) {
  // A warp that begins first, one that ends last; 100 cycles around a loop of 7 an iteration. The
  // first repetition is cold.
  constexpr IterationPair kIterations = {10, 50};
  std::vector<TimedSpan> spans;
  for (const uint64_t extra : {uint64_t{500}, uint64_t{0}, uint64_t{20}}) {
    for (const uint64_t iterations : {uint64_t{10}, uint64_t{50}}) {
      const uint64_t cycles = 100 + 7 * iterations + (iterations == 50 ? extra : 0);
      spans.push_back({1000, 900 + cycles, 0, 0});
      spans.push_back({1050, 1000 + cycles, 0, 0});
    }
  }
  const std::vector<double> samples = cycles_per_iteration(spans, 2, kIterations);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_DOUBLE_EQ(samples[0], 7);
  EXPECT_DOUBLE_EQ(samples[1], 7 + 20.0 / 40);
}

TEST(LoopTiming, ClockIsCyclesOverTime) {
  EXPECT_DOUBLE_EQ(clock_hz({100, 1'830'100, 5, 1'000'005}), 1.83e9);
}

TEST(WgmmaInterval, IsTheLargestOfMultipliersPortAndFloor) {
  // By the formula of wgmma_interval.h, worked out by hand; measured on H800: 128, 144 (n = 256).
  struct Row {
    int n;
    double dense_ss, dense_rs, sparse_ss, sparse_rs;
  };
  constexpr Row kRows[] = {
      {256, 128, 128, 144, 128}, {128, 64, 64, 80, 64}, {64, 32, 32, 48, 32}, {32, 24, 16, 32, 16}};
  for (const Row& row : kRows) {
    EXPECT_DOUBLE_EQ(wgmma_interval_cycles({row.n, false, false}), row.dense_ss);
    EXPECT_DOUBLE_EQ(wgmma_interval_cycles({row.n, true, false}), row.dense_rs);
    EXPECT_DOUBLE_EQ(wgmma_interval_cycles({row.n, false, true}), row.sparse_ss);
    EXPECT_DOUBLE_EQ(wgmma_interval_cycles({row.n, true, true}), row.sparse_rs);
  }
  // 2 KiB of A and 8 rows of 32 bytes of B at 128 bytes a clock.
  EXPECT_DOUBLE_EQ(wgmma_interval_cycles({8, false, false}), (2048.0 + 8 * 32) / 128);
  EXPECT_DOUBLE_EQ(wgmma_interval_cycles({8, true, false}), kWgmmaFloorCycles);
  EXPECT_DOUBLE_EQ(wgmma_interval_cycles({8, true, false}, 2), 4) << "n / 2 above another floor";
}

TEST(WgmmaInterval, IsTheSimulatorsRule) {
  const GpuMachine machine = load_gpu("h100_sxm");
  for (const int n : kWgmmaColumns) {
    for (const bool a_in_registers : {false, true}) {
      for (const bool is_sparse : {false, true}) {
        const TensorInstruction instruction{
            .op = TensorOp::Wgmma,
            .m = 64,
            .n = n,
            .k = is_sparse ? 64 : 32,
            .format = Format::Int8,
            .pattern = is_sparse ? Pattern::TwoFour : Pattern::Dense,
            .a_in_registers = a_in_registers};
        EXPECT_DOUBLE_EQ(wgmma_interval_cycles({n, a_in_registers, is_sparse}),
                         instruction_cost(machine, instruction).interval_cycles)
            << name_of(instruction);
      }
    }
  }
}

TEST(DerivePublished, TurnsIntervalsIntoThePublishedQuantities) {
  using enum MicroInstruction;
  const std::vector<MicroResult> results = {
      interval(MmaS8, 1, 1, 24),        interval(MmaS8, 4, 3, 9), interval(MmaS8, 8, 2, 8.5),
      interval(MmaS8, 16, 4, 8),        interval(MmaS8, 2, 8, 5), interval(WgmmaS8, 4, 1, 128, 256),
      interval(WgmmaS8, 8, 1, 64, 256),
  };
  const std::vector<MicroResult> derived = derive_published(results, int64_t{40} << 20);
  // 16 x 8 x 32 multiplications an instruction, four sub-cores.
  constexpr double kMacs = 16 * 8 * 32 * 4;
  struct Expected {
    const char* name;
    double value;
  };
  const std::vector<Expected> expected = {{"latency", 24},
                                          {"throughput_4warp", kMacs / 9},
                                          {"throughput_8warp", kMacs / 8.5},
                                          {"latency", 128},
                                          {"throughput_max", kMacs / 8}};
  ASSERT_EQ(derived.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(derived[i].name, expected[i].name);
    EXPECT_DOUBLE_EQ(derived[i].value, expected[i].value);
  }
  EXPECT_EQ(derived[3].parameters.n, 256);
}

TEST(DerivePublished, TakesBandwidthsWhereNoOtherMemoryHelps) {
  constexpr int64_t kMiB = int64_t{1} << 20;
  const std::vector<MicroResult> results = {
      read_bandwidth(4 * kMiB, 5.5), read_bandwidth(10 * kMiB, 6),  read_bandwidth(11 * kMiB, 9),
      read_bandwidth(159 * kMiB, 7), read_bandwidth(160 * kMiB, 3), read_bandwidth(900 * kMiB, 2)};
  const std::vector<MicroResult> derived = derive_published(results, 40 * kMiB);
  ASSERT_EQ(derived.size(), 2U);
  EXPECT_EQ(derived[0].name, "L2_BW");
  EXPECT_DOUBLE_EQ(derived[0].value, 6);
  EXPECT_EQ(derived[1].name, "DRAM_BW");
  EXPECT_DOUBLE_EQ(derived[1].value, 3);
  EXPECT_TRUE(derive_published({}, 40 * kMiB).empty());
}

TEST(MicrobenchmarkTable, IsReadByTheSimulatorsComparison) {
  using enum MicroInstruction;
  const std::vector<MicroResult> results = {
      interval(MmaS8, 1, 1, 24.5),         interval(MmaSpF16, 8, 2, 8),
      interval(MmaBf16, 16, 4, 6),         interval(WgmmaSpS8, 4, 1, 128, 256),
      read_bandwidth(int64_t{4} << 20, 9), read_bandwidth(int64_t{1} << 30, 3.9)};
  const std::vector<MicroResult> derived = derive_published(results, int64_t{60} << 20);
  const std::vector<MicrobenchmarkRow> rows =
      parse_microbenchmarks(microbenchmark_table(derived, "H200", "own"), "table.csv");
  ASSERT_EQ(rows.size(), derived.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].metric, derived[i].name);
    EXPECT_EQ(rows[i].unit, derived[i].unit);
    EXPECT_NEAR(rows[i].value, derived[i].value, 1e-5 * derived[i].value);  // six digits
    EXPECT_EQ(rows[i].instruction.has_value(), derived[i].opcode.has_value());
  }
  for (const MicrobenchmarkResult& result : compare_microbenchmarks(rows)) {
    EXPECT_TRUE(result.simulated) << result.row.instr << " " << result.row.metric << ": "
                                  << result.reason;
  }
  EXPECT_EQ(microbenchmark_table({}, "H200", "own"),
            "device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note\n");
}

TEST(Sustained, RateAndClockAreThoseOfTheSecondHalf) {
  // Two SMs; four launches of 1 ms, 10 us apart, each SM at a clock of its own that falls.
  std::vector<TimedSpan> spans;
  for (uint64_t i = 0; i < 4; ++i) {
    const uint64_t first_ns = 5'000 + i * 1'010'000;
    for (const uint64_t sm : {uint64_t{0}, uint64_t{1}}) {
      const uint64_t cycles = 1'900'000 - 100'000 * i + 10'000 * sm;
      spans.push_back({7, 7 + cycles, first_ns, first_ns + 1'000'000});
    }
  }
  constexpr double kOperations = 2e9;
  const SustainedResult result = summarize_sustained(spans, 2, kOperations);
  ASSERT_EQ(result.intervals.size(), 4U);
  EXPECT_NEAR(result.intervals[3].start_s, 3 * 1.01e-3, 1e-12);
  EXPECT_NEAR(result.tera_ops, kOperations / 1e-3 / 1e12, 1e-9);
  EXPECT_NEAR(result.intervals[0].sm_clock_hz, 1.905e9, 1);
  EXPECT_NEAR(result.sm_clock_hz, (1.705e9 + 1.605e9) / 2, 1);
  EXPECT_NEAR(result.seconds, 3 * 1.01e-3 + 1e-3, 1e-12);
}

TEST(Sustained, CountsTheOperationsOfEveryWarpOrWarpgroup) {
  const IssueCase mma = sustained_case({});
  EXPECT_EQ(mma.warps, 16);
  // 64 instructions an iteration and warp.
  EXPECT_DOUBLE_EQ(sustained_operations(mma, 132, 10), 2.0 * 16 * 8 * 32 * 64 * 16 * 132 * 10);
  const SustainedOptions sparse{.instruction = MicroInstruction::WgmmaSpS8, .n = 128};
  // 16 an iteration and warpgroup, of two.
  EXPECT_DOUBLE_EQ(sustained_operations(sustained_case(sparse), 132, 10),
                   2.0 * 64 * 128 * 64 * 16 * 2 * 132 * 10);
}

TEST(Sustained, RefusesWhatItCannotRun) {
  EXPECT_TRUE(check_sustained({}, kA100Limits));
  EXPECT_FALSE(check_sustained({.instruction = MicroInstruction::WgmmaS8}, kA100Limits));
  EXPECT_FALSE(check_sustained({.instruction = MicroInstruction::WgmmaS8, .n = 40}, kH100Limits));
  EXPECT_FALSE(check_sustained({.seconds = 0}, kH100Limits));
  EXPECT_FALSE(check_sustained({.seconds = 61}, kH100Limits));
}

}  // namespace
}  // namespace olivine
