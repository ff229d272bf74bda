// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/microbenchmark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>

#include "models/base/error.h"
#include "models/machines/gpu.h"

namespace olivine {
namespace {

constexpr const char* kPublishedRows = OLV_SOURCE_DIR "/../shared/data/gpu_microbench.csv";
const std::string kHeader = "device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note\n";

std::vector<MicrobenchmarkRow> rows_of(const std::string& lines) {
  return parse_microbenchmarks(kHeader + lines, "rows.csv");
}

double simulated(const std::string& line) {
  const auto results = compare_microbenchmarks(rows_of(line));
  EXPECT_EQ(results.size(), 1U);
  EXPECT_TRUE(results.at(0).simulated.has_value()) << results.at(0).reason;
  return results.at(0).simulated.value_or(0);
}

std::vector<std::string> problems_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(MicrobenchmarkFile, ReadsInstructionsAndMemory) {
  const auto rows = rows_of(
      "A100,paper,wgmma.sp RS,64,256,64,fp8,2:4,throughput,2945,TFLOPS,note; more\r\n"
      "\n"
      "H800,paper,memory,,,,,,L2_latency,263.0,cycle,\n");
  ASSERT_EQ(rows.size(), 2U);
  const TensorInstruction expected = {.op = TensorOp::Wgmma,
                                      .m = 64,
                                      .n = 256,
                                      .k = 64,
                                      .format = Format::Fp8,
                                      .pattern = Pattern::TwoFour,
                                      .a_in_registers = true};
  EXPECT_EQ(rows[0].instruction, expected);
  EXPECT_EQ(rows[0].value, 2945);
  EXPECT_EQ(rows[0].note, "note; more");
  EXPECT_EQ(rows[0].place, "rows.csv:2");
  EXPECT_EQ(rows[1].instruction, std::nullopt);
  EXPECT_EQ(rows[1].place, "rows.csv:4");
  EXPECT_TRUE(rows_of("").empty());
}

TEST(MicrobenchmarkFile, NamesEveryProblemWithItsPlaceBad) {
  const auto problems = problems_of([] {
    rows_of(
        "A100,p,mma.sink,16,8,16,f16,dense,latency,24,cycle,\n"
        "A100,p,mma.sync,0,8,x,f17,dense,latency,-1,cycle,\n"
        "A100,p,mma.sync,16,8,16,f16,2:4,latency,24,ms,\n"
        "A100,p,mma.sync,16,8,16\n"
        "A100,p,memory,,,,,,latency,nan,cycle,\n"
        "A100,p,memory,,,,,,L2_latencies,1,cycle,\n");
  });
  const std::vector<std::string> beginnings = {
      "rows.csv:2: instr = mma.sink: must be one of mma.sync|mma.sp|",
      "rows.csv:3: dtype = f17: must be one of f16|",
      "rows.csv:3: M = 0: must be 1..4096",
      "rows.csv:3: K = x: must be 1..4096",
      "rows.csv:3: value = -1: must be a number above 0",
      "rows.csv:4: sparse = 2:4: must be dense for mma.sync",
      "rows.csv:4: unit = ms: must be cycle for latency",
      "rows.csv:5: 6 cells: must be 12",
      "rows.csv:6: metric = latency: must be one of memory",
      "rows.csv:6: value = nan: must be a number above 0",
      "rows.csv:7: metric = L2_latencies: must be one of latency|"};
  ASSERT_EQ(problems.size(), beginnings.size());
  for (size_t i = 0; i < problems.size(); ++i) {
    EXPECT_EQ(problems[i].substr(0, beginnings[i].size()), beginnings[i]);
  }
  EXPECT_NE(problems.back().find("did you mean 'L2_latency'?"), std::string::npos);
}

TEST(MicrobenchmarkFile, OtherColumnsAreRefusedBad) {
  for (const std::string text : {"", "device,value\n", "\n"}) {
    const auto problems = problems_of([&] { (void)parse_microbenchmarks(text, "x.csv"); });
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].substr(0, 32), "x.csv:1: columns must be device,");
  }
  EXPECT_EQ(problems_of([] { (void)read_microbenchmarks("/nowhere/rows.csv"); }).size(), 1U);
}

// Every expected number is the machine's: macs a clock x 2 x SMs x clock.
TEST(Microbenchmark, ThroughputIsThatOfTheBoard) {
  const double a100 = 1024 * 2 * 108 * 1.410e9 / 1e12;
  EXPECT_NEAR(simulated("A100-PCIe,p,mma.sync,16,8,16,f16,dense,throughput,1,TFLOPS,"), a100,
              0.002 * a100);
  const double h800 = 2048 * 2 * 114 * 1.565e9 / 1e12;
  EXPECT_NEAR(simulated("H800-PCIe,p,wgmma RS,64,256,16,f16,dense,throughput,1,TFLOPS,"), h800,
              0.002 * h800);
  EXPECT_NEAR(simulated("H800-PCIe,p,wgmma.sp RS,64,256,64,int8,2:4,throughput,1,TOPS,"), 4 * h800,
              0.002 * 4 * h800);
}

TEST(Microbenchmark, ABoardWithFewerSmsHasLessL2Bandwidth) {
  const GpuMachine whole = load_gpu("h100_sxm");
  EXPECT_DOUBLE_EQ(simulated("H100-PCIe,p,memory,,,,,,L2_BW,1,TB/s,"),
                   whole.cache.bytes_per_clk * 114 / 132 * 1755e6 / 1e12);
  EXPECT_EQ(microbenchmark_machine("H100-PCIe")->sm.count, 114);
  EXPECT_EQ(microbenchmark_machine("H300"), std::nullopt);
}

TEST(Microbenchmark, WhatCannotBeSimulatedSaysWhy) {
  const auto results =
      compare_microbenchmarks(rows_of("H800-PCIe,p,mma.sync,16,8,64,int4,dense,latency,24,cycle,\n"
                                      "H801-PCIe,p,memory,,,,,,L2_BW,1,TB/s,\n"));
  ASSERT_EQ(results.size(), 2U);
  for (const auto& result : results) {
    EXPECT_EQ(result.simulated, std::nullopt);
    EXPECT_EQ(result.error, std::nullopt);
    EXPECT_FALSE(result.is_within_tolerance());
  }
  EXPECT_EQ(results[0].reason.substr(0, 58),
            "mma.m16n8k64.int4: h100_sxm has no int4 tensor instruction");
  EXPECT_EQ(results[1].reason, "no machine stands for H801-PCIe; did you mean 'H800-PCIe'?");
}

TEST(Microbenchmark, RowsSayWhatTheirAgreementIsWorth) {
  const auto results = compare_microbenchmarks(
      rows_of("A100,p,mma.sync,16,8,16,f16,dense,latency,24.7,cycle,\n"
              "A100,p,mma.sync,16,8,16,f16,dense,throughput_8warp,1000,FMA/clk/SM,\n"
              "A100-PCIe,p,mma.sync,16,8,16,f16,dense,throughput,310,TFLOPS,\n"
              "H800-PCIe,p,mma.sync,16,8,16,f16,dense,throughput,490,TFLOPS,\n"
              "H800-PCIe,p,wgmma SS,64,256,16,f16,dense,latency,128,cycle,\n"
              "H800-PCIe,p,wgmma RS,64,8,16,f16,dense,throughput,216,TFLOPS,\n"
              "H800,p,memory,,,,,,L2_far_miss,743,cycle,\n"
              "H100-PCIe,p,memory,,,,,,L2_BW,6.9,TB/s,\n"
              "H200,p,memory,,,,,,L2_BW,9.5,TB/s,\n"));
  const std::vector<Evidence> expected = {
      Evidence::Restated, Evidence::Fitted,    Evidence::Predicted,
      Evidence::Fitted,   Evidence::Predicted, Evidence::Restated,
      Evidence::Fitted,   Evidence::Predicted, Evidence::Restated};
  ASSERT_EQ(results.size(), expected.size());
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].evidence, expected[i]) << results[i].row.place;
  }
}

// Every published row within the tolerance, or its difference known; no difference known that is
// none.
TEST(Microbenchmark, PublishedRowsAgreeOrTheReasonIsKnown) {
  if (!std::filesystem::exists(kPublishedRows)) {
    GTEST_SKIP() << kPublishedRows << " is not there";
  }
  const auto results = compare_microbenchmarks(read_microbenchmarks(kPublishedRows));
  ASSERT_GT(results.size(), 60U);
  for (const auto& result : results) {
    SCOPED_TRACE(result.row.place);
    ASSERT_TRUE(result.simulated.has_value()) << result.reason;
    EXPECT_EQ(result.is_within_tolerance(), result.reason.empty())
        << result.row.metric << ": " << *result.simulated << " for " << result.row.value << "; "
        << result.reason;
  }
  for (const auto& difference : microbenchmark_differences()) {
    EXPECT_TRUE(std::any_of(results.begin(), results.end(),
                            [&](const auto& result) { return difference.matches(result.row); }))
        << difference.device << " " << difference.instr << " " << difference.metric;
  }
}

// Half the constants, half the throughput: the rows are simulated, not looked up.
TEST(Microbenchmark, FollowsTheMachine) {
  const auto rows = rows_of(
      "A100,p,mma.sync,16,8,16,f16,dense,throughput_8warp,1000,FMA/clk/SM,\n"
      "A100,p,mma.sync,16,8,16,f16,dense,latency,24.7,cycle,\n");
  GpuMachine machine = load_gpu("a100_sxm");
  const double before = simulate(machine, rows[0]).value_or(0);
  machine.tensor.mma_sync_rate /= 2;
  EXPECT_LT(simulate(machine, rows[0]).value_or(0), 0.55 * before);
  machine.tensor.mma_latency_cycles *= 2;
  EXPECT_NEAR(simulate(machine, rows[1]).value_or(0), machine.tensor.mma_latency_cycles, 1e-6);
}

}  // namespace
}  // namespace olivine
