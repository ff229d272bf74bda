// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/analysis/judge.h"
#include "experiments/sweep/analysis/pareto.h"
#include "experiments/sweep/space/evaluate.h"
#include "models/base/error.h"
#include "tests/experiments/sweep/search/small_sweep.h"

namespace olivine::sweep {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Runner : public SmallSweep {
 protected:
  // Hashes of the space's points in the order of their indices.
  static std::vector<PointHash> hashes_of(const DesignSpace& space) {
    std::vector<PointHash> hashes;
    for (PointIndex index = 0; index < space.size(); ++index) {
      if (const auto point = space.resolve(index)) hashes.push_back(point->hash);
    }
    return hashes;
  }
  static std::vector<PointHash> stored_hashes(const Database& database) {
    std::vector<PointHash> hashes;
    for (const StoredPoint& point : points_of(database)) hashes.push_back(point.hash);
    return hashes;
  }
  static RunResult run(const DesignSpace& space, Database& database, int threads) {
    RunOptions options;
    options.threads = threads;
    return run_sweep(space, database, options);
  }
};

TEST_F(Runner, EvaluatesEveryPointOnce) {
  const auto sweep = space();
  Database database = memory_for(*sweep);
  const RunResult result = run(*sweep, database, 2);
  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.progress.asked, kSize);
  EXPECT_EQ(result.progress.points, kSize);
  EXPECT_EQ(result.progress.budget, kSize);
  EXPECT_EQ(result.progress.computed, kSize);
  EXPECT_EQ(result.progress.repeated, 0u);
  EXPECT_EQ(result.progress.failed, 0u);
  EXPECT_EQ(result.progress.excluded, 0u);
  EXPECT_EQ(outcomes_of(database).size(), kSize);
  EXPECT_EQ(database.header().expected_points, kSize);
}

TEST_F(Runner, StoresWhatEvaluateGives) {
  const auto sweep = space();
  Database database = memory_for(*sweep);
  ASSERT_TRUE(run(*sweep, database, 2).is_complete);
  for (PointIndex index = 0; index < kSize; index += 13) {
    const auto point = sweep->resolve(index);
    ASSERT_TRUE(point && point->inputs);
    const auto stored = database.find(point->hash, std::string{model_version()});
    ASSERT_TRUE(stored);
    EXPECT_EQ(*stored, evaluate(*point->inputs)) << index;
  }
}

TEST_F(Runner, CommitsInTheOrderOfTheSearchWithAnyNumberOfThreads) {
  const auto sweep = space();
  const std::vector<PointHash> order = hashes_of(*sweep);
  for (const int threads : {1, 2, 7}) {
    Database database = memory_for(*sweep);
    RunOptions options;
    options.threads = threads;
    options.commit_s = 0;
    ASSERT_TRUE(run_sweep(*sweep, database, options).is_complete);
    EXPECT_EQ(stored_hashes(database), order) << threads << " threads";
  }
}

TEST_F(Runner, ComputesNothingTwice) {
  const auto sweep = space();
  Database database = memory_for(*sweep);
  const RunResult first = run(*sweep, database, 2);
  const RunResult second = run(*sweep, database, 2);
  EXPECT_EQ(second.progress.computed, 0u);
  EXPECT_EQ(second.progress.repeated, kSize);
  EXPECT_EQ(second.progress.points, kSize);
  EXPECT_EQ(second.progress.front, first.progress.front);
  EXPECT_EQ(second.progress.best, first.progress.best);
  EXPECT_EQ(outcomes_of(database).size(), kSize);
}

TEST_F(Runner, LeavesOutWhatConstraintsExclude) {
  const auto sweep = space("constraints: [array.rows <= 8, array.cols >= array.rows]\n");
  // rows 4, 6, 8 with the columns (of 4, 8, 12, 16, 20) that are no fewer.
  const uint64_t left = (5 + 4 + 4) * kBuffers;
  Database database = memory_for(*sweep);
  const RunResult result = run(*sweep, database, 2);
  EXPECT_EQ(result.progress.points, kSize);
  EXPECT_EQ(result.progress.computed, left);
  EXPECT_EQ(result.progress.excluded, kSize - left);
  EXPECT_EQ(database.header().expected_points, left);
  EXPECT_EQ(stored_hashes(database), hashes_of(*sweep));
}

// PEs of integers refuse a scheme of floats: its points fail, the others go on.
TEST_F(Runner, StoresPointsThatFailWithTheReason) {
  std::string text = spec().text;
  text.replace(text.find("scheme: w4a4-ovp\n"), 17, "");
  text.insert(text.find("objectives:"), "  scheme: [w4a4-ovp, w16a16-fp16]\n");
  const DesignSpace sweep{parse_spec(text, "small.yaml")};
  Database database = memory_for(sweep);
  const RunResult result = run(sweep, database, 2);
  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.progress.points, 2 * kSize);
  EXPECT_EQ(result.progress.failed, kSize);
  uint64_t failed = 0;
  for (const auto& [hash, outcome] : outcomes_of(database)) {
    if (outcome.is_ok()) continue;
    ++failed;
    EXPECT_THAT(outcome.failure, HasSubstr("fp16"));
  }
  EXPECT_EQ(failed, kSize);
  // Forgotten, they are tried again, and they alone.
  EXPECT_EQ(database.remove_failed(std::string{model_version()}), kSize);
  const RunResult again = run(sweep, database, 2);
  EXPECT_EQ(again.progress.computed, kSize);
  EXPECT_EQ(again.progress.repeated, kSize);
  EXPECT_EQ(again.progress.failed, kSize);
}

// 60 / (rows - 4) has no value for 4 rows and is no integer for 12.
TEST_F(Runner, StoresPointsThatCannotBeResolvedWithTheReason) {
  const auto sweep = space("set: {vector.ops_per_cycle: \"= 60 / (array.rows - 4)\"}\n");
  Database database = memory_for(*sweep);
  const RunResult result = run(*sweep, database, 2);
  EXPECT_EQ(result.progress.computed, kSize);
  EXPECT_EQ(result.progress.failed, 2 * kCols * kBuffers);
  for (const StoredPoint& point : points_of(database)) {
    const bool is_bad = point.parameters[0] == Value{int64_t{4}} ||  // array.rows
                        point.parameters[0] == Value{int64_t{12}};
    EXPECT_EQ(point.outcome.is_ok(), !is_bad);
    EXPECT_THAT(point.outcome.failure, is_bad ? HasSubstr("vector.ops_per_cycle") : HasSubstr(""));
  }
}

TEST_F(Runner, DealsEveryPointToOneShard) {
  const auto sweep = space("constraints: [array.cols > 4]\n");
  const uint64_t left = kSize * 4 / 5;
  Database whole = memory_for(*sweep);
  ASSERT_TRUE(run(*sweep, whole, 2).is_complete);
  const auto expected = outcomes_of(whole);
  for (const uint64_t shards : {1u, 2u, 3u, 16u, 211u}) {
    std::map<PointHash, Outcome> all;
    uint64_t points = 0;
    for (uint64_t shard = 0; shard < shards; ++shard) {
      Database database = memory_for(*sweep);
      RunOptions options;
      options.shard = shard;
      options.shards = shards;
      options.threads = 2;
      const RunResult result = run_sweep(*sweep, database, options);
      EXPECT_EQ(result.progress.asked, kSize);
      EXPECT_EQ(result.progress.points, result.progress.computed + result.progress.excluded);
      EXPECT_EQ(database.header().expected_points, left);
      points += result.progress.computed;
      for (const auto& entry : outcomes_of(database)) {
        EXPECT_EQ(entry.first.shard(shards), shard);
        all.insert(entry);
      }
    }
    EXPECT_EQ(points, left) << shards << " shards";
    EXPECT_EQ(all, expected) << shards << " shards";
  }
}

TEST_F(Runner, StopsWhenCancelledAndGoesOnFromThere) {
  const auto sweep = space();
  const std::vector<PointHash> order = hashes_of(*sweep);
  for (const int limit : {0, 1, 2, 5}) {
    Database database = memory_for(*sweep);
    RunOptions options;
    options.threads = 2;
    options.commit_s = 0;
    int questions = 0;
    options.is_cancelled = [&] { return questions++ >= limit; };
    const RunResult result = run_sweep(*sweep, database, options);
    EXPECT_FALSE(result.is_complete);
    EXPECT_EQ(database.header().expected_points, 0u);
    // Whatever was begun is stored, without gaps.
    const std::vector<PointHash> stored = stored_hashes(database);
    EXPECT_EQ(stored.size(), result.progress.computed);
    EXPECT_EQ(stored.empty(), limit == 0);
    ASSERT_LT(stored.size(), kSize);
    EXPECT_TRUE(std::equal(stored.begin(), stored.end(), order.begin()));
    const RunResult rest = run(*sweep, database, 2);
    EXPECT_TRUE(rest.is_complete);
    EXPECT_EQ(rest.progress.repeated, stored.size());
    EXPECT_EQ(stored_hashes(database), order);
  }
}

TEST_F(Runner, KeepsWhatWasCommittedWhenItEndsByAnError) {
  const auto sweep = space();
  Database database = memory_for(*sweep);
  RunOptions options;
  options.threads = 2;
  options.commit_s = 0;
  uint64_t committed = 0;
  options.on_progress = [&](const RunProgress& progress) {
    committed = progress.computed;
    if (committed >= kSize / 2) throw ConfigError{"disk full"};
  };
  try {
    static_cast<void>(run_sweep(*sweep, database, options));
    FAIL() << "nothing was thrown";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "disk full");
  }
  EXPECT_EQ(points_of(database).size(), committed);
  EXPECT_LT(committed, kSize);
  EXPECT_TRUE(run(*sweep, database, 2).is_complete);
  EXPECT_EQ(stored_hashes(database), hashes_of(*sweep));
}

TEST_F(Runner, TellsFrontAndBestOfAllFeasiblePoints) {
  const auto all = space();
  Database first = memory_for(*all);
  ASSERT_TRUE(run(*all, first, 2).is_complete);
  std::vector<double> times;
  for (const StoredPoint& point : points_of(first)) {
    times.push_back(point.outcome.metrics.get(Metric::Time).value());
  }
  std::ranges::sort(times);
  const auto sweep = space(fmt::format("constraints: [time_s <= {}]\n", times[times.size() / 2]));
  Database database = memory_for(*sweep);
  const RunResult result = run(*sweep, database, 2);
  const Judge judge{sweep->header()};
  std::vector<Costs> costs;
  for (const StoredPoint& point : points_of(database)) {
    const Verdict verdict = judge.judge(point);
    if (verdict.is_feasible) costs.push_back(verdict.costs);
  }
  ASSERT_GT(costs.size(), 10u);
  ASSERT_LT(costs.size(), kSize);
  size_t front = 0;
  Costs best(3, std::numeric_limits<double>::infinity());
  for (const Costs& a : costs) {
    front += std::ranges::none_of(costs, [&](const Costs& b) { return dominates(b, a); });
    for (size_t i = 0; i < best.size(); ++i) best[i] = std::min(best[i], a[i]);
  }
  EXPECT_EQ(result.progress.front, front);
  ASSERT_EQ(result.progress.best.size(), best.size());
  EXPECT_EQ(result.progress.best[0], best[0]);
  EXPECT_EQ(result.progress.best[1], best[1]);
  EXPECT_EQ(result.progress.best[2], -best[2]);  // utilization is to be high
}

TEST_F(Runner, ReportsAfterEachCommitAndNeverGoesBack) {
  const auto sweep = space();
  Database database = memory_for(*sweep);
  RunOptions options;
  options.threads = 2;
  options.commit_s = 0;
  std::vector<uint64_t> asked;
  options.on_progress = [&](const RunProgress& progress) {
    asked.push_back(progress.asked);
    EXPECT_EQ(points_of(database).size(), progress.computed);
  };
  ASSERT_TRUE(run_sweep(*sweep, database, options).is_complete);
  EXPECT_TRUE(std::ranges::is_sorted(asked));
  EXPECT_GT(asked.size(), 3u);
  EXPECT_EQ(asked.back(), kSize);
}

TEST_F(Runner, AsksForNoMoreThanTheBudgetOfASearch) {
  for (const char* method : {"random", "latin_hypercube", "nsga2, population: 8"}) {
    const auto sweep = space(fmt::format("search: {{seed: 5, points: 37, method: {}}}\n", method));
    Database database = memory_for(*sweep);
    const RunResult result = run(*sweep, database, 2);
    EXPECT_TRUE(result.is_complete) << method;
    EXPECT_EQ(result.progress.budget, 37u) << method;
    EXPECT_LE(result.progress.asked, 37u) << method;
    EXPECT_GT(result.progress.computed, 20u) << method;
    // Samples of a Latin hypercube may coincide.
    const size_t stored = outcomes_of(database).size();
    EXPECT_LE(stored, result.progress.computed) << method;
    EXPECT_EQ(database.header().expected_points, stored) << method;
  }
}

TEST_F(Runner, LearnsTheSameWithAnyNumberOfThreadsAndAfterAnInterruption) {
  const auto sweep = space("search: {method: nsga2, points: 60, population: 12, seed: 3}\n");
  Database first = memory_for(*sweep);
  ASSERT_TRUE(run(*sweep, first, 1).is_complete);
  const std::vector<PointHash> expected = stored_hashes(first);
  Database threaded = memory_for(*sweep);
  ASSERT_TRUE(run(*sweep, threaded, 7).is_complete);
  EXPECT_EQ(stored_hashes(threaded), expected);
  Database resumed = memory_for(*sweep);
  RunOptions options;
  int questions = 0;
  options.is_cancelled = [&] { return questions++ >= 30; };
  ASSERT_FALSE(run_sweep(*sweep, resumed, options).is_complete);
  ASSERT_LT(points_of(resumed).size(), expected.size());
  ASSERT_TRUE(run(*sweep, resumed, 2).is_complete);
  EXPECT_EQ(stored_hashes(resumed), expected);
}

TEST_F(Runner, KeepsOtherModelVersionsApart) {
  const auto sweep = space();
  Database database = memory_for(*sweep);
  RunOptions options;
  options.model = "0.0.1-older";
  EXPECT_EQ(run_sweep(*sweep, database, options).progress.computed, kSize);
  EXPECT_EQ(run(*sweep, database, 2).progress.computed, kSize);
  EXPECT_EQ(database.models().size(), 2u);
}

TEST_F(Runner, RefusesGroupsAndShardsOfASearchThatLearns) {
  const auto grouped = space(
      "search: {method: nsga2, points: 20, population: 8}\n"
      "group_by: [array.rows]\n");
  Database database = memory_for(*grouped);
  RunOptions options;
  options.shards = 2;
  try {
    static_cast<void>(run_sweep(*grouped, database, options));
    FAIL() << "nothing was thrown";
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.problems().size(), 2u);
    EXPECT_THAT(error.problems(), Each(HasSubstr("search.method = nsga2: ")));
    EXPECT_THAT(error.problems()[0], HasSubstr("group_by"));
    EXPECT_THAT(error.problems()[1], HasSubstr("shards"));
  }
  EXPECT_THAT(points_of(database), IsEmpty());
}

}  // namespace
}  // namespace olivine::sweep
