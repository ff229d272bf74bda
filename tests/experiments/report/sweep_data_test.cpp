// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What the page of a sweep shows is what olivine sweep says about the same database.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "experiments/report/page_data.h"
#include "experiments/sweep/database.h"
#include "experiments/sweep/evaluate.h"
#include "models/base/error.h"
#include "tests/experiments/cli/sweep_cli.h"
#include "tests/experiments/report/sweep_page.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;
using support::run_cli;
using support::SweepFolder;
using testing::HasSubstr;

class SweepData : public testing::Test {
 protected:
  // A report's data of the sweep with these further lines in its spec.
  [[nodiscard]] Json data_of(const std::string& more = "") const {
    folder_.write_spec("sweep.yaml", more);
    const support::CliResult result = run_cli(folder_.run_line("a.db"));
    EXPECT_EQ(result.status, 0) << result.err;
    return sweep_data(folder_.path("a.db"));
  }
  [[nodiscard]] Json json_of(const std::string& verb) const {
    return Json::parse(run_cli(fmt::format("sweep {} {} --json", verb, folder_.path("a.db"))).out);
  }
  // The one line of a refusal.
  [[nodiscard]] std::string refusal() const {
    try {
      (void)sweep_data(folder_.path("a.db"));
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.problems().size(), 1u);
      return error.problems().front();
    }
    return "none";
  }

  SweepFolder folder_;
};

TEST_F(SweepData, HasEveryPointAsItWasStored) {
  const Json data = data_of();
  EXPECT_EQ(data["title"], "shapes");
  EXPECT_EQ(data["origin"], "simulated");
  EXPECT_EQ(data["counts"]["rows"], SweepFolder::kPoints);
  EXPECT_EQ(data["counts"]["feasible"], SweepFolder::kPoints);
  EXPECT_EQ(data["model_version"], std::string{sweep::model_version()});
  EXPECT_TRUE(data["is_current_model"]);
  const auto database = sweep::Database::open_to_read(folder_.path("a.db"));
  size_t row = 0;
  const std::vector<std::vector<double>> axes = {unpacked(data["axes"][0]["positions"]),
                                                 unpacked(data["axes"][1]["positions"]),
                                                 unpacked(data["axes"][2]["positions"])};
  std::map<std::string, std::vector<double>> columns;
  for (const auto& metric : sweep::kMetrics) {
    columns[std::string{metric.name}] = measure_of(data, metric.name);
  }
  database.for_each(std::string{sweep::model_version()}, sweep::RowOrder::Commit,
                    [&](const sweep::StoredPoint& point) {
                      for (const auto& metric : sweep::kMetrics) {
                        EXPECT_EQ(columns[std::string{metric.name}].at(row),
                                  point.outcome.metrics.get(metric.metric))
                            << metric.name;
                      }
                      for (size_t axis = 0; axis < axes.size(); ++axis) {
                        const auto at = static_cast<size_t>(axes[axis].at(row));
                        EXPECT_EQ(database.header().axes[axis].values[at].front(),
                                  point.parameters[axis]);
                      }
                      ++row;
                      return true;
                    });
  EXPECT_EQ(row, SweepFolder::kPoints);
  EXPECT_EQ(data["axes"][2]["labels"], Json({"8KiB", "32KiB", "128KiB"}));
  EXPECT_EQ(data["axes"][2]["numbers"], Json({8192, 32768, 131072}));
}

TEST_F(SweepData, HasTheFrontsAndTheirGrowthOfTheCommandLine) {
  for (const std::string more : {"", "group_by: [array.cols]\n"}) {
    const Json data = data_of(more);
    const Json front = json_of("front --over-time");
    ASSERT_EQ(data["fronts"].size(), front["groups"].size());
    const std::vector<double> times = measure_of(data, "time_s");
    const std::vector<double> areas = measure_of(data, "area_um2");
    for (size_t group = 0; group < data["fronts"].size(); ++group) {
      const Json& drawn = data["fronts"][group];
      const Json& expected = front["groups"][group];
      EXPECT_EQ(drawn["group"], expected["group"]);
      EXPECT_EQ(drawn["hypervolume"], expected["hypervolume"]);
      ASSERT_EQ(drawn["rows"].size(), expected["points"].size());
      for (size_t i = 0; i < drawn["rows"].size(); ++i) {
        const auto row = drawn["rows"][i].get<size_t>();
        EXPECT_EQ(times.at(row), expected["points"][i]["metrics"]["time_s"].get<double>());
        EXPECT_EQ(areas.at(row), expected["points"][i]["metrics"]["area_um2"].get<double>());
      }
      ASSERT_EQ(drawn["growth"].size(), expected["over_time"].size());
      for (size_t i = 0; i < drawn["growth"].size(); ++i) {
        EXPECT_EQ(drawn["growth"][i][0], expected["over_time"][i]["points"]);
        EXPECT_EQ(drawn["growth"][i][1], expected["over_time"][i]["hypervolume"]);
      }
    }
  }
}

TEST_F(SweepData, HasTheMainEffectsOfTheCommandLine) {
  const Json data = data_of();
  const Json expected = json_of("sensitivity");
  EXPECT_EQ(data["effects"]["is_balanced"], expected["is_balanced"]);
  for (size_t i = 0; i < expected["objectives"].size(); ++i) {
    const Json& drawn = data["effects"]["objectives"][i];
    EXPECT_EQ(drawn["objective"], expected["objectives"][i]["objective"]);
    for (size_t axis = 0; axis < 3; ++axis) {
      const Json& effect = expected["objectives"][i]["axes"][axis];
      EXPECT_EQ(data["axes"][drawn["axes"][axis]["axis"].get<size_t>()]["name"], effect["axis"]);
      EXPECT_EQ(drawn["axes"][axis]["share"], effect["share"]);
      ASSERT_EQ(drawn["axes"][axis]["levels"].size(), effect["levels"].size());
      for (size_t level = 0; level < effect["levels"].size(); ++level) {
        EXPECT_EQ(drawn["axes"][axis]["levels"][level]["mean"], effect["levels"][level]["mean"]);
      }
    }
  }
}

TEST_F(SweepData, JudgesPointsAndSaysWhyTheyAreNotFeasible) {
  const Json data = data_of("constraints: [time_s <= 1.0e-5]\n");
  const std::vector<double> times = measure_of(data, "time_s");
  const std::vector<double> verdicts = unpacked(data["verdicts"]["positions"]);
  ASSERT_EQ(data["verdicts"]["reasons"], Json({"constraint 'time_s <= 1.0e-5' does not hold"}));
  size_t feasible = 0;
  for (size_t row = 0; row < times.size(); ++row) {
    EXPECT_EQ(verdicts[row] == 0, times[row] <= 1e-5) << row;
    feasible += times[row] <= 1e-5 ? 1U : 0U;
  }
  EXPECT_EQ(data["counts"]["feasible"], feasible);
  EXPECT_EQ(data["counts"]["infeasible"], SweepFolder::kPoints - feasible);
  EXPECT_GT(feasible, 0u);
  EXPECT_LT(feasible, SweepFolder::kPoints);
}

TEST_F(SweepData, CountsFailuresByReason) {
  const Json data = data_of("set: {array.pe_operand_bits: \"= 4 * (1 + (array.rows % 3))\"}\n");
  uint64_t failed = 0;
  for (const Json& failure : data["failures"]) failed += failure["points"].get<uint64_t>();
  EXPECT_EQ(data["counts"]["failed"], failed);
  EXPECT_EQ(failed + data["counts"]["rows"].get<uint64_t>(), SweepFolder::kPoints);
  EXPECT_GT(failed, 0u);
}

TEST_F(SweepData, LeavesOutPointsOfOtherValues) {
  (void)data_of();
  folder_.write_spec("sweep.yaml", "", "[4, 6]");
  ASSERT_EQ(run_cli(folder_.run_line("a.db")).status, 0);
  const Json data = sweep_data(folder_.path("a.db"));
  EXPECT_EQ(data["counts"]["stored"], SweepFolder::kPoints);
  EXPECT_EQ(data["counts"]["rows"], 2 * 5 * 3);
  EXPECT_EQ(data["counts"]["outside"], SweepFolder::kPoints - 2 * 5 * 3);
}

TEST_F(SweepData, MeasuresAreObjectivesFirstAndEachMetricOnce) {
  const Json data = data_of();
  std::vector<std::string> names;
  for (const Json& measure : data["measures"]) names.push_back(measure["name"]);
  ASSERT_GE(names.size(), 3u);
  EXPECT_EQ(names[0], "time_s");
  EXPECT_EQ(names[1], "area_um2");
  EXPECT_EQ(names[2], "energy_pj");
  EXPECT_EQ(names.size(), sweep::kMetrics.size());
  EXPECT_EQ(data["measures"][0]["unit"], "s");
  EXPECT_EQ(data["measures"][1]["unit"], "um2");
}

TEST_F(SweepData, ShowsItsOwnModelVersionOrTheOnlyOne) {
  const std::string own{sweep::model_version()};
  const std::string first = "1.0.0-aaaaaaaaaaaa";
  const std::string second = "1.0.0-bbbbbbbbbbbb";
  (void)data_of();
  auto database = sweep::Database::open_to_change(folder_.path("a.db"));
  const auto copy = [&](const std::string& from, const std::string& to) {
    std::vector<sweep::StoredPoint> points;
    database.for_each(from, sweep::RowOrder::Commit, [&](const sweep::StoredPoint& point) {
      points.push_back(point);
      return true;
    });
    database.add(points, to);
  };
  copy(own, first);
  Json data = sweep_data(folder_.path("a.db"));
  EXPECT_EQ(data["model_version"], own);
  EXPECT_EQ(data["other_models"], Json::array({{{"version", first}, {"points", 105}}}));
  (void)database.keep_only(first);
  data = sweep_data(folder_.path("a.db"));
  EXPECT_EQ(data["model_version"], first);
  EXPECT_FALSE(data["is_current_model"]);
  copy(first, second);
  EXPECT_THAT(refusal(), testing::StartsWith(folder_.path("a.db") + ": no points of this program"));
  EXPECT_THAT(refusal(), HasSubstr(first + " (105 points), " + second + " (105 points)"));
}

TEST_F(SweepData, NothingFeasibleBad) {
  folder_.write_spec("sweep.yaml", "constraints: [time_s < 0]\n");
  ASSERT_EQ(run_cli(folder_.run_line("a.db")).status, 0);
  EXPECT_THAT(refusal(), HasSubstr("a.db: no point satisfies all constraints"));
  EXPECT_THAT(refusal(), HasSubstr("constraint 'time_s < 0' does not hold (105 points)"));
}

}  // namespace
}  // namespace olivine::report
