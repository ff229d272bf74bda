// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/experiments/report/page_data_check.h"

namespace olivine::report {
namespace {

using testing::HasSubstr;

Json errors() {
  return {{"points", 2}, {"mape", 0.1}, {"median", 0.1}, {"p90", 0.1}, {"bias", 0.0}};
}

Json regime() {
  return {{"simulated", errors()},
          {"roofline", nullptr},
          {"closed_form", errors()},
          {"noise", nullptr},
          {"worst", {{{"line", 2}}}}};
}

Json text_column(const std::string& name) { return {{"names", {name}}, {"codes", {0, 0}}}; }

Json comparison() {
  return {{"schema", "olivine.compare/1"},
          {"measured", "m.csv"},
          {"half", "held-out"},
          {"provenance", {{"git_revision", "0"}}},
          {"collections",
           {{{"machine", "h100_sxm"},
             {"device", "H100"},
             {"source", "lab"},
             {"measured_library", "cuBLAS"},
             {"dtype", "bf16"},
             {"scheme", "w16a16-bf16"},
             {"library", "cublas"},
             {"calibrated", true},
             {"split_seed", 1},
             {"fit_seed", 1},
             {"noise_source", nullptr},
             {"all", regime()},
             {"regimes", {{"memory", regime()}}},
             {"points",
              {{"line", {2, 3}},
               {"m", {1, 64}},
               {"n", {512, 512}},
               {"k", {256, 256}},
               {"measured_s", {1e-5, 2e-5}},
               {"simulated_s", {1.1e-5, 1.8e-5}},
               {"roofline_s", {nullptr, nullptr}},
               {"closed_form_s", {1e-5, 2e-5}},
               {"measured_power_w", {nullptr, 300}},
               {"simulated_power_w", {100.0, 310.0}},
               {"half", text_column("held-out")},
               {"regime", text_column("memory")},
               {"limiter", text_column("hbm")},
               {"kernel", text_column("wgmma_64x64")}}}}}},
          {"not_compared", Json::array()},
          {"unselected_rows", 7}};
}

std::string changed(const std::string& pointer, const Json& value) {
  return problem_with(comparison(), pointer, value, compare_data);
}

TEST(ReportCompareData, HasThePointsAndSaysWhichHalf) {
  const Json data = compare_data(inputs_of({comparison()}));
  EXPECT_EQ(data["title"], "Simulated beside measured: m.csv");
  EXPECT_EQ(data["origin"], "simulated and measured");
  EXPECT_EQ(data["subtitle"], "The held-out half of the shapes: no constant was fitted to them.");
  const Json& shown = data["comparisons"][0];
  EXPECT_EQ(shown["file"], "a.json");
  EXPECT_EQ(shown["unselected_rows"], 7);
  EXPECT_EQ(shown["collections"][0]["points"], comparison()["collections"][0]["points"]);
  EXPECT_EQ(shown["collections"][0]["regimes"]["memory"]["simulated"], errors());
  EXPECT_FALSE(shown["collections"][0]["all"].contains("worst"));
}

TEST(ReportCompareData, SaysWhereConstantsWereFittedToTheShapes) {
  Json fitted = comparison();
  fitted["half"] = "fit";
  const Json data = compare_data(inputs_of({comparison(), fitted}));
  EXPECT_EQ(data["title"], "Simulated beside measured: 2 comparisons");
  EXPECT_THAT(data["comparisons"][1]["half_text"].get<std::string>(), HasSubstr("errors flatter"));
}

TEST(ReportCompareDataBad, WithoutPointsSaysHowToMakeThem) {
  Json bare = comparison();
  bare["collections"][0].erase("points");
  EXPECT_EQ(problem_of(bare, compare_data),
            "a.json: has no single points; make it with: olivine compare --measured m.csv --json "
            "--points -o a.json");
}

TEST(ReportCompareDataBad, SaysWhatIsMissingOrWrong) {
  const std::string points = "/collections/0/points/";
  const std::string place = "a.json: collections[0].points.";
  EXPECT_EQ(changed(points + "measured_s/1", 0), place + "measured_s[1]: must be a number above 0");
  EXPECT_EQ(changed(points + "simulated_s/0", -1e-5),
            place + "simulated_s[0]: must be a number above 0");
  EXPECT_EQ(changed(points + "simulated_s/0", std::numeric_limits<double>::infinity()),
            place + "simulated_s[0]: must be a number above 0");
  EXPECT_EQ(changed(points + "closed_form_s/0", std::numeric_limits<double>::quiet_NaN()),
            place + "closed_form_s[0]: must be a number above 0");
  EXPECT_EQ(changed(points + "m/0", "one"), place + "m[0]: must be a number above 0");
  EXPECT_EQ(changed(points + "m", Json::array()), place + "m: is empty");
  EXPECT_EQ(changed(points + "n", {1}), place + "n: has 1 entries, m has 2");
  EXPECT_EQ(changed(points + "k", 3), place + "k: must be a list");
  EXPECT_EQ(changed(points + "regime/codes/1", 1),
            place + "regime.codes[1]: must be an index of names");
  EXPECT_EQ(changed(points + "regime/codes/1", -1),
            place + "regime.codes[1]: must be an index of names");
  EXPECT_EQ(changed(points + "kernel/names/0", 5), place + "kernel.names[0]: must be a text");
  EXPECT_EQ(changed(points + "half/codes", {0}), place + "half: has 1 entries, m has 2");
  EXPECT_EQ(changed("/half", "third"), "a.json: half: must be held-out|fit|all");
  EXPECT_EQ(changed("/collections", Json::array()), "a.json: collections: is empty");
  EXPECT_EQ(changed("/collections/0/calibrated", 1),
            "a.json: collections[0].calibrated: must be true or false");
  EXPECT_EQ(changed("/collections/0/all/simulated/p90", "10 %"),
            "a.json: collections[0].all.simulated.p90: must be a number");
  Json without = comparison();
  without["collections"][0]["points"].erase("simulated_power_w");
  EXPECT_EQ(problem_of(without, compare_data),
            place + "measured_power_w: must stand beside simulated_power_w");
}

TEST(ReportCompareDataBad, AnyFieldMayBeAnything) {
  EXPECT_GT(refused_changes(comparison(), compare_data), 200);
}

}  // namespace
}  // namespace olivine::report
