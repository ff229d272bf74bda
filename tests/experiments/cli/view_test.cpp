// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/cli/terminal_process.h"

namespace olivine::support {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// 4 x 4, os, two folds of 6: 6 + 6 + flush of 4 + 4 - 2 + 4 = 22 cycles, and 2 of registers.
TEST(View, PrintsEveryCycleWhereItIsNoTerminal) {
  const CliResult result = run_cli("view array");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("4 x 4 PEs, output stationary, overlapped\n"
                                     "C[4,8] = A[4,6] B[6,8], w4a4-ovp, 2 folds, 24 cycles\n"));
  EXPECT_EQ(count(result.out, "\ncycle "), 22u);
  EXPECT_EQ(count(result.out, "\033"), 0u);
  EXPECT_THAT(result.out, HasSubstr("fold 0 drains, fold 1 streams 3/6"));
}

TEST(View, PicksCycles) {
  const CliResult some = run_cli("view array --dataflow ws --cycles 3..5");
  EXPECT_EQ(count(some.out, "\ncycle "), 3u);
  EXPECT_THAT(some.out, HasSubstr("\ncycle  3 of 21  preload  fold 0 preloads 4/4"));
  EXPECT_EQ(count(run_cli("view array --cycles 7").out, "\ncycle "), 1u);
}

TEST(View, TakesMachinesSchemesAndShapes) {
  const CliResult machine =
      run_cli("view array -m edge_16x16 --rows 4 --cols 4 -g 4x4x4 -s w8a8-int8 --cycles 0");
  EXPECT_EQ(machine.status, 0) << machine.err;
  EXPECT_THAT(machine.out, HasSubstr("stall    waits for activations"));
  const CliResult sparse = run_cli("view array -s w4a4-ovp-2:4 --dataflow ws --cycles 5");
  EXPECT_THAT(sparse.out, HasSubstr("@ lane selected"));
  for (const char* size : {"--rows 1 --cols 1", "--rows 1 --cols 16", "--rows 16 --cols 16",
                           "--rows 7 --cols 5 -g 23x19x11 --dataflow is --pipelining serial"}) {
    EXPECT_EQ(run_cli(fmt::format("view array {}", size)).status, 0) << size;
  }
}

TEST(View, WritesAPageThatNeedsNothingElse) {
  const ScratchFolder folder;
  const std::string path = folder.path("array.html");
  const CliResult result = run_cli({"view", "array", "--html", path, "--cycles", "2..4"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(folder.names(), ElementsAre("array.html"));
  const std::string page = read_text(path);
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, EndsWith("</html>\n"));
  EXPECT_THAT(page, HasSubstr(R"("title":"4 x 4 PEs, output stationary, overlapped")"));
}

TEST(View, HasExamplesThatRun) {
  const ScratchFolder folder;
  int examples = 0;
  for (const std::string& line : lines_of(run_cli("view --help").out)) {
    if (!line.starts_with("olivine ")) continue;
    std::vector<std::string> words = words_of(line.substr(8));
    for (std::string& word : words) {
      if (word == "wave.html") word = folder.path(word);
    }
    EXPECT_EQ(run_cli(words).status, 0) << line;
    ++examples;
  }
  EXPECT_GE(examples, 4);
}

TEST(ViewBad, IsRefusedInOneLine) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"view", "missing: what to show, array"},
      {"view arrays", "arrays: must be array"},
      {"view array --rows 0", "--rows = 0: must be 1..16"},
      {"view array --cols 17", "--cols = 17: must be 1..16"},
      {"view array --rows x", "--rows = x: must be 1..16"},
      {"view array --dataflow diagonal", "--dataflow: array.dataflow = diagonal: must be ws|os|is"},
      {"view array --pipelining none", "must be serial|overlapped"},
      {"view array --scheme w4a4-ovo", "did you mean 'w4a4-ovp'?"},
      {"view array --scheme w16a16-fp16", "computes integers"},
      {"view array --gemm 4x4", "--gemm = 4x4: must be MxNxK"},
      {"view array --gemm 4x0x4", "n = 0: must be 1..2147483648"},
      {"view array --gemm 4x4x9999", "takes more than 1000 cycles"},
      {"view array --machine olive_64x64", "at most 16 x 16 can be shown; set --rows and --cols"},
      {"view array --machine nothing", "nothing"},
      {"view array --set workload.batch=2", "there is no workload, only --gemm"},
      {"view array --set array.row=2", "array.row"},
      {"view array --cycles 5..3", "--cycles = 5..3: must be A..B or one cycle"},
      {"view array --cycles 0..99", "--cycles = 0..99: must be within 0..21"},
      {"view array --fps 0", "--fps = 0: must be 0.1..60"},
      {"view array --seed -1", "--seed = -1"},
      {"view array --html /nowhere/array.html", "--html: /nowhere/array.html: cannot be written"},
      {"view array --dataflow is --scheme w4a4-ovp-2:4", "cannot run w4a4-ovp-2:4"},
      {"view array --rows 1 --cols 1 --scheme w8a8-int8", "array.rows = 1"}};
  for (const auto& [line, message] : cases) {
    const CliResult result = run_cli(line);
    EXPECT_EQ(result.status, 2) << line;
    EXPECT_EQ(result.out, "") << line;
    EXPECT_EQ(lines_of(result.err).size(), 1u) << line << "\n" << result.err;
    EXPECT_THAT(result.err, StartsWith("error: ")) << line;
    EXPECT_THAT(result.err, HasSubstr(message)) << line;
  }
}

TEST(ViewBad, LeavesNoFile) {
  const ScratchFolder folder;
  EXPECT_EQ(run_cli({"view", "array", "--html", folder.path("a.html"), "--cycles", "99"}).status,
            2);
  EXPECT_THAT(folder.names(), IsEmpty());
}

constexpr const char* kEnter = "\033[?1049h";
constexpr const char* kLeave = "\033[?25h\033[?1049l";

bool is_same(const termios& a, const termios& b) {
  return a.c_lflag == b.c_lflag && a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag &&
         a.c_cc[VSUSP] == b.c_cc[VSUSP] && a.c_cc[VMIN] == b.c_cc[VMIN];
}

TEST(ViewTerminal, PlaysInPlaceAndObeysKeys) {
  TerminalProcess process{"view array --fps 50", 80, 24};
  const termios before = process.settings();
  ASSERT_TRUE(process.wait_for(kEnter));
  ASSERT_TRUE(process.wait_for("cycle 21 of 21")) << "plays by itself, to the end";
  ASSERT_TRUE(process.wait_for("space plays"));
  EXPECT_EQ(process.settings().c_lflag & static_cast<tcflag_t>(ICANON | ECHO), 0u);
  process.press("\033[D");
  EXPECT_TRUE(process.wait_for("cycle 20 of 21"));
  process.press("\033[H");
  EXPECT_TRUE(process.wait_for("cycle  0 of 21"));
  process.press("\033[C");
  EXPECT_TRUE(process.wait_for("cycle  1 of 21"));
  process.press("\033[F");
  EXPECT_TRUE(process.wait_for("cycle 21 of 21"));
  process.press("-");
  EXPECT_TRUE(process.wait_for("(33/s)"));
  process.press(" ");
  EXPECT_TRUE(process.wait_for("cycle  0 of 21")) << "from the beginning, after the end";
  process.press("q");
  EXPECT_EQ(process.finish(), 0);
  EXPECT_THAT(process.screen(), EndsWith(kLeave));
  EXPECT_THAT(process.screen(), HasSubstr("\033[0;1;36m"));
  EXPECT_TRUE(is_same(process.settings(), before));
}

TEST(ViewTerminal, IsAsBeforeAfterCtrlCAndSigterm) {
  for (const bool is_key : {true, false}) {
    TerminalProcess process{"view array", 80, 24};
    const termios before = process.settings();
    ASSERT_TRUE(process.wait_for("cycle  1 of 21"));
    if (is_key) {
      process.press("\003");
    } else {
      process.send(SIGTERM);
    }
    EXPECT_EQ(process.finish(), 130);
    EXPECT_THAT(process.screen(), HasSubstr(kLeave));
    EXPECT_TRUE(is_same(process.settings(), before)) << is_key;
  }
}

TEST(ViewTerminal, FitsWhatThereIs) {
  TerminalProcess small{"view array --rows 16 --cols 16 --fps 60 --cycles 0..1", 80, 24};
  EXPECT_TRUE(small.wait_for("q quit"));
  EXPECT_THAT(small.screen(), Not(HasSubstr("┌"))) << "folds only";
  small.press("q");
  EXPECT_EQ(small.finish(), 0);
  TerminalProcess large{"view array --rows 16 --cols 16 --fps 60 --cycles 0..1", 200, 60};
  EXPECT_TRUE(large.wait_for("q quit"));
  EXPECT_THAT(large.screen(), HasSubstr("┌"));
  large.press("q");
  EXPECT_EQ(large.finish(), 0);
}

TEST(ViewTerminal, RespectsNoColor) {
  setenv("NO_COLOR", "1", 1);
  TerminalProcess process{"view array --cycles 4..5", 80, 24};
  unsetenv("NO_COLOR");
  EXPECT_TRUE(process.wait_for("q quit"));
  process.press("q");
  EXPECT_EQ(process.finish(), 0);
  EXPECT_THAT(process.screen(), Not(HasSubstr("\033[0;")));
}

}  // namespace
}  // namespace olivine::support
