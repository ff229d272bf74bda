// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "experiments/sweep/search/search.h"
#include "experiments/sweep/store/merge.h"
#include "tests/experiments/sweep/space/design_space.h"
#include "tests/experiments/sweep/store/stored_points.h"

namespace olivine::sweep {
namespace {

using testing::HasSubstr;

const std::string kModel = "1.0-a";
constexpr uint64_t kShards = 5;

// 7 x 5 points.
const std::string kAxes =
    "axes:\n  array.rows: {from: 4, to: 16, step: 2}\n  array.cols: [4, 8, 12, 16, 20]\n";

Database database_of(const DesignSpace& space) {
  return Database::open_for_run(":memory:", space.header());
}

StoredPoint stored(const DesignPoint& point) { return {point.hash, point.parameters, {}}; }

std::vector<StoredPoint> stored_points(const DesignSpace& space) {
  std::vector<StoredPoint> points;
  for (const DesignPoint& point : points_of(space)) points.push_back(stored(point));
  return points;
}

Completeness check(const DesignSpace& space, const Database& database) {
  Completeness result = check_completeness(space, database, kModel, kShards);
  EXPECT_EQ(
      std::accumulate(result.missing_by_shard.begin(), result.missing_by_shard.end(), uint64_t{0}),
      result.missing);
  return result;
}

TEST(Completeness, MissesEveryPointOfAnEmptyDatabase) {
  const auto space = space_of(kArrayTop + kAxes);
  std::vector<uint64_t> by_shard(kShards);
  for (const DesignPoint& point : points_of(*space)) ++by_shard[point.hash.shard(kShards)];
  const Completeness result = check(*space, database_of(*space));
  EXPECT_EQ(result.expected, 7u * 5);
  EXPECT_EQ(result.missing, 7u * 5);
  EXPECT_EQ(result.foreign, 0u);
  EXPECT_EQ(result.missing_by_shard, by_shard);
  EXPECT_FALSE(result.is_complete());
}

TEST(Completeness, NamesTheShardOfOneMissingPoint) {
  const auto space = space_of(kArrayTop + kAxes);
  auto points = stored_points(*space);
  for (size_t i = 0; i < points.size(); ++i) {
    auto others = points;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    Database database = database_of(*space);
    database.add(others, kModel);
    database.add(points, "1.0-b");  // of another version
    const Completeness result = check(*space, database);
    EXPECT_EQ(result.missing, 1u);
    EXPECT_EQ(result.missing_by_shard[points[i].hash.shard(kShards)], 1u);
    EXPECT_EQ(result.foreign, 0u);
  }
}

TEST(Completeness, IsCompleteWithAllPointsFailedOnesToo) {
  const auto space = space_of(kArrayTop + kAxes);
  auto points = stored_points(*space);
  for (size_t i = 0; i < points.size(); i += 3) points[i].outcome.failure = "too small";
  Database database = database_of(*space);
  database.add(points, kModel);
  EXPECT_TRUE(check(*space, database).is_complete());
  const StoredPoint foreign{hash_of_number(1), points[0].parameters, {}};
  database.add({&foreign, 1}, kModel);
  const Completeness result = check(*space, database);
  EXPECT_FALSE(result.is_complete());
  EXPECT_EQ(result.foreign, 1u);
  EXPECT_EQ(result.missing, 0u);
}

TEST(Completeness, ExpectsWhatTheConstraintsLeave) {
  const auto space = space_of(kArrayTop + kAxes + "constraints: [array.rows >= array.cols]\n");
  uint64_t left = 0;
  for (int rows = 4; rows <= 16; rows += 2) {
    for (int cols = 4; cols <= 20; cols += 4) left += rows >= cols ? 1 : 0;
  }
  EXPECT_EQ(check(*space, database_of(*space)).expected, left);
  // What they exclude is foreign.
  Database database = database_of(*space);
  database.add(stored_points(*space_of(kArrayTop + kAxes)), kModel);
  const Completeness result = check(*space, database);
  EXPECT_EQ(result.missing, 0u);
  EXPECT_EQ(result.foreign, 7u * 5 - left);
}

TEST(Completeness, WalksTheSampleOfASearchAndCountsAPointOnce) {
  uint64_t repeated = 0;
  for (const char* search :
       {"random, points: 11", "latin_hypercube, points: 11", "latin_hypercube, points: 34"}) {
    const auto space =
        space_of(kArrayTop + kAxes + fmt::format("search: {{method: {}, seed: 3}}\n", search));
    const Completeness none = check(*space, database_of(*space));
    std::set<PointHash> sample;
    const auto walk = make_search(space->header().search, space->header().axes);
    const auto indices = walk->ask(1000);
    for (const PointIndex index : indices) sample.insert(space->resolve(index)->hash);
    repeated += indices.size() - sample.size();
    EXPECT_EQ(none.expected, sample.size());
    EXPECT_EQ(none.missing, none.expected);
    Database database = database_of(*space);
    database.add(stored_points(*space), kModel);
    const Completeness all = check(*space, database);
    EXPECT_EQ(all.missing, 0u);
    EXPECT_EQ(all.foreign, 7u * 5 - none.expected);
  }
  EXPECT_GT(repeated, 0u);
}

TEST(Completeness, GoesOnAfterABatch) {
  const auto space = space_of(std::string{kArrayTop} +
                              "axes:\n  array.rows: {from: 1, to: 97, step: 1}\n"
                              "  array.cols: {from: 1, to: 89, step: 1}\n");
  Database database = database_of(*space);
  auto points = stored_points(*space);
  points.pop_back();
  database.add(points, kModel);
  const Completeness result = check(*space, database);
  EXPECT_EQ(result.expected, 97u * 89);
  EXPECT_EQ(result.missing, 1u);
  EXPECT_EQ(result.foreign, 0u);
}

TEST(Completeness, RefusesASearchThatNeedsAnswers) {
  const auto space = space_of(kArrayTop + kAxes + "search: {method: nsga2}\n");
  EXPECT_THAT(problem_of([&] { (void)check(*space, database_of(*space)); }),
              HasSubstr("search.method = nsga2: which points are missing depends on results"));
}

}  // namespace
}  // namespace olivine::sweep
