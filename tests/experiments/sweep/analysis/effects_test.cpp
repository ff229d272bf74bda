// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/experiments/sweep/analysis/judged_points.h"

namespace olivine::sweep {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// rows 8, 16 x scheme a, b, c.
SweepHeader header(const std::string& objective, Goal goal = Goal::Min) {
  return header_over({single_axis("rows", {8, 16}), single_axis("scheme", {"a", "b", "c"})},
                     {objective_of(objective, goal)});
}

using Table = std::array<std::array<double, 3>, 2>;  // by row, then by scheme

std::vector<StoredPoint> points_of(const Table& times) {
  const SweepHeader space = header("time_s");
  std::vector<StoredPoint> points;
  for (size_t row = 0; row < 2; ++row) {
    for (size_t scheme = 0; scheme < 3; ++scheme) {
      points.push_back(point_with({space.axes[0].values[row][0], space.axes[1].values[scheme][0]},
                                  {{Metric::Time, times[row][scheme]}}));
    }
  }
  return points;
}

const AxisEffect& axis_named(const ObjectiveEffects& effects, const std::string& name) {
  for (const AxisEffect& axis : effects.axes) {
    if (axis.axis == name) return axis;
  }
  ADD_FAILURE() << "no axis " << name;
  return effects.axes.front();
}

// An analysis of variance by hand: of 24 in all, the mean is 4. Row means are 2 and 6, scheme means
// 1, 3 and 8.
constexpr Table kByHand = {{{-1, 2, 5}, {3, 4, 11}}};

TEST(MainEffects, IsAnAnalysisOfVariance) {
  const EffectsReport report =
      main_effects(database_with(header("time_s"), points_of(kByHand)), kTestModel);
  EXPECT_TRUE(report.is_balanced);
  ASSERT_THAT(report.objectives, SizeIs(1));
  const ObjectiveEffects& effects = report.objectives[0];
  EXPECT_EQ(effects.objective, "time_s");
  EXPECT_FALSE(effects.is_logarithmic);
  EXPECT_EQ(effects.points, 6u);

  const double total = 25 + 4 + 1 + 1 + 0 + 49;  // squared distances from 4
  const double of_rows = 3 * (4 + 4);            // 3 points of a row
  const double of_schemes = 2 * (9 + 1 + 16);
  ASSERT_THAT(effects.axes, SizeIs(2));
  EXPECT_EQ(effects.axes[0].axis, "scheme");  // the larger share
  EXPECT_NEAR(effects.axes[0].share, of_schemes / total, 1e-12);
  EXPECT_NEAR(effects.axes[0].spread, 8 - 1, 1e-12);
  EXPECT_EQ(effects.axes[1].axis, "rows");
  EXPECT_NEAR(effects.axes[1].share, of_rows / total, 1e-12);
  EXPECT_NEAR(effects.axes[1].spread, 6 - 2, 1e-12);

  const std::vector<LevelEffect>& schemes = effects.axes[0].levels;
  ASSERT_THAT(schemes, SizeIs(3));
  const std::array<double, 3> means = {1, 3, 8};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(schemes[i].value, std::string(1, static_cast<char>('a' + i)));
    EXPECT_EQ(schemes[i].points, 2u);
    EXPECT_NEAR(schemes[i].mean, means[i], 1e-12);
  }
  EXPECT_EQ(effects.axes[1].levels[1].value, "16");
  EXPECT_EQ(effects.axes[1].levels[1].points, 3u);
}

TEST(MainEffects, UsesLogarithmsOfPositiveValues) {
  // Rows double, schemes quadruple: logarithms add up without a rest.
  const Table times = {{{1, 4, 16}, {2, 8, 32}}};
  const EffectsReport report =
      main_effects(database_with(header("time_s"), points_of(times)), kTestModel);
  const ObjectiveEffects& effects = report.objectives[0];
  EXPECT_TRUE(effects.is_logarithmic);
  // Distances in powers of two from the mean: 0.5 for rows, 2 and 0 for schemes.
  const double of_rows = 6 * 0.25;
  const double of_schemes = 4 * 4;
  const AxisEffect& rows = axis_named(effects, "rows");
  const AxisEffect& schemes = axis_named(effects, "scheme");
  EXPECT_NEAR(rows.share, of_rows / (of_rows + of_schemes), 1e-12);
  EXPECT_NEAR(schemes.share, of_schemes / (of_rows + of_schemes), 1e-12);
  EXPECT_NEAR(rows.spread, 2, 1e-12);
  EXPECT_NEAR(schemes.spread, 16, 1e-11);
  EXPECT_NEAR(rows.levels[0].mean, std::cbrt(1. * 4 * 16), 1e-12);
  EXPECT_NEAR(schemes.levels[2].mean, std::sqrt(16. * 32), 1e-11);
}

TEST(MainEffects, StaysPlainWhereOneValueIsNotPositive) {
  const Table times = {{{1, 4, 16}, {2, 8, 0}}};
  const EffectsReport report =
      main_effects(database_with(header("time_s"), points_of(times)), kTestModel);
  EXPECT_FALSE(report.objectives[0].is_logarithmic);
  EXPECT_EQ(report.objectives[0].points, 6u);
  EXPECT_NEAR(axis_named(report.objectives[0], "rows").levels[0].mean, (1 + 4 + 16) / 3., 1e-12);
}

TEST(MainEffects, ShowsLargeObjectivesAsPeopleReadThem) {
  const Table times = {{{1, 1, 1}, {4, 4, 4}}};
  const EffectsReport report =
      main_effects(database_with(header("time_s", Goal::Max), points_of(times)), kTestModel);
  EXPECT_TRUE(report.objectives[0].is_logarithmic);
  EXPECT_NEAR(axis_named(report.objectives[0], "rows").levels[1].mean, 4, 1e-12);
  EXPECT_EQ(axis_named(report.objectives[0], "scheme").share, 0);
}

TEST(MainEffects, SharesNothingOfAConstant) {
  const Table times = {{{3, 3, 3}, {3, 3, 3}}};
  const EffectsReport report =
      main_effects(database_with(header("time_s"), points_of(times)), kTestModel);
  ASSERT_THAT(report.objectives[0].axes, SizeIs(2));
  EXPECT_EQ(report.objectives[0].axes[0].axis, "rows");  // equal shares: by name
  for (const AxisEffect& axis : report.objectives[0].axes) {
    EXPECT_EQ(axis.share, 0);
    EXPECT_EQ(axis.spread, 1);
  }
}

TEST(MainEffects, TellsWhetherEveryCombinationIsThere) {
  const auto is_balanced = [](std::vector<StoredPoint> points) {
    return main_effects(database_with(header("time_s"), std::move(points)), kTestModel).is_balanced;
  };
  std::vector<StoredPoint> points = points_of(kByHand);
  EXPECT_TRUE(is_balanced(points));
  points[4] = failed_point(points[4].parameters);
  EXPECT_FALSE(is_balanced(points));
  points.erase(points.begin() + 4);
  EXPECT_FALSE(is_balanced(points));  // of scheme b, one
  points.erase(points.begin() + 1);
  EXPECT_TRUE(is_balanced(points));  // of scheme b, none
  points.erase(points.begin());
  EXPECT_FALSE(is_balanced(points));
  EXPECT_FALSE(is_balanced({}));
}

TEST(MainEffects, LeavesOutLevelsWithoutFeasiblePoints) {
  SweepHeader limited = header("time_s");
  limited.constraints = {"scheme != \"b\"", "time_s < 11"};
  const EffectsReport report = main_effects(database_with(limited, points_of(kByHand)), kTestModel);
  const ObjectiveEffects& effects = report.objectives[0];
  EXPECT_EQ(effects.points, 3u);  // -1, 5 and 3
  const AxisEffect& schemes = axis_named(effects, "scheme");
  ASSERT_THAT(schemes.levels, SizeIs(2));
  EXPECT_EQ(schemes.levels[0].value, "a");
  EXPECT_EQ(schemes.levels[0].points, 2u);
  EXPECT_EQ(schemes.levels[1].value, "c");
  EXPECT_FALSE(report.is_balanced);
}

TEST(MainEffects, NamesThePositionsOfALinkedAxis) {
  const SweepHeader linked =
      header_over({linked_axis("shape", {"rows", "cols"}, {{8, 128}, {16, 256}})},
                  {objective_of("time_s"), objective_of("2 * time_s")});
  const EffectsReport report =
      main_effects(database_with(linked, {point_with({8, 128}, {{Metric::Time, 1}}),
                                          point_with({16, 256}, {{Metric::Time, 2}})}),
                   kTestModel);
  ASSERT_THAT(report.objectives, SizeIs(2));
  const AxisEffect& shape = report.objectives[1].axes[0];
  EXPECT_EQ(shape.axis, "shape");
  EXPECT_EQ(shape.levels[1].value, "16, 256");
  EXPECT_NEAR(shape.levels[1].mean, 2 * 2, 1e-12);
  EXPECT_NEAR(shape.share, 1, 1e-12);
}

TEST(MainEffects, HasNothingToSayOfNoPoints) {
  const EffectsReport report = main_effects(database_with(header("time_s"), {}), kTestModel);
  EXPECT_FALSE(report.is_balanced);
  ASSERT_THAT(report.objectives, SizeIs(1));
  EXPECT_EQ(report.objectives[0].points, 0u);
  EXPECT_FALSE(report.objectives[0].is_logarithmic);
  for (const AxisEffect& axis : report.objectives[0].axes) EXPECT_THAT(axis.levels, IsEmpty());
}

}  // namespace
}  // namespace olivine::sweep
