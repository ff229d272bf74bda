// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/cli/platform_cli.h"
#include "tests/experiments/trace/trace_file.h"

// olivine run --trace on a platform: what the trace shows, against the result of the same run.
namespace olivine::support {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

class PlatformTrace : public ::testing::Test {
 protected:
  void SetUp() override { skip_without_systemc(); }
};

void expect_accelerator(const TraceFile& trace, const json& accelerator) {
  const std::string name = accelerator["name"];
  SCOPED_TRACE(name);
  EXPECT_EQ(trace.sum(name, "array"), accelerator["array_cycles"]);
  EXPECT_EQ(trace.sum(name, "vector"), accelerator["vector_cycles"]);
  EXPECT_EQ(trace.sum(name, "host"), accelerator["host_cycles"]);
  EXPECT_EQ(trace.sum(name, "idle"), accelerator["idle_cycles"]);
  for (const auto& [cause, cycles] : accelerator["stall_cycles"].items()) {
    if (cause == "total") continue;
    std::string stall = "stall: " + cause;
    for (char& c : stall) c = c == '_' ? ' ' : c;
    EXPECT_EQ(trace.sum(name, "stall", stall), cycles) << cause;
  }
}

// Jobs, host and idle follow one another without a gap, from the first cycle to the last.
void expect_no_gap(const TraceFile& trace, const std::string& name, int64_t cycles) {
  int64_t at = 0;
  for (const TraceSlice& slice : trace.tracks.at({name, "jobs"})) {
    EXPECT_EQ(slice.from, at) << name << " " << slice.name;
    at = slice.until;
  }
  EXPECT_EQ(at, cycles) << name;
}

int64_t sum_of_integrals(const TraceFile& trace, const std::string& process) {
  int64_t sum = 0;
  for (const auto& [row, samples] : trace.counters) {
    if (row.first == process) sum += integral(samples);
  }
  return sum;
}

void expect_traced(const std::string& line) {
  SCOPED_TRACE(line);
  const ScratchFolder folder;
  const std::string path = folder.path("trace.json");
  const CliResult run = run_cli(line + " --json --trace " + path);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(folder.names(), ElementsAre("trace.json"));
  const TraceFile trace = checked_trace(read_text(path));
  const json result = run.json();
  int64_t bytes = 0;
  for (const json& accelerator : result["accelerators"]) {
    expect_accelerator(trace, accelerator);
    expect_no_gap(trace, accelerator["name"], result["total"]["cycles"]);
    bytes += accelerator["dram_bytes"]["total"].get<int64_t>();
  }
  EXPECT_EQ(sum_of_integrals(trace, "bus"), bytes);
  int64_t moved = 0;
  for (const json& memory : result["memories"]) {
    moved += sum_of_integrals(trace, "memory " + memory["name"].get<std::string>());
  }
  EXPECT_EQ(moved, bytes);
}

TEST_F(PlatformTrace, AddsUpForEveryPartition) {
  expect_traced("run -p quad_olive_32x32 -g 64x96x128 -s w4a4-ovp --partition data");
  expect_traced("run -p quad_olive_32x32 -g 64x96x128 -s w8a8-int8 --partition output --inputs 3");
  expect_traced("run -p quad_olive_ddr4 -g 64x96x128 -s w4a4-ovp-2:4 --partition data");
  expect_traced(
      "run -p dual_olive_qos -w deit_tiny -s w4a4-ovp --partition layer --inputs 2 "
      "--set workload.batch=1");
  expect_traced("run -p single_olive_64x64 -w bert_base -s w4a4-ovp --set workload.batch=1");
}

// Every model of the array that is quick to build; stream feeds its operands.
TEST_F(PlatformTrace, AddsUpForEveryModel) {
  const ScratchFolder folder;
  for (const std::string model : {"event", "cycle", "stream"}) {
    const std::string file = folder.write(model + ".yaml", small_platform(model, 2));
    expect_traced("run -g 13x26x40 -s w4a4-ovp -p " + file);
    expect_traced("run -g 8x8x8x3 -s w4a8-ovp --partition data -p " + file);
  }
}

TEST_F(PlatformTrace, WithVcdInterruptedLeavesNothing) {
  const ScratchFolder folder;
  const auto has_started = [&] { return folder.names().size() == 2; };
  const CliResult run = run_cli_and_signal(
      "run -p quad_olive_ddr4 -w bert_base -s w4a4-ovp --partition data --trace " +
          folder.path("trace.json") + " --vcd " + folder.path("signals.vcd"),
      SIGINT, has_started);
  EXPECT_EQ(run.status, 130);
  EXPECT_THAT(folder.names(), ::testing::IsEmpty());
}

TEST_F(PlatformTrace, FileOfAnotherOptionIsRefused) {
  const CliResult run =
      run_cli("run -p single_olive_64x64 -g 8x8x8 -s w4a4-ovp --trace same --vcd same");
  EXPECT_EQ(run.status, 2);
  EXPECT_EQ(run.err, "error: --trace = same: is the file of --vcd\n");
}

}  // namespace
}  // namespace olivine::support
