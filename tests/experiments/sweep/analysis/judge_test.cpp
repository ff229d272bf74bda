// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "tests/experiments/sweep/analysis/judged_points.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// rows 8 or 16 x (columns, banks) of (8, 1) or (16, 2) x scheme a or b.
SweepHeader header() {
  SweepHeader header =
      header_over({single_axis("array.rows", {8, 16}),
                   linked_axis("shape", {"array.cols", "banks"}, {{8, 1}, {16, 2}}),
                   single_axis("scheme", {"a", "b"})},
                  {objective_of("time_s"), objective_of("utilization", Goal::Max)});
  return header;
}

StoredPoint point(std::vector<Value> parameters) {
  return point_with(std::move(parameters), {{Metric::Time, 3}, {Metric::Utilization, 0.25}});
}

Verdict judge(const SweepHeader& header, const StoredPoint& point) {
  return Judge{header}.judge(point);
}

SweepHeader constrained(const std::string& constraint) {
  SweepHeader result = header();
  result.constraints = {constraint};
  return result;
}

TEST(Judge, GivesCostsOfAFeasiblePoint) {
  const Verdict verdict = judge(header(), point({16, 8, 1, "b"}));
  EXPECT_TRUE(verdict.is_member);
  EXPECT_TRUE(verdict.is_feasible);
  EXPECT_EQ(verdict.reason, "");
  EXPECT_THAT(verdict.coordinates, ElementsAre(1, 0, 1));
  EXPECT_THAT(verdict.costs, ElementsAre(3, -0.25));  // utilization is to be large
}

TEST(Judge, ShowsCostsAsPeopleReadThem) {
  const Judge judge{header()};
  EXPECT_EQ(judge.value_of_cost(0, 3), 3);
  EXPECT_EQ(judge.value_of_cost(1, -0.25), 0.25);
  EXPECT_FALSE(std::signbit(judge.value_of_cost(1, -0.0)));
  EXPECT_FALSE(std::signbit(judge.value_of_cost(1, 0.0)));
}

TEST(Judge, LeavesOutPointsThatAreNotOnTheAxes) {
  for (const std::vector<Value>& parameters :
       {std::vector<Value>{9, 8, 1, "a"}, {8, 8, 1, "c"}, {8, 9, 1, "a"}, {8, 8, 1, 1}}) {
    const Verdict verdict = judge(header(), point(parameters));
    EXPECT_FALSE(verdict.is_member);
    EXPECT_FALSE(verdict.is_feasible);
    EXPECT_EQ(verdict.reason, "");
    EXPECT_THAT(verdict.coordinates, IsEmpty());
    EXPECT_THAT(verdict.costs, IsEmpty());
  }
}

TEST(Judge, TakesLinkedKeysTogether) {
  EXPECT_TRUE(judge(header(), point({8, 16, 2, "a"})).is_member);
  EXPECT_FALSE(judge(header(), point({8, 16, 1, "a"})).is_member);
}

TEST(Judge, TakesAWholeNumberForAnInteger) {
  EXPECT_THAT(judge(header(), point({16.0, 8, 1.0, "a"})).coordinates, ElementsAre(1, 0, 0));
  EXPECT_FALSE(judge(header(), point({16.5, 8, 1, "a"})).is_member);
  SweepHeader clocks =
      header_over({single_axis("clock", {5e8, 0.5, 1e300})}, {objective_of("time_s")});
  EXPECT_TRUE(judge(clocks, point({500'000'000})).is_member);
  EXPECT_TRUE(judge(clocks, point({0.5})).is_member);
  EXPECT_TRUE(judge(clocks, point({1e300})).is_member);
}

TEST(Judge, LeavesOutWhatConstraintsOverParametersExclude) {
  const SweepHeader header = constrained("array.rows == array.cols");
  EXPECT_TRUE(judge(header, point({8, 8, 1, "a"})).is_feasible);
  EXPECT_FALSE(judge(header, point({16, 8, 1, "a"})).is_member);
  EXPECT_FALSE(judge(header, failed_point({16, 8, 1, "a"})).is_member);
}

TEST(Judge, LeavesOutWhatConstraintsOverStaticMetricsExclude) {
  const SweepHeader header = constrained("area_um2 / array.rows <= 10");
  StoredPoint stored = point({8, 8, 1, "a"});
  stored.outcome.metrics.set(Metric::Area, 80);
  EXPECT_TRUE(judge(header, stored).is_feasible);
  stored.outcome.metrics.set(Metric::Area, 81);
  EXPECT_FALSE(judge(header, stored).is_member);
  // It has no area, and was stored because it was no worse than this.
  EXPECT_TRUE(judge(header, failed_point({8, 8, 1, "a"})).is_member);
}

TEST(Judge, KeepsMembersThatFailed) {
  SweepHeader strict = constrained("time_s < 1");
  const Verdict verdict = judge(strict, failed_point({8, 8, 1, "a"}));
  EXPECT_TRUE(verdict.is_member);
  EXPECT_FALSE(verdict.is_feasible);
  EXPECT_EQ(verdict.reason, "");
  EXPECT_THAT(verdict.coordinates, ElementsAre(0, 0, 0));
}

struct Miss {
  std::string constraint;
  std::string reason;
};

TEST(Judge, SaysWhyAPointIsNotFeasible) {
  for (const Miss& miss :
       {Miss{"time_s < 3", "constraint 'time_s < 3' does not hold"},
        Miss{"time_s / 0 < 1", "constraint 'time_s / 0 < 1': division by zero"},
        Miss{"scheme + time_s", "constraint 'scheme + time_s': text where a number is needed"},
        Miss{"scheme", "constraint 'scheme': text where a condition is needed"},
        Miss{"scheme < 3", "constraint 'scheme < 3': text where a number is needed"},
        Miss{"area_um2 < 3", "constraint 'area_um2 < 3': area_um2 has no value"}}) {
    const Verdict verdict = judge(constrained(miss.constraint), point({8, 8, 1, "a"}));
    EXPECT_TRUE(verdict.is_member) << miss.constraint;
    EXPECT_FALSE(verdict.is_feasible) << miss.constraint;
    EXPECT_THAT(verdict.reason, HasSubstr(miss.reason));
    EXPECT_THAT(verdict.costs, IsEmpty());
  }
}

TEST(Judge, NamesTheFirstConstraintThatIsMissed) {
  SweepHeader several = constrained("time_s > 2");
  several.constraints.push_back("time_s > 3");
  several.constraints.push_back("time_s > 4");
  EXPECT_THAT(judge(several, point({8, 8, 1, "a"})).reason, HasSubstr("time_s > 3"));
  several.constraints.push_back("array.rows > 8");  // over parameters: no member at all
  EXPECT_FALSE(judge(several, point({8, 8, 1, "a"})).is_member);
}

TEST(Judge, NeedsEveryObjective) {
  SweepHeader more = header();
  more.objectives.push_back(objective_of("energy_pj"));
  Verdict verdict = judge(more, point({8, 8, 1, "a"}));
  EXPECT_EQ(verdict.reason, "objective energy_pj: energy_pj has no value");
  EXPECT_THAT(verdict.costs, IsEmpty());
  more.objectives.back() = objective_of("scheme");
  verdict = judge(more, point({8, 8, 1, "a"}));
  EXPECT_EQ(verdict.reason, "objective scheme: text where a number is needed");
  more.objectives.back() = objective_of("1 / (time_s - 3)");
  verdict = judge(more, point({8, 8, 1, "a"}));
  EXPECT_EQ(verdict.reason, "objective 1 / (time_s - 3): division by zero");
}

TEST(Judge, KnowsQualityByScheme) {
  SweepHeader known = header();
  known.objectives.push_back({"acc", Formula::parse("quality"), Goal::Max});
  known.quality = {{"a", 84.5}};
  EXPECT_THAT(judge(known, point({8, 8, 1, "a"})).costs, ElementsAre(3, -0.25, -84.5));
  EXPECT_EQ(judge(known, point({8, 8, 1, "b"})).reason,
            "objective acc: no quality is known for scheme b");
}

TEST(Judge, KnowsQualityOfAFixedScheme) {
  SweepHeader known =
      header_over({single_axis("array.rows", {8})}, {objective_of("quality", Goal::Max)});
  known.quality = {{"a", 84.5}};
  known.fixed = {{"scheme", "a"}};
  EXPECT_THAT(judge(known, point({8})).costs, ElementsAre(-84.5));
  known.fixed = {{"scheme", "b"}};
  EXPECT_THAT(judge(known, point({8})).reason, HasSubstr("no quality is known for scheme b"));
}

TEST(Judge, UsesFixedParameters) {
  SweepHeader fixed = header();
  fixed.objectives = {objective_of("time_s * clock")};
  fixed.fixed = {{"clock", 5e8}};
  EXPECT_THAT(judge(fixed, point({8, 8, 1, "a"})).costs, ElementsAre(3 * 5e8));
}

TEST(Judge, TellsGroups) {
  SweepHeader grouped = header();
  EXPECT_EQ(Judge{grouped}.group(point({8, 16, 2, "a"})), "");
  grouped.group_by = {"scheme", "array.rows"};
  EXPECT_EQ(Judge{grouped}.group(point({8, 16, 2, "a"})), "a, 8");
  grouped.group_by = {"banks"};  // of a linked axis
  EXPECT_EQ(Judge{grouped}.group(point({8, 16, 2, "a"})), "2");
}

TEST(Judge, RefusesAHeaderThatDoesNotFitBad) {
  SweepHeader wrong = header();
  wrong.constraints = {"tim_s < 3", "time_s <", "quality > 3"};
  wrong.objectives.push_back(objective_of("array.row"));
  wrong.axes.push_back(single_axis("clock", {1}));
  wrong.group_by = {"workload"};
  try {
    (void)Judge{wrong};
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(
        error.problems(),
        ElementsAre(
            "axis clock: no column clock",
            HasSubstr("constraint 'tim_s < 3': tim_s: no parameter or result has this name; "
                      "did you mean 'time_s'?"),
            HasSubstr("constraint: 'time_s <': "),
            HasSubstr("constraint 'quality > 3': quality: no parameter or result"),
            HasSubstr("objective array.row: array.row: no parameter or result has this "
                      "name; did you mean 'array.rows'?"),
            HasSubstr("group_by workload: no parameter of the points")));
  }
}

TEST(Judge, NeedsASchemeToKnowItsQualityBad) {
  SweepHeader known = header_over({single_axis("array.rows", {8})}, {objective_of("quality")});
  known.quality = {{"a", 84.5}};
  EXPECT_THROW(Judge{known}, ConfigError);
}

}  // namespace
}  // namespace olivine::sweep
