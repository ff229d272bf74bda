// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/fronts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "tests/experiments/sweep/analysis/judged_points.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kRows = 20;

// rows 1..20 x cols 1..20 x workload a or b, a group each: time against utilization, at most 90 pJ.
SweepHeader header() {
  std::vector<Value> numbers;
  for (int64_t i = 1; i <= kRows; ++i) numbers.emplace_back(i);
  SweepHeader header =
      header_over({single_axis("rows", numbers), single_axis("cols", numbers),
                   single_axis("workload", {"a", "b"})},
                  {objective_of("time_s"), objective_of("utilization", Goal::Max)});
  header.constraints = {"energy_pj <= 90"};
  header.group_by = {"workload"};
  return header;
}

StoredPoint point(int64_t rows, int64_t cols, double time, double utilization) {
  return point_with(
      {rows, cols, "a"},
      {{Metric::Time, time}, {Metric::Utilization, utilization}, {Metric::Energy, 0}});
}

// Every point of the space and some beside it, with whole results of which many are equal; some
// failed.
std::vector<StoredPoint> random_points(Rng& rng) {
  std::vector<StoredPoint> points;
  for (int64_t rows = 1; rows <= kRows + 1; ++rows) {
    for (int64_t cols = 1; cols <= kRows; ++cols) {
      for (const char* workload : {"a", "b"}) {
        const std::vector<Value> parameters{rows, cols, workload};
        const auto time = static_cast<double>(rng.uniform(1, 60));
        const auto energy = static_cast<double>(rng.uniform(1, 100));
        const auto utilization = static_cast<double>(rng.uniform(1, 60)) / 64 + time / 128;
        points.push_back(rng.chance(0.1)
                             ? failed_point(parameters)
                             : point_with(parameters, {{Metric::Time, time},
                                                       {Metric::Utilization, utilization},
                                                       {Metric::Energy, energy}}));
      }
    }
  }
  return points;
}

void shuffle(std::vector<StoredPoint>& points, Rng& rng) {
  for (size_t i = points.size(); i > 1; --i) {
    std::swap(points[i - 1], points[static_cast<size_t>(rng.next() % i)]);
  }
}

double metric(const StoredPoint& point, Metric metric) {
  return point.outcome.metrics.get(metric).value();
}

Costs costs_of(const StoredPoint& point) {
  return {metric(point, Metric::Time), -metric(point, Metric::Utilization)};
}

bool is_on_axes(const StoredPoint& point) { return point.parameters[0] <= Value{kRows}; }

bool is_feasible(const StoredPoint& point) {
  return is_on_axes(point) && point.outcome.is_ok() && metric(point, Metric::Energy) <= 90;
}

// The feasible points of a group, as costs.
std::vector<Costs> feasible_costs(const std::vector<StoredPoint>& points, const Value& workload) {
  std::vector<Costs> costs;
  for (const StoredPoint& point : points) {
    if (is_feasible(point) && point.parameters[2] == workload) costs.push_back(costs_of(point));
  }
  return costs;
}

// What the space has on the front, by costs, then by parameters.
std::vector<std::pair<Costs, std::vector<Value>>> front_of(const std::vector<StoredPoint>& points,
                                                           const Value& workload) {
  const std::vector<Costs> costs = feasible_costs(points, workload);
  std::vector<std::pair<Costs, std::vector<Value>>> front;
  for (const StoredPoint& point : points) {
    if (!is_feasible(point) || point.parameters[2] != workload) continue;
    const Costs own = costs_of(point);
    const bool is_behind =
        std::ranges::any_of(costs, [&](const Costs& other) { return dominates(other, own); });
    if (!is_behind) front.emplace_back(own, point.parameters);
  }
  std::ranges::sort(front);
  return front;
}

TEST(FindFronts, FindsTheFrontOfEveryGroup) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    std::vector<StoredPoint> points = random_points(rng);
    shuffle(points, rng);
    const FrontReport report = find_fronts(database_with(header(), points), kTestModel);

    const auto members = std::ranges::count_if(points, is_on_axes);
    const auto failed = std::ranges::count_if(
        points, [](const StoredPoint& p) { return is_on_axes(p) && !p.outcome.is_ok(); });
    const auto feasible = std::ranges::count_if(points, is_feasible);
    EXPECT_EQ(report.members, static_cast<uint64_t>(members));
    EXPECT_EQ(report.failed, static_cast<uint64_t>(failed));
    EXPECT_EQ(report.infeasible, static_cast<uint64_t>(members - failed - feasible));
    ASSERT_THAT(report.groups, SizeIs(2));
    for (size_t i = 0; i < 2; ++i) {
      const GroupFront& group = report.groups[i];
      EXPECT_EQ(group.group, i == 0 ? "a" : "b");
      const Value workload = group.group;
      const std::vector<Costs> costs = feasible_costs(points, workload);
      EXPECT_EQ(group.feasible, costs.size());
      std::vector<std::pair<Costs, std::vector<Value>>> found;
      for (const FrontPoint& shown : group.points) {
        ASSERT_THAT(shown.objectives, SizeIs(2));
        found.emplace_back(Costs{shown.objectives[0], -shown.objectives[1]},
                           shown.point.parameters);
        EXPECT_EQ(found.back().first, costs_of(shown.point));
      }
      EXPECT_EQ(found, front_of(points, workload));
      for (size_t axis = 0; axis < 2; ++axis) {
        const auto cost = [axis](const Costs& all) { return all[axis]; };
        EXPECT_EQ(group.ideal[axis], cost(std::ranges::min(costs, {}, cost)));
        EXPECT_EQ(group.reference[axis], cost(std::ranges::max(costs, {}, cost)));
      }
      EXPECT_EQ(group.hypervolume, hypervolume(costs, group.ideal, group.reference));
    }
  }
}

TEST(FindFronts, DoesNotDependOnTheOrderOfStoring) {
  Rng rng{11};
  SCOPED_TRACE("seed 11");
  std::vector<StoredPoint> points = random_points(rng);
  const FrontReport first = find_fronts(database_with(header(), points), kTestModel);
  for (int i = 0; i < 3; ++i) {
    shuffle(points, rng);
    const FrontReport report = find_fronts(database_with(header(), points), kTestModel);
    ASSERT_EQ(report.groups.size(), first.groups.size());
    for (size_t g = 0; g < report.groups.size(); ++g) {
      EXPECT_EQ(report.groups[g].hypervolume, first.groups[g].hypervolume);
      ASSERT_EQ(report.groups[g].points.size(), first.groups[g].points.size());
      for (size_t p = 0; p < report.groups[g].points.size(); ++p) {
        EXPECT_EQ(report.groups[g].points[p].point.parameters,
                  first.groups[g].points[p].point.parameters);
      }
    }
  }
}

TEST(FindFronts, FollowsAFrontThatIsReplacedAgainAndAgain) {
  // Each of 5000 points dominates all before it, but those of every hundredth row stay.
  constexpr int64_t kPoints = 5000;
  std::vector<Value> numbers;
  for (int64_t i = 0; i < kPoints; ++i) numbers.emplace_back(i);
  const SweepHeader header = header_over({single_axis("rows", numbers)},
                                         {objective_of("time_s"), objective_of("energy_pj")});
  std::vector<StoredPoint> points;
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < kPoints; ++i) {
    const bool stays = i % 100 == 0;
    const auto rank = static_cast<double>(i);
    if (stays) kept.push_back(i);
    points.push_back(point_with({i}, {{Metric::Time, stays ? rank / kPoints : 2 * kPoints - rank},
                                      {Metric::Energy, stays ? 9 * kPoints - rank : 5 - rank}}));
  }
  const FrontReport report = find_fronts(database_with(header, points), kTestModel);
  ASSERT_THAT(report.groups, SizeIs(1));
  std::vector<int64_t> found;
  for (const FrontPoint& shown : report.groups[0].points) {
    found.push_back(std::get<int64_t>(shown.point.parameters[0]));
  }
  kept.push_back(kPoints - 1);  // the last of those that replace each other
  EXPECT_EQ(found, kept);
}

TEST(FindFronts, SeesTheModelItIsAskedFor) {
  const Database database = database_with(header(), {point(1, 1, 2, 0.5)});
  EXPECT_EQ(find_fronts(database, kTestModel).members, 1u);
  const FrontReport other = find_fronts(database, "other");
  EXPECT_EQ(other.members, 0u);
  EXPECT_THAT(other.groups, IsEmpty());
}

TEST(FindFronts, ShowsGroupsInWhichNothingIsFeasible) {
  const Database database = database_with(header(), {failed_point({1, 1, "b"})});
  const FrontReport report = find_fronts(database, kTestModel);
  ASSERT_THAT(report.groups, SizeIs(1));
  EXPECT_EQ(report.groups[0].group, "b");
  EXPECT_EQ(report.groups[0].feasible, 0u);
  EXPECT_EQ(report.groups[0].hypervolume, 0);
  EXPECT_THAT(report.groups[0].points, IsEmpty());
  const auto curve = hypervolume_over_time(database, kTestModel, report.groups[0]);
  ASSERT_THAT(curve, SizeIs(1));
  EXPECT_EQ(curve[0].points, 1u);
  EXPECT_EQ(curve[0].hypervolume, 0);
}

TEST(FindFronts, FillsTheBoxWithOnePoint) {
  const Database database = database_with(header(), {point(1, 1, 2, 0.5)});
  EXPECT_EQ(find_fronts(database, kTestModel).groups[0].hypervolume, 1);
}

TEST(HypervolumeOverTime, StepsThroughTheOrderOfStoring) {
  Rng rng{13};
  SCOPED_TRACE("seed 13");
  std::vector<StoredPoint> points = random_points(rng);
  shuffle(points, rng);
  const Database database = database_with(header(), points);
  const FrontReport report = find_fronts(database, kTestModel);
  const GroupFront& group = report.groups[1];
  std::vector<StoredPoint> of_group;
  for (const StoredPoint& stored : points) {
    if (is_on_axes(stored) && stored.parameters[2] == Value{"b"}) of_group.push_back(stored);
  }
  std::vector<uint64_t> steps;
  for (const HypervolumeStep& step : hypervolume_over_time(database, kTestModel, group)) {
    steps.push_back(step.points);
    const std::vector<StoredPoint> until(
        of_group.begin(), of_group.begin() + static_cast<std::ptrdiff_t>(step.points));
    EXPECT_EQ(step.hypervolume,
              hypervolume(feasible_costs(until, "b"), group.ideal, group.reference));
  }
  EXPECT_THAT(steps, ElementsAre(1, 2, 5, 10, 20, 50, 100, 200, kRows * kRows));
}

TEST(HypervolumeOverTime, EndsWithTheLastPoint) {
  std::vector<StoredPoint> points;
  for (int64_t i = 1; i <= 5; ++i) points.push_back(point(i, 1, 9.0 / static_cast<double>(i), 0.5));
  const Database database = database_with(header(), points);
  const GroupFront group = find_fronts(database, kTestModel).groups[0];
  const auto curve = hypervolume_over_time(database, kTestModel, group);
  ASSERT_THAT(curve, SizeIs(3));  // 1, 2, 5
  EXPECT_EQ(curve.back().points, 5u);
  EXPECT_EQ(curve.back().hypervolume, group.hypervolume);
  EXPECT_THAT(hypervolume_over_time(database, "other", group), IsEmpty());
}

TEST(HypervolumeOverTime, HasNoBoxWhereNothingWasFeasible) {
  Database database = database_with(header(), {failed_point({1, 1, "a"})});
  const GroupFront group = find_fronts(database, kTestModel).groups[0];
  StoredPoint late = point(1, 2, 2, 0.5);  // of a run that goes on
  late.hash.bytes[0] = 1;
  EXPECT_EQ(database.add(std::vector{late}, kTestModel), 1u);
  const auto curve = hypervolume_over_time(database, kTestModel, group);
  ASSERT_THAT(curve, SizeIs(2));
  EXPECT_EQ(curve[1].hypervolume, 0);
}

}  // namespace
}  // namespace olivine::sweep
