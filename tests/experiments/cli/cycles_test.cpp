// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using testing::HasSubstr;

struct Shape {
  int64_t m, n, k;
};

// The schemes of this test, with the lanes an element of each operand takes on 4-bit PEs.
struct TestScheme {
  const char* name;
  int64_t weight_lanes;
  int64_t activation_lanes;
  bool is_sparse;
};
constexpr std::array kSchemes = {
    TestScheme{"w4a4-ovp", 1, 1, false}, TestScheme{"w8a8-int8", 2, 2, false},
    TestScheme{"w4a8-ovp", 1, 2, false}, TestScheme{"w4a4-int4-2:4", 1, 1, true},
    TestScheme{"w8a8-int8-2:4", 2, 2, true}};

constexpr int64_t kRows = 16;
constexpr int64_t kCols = 12;
constexpr int64_t kRegisters = 3;  // 2 decoder and 1 output stage

int64_t ceil_of(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The table of DESIGN section 4, fold by fold, with every fold's streamed length the same.
int64_t expected_cycles(const std::string& dataflow, const std::string& pipelining,
                        const TestScheme& scheme, const Shape& shape) {
  const bool is_os = dataflow == "os";
  const bool is_is = dataflow == "is";
  const int64_t left = is_is ? scheme.weight_lanes : scheme.activation_lanes;
  const int64_t top = is_is ? scheme.activation_lanes : scheme.weight_lanes;
  // ws on 2:4: two kept weights hold two lane groups and cover four of k.
  const int64_t row_span = scheme.is_sparse && !is_os ? 4 * (kRows / (2 * left)) : kRows / left;
  const int64_t col_span = kCols / top;
  const int64_t on_rows = is_os ? shape.m : shape.k;
  const int64_t on_cols = is_is ? shape.m : shape.n;
  const int64_t folds = ceil_of(on_rows, row_span) * ceil_of(on_cols, col_span);
  // os on 2:4: a group of four takes two cycles.
  const int64_t reduced_k = scheme.is_sparse ? 2 * ceil_of(shape.k, 4) : shape.k;
  const int64_t stream = is_os ? reduced_k : is_is ? shape.n : shape.m;
  int64_t cycles = kRegisters;
  for (int64_t fold = 1; fold <= folds; ++fold) {
    const bool is_last = fold == folds;
    if (pipelining == "serial") {
      cycles += 2 * kRows + kCols + stream - 2;
    } else if (is_os) {
      cycles += is_last ? stream + kRows + kCols - 2 + kRows
                        : stream + std::max<int64_t>(0, kRows - stream);
    } else {
      cycles += (fold == 1 ? kRows : 0) +
                (is_last ? stream + kRows + kCols - 2 : std::max(stream, kRows));
    }
  }
  return cycles;
}

constexpr std::array kShapes = {Shape{1, 1, 1},    Shape{16, 12, 32}, Shape{15, 11, 31},
                                Shape{17, 13, 33}, Shape{48, 36, 64}, Shape{53, 29, 47}};

class IdealCycles : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(IdealCycles, FollowTheFormula) {
  const auto& [dataflow, pipelining] = GetParam();
  for (const TestScheme& scheme : kSchemes) {
    if (scheme.is_sparse && dataflow == "is") continue;
    for (const Shape& shape : kShapes) {
      const std::string line = fmt::format(
          "run -m edge_16x16 --set array.rows={} --set array.cols={} "
          "--set array.decoder_latency_cycles=2 --set array.output_latency_cycles=1 "
          "-g {}x{}x{} -s {} --dataflow {} --pipelining {} --dram ideal --json",
          kRows, kCols, shape.m, shape.n, shape.k, scheme.name, dataflow, pipelining);
      SCOPED_TRACE(line);
      const CliResult result = run_cli(line);
      ASSERT_EQ(result.status, 0) << result.err;
      const nlohmann::json total = result.json()["total"];
      EXPECT_EQ(total["cycles"].get<int64_t>(),
                expected_cycles(dataflow, pipelining, scheme, shape));
      EXPECT_EQ(total["stall_cycles"]["total"], 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, IdealCycles,
                         testing::Combine(testing::Values("ws", "os", "is"),
                                          testing::Values("serial", "overlapped")));

// Bandwidth memory, tiles chosen by the mapper: both engines, and the same figures from them.
class Engines : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Engines, Agree) {
  const auto& [dataflow, scheme] = GetParam();
  for (const char* gemm : {"1x1x1", "33x17x29", "64x48x100", "40x24x16x3"}) {
    const std::string line = fmt::format(
        "run -m edge_16x16 -g {} -s {} --dataflow {} --seed 7 --json", gemm, scheme, dataflow);
    SCOPED_TRACE(line);
    const CliResult stepped = run_cli(line + " --engine cycle");
    const CliResult closed = run_cli(line + " --engine closed");
    ASSERT_EQ(stepped.status, 0) << stepped.err;
    ASSERT_EQ(closed.status, 0) << closed.err;
    EXPECT_EQ(stepped.json()["total"], closed.json()["total"]);
    EXPECT_EQ(stepped.json()["layers"], closed.json()["layers"]);
    EXPECT_EQ(stepped.err,
              "outputs of 1 layer equal the functional GEMM, cycles equal the closed form\n");
    EXPECT_EQ(closed.err, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Engines,
                         testing::Combine(testing::Values("ws", "os"),
                                          testing::Values("w4a4-ovp", "w8a8-ovp-2:4", "w4a8-ovp")));

TEST(Engines, AgreeOnANetworkWithConvolutionsAndVectorLayers) {
  const ScratchFolder folder;
  const std::string file = folder.write("tiny.yaml", R"(
name: tiny
blocks:
  - name: stage
    repeat: 3
    layers:
      - {name: conv, kind: conv2d, conv: {h: 7, w: 6, c: 5, r: 3, s: 3, filters: 9, pad: 1}}
      - {name: depthwise, kind: depthwise_conv2d, conv: {h: 7, w: 6, c: 9, r: 3, s: 3}}
      - {name: relu, kind: vector, elems: 100, ops: relu_ops}
      - {name: qk, kind: attention, m: 9, n: 9, k: 6, batch: 2}
)");
  const CliResult result = run_cli(
      {"run", "-m", "edge_16x16", "-w", file, "-s", "w4a4-ovp-2:4", "--engine", "cycle", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  // Three blocks of three array layers; vector layers have no array to step.
  EXPECT_THAT(result.err, HasSubstr("outputs of 9 layers equal the functional GEMM"));
  EXPECT_EQ(result.json()["layers"].size(), 12u);
}

// 4-bit and 8-bit PEs alike: the engine itself compares outputs and cycles.
TEST(Engines, StepEveryShippedIntegerMachine) {
  for (const char* run :
       {"tpu_like_128x128 -s w8a8-int8", "tpu_like_128x128 -s w4a4-int4", "olive_64x64 -s w8a8-ovp",
        "ant_64x64 -s w8a8-int8", "olaccel_16x18 -s w4a4-int4", "edge_16x16 -s w4a8-ovp-2:4"}) {
    const CliResult result =
        run_cli(std::string{"run -g 45x70x33 --engine cycle --json -m "} + run);
    EXPECT_EQ(result.status, 0) << run << ": " << result.err;
  }
}

}  // namespace
}  // namespace olivine::support
