// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "experiments/sweep/runner.h"
#include "models/base/error.h"
#include "tests/experiments/sweep/small_sweep.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DryRunTest : public SmallSweep {
 protected:
  static std::string problem_of(const std::function<void()>& step) {
    try {
      step();
    } catch (const ConfigError& error) {
      return error.problems().size() == 1 ? error.what() : "several problems";
    }
    return "";
  }
};

const char* const kSomeConstraints = "constraints: [array.rows <= 8, array.cols >= array.rows]\n";
// rows 4, 6, 8 with the columns (of 4, 8, 12, 16, 20) that are no fewer; three buffers.
constexpr uint64_t kLeft = (5 + 4 + 4) * 3;

TEST_F(DryRunTest, CountsWithoutConstraints) {
  const DryRun result = dry_run(*space());
  EXPECT_EQ(result.size, kSize);
  EXPECT_EQ(result.points, kSize);
  EXPECT_TRUE(result.is_exact);
  EXPECT_THAT(result.excluded_by, IsEmpty());
  EXPECT_EQ(result.samples, kSize);
  EXPECT_GT(result.seconds, 0.0);
}

TEST_F(DryRunTest, CountsWhatEachConstraintExcludes) {
  for (const int threads : {1, 2, 7}) {
    RunOptions options;
    options.threads = threads;
    const DryRun result = dry_run(*space(kSomeConstraints), options);
    EXPECT_EQ(result.size, kSize);
    EXPECT_EQ(result.points, kLeft);
    // Of 7 rows 3 are left; the second excludes 1 of 5 columns for rows 6 and 8.
    EXPECT_THAT(result.excluded_by, ElementsAre(4 * kCols * kBuffers, 2 * kBuffers));
    EXPECT_EQ(result.samples, kLeft);
  }
}

TEST_F(DryRunTest, EstimatesLargerSpacesFromASample) {
  const auto sweep = space(kSomeConstraints);
  constexpr uint64_t kSampled = kSize / 3;
  const DryRun result = dry_run(*sweep, {}, kSampled);
  EXPECT_FALSE(result.is_exact);
  EXPECT_EQ(result.size, kSize);
  // What is left has a hypergeometric distribution; three standard deviations, scaled by 3.
  const double share = static_cast<double>(kLeft) / kSize;
  const double deviation = std::sqrt(kSampled * share * (1 - share) * (kSize - kSampled) /
                                     static_cast<double>(kSize - 1));
  EXPECT_NEAR(static_cast<double>(result.points), static_cast<double>(kLeft), 3 * 3 * deviation);
  EXPECT_EQ(result.points + result.excluded_by[0] + result.excluded_by[1], kSize);
  EXPECT_TRUE(dry_run(*sweep, {}, kSize).is_exact);
  EXPECT_TRUE(dry_run(*sweep, {}, kSize + 1).is_exact);
}

TEST_F(DryRunTest, CountsThePointsOfASearch) {
  const DryRun random = dry_run(*space("search: {method: random, points: 31}\n"));
  EXPECT_EQ(random.points, 31u);
  EXPECT_EQ(random.size, kSize);
  const DryRun learning = dry_run(*space("search: {method: nsga2, points: 31, population: 8}\n"));
  EXPECT_EQ(learning.points, 31u);
}

TEST_F(DryRunTest, CountsTheShareOfAShard) {
  const auto sweep = space(kSomeConstraints);
  uint64_t points = 0;
  for (uint64_t shard = 0; shard < 3; ++shard) {
    RunOptions options;
    options.shard = shard;
    options.shards = 3;
    points += dry_run(*sweep, options).points;
  }
  EXPECT_EQ(points, kLeft);
}

TEST_F(DryRunTest, TimesAtMostAFewHundredPoints) {
  SweepSpec large = spec();
  const size_t at = large.text.find("  array.rows:");
  const std::string text = large.text.substr(0, at) + "  array.decoder_latency_cycles: {from: 0, " +
                           "to: 12, step: 1}\n" + large.text.substr(at);
  const DesignSpace sweep{parse_spec(text, "large.yaml")};
  const DryRun result = dry_run(sweep);
  EXPECT_EQ(result.points, 13 * kSize);
  EXPECT_GE(result.samples, 1u);
  EXPECT_LE(result.samples, 200u);
}

TEST_F(DryRunTest, SaysWhichConstraintsLeaveNothing) {
  const auto nothing = space("constraints: [area_um2 <= 1]\n");
  const std::string expected = fmt::format(
      "no point satisfies the constraints: of {0} combinations, \"area_um2 <= 1\" excludes {0}",
      kSize);
  EXPECT_EQ(problem_of([&] { check_has_points(*nothing); }), expected);
  EXPECT_EQ(problem_of([&] { static_cast<void>(dry_run(*nothing)); }), expected);
}

TEST_F(DryRunTest, ListsEveryContradictoryConstraintWithItsPart) {
  const auto nothing = space(
      "constraints: [array.rows > 8, array.rows < 14, array.rows != 10 and array.rows != 12, "
      "array.cols > 0]\n");
  // Rows 4, 6, 8; then 14 and 16; then 10 and 12; the last one excludes nothing.
  const uint64_t each = kCols * kBuffers;
  EXPECT_EQ(problem_of([&] { check_has_points(*nothing); }),
            fmt::format("no point satisfies the constraints: of {} combinations, "
                        "\"array.rows > 8\" excludes {}, \"array.rows < 14\" excludes {}, "
                        "\"array.rows != 10 and array.rows != 12\" excludes {}",
                        kSize, 3 * each, 2 * each, 2 * each));
}

TEST_F(DryRunTest, StopsLookingWhenCancelled) {
  const auto nothing = space("constraints: [area_um2 <= 1]\n");
  RunOptions options;
  int calls = 0;
  options.is_cancelled = [&] { return ++calls > 0; };
  EXPECT_EQ(problem_of([&] { check_has_points(*nothing, options); }), "");
  EXPECT_EQ(calls, 1);
}

TEST_F(DryRunTest, FindsASinglePointWhereverItIs) {
  for (const char* constraints :
       {"[array.rows == 4, array.cols == 4, memory.weight_buffer == 8KiB]",
        "[array.rows == 10, array.cols == 12, memory.weight_buffer == 32KiB]",
        "[array.rows == 16, array.cols == 20, memory.weight_buffer == 128KiB]"}) {
    const auto one = space(fmt::format("constraints: {}\n", constraints));
    EXPECT_EQ(problem_of([&] { check_has_points(*one); }), "") << constraints;
    EXPECT_EQ(dry_run(*one).points, 1u) << constraints;
  }
}

// Points of a search that are all excluded are no sweep, though others would not be.
TEST_F(DryRunTest, LooksAtThePointsOfTheSearch) {
  const auto sweep = space(
      "constraints: [array.rows == 4 and array.cols == 4 and memory.weight_buffer == 8KiB]\n"
      "search: {method: random, points: 1, seed: 1}\n");
  const std::string problem = problem_of([&] { check_has_points(*sweep); });
  EXPECT_THAT(problem, testing::HasSubstr(fmt::format(
                           "of the 1 looked at of {} combinations, \"array.rows == 4", kSize)));
}

TEST_F(DryRunTest, ChecksASearchThatLearnsOnTheSpace) {
  const auto nothing = space(
      "constraints: [pes > 1000000]\n"
      "search: {method: nsga2, points: 20, population: 8}\n");
  EXPECT_THAT(problem_of([&] { check_has_points(*nothing); }),
              testing::HasSubstr(fmt::format("\"pes > 1000000\" excludes {}", kSize)));
}

}  // namespace
}  // namespace olivine::sweep
