// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// olivine regress as a process, on a copy of the RTL: as it is, with a bug, and broken.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/cosim/tool.h"
#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Models are kept between the tests of this file; each tree has its own name in the cache.
const char* const kWork = "regress_cli_test_work";
const char* const kSelect = "sparse/sparse_select.sv";

class RegressCli : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_tool("verilator")) GTEST_SKIP() << "SKIPPED (no Verilator)";
    fs::copy(OLV_SOURCE_DIR "/rtl", rtl(), fs::copy_options::recursive);
    folder_.write("rtl/files.f", fmt::format("common/olv_pkg.sv\n{}\n", kSelect));
  }

  [[nodiscard]] std::string rtl() const { return folder_.path("rtl"); }

  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read_text(rtl() + "/" + file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << file << ": " << from;
    text.replace(at, from.size(), to);
    folder_.write("rtl/" + file, text);
  }
  // The second choice of the multiplexer takes the third element.
  void seed_bug() const {
    replace(kSelect, "group_i[1*Width +: Width]", "group_i[2*Width +: Width]");
  }

  [[nodiscard]] CliResult regress(const std::string& options) const {
    return run_cli("regress --rtl " + rtl() + " --work " + kWork + " " + options);
  }

  ScratchFolder folder_;
};

const std::string kOne = "--block sparse_select --set Kept=2 --set Width=9 ";

TEST_F(RegressCli, PassesOnTheTreeAsItIs) {
  const std::string junit = folder_.path("junit.xml");
  const CliResult result = regress(kOne + "--seeds 1..25 --json --junit " + junit);
  ASSERT_EQ(result.status, 0) << result.err;
  const nlohmann::json json = result.json();
  EXPECT_EQ(json["schema"], "olivine.regress/1");
  ASSERT_EQ(json["results"].size(), 1u);
  const nlohmann::json& target = json["results"][0];
  EXPECT_EQ(target["seeds_run"], 25);
  EXPECT_EQ(target["is_passed"], true);
  EXPECT_EQ(target["cycles"], 25 * 256);      // a case is 256 groups
  EXPECT_EQ(target["checks"], 25 * 256 * 2);  // of two kept elements
  EXPECT_THAT(read_text(junit), HasSubstr("tests=\"1\" failures=\"0\" errors=\"0\""));
  EXPECT_THAT(folder_.names(), testing::ElementsAre("junit.xml", "rtl"));
}

TEST_F(RegressCli, ShowsPlaceReplayAndWaveformOfABug) {
  seed_bug();
  const CliResult result = regress(kOne + "--seeds 3..30");
  ASSERT_EQ(result.status, 1) << result.err;
  for (const char* part : {"FAILED sparse_select Kept=2 Width=9, seed 3", "first at   cycle ",
                           "signal     selected_o", "expected   0x", "got        0x"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  const std::string wave = fmt::format("{}/waves/sparse_select_Kept2_Width9_seed3", kWork);
  EXPECT_THAT(result.out, HasSubstr(fmt::format("waveform   {}.fst\n", wave)));
  EXPECT_TRUE(fs::file_size(wave + ".fst") > 0);
  EXPECT_THAT(read_text(wave + ".gtkw"), HasSubstr("TOP.selected_o[17:0]\n"));
  // The line that replays it says the same again.
  std::string replay;
  for (const std::string& line : lines_of(result.out)) {
    if (line.starts_with("  replay")) replay = line.substr(line.find("olivine ") + 8);
  }
  const CliResult again = run_cli(replay + " --work " + kWork);
  EXPECT_EQ(again.status, 1) << replay << again.err;
  const auto failure = [](const std::string& text) {
    const size_t begin = text.find("  first at");
    return text.substr(begin, text.find("  replay") - begin);
  };
  EXPECT_EQ(failure(again.out), failure(result.out));
}

// One that is wrong: the bench sees nothing.
TEST_F(RegressCli, ReportsAnAssertionOfTheRtl) {
  replace(kSelect, "`ASSERT_COMB(NothingFromNothing, group_i != '0 || selected_o == '0)",
          "`ASSERT_COMB(NothingFromNothing, group_i == '0)");
  const CliResult result = regress(kOne + "--seeds 1");
  ASSERT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("assertion "));
  EXPECT_THAT(result.out, HasSubstr("NothingFromNothing"));
  EXPECT_THAT(result.out, HasSubstr("first at   cycle "));
  EXPECT_THAT(result.out, HasSubstr("waveform   " + std::string{kWork}));
}

struct BrokenTree {
  const char* name;
  const char* from;
  const char* to;
  const char* message;  // behind "error: <tree>/"
};

class BrokenTrees : public RegressCli, public testing::WithParamInterface<BrokenTree> {};

TEST_P(BrokenTrees, AreRefusedWithFileAndLine) {
  replace(kSelect, GetParam().from, GetParam().to);
  const CliResult result = regress(kOne);
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = lines_of(result.err);
  ASSERT_EQ(lines.size(), 1u) << result.err;
  EXPECT_THAT(lines[0], StartsWith(fmt::format("error: {}/{}:", rtl(), kSelect)));
  EXPECT_THAT(lines[0], HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Trees, BrokenTrees,
    testing::Values(BrokenTree{"Syntax", "endmodule", "endmodul", "syntax error"},
                    BrokenTree{"Warning", "logic [olv_pkg::PositionBits-1:0] position;",
                               "logic [olv_pkg::PositionBits-1:0] position; logic idle;", "idle"},
                    BrokenTree{"Port", "output logic [Kept*Width-1:0]                   selected_o",
                               "output logic [Kept*Width-1:0]                   selection_o",
                               "selected_o"}),
    [](const auto& broken) { return broken.param.name; });

TEST_F(RegressCli, NamesAPortThatIsNotThere) {
  std::string text = read_text(rtl() + "/" + kSelect);
  for (size_t at = text.find("selected_o"); at != std::string::npos; at = text.find("selected_o")) {
    text.replace(at, 10, "selectd_o");
  }
  folder_.write(std::string{"rtl/"} + kSelect, text);
  const CliResult result = regress(kOne);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("module sparse_select has no port selected_o"));
  EXPECT_THAT(result.err, HasSubstr("did you mean 'selectd_o'?"));
  EXPECT_EQ(lines_of(result.err).size(), 1u);
}

TEST_F(RegressCli, RefusesATreeThatIsNone) {
  for (const char* tree : {"/no/such/tree", "/tmp"}) {
    const CliResult result = run_cli(fmt::format("regress --rtl {} --work {}", tree, kWork));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, StartsWith(fmt::format("error: {}", tree)));
    EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  }
}

TEST_F(RegressCli, RefusesABadCommandLine) {
  const CliResult result = regress(
      "--block sparse_selct --seeds 9..3 --jobs 0 --cases x --timeout 0 --junit /no/such/f");
  EXPECT_EQ(result.status, 2);
  for (const char* part : {"did you mean 'sparse_select'?", "--seeds = 9..3", "--jobs = 0",
                           "--cases = x", "--timeout = 0", "--junit = /no/such/f"}) {
    EXPECT_THAT(result.err, HasSubstr(part));
  }
  EXPECT_EQ(lines_of(result.err).size(), 6u) << result.err;
  EXPECT_THAT(regress(kOne + "--seeds 1..17 --wave").err, HasSubstr("17 seeds, at most 16"));
  EXPECT_THAT(regress("--mutants 3 --seeds 1").err, HasSubstr("exclude each other"));
}

TEST_F(RegressCli, EndsCleanlyWhenInterrupted) {
  const std::string wave = folder_.path("work");
  const auto has_started = [&] { return fs::exists(wave + "/models"); };
  const CliResult result = run_cli_and_signal(
      fmt::format("regress --rtl {} --work {} --seeds 1..100000 --block sparse_select", rtl(),
                  wave),
      SIGINT, has_started);
  EXPECT_EQ(result.status, 130);
  EXPECT_THAT(result.err, HasSubstr("interrupted: the figures are those until then"));
  EXPECT_THAT(result.out, HasSubstr("sparse_select"));
  for (const auto& entry : fs::recursive_directory_iterator{wave}) {
    EXPECT_THAT(entry.path().string(), Not(testing::EndsWith(".tmp")));
  }
}

TEST_F(RegressCli, MergesCoverage) {
  const CliResult result = regress(kOne + "--seeds 1..12 --coverage");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr(kSelect));
  EXPECT_THAT(result.out, HasSubstr("100.0"));
  EXPECT_THAT(result.out, HasSubstr("no holes"));
  EXPECT_THAT(read_text(std::string{kWork} + "/coverage.info"), HasSubstr(kSelect));
}

TEST_F(RegressCli, CatchesMutantsAndShowsSurvivors) {
  // A constant that nothing reads: its change survives, until it is declared equivalent.
  const std::string line = "localparam logic [3:0] Unread = 4'b0000;";
  replace(kSelect, "  for (genvar i = 0;",
          "  /* verilator lint_off UNUSED */\n  " + line +
              "\n  /* verilator lint_on UNUSED */\n  for (genvar i = 0;");
  const std::string command = "--mutants 3 --block sparse_select -v";
  const CliResult survived = regress(command);
  EXPECT_EQ(survived.status, 1) << survived.out << survived.err;
  EXPECT_THAT(survived.out, HasSubstr("caught sparse/sparse_select.sv:"));
  EXPECT_THAT(survived.out, HasSubstr("SURVIVED sparse/sparse_select.sv:"));
  EXPECT_THAT(survived.out, HasSubstr("  + localparam logic [3:0] Unread = 4'b0001;"));
  folder_.write("rtl/lint/equivalent_mutants.txt",
                fmt::format("file: {}\nline: {}\nas: localparam logic [3:0] Unread = 4'b0001;\n"
                            "why: nothing reads it\n",
                            kSelect, line));
  const CliResult declared = regress(command);
  EXPECT_EQ(declared.status, 0) << declared.out << declared.err;
  EXPECT_THAT(declared.out, HasSubstr("reason: nothing reads it"));
}

}  // namespace
}  // namespace olivine::support
