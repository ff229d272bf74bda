// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kernels/measure/record.h"
#include "tests/experiments/report/page_data_check.h"
#include "tests/kernels/measure/made_record.h"

namespace olivine::report {
namespace {

using measure::CaseRecord;
using measure::MeasureRecord;
using measure::NamedShape;

const NamedShape kShape{"square", 1024, 1024, 1024};
constexpr const char* kUuid = "GPU-01234567-89ab-cdef-0123-456789abcdef";

// As olivine measure writes it, so that the page follows when the record changes.
Json record_of(const std::string& uuid) {
  MeasureRecord record;
  record.tool_version = "0.1.0";
  record.date_utc = "2026-01-02T03:04:05Z";
  record.is_complete = true;
  record.device.emplace();
  record.device->name = "H100";
  record.device->uuid = uuid;
  record.device->max_sm_clock_hz = 1'980'000'000;
  record.idle_w = 80;
  record.libraries = {{"cuBLASLt", "13.0.2", ""}};
  record.checks = {{"gemm_a", {"int8"}, 12, {}}};
  CaseRecord timed = measure::timed_case(kShape, "int8", 100);
  timed.is_exact_after_timing = true;
  timed.timed->sm_clock_hz = 1.7e9;
  timed.timed->throttle_reasons = {"software_power_cap"};
  timed.baseline = "cublaslt-int8";
  timed.speed_over_baseline = 0.9;
  measure::EnergyResult energy;
  energy.power_w = 690;
  energy.energy_uj = 69000;
  energy.net_energy_uj = 61000;
  timed.energy = measure::EnergyRecord{energy, 80, {}, ""};
  CaseRecord unmetered = measure::timed_case(kShape, "w4a4-ovp", 120);
  unmetered.energy = measure::EnergyRecord{{}, 0, {}, "NVML: not supported"};
  record.cases = {timed, unmetered, measure::refused_case(kShape, "cusparselt-int8", "not found")};
  record.ratios = {{"int8", kShape, "int8", "cublaslt-int8", 0.9, 0.85, ""},
                   {"int8-2:4", kShape, "int8-2:4", "cusparselt-int8", {}, 0.85, "not found"}};
  record.micro = {make_micro_result("issue_interval", "cycles", {8, 8.5, 7.5})};
  measure::PowerRecord power;
  power.instruction = "mma.sync";
  power.data = "random";
  record.power = {power};
  return Json::parse(measure::record_json(record));
}

std::string changed(const std::string& pointer, const Json& value) {
  return problem_with(record_of(kUuid), pointer, value, measure_data);
}

TEST(ReportMeasureData, HasTheNumbersOfTheRecord) {
  const Json data = measure_data(inputs_of({record_of(kUuid)}));
  EXPECT_EQ(data["title"], "GEMM kernels: H100, 2026-01-02T03:04:05Z");
  EXPECT_EQ(data["origin"], "measured");
  const Json& record = data["records"][0];
  EXPECT_EQ(record["file"], "a.json");
  EXPECT_EQ(record["device"]["max_sm_clock_hz"], 1980000000);
  const Json& timed = record["results"][0];
  EXPECT_EQ(timed["variant"], "int8");
  EXPECT_EQ(timed["time_us"]["median"], 100);
  EXPECT_EQ(timed["ops_per_s"], 2.0 * 1024 * 1024 * 1024 / 100e-6);
  EXPECT_EQ(timed["speed_over_baseline"], 0.9);
  EXPECT_EQ(timed["energy"]["launch_uj"], 69000);
  EXPECT_EQ(timed["throttle_reasons"], Json({"software_power_cap"}));
  EXPECT_EQ(timed["exact_after_timing"], true);
  EXPECT_EQ(record["results"][1]["energy"], Json({{"reason", "NVML: not supported"}}));
  EXPECT_TRUE(record["results"][1]["exact_after_timing"].is_null());
  EXPECT_EQ(record["results"][2]["status"], "refused");
  EXPECT_FALSE(record["results"][2].contains("time_us"));
  EXPECT_TRUE(record["ratios"][1]["value"].is_null());
  EXPECT_EQ(record["micro"][0]["value"], 8);
}

TEST(ReportMeasureData, CallsNothingMeasuredThatNoGpuDid) {
  for (const char* uuid : {"", "CPU-1"}) {
    const Json data = measure_data(inputs_of({record_of(uuid)}));
    EXPECT_EQ(data["origin"], "not measured");
    EXPECT_EQ(data["subtitle"], "Not measured: no GPU made these numbers.");
    EXPECT_EQ(data["records"][0]["is_measured"], false);
  }
  Json without = record_of(kUuid);
  without["device"] = nullptr;
  EXPECT_EQ(measure_data(inputs_of({without}))["origin"], "not measured");
  const Json mixed = measure_data(inputs_of({record_of(kUuid), record_of("")}));
  EXPECT_EQ(mixed["origin"], "not measured");
  EXPECT_EQ(mixed["records"][0]["is_measured"], true);
}

TEST(ReportMeasureDataBad, SaysWhatIsMissingOrWrong) {
  EXPECT_EQ(changed("/results/0/time_us/median", 0),
            "a.json: results[0].time_us.median: must be above 0");
  EXPECT_EQ(changed("/results/0/time_us/is_steady", "yes"),
            "a.json: results[0].time_us.is_steady: must be true or false");
  EXPECT_EQ(changed("/results/0/status", "fast"),
            "a.json: results[0].status: must be timed|checked|refused|wrong");
  EXPECT_EQ(changed("/results/0/throttle_reasons", "heat"),
            "a.json: results[0].throttle_reasons: must be a list");
  EXPECT_EQ(changed("/results/0/throttle_reasons/0", 3),
            "a.json: results[0].throttle_reasons[0]: must be a text");
  EXPECT_EQ(changed("/results/0/energy/power_w", -1),
            "a.json: results[0].energy.power_w: must be above 0");
  EXPECT_EQ(changed("/results", Json::object()), "a.json: results: must be a list");
  EXPECT_EQ(changed("/complete", nullptr), "a.json: complete: must be true or false");
  EXPECT_EQ(changed("/checks/0/runs", "12"), "a.json: checks[0].runs: must be a number");
  Json without = record_of(kUuid);
  without["results"][0].erase("time_us");
  EXPECT_EQ(problem_of(without, measure_data), "a.json: results[0].time_us: missing");
}

TEST(ReportMeasureDataBad, AnyFieldMayBeAnything) {
  EXPECT_GT(refused_changes(record_of(kUuid), measure_data), 500);
}

}  // namespace
}  // namespace olivine::report
