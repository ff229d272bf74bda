// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <csignal>
#include <string>
#include <tuple>
#include <vector>

#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/trace/trace_file.h"

// olivine run --trace on a machine: what the trace shows, against the result of the same run.
namespace olivine::support {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct TracedRun {
  json result;
  std::string err;
  TraceFile trace;
};

TracedRun run_traced(const std::string& line) {
  const ScratchFolder folder;
  const std::string path = folder.path("trace.json");
  const CliResult run = run_cli(line + " --json --trace " + path);
  EXPECT_EQ(run.status, 0) << line << ": " << run.err;
  if (run.status != 0) return {};
  EXPECT_THAT(folder.names(), ElementsAre("trace.json"));
  return {run.json(), run.err, checked_trace(read_text(path))};
}

std::string stall_name(std::string cause) {
  for (char& c : cause) c = c == '_' ? ' ' : c;
  return "stall: " + cause;
}

// Slices of one row between two cycles, without any that lies across.
std::vector<TraceSlice> slices_between(const TraceFile& trace, const TraceRowName& row,
                                       int64_t from, int64_t until) {
  std::vector<TraceSlice> found;
  const auto track = trace.tracks.find(row);
  if (track == trace.tracks.end()) return found;
  for (const TraceSlice& slice : track->second) {
    if (slice.until <= from || slice.from >= until) continue;
    EXPECT_TRUE(from <= slice.from && slice.until <= until) << slice.name << " at " << slice.from;
    found.push_back(slice);
  }
  return found;
}

int64_t cycles_of(const std::vector<TraceSlice>& slices, const std::string& name = "") {
  int64_t cycles = 0;
  for (const TraceSlice& slice : slices) {
    if (name.empty() || slice.name == name) cycles += slice.until - slice.from;
  }
  return cycles;
}

// One layer of the result beside its part of the trace.
void expect_layer(const TraceFile& trace, const std::string& machine, const json& layer,
                  const TraceSlice& shown) {
  SCOPED_TRACE(shown.name);
  EXPECT_EQ(shown.name, layer["name"]);
  EXPECT_EQ(shown.until - shown.from, layer["cycles"]);
  const auto array = slices_between(trace, {machine, "array"}, shown.from, shown.until);
  const auto vector = slices_between(trace, {machine, "vector unit"}, shown.from, shown.until);
  EXPECT_EQ(cycles_of(vector), layer["vector_cycles"]);
  EXPECT_EQ(cycles_of(array) + cycles_of(vector), layer["cycles"]);
  int64_t stalls = 0;
  for (const auto& [cause, cycles] : layer["stall_cycles"].items()) {
    if (cause == "total") continue;
    EXPECT_EQ(cycles_of(array, stall_name(cause)), cycles) << cause;
    stalls += cycles.get<int64_t>();
  }
  EXPECT_EQ(cycles_of(array) - stalls, layer["array_cycles"]);
  if (shown.args.value("detail", "") == "fold") {
    const auto is_fold = [](const TraceSlice& slice) { return slice.name == "fold"; };
    EXPECT_EQ(std::count_if(array.begin(), array.end(), is_fold), layer["folds"]);
  }
}

// The bytes of a layer are those of its transfers, and all bytes those under the bandwidth.
void expect_traffic(const TracedRun& run, const std::string& machine, bool is_ideal) {
  const json& bytes = run.result["total"]["dram_bytes"];
  EXPECT_EQ(integral(run.trace.counters.at({machine, "DRAM bandwidth/bytes_per_cycle"})),
            bytes["total"]);
  int64_t moved = 0;
  for (const auto& [row, track] : run.trace.tracks) {
    for (const TraceSlice& slice : track) {
      if (slice.category == "dma") moved += slice.args["bytes"].get<int64_t>();
    }
  }
  EXPECT_EQ(moved, is_ideal ? 0 : bytes["total"].get<int64_t>());
}

void expect_occupancy(const TracedRun& run, const std::string& machine) {
  constexpr std::array kBuffers = {"activation", "weight", "output"};
  for (const std::string buffer : kBuffers) {
    const auto counter = run.trace.counters.find({machine, buffer + " buffer/bytes"});
    if (counter == run.trace.counters.end()) continue;
    const double size = run.result["config"]["memory." + buffer + "_buffer"];
    for (const TraceSample& sample : counter->second) EXPECT_LE(sample.value, size) << buffer;
    EXPECT_EQ(counter->second.back().value, 0);
  }
}

void expect_true(const TracedRun& run) {
  const std::string machine = run.result["machine"];
  const auto& layers = run.trace.tracks.at({machine, "layers"});
  ASSERT_EQ(layers.size(), run.result["layers"].size());
  int64_t at = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(layers[i].from, at);
    at = layers[i].until;
    expect_layer(run.trace, machine, run.result["layers"][i], layers[i]);
  }
  EXPECT_EQ(at, run.result["total"]["cycles"]);
  const bool is_ideal = run.result["config"]["dram.model"] == "ideal";
  expect_traffic(run, machine, is_ideal);
  expect_occupancy(run, machine);
}

class TraceOf : public ::testing::TestWithParam<
                    std::tuple<std::string, std::string, std::string, std::string>> {};

// 1x1x1, primes, and exact multiples of 16 rows and columns.
TEST_P(TraceOf, EveryEngineAddsUpToTheResult) {
  const auto& [dataflow, pipelining, dram, scheme] = GetParam();
  for (const std::string engine : {"closed", "event", "cycle"}) {
    if (engine == "closed" && dram == "banked") continue;
    for (const std::string gemm : {"1x1x1", "37x53x101", "64x32x128x2"}) {
      const TracedRun run = run_traced(
          fmt::format("run -m edge_16x16 -g {} -s {} --dataflow {} --pipelining {} --dram {} "
                      "--engine {} --set memory.output_buffer=4KiB --set memory.weight_buffer=4KiB",
                      gemm, scheme, dataflow, pipelining, dram, engine));
      if (HasFatalFailure() || run.result.is_null()) return;
      expect_true(run);
      EXPECT_EQ(run.trace.metadata["traced_engine"], engine == "cycle" ? "cycle" : "event");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, TraceOf,
                         ::testing::Combine(::testing::Values("ws", "os", "is"),
                                            ::testing::Values("serial", "overlapped"),
                                            ::testing::Values("ideal", "bandwidth", "banked"),
                                            ::testing::Values("w4a8-ovp")));
// 2:4 has no array of is.
INSTANTIATE_TEST_SUITE_P(Sparse, TraceOf,
                         ::testing::Combine(::testing::Values("ws", "os"),
                                            ::testing::Values("serial", "overlapped"),
                                            ::testing::Values("ideal", "bandwidth", "banked"),
                                            ::testing::Values("w4a4-ovp-2:4")));

constexpr const char* kTiny = R"(
name: tiny
blocks:
  - name: stage
    repeat: 3
    layers:
      - {name: conv, kind: conv2d, conv: {h: 7, w: 6, c: 5, r: 3, s: 3, filters: 9, pad: 1}}
      - {name: depthwise, kind: depthwise_conv2d, conv: {h: 7, w: 6, c: 9, r: 3, s: 3}}
      - {name: relu, kind: vector, elems: 100, ops: relu_ops}
      - {name: qk, kind: attention, m: 9, n: 9, k: 6, batch: 2}
)";

// Equal layers are executed once and shown wherever they are.
TEST(Trace, ShowsConvolutionsVectorLayersAndRepetitions) {
  const ScratchFolder folder;
  const std::string file = folder.write("tiny.yaml", kTiny);
  for (const std::string engine : {"closed", "cycle"}) {
    const TracedRun run =
        run_traced("run -m edge_16x16 -s w4a4-ovp-2:4 --engine " + engine + " -w " + file);
    expect_true(run);
    const auto& array = run.trace.tracks.at({"edge_16x16", "array"});
    const int64_t period = run.result["total"]["cycles"].get<int64_t>() / 3;
    std::vector<TraceSlice> first = slices_between(run.trace, {"edge_16x16", "array"}, 0, period);
    EXPECT_EQ(3 * first.size(), array.size());
    for (size_t i = 0; i < array.size(); ++i) {
      TraceSlice expected = first[i % first.size()];
      const int64_t shift = period * static_cast<int64_t>(i / first.size());
      expected.from += shift;
      expected.until += shift;
      EXPECT_EQ(array[i], expected);
    }
  }
}

TEST(Trace, OfNetworksAddsUp) {
  expect_true(run_traced("run -m olive_64x64 -w resnet50 -s w4a4-ovp"));
  expect_true(
      run_traced("run -m tpu_like_128x128 -w bert_base -s w8a8-int8 --dram banked "
                 "--set workload.batch=2"));
}

// A trace stays one that can be opened, and says what it leaves out.
TEST(Trace, FallsToCoarserDetailAndSaysSo) {
  const TracedRun run = run_traced("run -m olive_64x64 -w bert_base -s w4a4-ovp");
  expect_true(run);
  EXPECT_LE(run.trace.slices, 200'000u);
  EXPECT_GT(run.trace.slices, 100'000u);
  const json& layers = run.trace.metadata["layers_by_detail"];
  EXPECT_GT(layers["fold"], 0);
  EXPECT_GT(layers["layer"], 0);
  EXPECT_EQ(layers["fold"].get<int>() + layers["tile"].get<int>() + layers["layer"].get<int>(),
            static_cast<int>(run.result["layers"].size()));
  EXPECT_THAT(run.err, HasSubstr("(at most 200,000; --trace-detail fold shows all)"));
  EXPECT_THAT(run.err, HasSubstr("the trace is by events; cycles of 98 layers equal the closed"));
  EXPECT_TRUE(run.trace.metadata.contains("detail_note"));
}

TEST(Trace, HasTheDetailThatWasAskedFor) {
  const std::string line = "run -m edge_16x16 -g 37x53x101 -s w4a4-ovp --tile 37x32x40 ";
  uint64_t finer = 0;
  for (const std::string detail : {"layer", "tile", "fold"}) {
    const TracedRun run = run_traced(line + "--trace-detail " + detail);
    expect_true(run);
    EXPECT_EQ(run.trace.metadata["layers_by_detail"][detail], 1);
    EXPECT_GT(run.trace.slices, finer);
    finer = run.trace.slices;
    EXPECT_THAT(run.err, Not(HasSubstr("at most")));
  }
  // Beyond the bound too: 128 x 128 x 16 folds.
  const ScratchFolder folder;
  const std::string large =
      "run -m edge_16x16 -g 2048x2048x1024 -s w4a4-ovp --tile 128x128x64 "
      "--set memory.output_buffer=128KiB "
      "--trace " +
      folder.path("trace.json");
  const CliResult chosen = run_cli(large);
  EXPECT_THAT(chosen.err, HasSubstr("1 by tile (at most 200,000"));
  const CliResult all = run_cli(large + " --trace-detail fold");
  EXPECT_THAT(all.err, HasSubstr("1 by fold\n"));
}

TEST(Trace, OfTheSameCommandIsTheSame) {
  const ScratchFolder folder;
  std::vector<std::string> texts;
  for (const std::string name : {"first", "second"}) {
    const std::string path = folder.path(name);
    ASSERT_EQ(run_cli("run -m edge_16x16 -g 37x53x101 -s w4a4-ovp --trace " + path).status, 0);
    std::vector<std::string> lines = lines_of(read_text(path));
    ASSERT_THAT(lines[1], HasSubstr("date_utc"));  // metadata are one line
    lines.erase(lines.begin() + 1);
    texts.push_back(fmt::format("{}", fmt::join(lines, "\n")));
  }
  EXPECT_EQ(texts[0], texts[1]);
}

TEST(Trace, ChangesNoResult) {
  const ScratchFolder folder;
  for (const std::string engine : {"closed", "event", "cycle"}) {
    const std::string line = "run -m edge_16x16 -g 37x53x101 -s w4a4-ovp --csv --engine " + engine;
    EXPECT_EQ(run_cli(line + " --trace " + folder.path("trace")).out, run_cli(line).out);
  }
}

TEST(TraceBad, FileOrDetailIsRefused) {
  const ScratchFolder folder;
  const std::string line = "run -m edge_16x16 -g 8x8x8 -s w4a4-ovp ";
  const auto refusal = [&](const std::string& options) {
    const CliResult run = run_cli(line + options);
    EXPECT_EQ(run.status, 2) << options;
    EXPECT_EQ(run.out, "") << options;
    return run.err;
  };
  EXPECT_EQ(refusal("--trace /no/such/folder/x"),
            "error: --trace: /no/such/folder/x: cannot be written: No such file or directory\n");
  EXPECT_EQ(refusal("--trace /dev/null"), "error: --trace: /dev/null: not a regular file\n");
  EXPECT_EQ(refusal("--trace same -o same"), "error: --trace = same: is the file of --output\n");
  EXPECT_EQ(refusal("--trace x --trace-detail pe"),
            "error: --trace-detail = pe: must be fold|tile|layer\n");
  EXPECT_EQ(refusal("--trace-detail fold"), "error: --trace-detail: needs --trace\n");
  EXPECT_THAT(refusal("--tile 4096x4096x4096 --set memory.output_buffer=2KiB -g 64x64x64 --trace " +
                      folder.path("x")),
              HasSubstr("error: "));
  EXPECT_THAT(folder.names(), IsEmpty());
  const CliResult gpu = run_cli("run -m h100_sxm -g 64x64x64 -s w16a16-bf16 --trace x");
  EXPECT_EQ(gpu.status, 2);
  EXPECT_THAT(gpu.err, HasSubstr("error: --trace: not with a GPU: "));
}

TEST(Trace, InterruptedLeavesNothing) {
  const ScratchFolder folder;
  const std::string old = folder.write("trace.json", "old");
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto has_started = [&] { return folder.names().size() == 2; };  // the unfinished file
    const CliResult run = run_cli_and_signal(
        "run -m edge_16x16 -g 1024x1024x1024 -s w8a8-int8 --engine cycle --trace " + old, signal,
        has_started);
    EXPECT_EQ(run.status, 130);
    EXPECT_EQ(read_text(old), "old");
    EXPECT_THAT(folder.names(), ElementsAre("trace.json"));
  }
}

}  // namespace
}  // namespace olivine::support
