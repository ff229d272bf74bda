// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/experiments/report/page_data_check.h"

namespace olivine::report {
namespace {

Json operand() {
  return {{"elements", 100},    {"mse", 1e-4},       {"sqnr_db", 20.5},
          {"cosine", 0.99},     {"outliers", 3},     {"victims", 3},
          {"outlier_pairs", 1}, {"scale_min", 0.01}, {"scale_max", 0.02}};
}

Json scheme(const std::string& name) {
  return {{"scheme", name},
          {"quality", {{"mean_cosine", 0.99}}},
          {"time_s", 1e-3},
          {"energy_pj", 1e9},
          {"layers",
           {{{"name", "a"}, {"weights", operand()}, {"activations", operand()}},
            {{"name", "b"}, {"weights", operand()}}}}};
}

Json quality() {
  return {{"schema", "olivine.quality/1"},
          {"model", "tiny"},
          {"machine", "olive_64x64"},
          {"provenance", {{"git_revision", "0"}}},
          {"schemes", {scheme("w4a4-ovp"), scheme("w8a8-int8")}}};
}

std::string changed(const std::string& pointer, const Json& value) {
  return problem_with(quality(), pointer, value, quality_data);
}

TEST(ReportQualityData, HasEverySchemeAsItIs) {
  const Json data = quality_data(inputs_of({quality()}));
  EXPECT_EQ(data["title"], "What quantization costs: tiny");
  EXPECT_EQ(data["origin"], "simulated");
  EXPECT_EQ(data["models"][0]["file"], "a.json");
  EXPECT_EQ(data["models"][0]["schemes"], quality()["schemes"]);
  EXPECT_EQ(quality_data(inputs_of({quality(), quality()}))["title"],
            "What quantization costs: 2 models");
}

TEST(ReportQualityData, NeedsNeitherMachineNorCostNorQuality) {
  Json bare = quality();
  bare.erase("machine");
  bare.erase("provenance");
  for (const char* key : {"quality", "time_s", "energy_pj"}) bare["schemes"][0].erase(key);
  bare["schemes"][0]["layers"][0]["weights"]["sqnr_db"] = nullptr;  // nothing was lost
  EXPECT_EQ(problem_of(bare, quality_data), "");
  EXPECT_TRUE(quality_data(inputs_of({bare}))["models"][0]["machine"].is_null());
}

TEST(ReportQualityDataBad, SaysWhatIsMissingOrWrong) {
  const std::string weights = "/schemes/1/layers/0/weights/";
  const std::string place = "a.json: schemes[1].layers[0].weights.";
  EXPECT_EQ(changed(weights + "elements", 0), place + "elements: must be a whole number above 0");
  EXPECT_EQ(changed(weights + "elements", 1.5), place + "elements: must be a whole number above 0");
  EXPECT_EQ(changed(weights + "mse", -1), place + "mse: must be 0 or above");
  EXPECT_EQ(changed(weights + "mse", std::numeric_limits<double>::quiet_NaN()),
            place + "mse: must be a number");
  EXPECT_EQ(changed(weights + "sqnr_db", "inf"), place + "sqnr_db: must be a number");
  EXPECT_EQ(changed(weights + "cosine", 1.1), place + "cosine: must be -1..1");
  EXPECT_EQ(changed(weights + "outliers", 101), place + "outliers: must be at most 100");
  EXPECT_EQ(changed(weights + "victims", 98), place + "victims: must be at most 97");
  EXPECT_EQ(changed(weights + "outlier_pairs", 51), place + "outlier_pairs: must be at most 50");
  EXPECT_EQ(changed(weights + "outliers", 0.5), place + "outliers: must be a whole number");
  EXPECT_EQ(changed(weights + "victims", -1), place + "victims: must be a whole number");
  EXPECT_EQ(changed(weights + "scale_min", 0), place + "scale_min: must be above 0");
  EXPECT_EQ(changed(weights + "scale_max", 0.001), place + "scale_max: must be scale_min or above");
  EXPECT_EQ(changed("/schemes/0/layers/1/name", "a"),
            "a.json: schemes[0].layers[1].name: a stands twice");
  EXPECT_EQ(changed("/schemes/1/scheme", "w4a4-ovp"),
            "a.json: schemes[1].scheme: w4a4-ovp stands twice");
  EXPECT_EQ(changed("/schemes/0/quality/mean_cosine", "high"),
            "a.json: schemes[0].quality.mean_cosine: must be a number");
  EXPECT_EQ(changed("/schemes/0/energy_pj", 0), "a.json: schemes[0].energy_pj: must be above 0");
  EXPECT_EQ(changed("/schemes/0/layers", Json::array()), "a.json: schemes[0].layers: is empty");
  EXPECT_EQ(changed("/schemes", Json::array()), "a.json: schemes: is empty");
  EXPECT_EQ(changed("/model", 3), "a.json: model: must be a text");
  Json without = quality();
  without["schemes"][0]["layers"][0].erase("weights");
  EXPECT_EQ(problem_of(without, quality_data), "a.json: schemes[0].layers[0].weights: missing");
  without = quality();
  without["schemes"][0]["layers"][0]["weights"].erase("sqnr_db");
  EXPECT_EQ(problem_of(without, quality_data),
            "a.json: schemes[0].layers[0].weights.sqnr_db: missing");
}

TEST(ReportQualityDataBad, AnyFieldMayBeAnything) {
  EXPECT_GT(refused_changes(quality(), quality_data), 200);
}

}  // namespace
}  // namespace olivine::report
