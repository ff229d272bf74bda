// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/sweep_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "experiments/sweep/space/evaluate.h"
#include "experiments/sweep/space/space.h"
#include "models/base/error.h"

namespace olivine {
namespace {

using sweep::SweepSpec;

// 2 x 3 x 2 machines for the attention of one BERT sequence.
SweepSpec small_spec(const std::string& more = "") {
  return sweep::parse_spec(
      "name: small\n"
      "machine: edge_16x16\n"
      "workload: bert_base\n"
      "layers: [attention]\n"
      "set: {workload.batch: 1}\n"
      "axes:\n"
      "  design:\n"
      "    link: [free.design, scheme]\n"
      "    values: [[narrow, w4a4-ovp], [wide, w8a8-ovp]]\n"
      "  array.cols: [8, 16, 24]\n"
      "  array.dataflow: [ws, os]\n"
      "objectives: [time_s, energy_pj]\n"
      "group_by: [free.design, array.dataflow]\n" +
          more,
      "small.yaml");
}

TEST(SweepCut, KeepsOnePositionOfAnAxis) {
  const SweepSpec spec = with_position(small_spec(), "array.cols", 2);
  EXPECT_EQ(fixed_text(spec, "array.cols"), "24");
  EXPECT_EQ(spec.axes[0].values.size(), 2);
  EXPECT_EQ(spec.axes[2].values.size(), 2);
}

TEST(SweepCut, MakesEveryCombinationTheLastAxisFastest) {
  std::vector<std::string> seen;
  for (const SweepSpec& part : cut(small_spec(), {"array.cols", "design"})) {
    seen.push_back(fixed_text(part, "array.cols") + " " + fixed_text(part, "scheme"));
    EXPECT_EQ(part.axes[2].values.size(), 2);
  }
  EXPECT_THAT(seen, testing::ElementsAre("8 w4a4-ovp", "8 w8a8-ovp", "16 w4a4-ovp", "16 w8a8-ovp",
                                         "24 w4a4-ovp", "24 w8a8-ovp"));
}

TEST(SweepCut, OfNoAxisIsTheWhole) {
  const std::vector<SweepSpec> parts = cut(small_spec(), {});
  ASSERT_EQ(parts.size(), 1);
  EXPECT_EQ(parts.front().axes[1].values.size(), 3);
}

TEST(SweepCutBad, UnknownAxesPositionsAndKeys) {
  const SweepSpec spec = small_spec();
  EXPECT_DEATH((void)with_position(spec, "array.rows", 0), "axis array.rows");
  EXPECT_DEATH((void)with_position(spec, "array.cols", 3), "position 3");
  EXPECT_DEATH((void)cut(spec, {"array.rows"}), "axis array.rows");
  EXPECT_DEATH((void)fixed_text(spec, "array.cols"), "array.cols has 3 values");
  EXPECT_DEATH((void)fixed_text(spec, "array.rows"), "no axis has array.rows");
}

// The least of every measure among the points of a space, found without fronts and database.
double least(const sweep::DesignSpace& space, Measure measure, const std::string& design,
             const std::string& dataflow) {
  std::vector<double> values;
  for (sweep::PointIndex index = 0; index < space.size(); ++index) {
    const auto point = space.resolve(index);
    const bool is_wanted = point->parameters[0] == sweep::Value{design} &&
                           (dataflow.empty() || point->parameters[3] == sweep::Value{dataflow});
    if (!is_wanted) continue;
    const sweep::Outcome outcome = sweep::evaluate(*point->inputs);
    values.push_back(SweepCase::value({point->hash, point->parameters, outcome}, measure));
  }
  return *std::ranges::min_element(values);
}

TEST(SweepCase, FindsTheLeastOfEveryMeasure) {
  const SweepCase part{small_spec()};
  const sweep::DesignSpace space{small_spec()};
  EXPECT_EQ(part.points(), 2 * 3 * 2);
  for (const auto& [measure, name] : kMeasureNames) {
    for (const std::string design : {"narrow", "wide"}) {
      const sweep::StoredPoint* point = part.best(measure, {{"free.design", design}});
      ASSERT_NE(point, nullptr);
      EXPECT_EQ(SweepCase::value(*point, measure), least(space, measure, design, "")) << name;
      for (const std::string dataflow : {"ws", "os"}) {
        point = part.best(measure, {{"free.design", design}, {"array.dataflow", dataflow}});
        ASSERT_NE(point, nullptr);
        EXPECT_EQ(part.text(*point, "array.dataflow"), dataflow);
        EXPECT_EQ(SweepCase::value(*point, measure), least(space, measure, design, dataflow))
            << name;
      }
    }
  }
}

TEST(SweepCase, EdpIsTheProductOfTimeAndEnergy) {
  const SweepCase part{small_spec()};
  const sweep::StoredPoint* point = part.best(Measure::Edp, {});
  ASSERT_NE(point, nullptr);
  EXPECT_DOUBLE_EQ(
      SweepCase::value(*point, Measure::Edp),
      SweepCase::value(*point, Measure::Time) * SweepCase::value(*point, Measure::Energy));
}

TEST(SweepCase, HasNoBestOfValuesThatNoPointHas) {
  const SweepCase part{small_spec()};
  EXPECT_EQ(part.best(Measure::Time, {{"free.design", "none"}}), nullptr);
}

TEST(SweepCase, DescribesAMachine) {
  const SweepCase part{
      sweep::parse_spec("name: one\n"
                        "machine: edge_16x16\n"
                        "workload: bert_base\n"
                        "scheme: w4a4-ovp\n"
                        "layers: [attention]\n"
                        "set:\n"
                        "  workload.batch: 1\n"
                        "  array.rows: = array.cols / 2\n"
                        "axes:\n"
                        "  array.cols: [24]\n"
                        "  array.dataflow: [os]\n"
                        "  memory.activation_buffer: [32KiB]\n"
                        "  memory.weight_buffer: [64KiB]\n"
                        "  memory.output_buffer: [8KiB]\n"
                        "objectives: [time_s, energy_pj]\n",
                        "one.yaml")};
  EXPECT_EQ(part.machine_text(*part.best(Measure::Time, {})), "os 12x24, 32 + 64 + 8 KiB");
}

TEST(SweepCase, SharesOfAxesAreOfTheWholeVariance) {
  const SweepCase part{small_spec()};
  for (const Measure measure : {Measure::Time, Measure::Energy}) {
    const double design = part.effect_pct(measure, "design");
    const double cols = part.effect_pct(measure, "array.cols");
    const double dataflow = part.effect_pct(measure, "array.dataflow");
    EXPECT_GT(design, 0);
    // Every combination is there: shares of single axes do not overlap.
    EXPECT_LE(design + cols + dataflow, 100 * (1 + 1e-12));
  }
  const SweepCase one{with_position(small_spec(), "design", 0)};
  EXPECT_EQ(one.effect_pct(Measure::Time, "design"), 0);
}

std::string problem_of(const SweepSpec& spec) {
  try {
    const SweepCase part{spec};
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(SweepCaseBad, PointsThatCannotRun) {
  SweepSpec spec = small_spec();
  spec.axes[0].values[1] = {"wide", "w16a16-fp16"};
  EXPECT_EQ(problem_of(spec), "small.yaml: 6 points cannot run");
}

// A variable that formulas alone see makes another point of the same machine.
TEST(SweepCase, KeepsMachinesThatOnlyAFreeVariableTellsApart) {
  SweepSpec spec = small_spec();
  spec.axes[0].values[1] = {"wide", "w4a4-ovp"};
  EXPECT_EQ(SweepCase{spec}.points(), 12);
}

}  // namespace
}  // namespace olivine
