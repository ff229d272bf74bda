// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/cluster/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "tests/experiments/sweep/cluster/fake_slurm.h"

namespace olivine::sweep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr milliseconds kAmple{20'000};

class ChildProcess : public FakeSlurm {
 protected:
  static bool has_children() { return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }
};

TEST_F(ChildProcess, GivesStatusAndBothStreams) {
  make_program("tool", "echo answer; echo trouble >&2; exit 3");
  const ChildResult result = run_child({"tool"}, kAmple);
  EXPECT_TRUE(result.is_started);
  EXPECT_FALSE(result.is_timed_out);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.out, "answer\n");
  EXPECT_EQ(result.err, "trouble\n");
  EXPECT_FALSE(has_children());
}

TEST_F(ChildProcess, PassesWordsWithoutAShell) {
  make_program("tool", "");
  const std::string word = "$(touch x) 'a' \"b\" `c` * \\";
  EXPECT_EQ(run_child({"tool", word, "", "last"}, kAmple).status, 0);
  EXPECT_THAT(words_of("tool"), ElementsAre(word, "", "last"));
}

TEST_F(ChildProcess, TakesMoreThanAPipeHoldsFromBothStreams) {
  // 1 MB on each; a reader of one stream after the other would wait for ever.
  make_program("tool", "head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero");
  const ChildResult result = run_child({"tool"}, kAmple);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out.size(), 1'000'000u);
  EXPECT_EQ(result.err.size(), 1'000'000u);
}

TEST_F(ChildProcess, HasNothingOnStdin) {
  make_program("tool", "cat");
  const ChildResult result = run_child({"tool"}, kAmple);
  EXPECT_FALSE(result.is_timed_out);
  EXPECT_EQ(result.out, "");
}

TEST_F(ChildProcess, TellsTheSignalThatEndedIt) {
  make_program("tool", "kill -9 $$");
  EXPECT_EQ(run_child({"tool"}, kAmple).status, 128 + SIGKILL);
}

TEST_F(ChildProcess, IsKilledAtTheLimit) {
  make_program("tool", "trap '' TERM INT; echo begun; exec sleep 60");
  const auto start = steady_clock::now();
  const ChildResult result = run_child({"tool"}, milliseconds{500});
  const auto elapsed = steady_clock::now() - start;
  EXPECT_TRUE(result.is_timed_out);
  EXPECT_EQ(result.out, "begun\n");
  EXPECT_GE(elapsed, milliseconds{500});
  EXPECT_LT(elapsed, milliseconds{10'000});
  EXPECT_FALSE(has_children());
}

TEST_F(ChildProcess, IsKilledAtTheLimitThoughItsStreamsAreClosed) {
  make_program("tool", "exec >&- 2>&-; exec sleep 60");
  const auto start = steady_clock::now();
  EXPECT_TRUE(run_child({"tool"}, milliseconds{300}).is_timed_out);
  EXPECT_LT(steady_clock::now() - start, milliseconds{10'000});
  EXPECT_FALSE(has_children());
}

TEST_F(ChildProcess, SaysThatThereIsNoSuchProgram) {
  const ChildResult result = run_child({"olivine_no_such_tool"}, kAmple);
  EXPECT_FALSE(result.is_started);
  EXPECT_THAT(result.err, HasSubstr("No such file"));
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace olivine::sweep
