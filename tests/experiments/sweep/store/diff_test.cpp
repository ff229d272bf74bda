// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiments/sweep/store/merge.h"
#include "tests/experiments/sweep/store/stored_points.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kModel = "1.0-a";

Database memory_database(const std::vector<StoredPoint>& points,
                         const SweepHeader& header = small_header()) {
  Database database = Database::open_for_run(":memory:", header);
  database.add(points, kModel);
  return database;
}

DatabaseDiff diff_of(const std::vector<StoredPoint>& a, const std::vector<StoredPoint>& b,
                     size_t worst = 10) {
  return diff_databases(memory_database(a), kModel, memory_database(b), kModel, worst);
}

// As another version of the model has them: other hashes.
std::vector<StoredPoint> rehashed(std::vector<StoredPoint> points) {
  for (StoredPoint& point : points)
    point.hash = hash_of_number(1'000'000 + point.hash.bytes[0] * 65536u +
                                point.hash.bytes[1] * 256u + point.hash.bytes[2]);
  return points;
}

double time_of(const StoredPoint& point) { return point.outcome.metrics.get(Metric::Time).value(); }

TEST(Diff, OfTheSamePointsIsEmptyInAnyOrderAndWithOtherHashes) {
  auto points = small_points(0, kSmallPoints);
  auto others = rehashed(points);
  Rng rng{5};
  shuffle(others, rng);
  const DatabaseDiff diff = diff_of(points, others);
  EXPECT_TRUE(diff.is_empty());
  EXPECT_EQ(diff.common, kSmallPoints);
  EXPECT_EQ(diff.identical, kSmallPoints);
  EXPECT_EQ(diff.only_a + diff.only_b + diff.now_failing + diff.now_running, 0u);
  EXPECT_THAT(diff.metrics, IsEmpty());
  EXPECT_THAT(diff.worst, IsEmpty());
  EXPECT_EQ(diff.columns, small_header().columns);
}

TEST(Diff, OfNothingIsEmpty) {
  EXPECT_TRUE(diff_of({}, {}).is_empty());
  const DatabaseDiff diff = diff_of({}, small_points(0, 1));
  EXPECT_FALSE(diff.is_empty());
  EXPECT_EQ(diff.only_b, 1u);
}

TEST(Diff, CountsPointsOfOneSide) {
  for (const auto& [a_first, a_count, b_first, b_count] :
       {std::array{0u, 10u, 10u, 7u}, std::array{5u, 10u, 0u, 10u}, std::array{0u, 480u, 479u, 1u},
        std::array{3u, 4u, 0u, 0u}}) {
    const DatabaseDiff diff =
        diff_of(small_points(a_first, a_count), rehashed(small_points(b_first, b_count)));
    const uint64_t begin = std::max(a_first, b_first);
    const uint64_t end = std::min(a_first + a_count, b_first + b_count);
    const uint64_t common = end > begin ? end - begin : 0;
    EXPECT_EQ(diff.common, common);
    EXPECT_EQ(diff.only_a, a_count - common);
    EXPECT_EQ(diff.only_b, b_count - common);
  }
}

// Against sets of the parameters' texts.
TEST(Diff, MatchesRandomHalvesExactly) {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    Rng rng{seed};
    std::vector<StoredPoint> a, b;
    uint64_t common = 0;
    for (const StoredPoint& point : small_points(0, kSmallPoints)) {
      const bool in_a = rng.chance(0.5), in_b = rng.chance(0.5);
      if (in_a) a.push_back(point);
      if (in_b) b.push_back(point);
      common += in_a && in_b;
    }
    const DatabaseDiff diff = diff_of(a, rehashed(b));
    EXPECT_EQ(diff.common, common) << "seed " << seed;
    EXPECT_EQ(diff.only_a, a.size() - common) << "seed " << seed;
    EXPECT_EQ(diff.only_b, b.size() - common) << "seed " << seed;
  }
}

// Integers beside doubles, also where a double has no such integer, and texts.
TEST(Diff, OrdersParametersAsTheDatabaseDoes) {
  const std::vector<Value> values = {std::numeric_limits<int64_t>::min(),
                                     -0x1p63 * 1.5,
                                     int64_t{-2},
                                     -1.5,
                                     0.0,
                                     int64_t{1},
                                     1.5,
                                     0x1p53,
                                     (int64_t{1} << 53) + 1,
                                     0x1p53 + 2,
                                     std::numeric_limits<int64_t>::max(),
                                     0x1p63,
                                     std::numeric_limits<double>::infinity(),
                                     std::string{"1"},
                                     std::string{"\xC3\xA4"},
                                     std::string{"z"}};
  std::vector<StoredPoint> points;
  for (size_t i = 0; i < values.size(); ++i) {
    points.push_back(small_point(i));
    points.back().parameters = {values[i], 1.0, std::string{"int8"}};
  }
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng{seed};
    std::vector<StoredPoint> a, b;
    uint64_t common = 0;
    for (const StoredPoint& point : points) {
      const bool in_a = rng.chance(0.6), in_b = rng.chance(0.6);
      if (in_a) a.push_back(point);
      if (in_b) b.push_back(point);
      common += in_a && in_b;
    }
    EXPECT_EQ(diff_of(a, rehashed(b)).common, common) << "seed " << seed;
  }
}

TEST(Diff, MatchesAWholeDoubleWithTheInteger) {
  auto a = small_points(0, 1), b = small_points(0, 1);
  b[0].parameters[0] = static_cast<double>(std::get<int64_t>(a[0].parameters[0]));
  EXPECT_TRUE(diff_of(a, b).is_empty());
}

TEST(Diff, CountsFailures) {
  const auto a = small_points(0, 21);  // 6, 13 and 20 failed
  auto b = a;
  b[6].outcome = b[0].outcome;
  b[0].outcome = {};
  b[0].outcome.failure = "new";
  b[1].outcome = b[0].outcome;
  b[13].outcome.failure = "another reason";
  const DatabaseDiff diff = diff_of(a, b);
  EXPECT_EQ(diff.now_failing, 2u);
  EXPECT_EQ(diff.now_running, 1u);
  EXPECT_EQ(diff.identical, 21u - 4);
  EXPECT_THAT(diff.metrics, IsEmpty());
}

TEST(Diff, MeasuresMetricsOverAllPointsThatRan) {
  const auto a = small_points(1, 5);  // all ran; none has an energy of 0
  auto b = a;
  const std::vector<double> ratios = {1, 2, 0.5, 8, 1};
  double logs = 0;
  for (size_t i = 0; i < b.size(); ++i) {
    b[i].outcome.metrics.set(Metric::Time, time_of(a[i]) * ratios[i]);
    logs += std::log(ratios[i]);
  }
  const DatabaseDiff diff = diff_of(a, b);
  ASSERT_THAT(diff.metrics, SizeIs(1));
  EXPECT_EQ(diff.metrics[0].metric, "time_s");
  EXPECT_EQ(diff.metrics[0].changed, 3u);
  EXPECT_NEAR(diff.metrics[0].mean_ratio, std::exp(logs / 5), 1e-12);
  EXPECT_NEAR(diff.metrics[0].min_ratio, 0.5, 1e-12);
  EXPECT_NEAR(diff.metrics[0].max_ratio, 8, 1e-12);
}

TEST(Diff, TakesNoRatioOfWhatIsNotPositive) {
  const auto a = small_points(0, 3);
  auto b = a;
  b[0].outcome.metrics.set(Metric::Energy, 1);  // was 0
  b[1].outcome.metrics.set(Metric::Pes, 4);     // was none
  b[2].outcome.metrics.set(Metric::Energy, -1);
  const DatabaseDiff diff = diff_of(a, b);
  ASSERT_THAT(diff.metrics, SizeIs(2));
  EXPECT_EQ(diff.metrics[0].metric, "energy_pj");
  EXPECT_EQ(diff.metrics[0].changed, 2u);
  EXPECT_EQ(diff.metrics[0].mean_ratio, 1);  // of point 1 alone
  EXPECT_EQ(diff.metrics[1].metric, "pes");
  EXPECT_EQ(diff.metrics[1].changed, 1u);
  EXPECT_EQ(diff.metrics[1].mean_ratio, 1);
  EXPECT_EQ(diff.metrics[1].min_ratio, 1);
  EXPECT_EQ(diff.metrics[1].max_ratio, 1);
}

TEST(Diff, ListsThePointsWhoseObjectivesChangedMost) {
  const auto a = small_points(0, 6);
  auto b = a;
  // By |log|: point 3 and 1 (the same), 4, 5. Energy is no objective.
  const std::vector<double> factors = {1, 4, 1, 0.25, 3, 1.5};
  for (size_t i = 0; i < b.size(); ++i) {
    b[i].outcome.metrics.set(Metric::Time, time_of(a[i]) * factors[i]);
  }
  b[2].outcome.metrics.set(Metric::Energy, 1e9);
  const auto worst = [&](size_t count) {
    std::vector<std::vector<Value>> parameters;
    for (const ChangedPoint& point : diff_of(a, b, count).worst) {
      parameters.push_back(point.parameters);
    }
    return parameters;
  };
  const auto p = [&](size_t i) { return a[i].parameters; };
  EXPECT_THAT(worst(0), IsEmpty());
  EXPECT_THAT(worst(1), ElementsAre(p(1)));
  EXPECT_THAT(worst(3), ElementsAre(p(1), p(3), p(4)));
  EXPECT_THAT(worst(10), ElementsAre(p(1), p(3), p(4), p(5)));
  const DatabaseDiff diff = diff_of(a, b, 1);
  EXPECT_EQ(diff.worst[0].a, a[1].outcome);
  EXPECT_EQ(diff.worst[0].b, b[1].outcome);
}

TEST(Diff, FromNothingIsTheLargestChange) {
  auto a = small_points(0, 2);
  auto b = a;
  a[1].outcome.metrics.set(Metric::Time, 0);
  b[0].outcome.metrics.set(Metric::Time, 1e9);
  const DatabaseDiff diff = diff_of(a, b);
  ASSERT_THAT(diff.worst, SizeIs(2));
  EXPECT_EQ(diff.worst[0].parameters, a[1].parameters);
}

TEST(Diff, ComparesModelVersionsOfOneDatabase) {
  Database database = memory_database(small_points(0, 10));
  auto points = small_points(0, 10);
  points[0].outcome.metrics.set(Metric::Time, 7);
  database.add(points, "1.0-b");
  const DatabaseDiff diff = diff_databases(database, kModel, database, "1.0-b", 10);
  EXPECT_EQ(diff.common, 10u);
  EXPECT_EQ(diff.identical, 9u);
  ASSERT_THAT(diff.worst, SizeIs(1));
  EXPECT_EQ(diff.worst[0].parameters, points[0].parameters);
}

TEST(Diff, RefusesOtherColumns) {
  SweepHeader other = small_header();
  other.columns[1] = "array.cols";
  EXPECT_EQ(problem_of([&] {
              (void)diff_databases(memory_database({}), kModel, memory_database({}, other), kModel,
                                   1);
            }),
            ":memory: and :memory:: have different parameters, array.rows, clock, scheme and "
            "array.rows, array.cols, scheme");
}

}  // namespace
}  // namespace olivine::sweep
