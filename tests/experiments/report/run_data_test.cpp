// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "experiments/report/input.h"
#include "experiments/report/page_data.h"
#include "models/base/error.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

Json array_layer(const std::string& weights, const std::string& pattern, double macs) {
  return {{"name", "a.0.b"},
          {"kind", "linear"},
          {"m", 4},
          {"n", 8},
          {"k", 16},
          {"batch", 1},
          {"scheme", {{"weights", weights}, {"activations", weights}, {"weight_pattern", pattern}}},
          {"macs", macs},
          {"cycles", 100},
          {"array_cycles", 90},
          {"vector_cycles", 0},
          {"time_s", 2e-7},
          {"stall_cycles", {{"weights", 10}, {"total", 10}}},
          {"energy_pj", {{"pe", 3.5}, {"total", 3.5}}},
          {"dram_bytes", {{"weights", 64}, {"total", 64}}}};
}

Json array_run() {
  Json total = array_layer("ovp4", "dense", 1536);
  total["area_um2"] = {{"pe", 100.0}, {"total", 100.0}};
  return {{"schema", "olivine.run/1"},
          {"machine", "m"},
          {"workload", "w"},
          {"scheme", "w4a4-ovp"},
          {"config",
           {{"array.rows", 8},
            {"array.cols", 16},
            {"array.dataflow", "os"},
            {"clock", 500000000.0},
            {"dram.model", "bandwidth"},
            {"dram.bytes_per_cycle", 25},
            {"workload.batch", 1},
            {"engine", "closed"}}},
          {"provenance", {{"git_revision", "0"}}},
          {"total", total},
          {"layers",
           {array_layer("ovp4", "dense", 512), array_layer("ovp4", "dense", 0),
            array_layer("int8", "2:4", 1024)}}};
}

Json data_of(const Json& run) {
  return run_data(std::vector<Input>{{"folder/run.json", "olivine.run/1", run}});
}

std::string problem_of(const Json& run,
                       const std::function<Json(std::span<const Input>)>& data = run_data) {
  try {
    (void)data(std::vector<Input>{{"run.json", "olivine.run/1", run}});
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(ReportRunData, KeepsTheResultAndTitlesIt) {
  const Json data = data_of(array_run());
  EXPECT_EQ(data["title"], "w on m, w4a4-ovp");
  EXPECT_EQ(data["origin"], "simulated");
  Json expected = array_run();
  expected.erase("provenance");
  EXPECT_EQ(data["runs"][0]["result"], expected);
  EXPECT_EQ(data["runs"][0]["file"], "run.json");
  const std::vector<Input> two(2, {"a.json", "", array_run()});
  EXPECT_EQ(run_data(two)["title"], "2 runs side by side");
}

// 128 PEs at 500 MHz: 4-bit operands take one, 8-bit ones four, and 2:4 halves the work.
TEST(ReportRunData, DrawsARoofForEveryPairOfFormats) {
  const Json run = data_of(array_run())["runs"][0];
  EXPECT_EQ(run["clock_hz"], 5e8);
  EXPECT_EQ(run["roofline"]["bytes_per_s"], 25 * 5e8);
  EXPECT_EQ(run["roofline"]["roofs"],
            Json({{{"label", "ovp4 x ovp4"}, {"macs_per_s", 128 * 5e8}},
                  {{"label", "int8 x int8, 2:4"}, {"macs_per_s", 128 / 4 * 2 * 5e8}}}));
}

TEST(ReportRunData, PlacesLayersUnderThem) {
  const Json layers = data_of(array_run())["runs"][0]["layers_derived"];
  EXPECT_EQ(layers[0]["intensity_macs_per_byte"], 512.0 / 64);
  EXPECT_EQ(layers[0]["macs_per_s"], 512 / 2e-7);
  EXPECT_EQ(layers[0]["peak_macs_per_s"], 128 * 5e8);
  EXPECT_EQ(layers[1]["macs_per_s"], 0.0);
  EXPECT_EQ(layers[2]["peak_macs_per_s"], 64 * 5e8);
  Json still = array_run();
  still["layers"][0]["dram_bytes"]["total"] = 0;
  still["layers"][0]["time_s"] = 0;
  const Json derived = data_of(still)["runs"][0]["layers_derived"][0];
  EXPECT_TRUE(derived["intensity_macs_per_byte"].is_null());
  EXPECT_TRUE(derived["macs_per_s"].is_null());
}

TEST(ReportRunData, IdealMemoryHasNoRoof) {
  Json run = array_run();
  run["config"]["dram.model"] = "ideal";
  EXPECT_TRUE(data_of(run)["runs"][0]["roofline"]["bytes_per_s"].is_null());
}

TEST(ReportRunDataBad, SaysWhatIsMissingOrWrong) {
  const auto changed = [](const std::string& pointer, const Json& value) {
    Json run = array_run();
    run[Json::json_pointer{pointer}] = value;
    return problem_of(run);
  };
  EXPECT_EQ(changed("/layers/2/cycles", "many"), "run.json: layers[2].cycles: must be a number");
  EXPECT_EQ(changed("/layers/0/energy_pj/pe", nullptr),
            "run.json: layers[0].energy_pj.pe: must be a number");
  EXPECT_EQ(changed("/layers", Json::array()), "run.json: layers: is empty");
  EXPECT_EQ(changed("/layers", 3), "run.json: layers: must be a list");
  EXPECT_EQ(changed("/layers/1", 3), "run.json: layers[1]: must be an object");
  EXPECT_EQ(changed("/layers/0/scheme/weights", "int9"),
            "run.json: layers[0].scheme.weights: is no format");
  EXPECT_EQ(changed("/total", Json::object()), "run.json: total.macs: missing");
  EXPECT_EQ(changed("/machine", 3), "run.json: machine: must be a text");
  EXPECT_THAT(changed("/config/array.rows", 0),
              testing::StartsWith("run.json: config.array.rows = 0: "));
  EXPECT_THAT(changed("/config/array.pe_operand_bits", "four"),
              testing::StartsWith("run.json: config.array.pe_operand_bits"));
}

// Whatever one field of a file is changed to, it is shown or refused; the program goes on.
TEST(ReportRunDataBad, AnyFieldMayBeAnything) {
  const std::vector<Json> values = {
      nullptr,          true,          -1, 0, 1e308, INT64_MIN, "", "x", Json::array(),
      Json::array({1}), Json::object()};
  const Json flat = array_run().flatten();
  int refused = 0;
  for (const auto& [pointer, ignored] : flat.items()) {
    for (const Json& value : values) {
      Json run = array_run();
      run[Json::json_pointer{pointer}] = value;
      for (const auto& data : {run_data, gpu_run_data, platform_data}) {
        refused += problem_of(run, data).empty() ? 0 : 1;
      }
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace olivine::report
