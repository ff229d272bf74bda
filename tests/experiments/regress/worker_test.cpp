// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace olivine::regress {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

struct Outcome {
  std::map<size_t, std::vector<std::string>> lines;
  std::map<size_t, WorkerEnd> ends;
  bool is_complete = false;
};

Outcome run(WorkerJob job, WorkerLimits limits) {
  Outcome outcome;
  job.on_line = [&](size_t index, const std::string& line) {
    outcome.lines[index].push_back(line);
  };
  job.on_end = [&](size_t index, const WorkerEnd& end) { outcome.ends[index] = end; };
  outcome.is_complete = run_workers(job, limits);
  return outcome;
}

bool has_children() { return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

TEST(Workers, SendLinesWhole) {
  WorkerJob job;
  job.count = 20;
  const std::string large(200'000, 'x');  // more than a pipe holds
  job.work = [&](size_t index, const Send& send) {
    send(std::to_string(index));
    send(large);
  };
  const Outcome outcome = run(job, {3, milliseconds{20'000}});
  EXPECT_TRUE(outcome.is_complete);
  ASSERT_EQ(outcome.ends.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_THAT(outcome.lines.at(i), ElementsAre(std::to_string(i), large));
    EXPECT_EQ(outcome.ends.at(i).kind, WorkerEnd::Kind::Finished);
  }
  EXPECT_FALSE(has_children());
}

// One that crashes, one that hangs, one that throws: the others answer all the same.
TEST(Workers, FailAlone) {
  WorkerJob job;
  job.count = 5;
  job.work = [](size_t index, const Send& send) {
    send("started");
    if (index == 0) std::abort();
    if (index == 1) std::raise(SIGSEGV);
    if (index == 2) std::this_thread::sleep_for(std::chrono::hours{1});
    if (index == 3) throw std::runtime_error{"what went wrong"};
    send("done");
  };
  constexpr milliseconds kPatience{300};
  const Outcome outcome = run(job, {2, kPatience});
  EXPECT_TRUE(outcome.is_complete);
  EXPECT_THAT(describe(outcome.ends.at(0), kPatience), HasSubstr("killed by signal 6 (Aborted)"));
  EXPECT_THAT(describe(outcome.ends.at(1), kPatience), HasSubstr("killed by signal 11"));
  EXPECT_EQ(describe(outcome.ends.at(2), kPatience), "no answer for 0.3 s");
  EXPECT_EQ(describe(outcome.ends.at(3), kPatience), "ended with status 1: what went wrong");
  EXPECT_THAT(outcome.lines.at(4), ElementsAre("started", "done"));
  EXPECT_FALSE(has_children());
}

TEST(Workers, AreAtMostSoManyAtOnce) {
  WorkerJob job;
  job.count = 9;
  int running = 0;
  int most = 0;
  job.is_wanted = [&](size_t) {
    most = std::max(most, ++running);
    return true;
  };
  job.work = [](size_t, const Send&) { std::this_thread::sleep_for(milliseconds{20}); };
  job.on_end = [&](size_t, const WorkerEnd&) { --running; };
  EXPECT_TRUE(run_workers(job, {3, milliseconds{20'000}}));
  EXPECT_EQ(most, 3);
}

TEST(Workers, ThatAreNotWantedDoNotStart) {
  WorkerJob job;
  job.count = 4;
  job.work = [](size_t, const Send& send) { send("ran"); };
  job.is_wanted = [](size_t index) { return index % 2 == 1; };
  const Outcome outcome = run(job, {1, milliseconds{20'000}});
  EXPECT_EQ(outcome.ends.size(), 2u);
  EXPECT_TRUE(outcome.ends.contains(1) && outcome.ends.contains(3));
}

TEST(Workers, AreGoneAfterCancelling) {
  WorkerJob job;
  job.count = 10;
  bool has_line = false;
  job.work = [](size_t, const Send& send) {
    send("started");
    std::this_thread::sleep_for(std::chrono::hours{1});
  };
  job.on_line = [&](size_t, const std::string&) { has_line = true; };
  job.is_cancelled = [&] { return has_line; };
  EXPECT_FALSE(run_workers(job, {2, milliseconds{60'000}}));
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace olivine::regress
