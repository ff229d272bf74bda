// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "experiments/regress/report.h"
#include "models/base/error.h"
#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/regress/fake_model.h"

namespace olivine::regress {
namespace {

using support::FakeCounter;
using support::lines_of;
using support::read_text;
using support::ScratchFolder;
using testing::HasSubstr;

constexpr int64_t kCyclesPerCase = 100;

// A case is 100 cycles. The parameter Trouble says what goes wrong in seed 17.
enum Trouble : int64_t { None, Crash, Hang, Stall, Missing };

std::optional<Divergence> run_counter(BenchContext& context) {
  const auto trouble = context.parameters.at("Trouble");
  if (context.seed == 17 && trouble == Crash) std::abort();
  if (context.seed == 17 && trouble == Hang) std::this_thread::sleep_for(std::chrono::hours{1});
  if (context.seed == 17 && trouble == Stall) throw NoProgress{"counter: at 3"};
  if (context.seed == 17 && trouble == Missing) (void)context.model.signal("cuont_o");
  const RtlSignal& count = context.model.signal("count_o");
  for (int64_t i = 1; i <= context.cases * kCyclesPerCase; ++i) {
    context.model.settle();
    context.model.edge();
    ++context.checks;
    if (count.value() == static_cast<uint64_t>(i) % 256) continue;
    return Divergence{i - 1,
                      "counter",
                      {},
                      {},
                      {},
                      "count_o",
                      std::to_string(i % 256),
                      std::to_string(count.value()),
                      ""};
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 1> kWaves = {"count_o"};
const BlockBench kBench{"counter", "counter", "", {}, {}, {}, kWaves, run_counter};

// Counters that miss edge 250 from seed `first_bad` on.
class FakeSource : public ModelSource {
 public:
  explicit FakeSource(uint64_t first_bad = UINT64_MAX) : first_bad_(first_bad) {}
  [[nodiscard]] std::string build(const Target& target, Instruments) const override {
    if (target.parameters.contains("Unbuildable")) throw ConfigError{"counter.sv:3: no such net"};
    return "counter";
  }
  [[nodiscard]] std::unique_ptr<RtlModel> open(const std::string&, uint64_t seed) const override {
    return std::make_unique<FakeCounter>(seed >= first_bad_ ? 250 : 0);
  }

 private:
  uint64_t first_bad_;
};

Target target_of(SeedRange seeds, int64_t cases, Trouble trouble = None) {
  return {&kBench, {{"Trouble", trouble}}, seeds, cases};
}

RunnerOptions options_in(const ScratchFolder& folder, int jobs = 2) {
  RunnerOptions options;
  options.work = folder.path("");
  options.jobs = jobs;
  options.patience = std::chrono::milliseconds{500};
  return options;
}

TargetResult run_one(const Target& target, const FakeSource& source, int jobs = 2) {
  const ScratchFolder folder;
  Runner runner{{target}, source, options_in(folder, jobs), {}};
  EXPECT_TRUE(runner.build());
  EXPECT_TRUE(runner.run());
  return runner.results()[0];
}

TEST(Runner, CountsWhatItRan) {
  const TargetResult result = run_one(target_of({1, 25}, 3), FakeSource{});
  EXPECT_FALSE(result.failure);
  EXPECT_EQ(result.seeds, 25u);
  EXPECT_EQ(result.cycles, 25 * 3 * kCyclesPerCase);
  EXPECT_EQ(result.checks, 25 * 3 * kCyclesPerCase);
}

// However many jobs there are, and although larger seeds may fail before.
TEST(Runner, FindsTheSmallestFailingSeed) {
  for (const int jobs : {1, 2, 7}) {
    const TargetResult result = run_one(target_of({1, 100}, 3), FakeSource{34}, jobs);
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->seed, 34u);
    EXPECT_EQ(result.failure->divergence->cycle, 249);
    EXPECT_EQ(result.failure->divergence->expected, "250");
    EXPECT_EQ(result.failure->divergence->got, "249");
  }
}

TEST(Runner, MinimisesAndTraces) {
  const ScratchFolder folder;
  const FakeSource source{5};
  Runner runner{{target_of({1, 20}, 64)}, source, options_in(folder), {}};
  ASSERT_TRUE(runner.build() && runner.run() && runner.explain());
  const TargetResult& result = runner.results()[0];
  EXPECT_EQ(result.failure->cases, 4);  // 250 cycles need 3 cases; 1, 2, 4 are tried
  ASSERT_NE(result.evidence.waveform, "") << result.evidence.remark;
  // Two lines a cycle, from 50 cycles before the divergence to 4 after it.
  const auto lines = lines_of(read_text(result.evidence.waveform));
  EXPECT_EQ(lines.front(), std::to_string(2 * (249 - 50)));
  EXPECT_EQ(lines.back(), std::to_string(2 * (249 + 4) + 1));
  EXPECT_THAT(read_text(result.evidence.save_file), HasSubstr("TOP.count_o[7:0]"));
  EXPECT_THAT(read_text(result.evidence.save_file), HasSubstr("*-4.000000 499 "));
  for (const auto& entry : std::filesystem::directory_iterator{folder.path("waves")}) {
    EXPECT_NE(entry.path().extension(), ".tmp");
  }
}

TEST(Runner, WavesOfPassingSeedsWhereWanted) {
  const ScratchFolder folder;
  RunnerOptions options = options_in(folder);
  options.has_wave = true;
  const FakeSource source;
  Runner runner{{target_of({3, 4}, 1)}, source, options, {}};
  ASSERT_TRUE(runner.build() && runner.run() && runner.explain());
  const auto lines = lines_of(read_text(folder.path("waves/counter_Trouble0_seed4.fst")));
  EXPECT_EQ(lines.front(), "0");
}

TEST(Runner, SurvivesModelsThatDoNot) {
  struct Case {
    Trouble trouble;
    FailureKind kind;
    const char* text;
    int status;
  };
  for (const Case& c : {Case{Crash, FailureKind::Crash, "killed by signal 6", 1},
                        Case{Hang, FailureKind::Silence, "no answer for 0.5 s", 1},
                        Case{Stall, FailureKind::NoProgress, "counter: at 3", 3},
                        Case{Missing, FailureKind::Error, "did you mean 'count_o'?", 2}}) {
    const TargetResult result = run_one(target_of({11, 30}, 1, c.trouble), FakeSource{});
    ASSERT_TRUE(result.failure) << c.text;
    EXPECT_EQ(result.failure->kind, c.kind) << c.text;
    EXPECT_EQ(result.failure->seed, 17u) << c.text;
    EXPECT_THAT(result.failure->text, HasSubstr(c.text));
    EXPECT_EQ(exit_status({&result, 1}), c.status);
  }
}

TEST(Runner, ReportsTheFirstBuildProblemOnly) {
  const ScratchFolder folder;
  Target bad = target_of({1, 1}, 1);
  bad.parameters["Unbuildable"] = 1;
  const FakeSource source;
  Runner runner{{target_of({1, 1}, 1), bad, bad}, source, options_in(folder), {}};
  try {
    (void)runner.build();
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), testing::ElementsAre("counter.sv:3: no such net"));
  }
}

TEST(Runner, KeepsWhatWasDoneWhenCancelled) {
  const ScratchFolder folder;
  RunnerEvents events;
  uint64_t seeds = 0;
  events.on_seed = [&](uint64_t done, uint64_t, const std::string&) { seeds = done; };
  events.is_cancelled = [&] { return seeds >= 15; };
  const FakeSource source;
  Runner runner{{target_of({11, 16}, 1), target_of({11, 100'000}, 1, Hang)},
                source,
                options_in(folder, 1),
                events};
  ASSERT_TRUE(runner.build());
  runner.run();
  EXPECT_EQ(runner.results()[0].seeds, 6u);
}

}  // namespace
}  // namespace olivine::regress
