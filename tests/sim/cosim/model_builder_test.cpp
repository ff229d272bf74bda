// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/model_builder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "models/base/error.h"
#include "sim/cosim/tool.h"
#include "sim/cosim/verilated_model.h"

namespace olivine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A tree of one counter that adds `step_i` every cycle, with a register array inside.
constexpr const char* kCounter = R"(module counter #(
  parameter int unsigned Width = 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] step_i,
  output logic [Width-1:0] sum_o,
  output logic [Width-1:0] double_o
);
  if (Width > 100) begin : gen_range
    $error("parameter out of range: Width");
  end
  logic [Width-1:0] sum_q;
  logic [4:0] last_q [2][3];
  logic [3:0] unreset_q = 4'd9;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) sum_q <= '0;
    else sum_q <= sum_q + step_i;
  end
  always_ff @(posedge clk_i) begin
    last_q[1][2] <= 5'(step_i);
    unreset_q <= unreset_q;
  end
  assign sum_o = sum_q;
  assign double_o = sum_q + sum_q;
  StepIsNotTen: assert property (@(posedge clk_i) disable iff (!rst_ni) step_i != Width'(10));
endmodule
)";

class ModelBuilderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_tool("verilator")) GTEST_SKIP() << "SKIPPED (no verilator)";
    root_ = fs::temp_directory_path() / fmt::format("olivine_model_builder_{}", getpid());
    fs::create_directories(root_ / "rtl/counter");
    fs::create_directories(root_ / "rtl/lint");
    write("counter/counter.sv", kCounter);
    write("files.f", "counter/counter.sv\n");
    write("lint/observe.vlt",
          "`verilator_config\npublic_flat_rd -module \"counter\" -var \"last_q\"\n");
    write("lint/waivers.vlt",
          "`verilator_config\n"
          "lint_off -rule UNUSEDSIGNAL -file \"*/counter.sv\" -match \"*\"\n"
          "lint_off -rule UNDRIVEN -file \"*/counter.sv\" -match \"*\"\n"
          "lint_off -rule SYNCASYNCNET -file \"*/counter.sv\" -match \"*\"\n"
          "lint_off -rule WIDTH -file \"*/counter.sv\" -match \"*\"\n");
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{root_ / "rtl" / name} << text;
  }
  [[nodiscard]] RtlBuild build(int64_t width) const {
    return {(root_ / "rtl").string(), "counter", {{"Width", width}}};
  }
  // Shared by the tests of a build tree, so that the runtime is compiled once.
  [[nodiscard]] static std::string work() { return "model_builder_test_work"; }
  [[nodiscard]] std::string error_of(const RtlBuild& build) const {
    try {
      (void)ModelBuilder{work()}.make_library(build);
    } catch (const ConfigError& error) {
      return error.problems().front();
    }
    return "";
  }

  fs::path root_;
};

TEST_F(ModelBuilderTest, BuildsABlockThatCountsInAnyWidth) {
  ModelBuilder builder{work()};
  // One width a storage type: 8, 16, 32, 64 bits and wide.
  for (const int64_t width : {3, 12, 32, 50, 90}) {
    const auto model = open_verilated_model(builder.make_library(build(width)));
    const RtlSignal& step = model->signal("step_i");
    const RtlSignal& sum = model->signal("sum_o");
    EXPECT_EQ(sum.bits, static_cast<uint32_t>(width));
    model->reset();
    EXPECT_EQ(sum.get(0, 3), 0u);
    step.set(0, 3, 3);
    for (int i = 0; i < 2; ++i) {
      model->settle();
      model->edge();
    }
    EXPECT_EQ(sum.get(0, 3), 6u % 8) << width;
    EXPECT_EQ(model->signal("double_o").get(0, 3), 12u % 8) << width;
    EXPECT_EQ(model->signal("counter.last_q").value(1, 2), 3u);
    EXPECT_EQ(model->cycle(), 4);
    EXPECT_EQ(model->failure(), "");
  }
}

TEST_F(ModelBuilderTest, ReportsTheFirstFailedAssertion) {
  const auto model = open_verilated_model(ModelBuilder{work()}.make_library(build(8)));
  model->reset();
  model->signal("step_i").set(10);
  model->settle();
  EXPECT_EQ(model->failure(), "");
  model->edge();
  EXPECT_THAT(model->failure(), HasSubstr("StepIsNotTen"));
}

TEST_F(ModelBuilderTest, BuildsOnlyWhatChanged) {
  ModelBuilder builder{work()};
  const std::string first = builder.make_library(build(8));
  const auto made = fs::last_write_time(first);
  EXPECT_EQ(builder.make_library(build(8)), first);
  EXPECT_EQ(fs::last_write_time(first), made);
  EXPECT_NE(builder.make_library(build(9)), first);
  // Another text, but the same code: the same file under another name.
  write("counter/counter.sv", std::string{kCounter} + "// changed\n");
  const std::string commented = builder.make_library(build(8));
  EXPECT_NE(commented, first);
  EXPECT_TRUE(fs::equivalent(commented, first));
  std::string changed = kCounter;
  changed.replace(changed.find("sum_q + step_i"), 14, "sum_q - step_i");
  write("counter/counter.sv", changed);
  EXPECT_FALSE(fs::equivalent(builder.make_library(build(8)), first));
}

TEST_F(ModelBuilderTest, WritesWavesAndCoverage) {
  RtlBuild wanted = build(8);
  wanted.has_trace = wanted.has_line_coverage = true;
  const auto model = open_verilated_model(ModelBuilder{work()}.make_library(wanted));
  const std::string wave = (root_ / "wave.fst").string();
  const std::string coverage = (root_ / "coverage.dat").string();
  model->trace_from(wave, 3);
  model->reset();
  for (int i = 0; i < 5; ++i) {
    model->settle();
    model->edge();
  }
  model->close_trace();
  model->write_coverage(coverage);
  EXPECT_GT(fs::file_size(wave), 0u);
  EXPECT_GT(fs::file_size(coverage), 0u);

  const auto plain = open_verilated_model(ModelBuilder{work()}.make_library(build(8)));
  EXPECT_THROW(plain->trace_from(wave, 0), ConfigError);
  EXPECT_THROW(plain->write_coverage(coverage), ConfigError);
}

TEST_F(ModelBuilderTest, NamesFileAndLineOfABadTree) {
  EXPECT_THAT(error_of(build(101)), HasSubstr("counter.sv:11: "));
  EXPECT_THAT(error_of(build(101)), HasSubstr("parameter out of range: Width"));
  write("counter/counter.sv", "module counter;\n  wire x = ;\nendmodule\n");
  EXPECT_THAT(error_of(build(8)), HasSubstr("counter.sv:2: syntax error"));
  write("files.f", "// nothing\ncounter/none.sv\n");
  EXPECT_THAT(error_of(build(8)), HasSubstr("files.f:2: counter/none.sv: no such file"));
  fs::remove(root_ / "rtl/files.f");
  EXPECT_THAT(error_of(build(8)), HasSubstr("files.f: no such file"));
}

TEST_F(ModelBuilderTest, NamesTheNearestSignal) {
  const auto model = open_verilated_model(ModelBuilder{work()}.make_library(build(8)));
  EXPECT_EQ(model->find("stp_i"), nullptr);
  try {
    (void)model->signal("stp_i");
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("step_i"));
  }
  EXPECT_THROW((void)open_verilated_model((root_ / "rtl/files.f").string()), ConfigError);
}

TEST(SignalTable, ListsPortsAndVisibleRegisters) {
  const std::string header = "    VL_IN8(&clk_i,0,0);\n    VL_OUTW(&sum_o,95,0,3);\n";
  const std::string symbols =
      "__Vscope_a.configure(this, name(), \"a.b[0].c\", \"c\", -12, X);\n"
      "//UNSUP __Vscope_a.varInsert(__Vfinal,\"s\", &(TOP.a__DOT__s), false, VLVT_UINT16,"
      "VLVD_NODIR|VLVF_PUB_RD,3 ,8,0 ,0,2 ,0,4);\n"
      "//UNSUP __Vscope_a.varInsert(__Vfinal,\"b\", &(TOP.b), false, VLVT_UINT8,"
      "VLVD_NODIR|VLVF_PUB_RD,2 ,0,2 ,0,4);\n"
      "__Vscope_a.varInsert(__Vfinal,\"f\", &(TOP.f), false, VLVT_UINT8,VLVD_NODIR|X,0);\n";
  EXPECT_EQ(signal_table(header, symbols),
            "OLV_SIGNAL(\"clk_i\", 1, 1, 1, 1, 1, top.clk_i)\n"
            "OLV_SIGNAL(\"sum_o\", 96, 12, 1, 1, 2, top.sum_o)\n"
            "OLV_SIGNAL(\"a.b[0].c.s\", 9, 2, 3, 5, 0, syms.TOP.a__DOT__s)\n"
            "OLV_SIGNAL(\"a.b[0].c.b\", 1, 1, 3, 5, 0, syms.TOP.b)\n"
            "OLV_SIGNAL(\"a.b[0].c.f\", 1, 1, 1, 1, 0, syms.TOP.f)\n");
}

TEST(FirstLintError, HasFileAndLine) {
  EXPECT_EQ(first_lint_error("%Warning-WIDTH: a/b.sv:7:12: Too wide\n    7 | x\n"
                             "%Error: c.sv:9:1: worse\n"),
            "a/b.sv:7: Too wide (WIDTH)");
  EXPECT_EQ(first_lint_error("%Error: Exiting due to 2 warning(s)\n"),
            "Error: Exiting due to 2 warning(s)");
  EXPECT_EQ(first_lint_error("fine\n"), "");
}

TEST(RtlSignal, ReadsAndWritesBitsInPlace) {
  std::array<uint8_t, 12> bytes{};
  const RtlSignal wide{"w", RtlSignal::Direction::Input, 90, 12, 1, 1, bytes.data()};
  wide.set(31, 9, 0x155);
  EXPECT_EQ(wide.get(31, 9), 0x155u);
  EXPECT_EQ(wide.get(30, 1), 0u);
  EXPECT_EQ(wide.get(40, 1), 0u);
  EXPECT_EQ(bytes[3], 0x80);
  wide.set(33, 57, 0);
  EXPECT_EQ(wide.get(31, 9), 1u);
  const RtlSignal grid{"g", RtlSignal::Direction::Inside, 9, 2, 2, 3, bytes.data()};
  grid.set(0, 9, 0x1FF, 1, 2);
  EXPECT_EQ(grid.value(1, 2), 0x1FFu);
  EXPECT_EQ(grid.value(1, 1), 0u);
}

TEST(Tool, ReportsOutputStatusAndWhatIsMissing) {
  const ToolResult result = run_tool({"sh", "-c", "pwd; echo bad >&2; exit 3"}, "/");
  EXPECT_EQ(result.output, "/\nbad\n");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(run_tool({"sh", "-c", "kill -9 $$"}).status, 128 + 9);
  EXPECT_TRUE(has_tool("sh"));
  try {
    (void)run_tool({"olivine-no-such-tool"});
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("olivine-no-such-tool: not installed"));
  }
}

}  // namespace
}  // namespace olivine
