// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "kernels/measure/summary.h"
#include "models/base/error.h"
#include "tests/kernels/measure/made_record.h"

namespace olivine::measure {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const NamedShape kShape{"square", 8192, 8192, 8192};

MeasureRecord made_record() {
  MeasureRecord record;
  record.tool_version = "0.1.0";
  record.git_revision = "abc1234";
  record.date_utc = "2026-01-02T03:04:05Z";
  record.seed = 18446744073709551615U;
  record.is_complete = true;
  record.device.emplace();
  record.device->name = "H100 \"SXM\"";
  record.device->power_limit_w = 700;
  record.idle_w = 81.5;
  record.checks = {{"gemm_a", {"int8"}, 12, {}}, {"gemm_b", {"int8", "w4a4-ovp:once"}, 24, {}}};
  record.cases = {timed_case(kShape, "int8", 1250), timed_case(kShape, "w4a4-ovp:once", 1400),
                  refused_case(kShape, "cusparselt-int8", "not found")};
  record.cases[0].is_exact_after_timing = true;
  record.cases[0].timed->roofline_us = 1000;
  record.cases[0].counters = {{"sm__cycles_active.avg", 123456}};
  record.cases[0].speed_over_baseline = 0.91;
  record.cases[0].baseline = "cublaslt-int8";
  record.cases[1].timed->steps = {{"decode", 50}};
  EnergyResult energy;
  energy.power_w = 690;
  energy.energy_uj = 862500;
  energy.trial_power_w = {689, 691};
  record.cases[0].energy = EnergyRecord{energy, 81.5, {"software_power_cap"}, ""};
  record.cases[1].energy = EnergyRecord{{}, 0, {}, "NVML: not supported"};
  record.ratios = {{"int8", kShape, "int8", "cublaslt-int8", 0.91, 0.85, ""},
                   {"int8-2:4", kShape, "int8-2:4", "cusparselt-int8", {}, 0.85, "not found"}};
  record.micro = {make_micro_result("issue_interval", "cycles", {8, 8.5, 7.5})};
  record.micro[0].parameters.warps = 4;
  return record;
}

TEST(RecordJson, HasEverythingOfTheRun) {
  const auto json = nlohmann::json::parse(record_json(made_record()));
  EXPECT_EQ(json["schema"], "olivine.measure/1");
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["seed"], 18446744073709551615U);
  EXPECT_EQ(json["device"]["name"], "H100 \"SXM\"");
  EXPECT_EQ(json["device"]["power_limit_w"], 700);
  EXPECT_TRUE(json["device"]["persistence_mode"].is_null());
  EXPECT_EQ(json["options"]["extent"], "quick");
  EXPECT_EQ(json["idle_power_w"], 81.5);
  EXPECT_EQ(json["checks"][1]["variants"], (std::vector<std::string>{"int8", "w4a4-ovp:once"}));
  EXPECT_EQ(json["checks"][0]["outputs_exact"], true);

  const auto& int8 = json["results"][0];
  EXPECT_EQ(int8["m"], 8192);
  EXPECT_EQ(int8["scheme"], "w8a8-int8");
  EXPECT_EQ(int8["status"], "timed");
  EXPECT_EQ(int8["time_us"]["median"], 1250);
  EXPECT_EQ(int8["time_us"]["samples"], 4);
  EXPECT_EQ(int8["time_us"]["is_steady"], true);
  EXPECT_EQ(int8["l2"]["state"], "cold");
  EXPECT_DOUBLE_EQ(int8["ops_per_s"], 2.0 * 8192 * 8192 * 8192 / 1250e-6);
  EXPECT_DOUBLE_EQ(int8["bytes_per_s"], (2.0 * 8192 * 8192 + 4.0 * 8192 * 8192) / 1250e-6);
  EXPECT_DOUBLE_EQ(int8["roofline_ratio"], 0.8);
  EXPECT_EQ(int8["energy"]["power_w"], 690);
  EXPECT_EQ(int8["energy"]["throttle_reasons"][0], "software_power_cap");
  EXPECT_EQ(int8["counters"]["sm__cycles_active.avg"], 123456);
  EXPECT_EQ(int8["baseline"], "cublaslt-int8");
  EXPECT_EQ(int8["outputs_exact_after_timing"], true);

  const auto& once = json["results"][1];
  EXPECT_EQ(once["decoding"], "once");
  EXPECT_EQ(once["steps"][0]["median_us"], 50);
  EXPECT_EQ(once["energy"]["reason"], "NVML: not supported");
  EXPECT_TRUE(once["roofline_us"].is_null());

  const auto& refused = json["results"][2];
  EXPECT_EQ(refused["status"], "refused");
  EXPECT_EQ(refused["outputs_exact"], false);
  EXPECT_FALSE(refused.contains("time_us"));

  EXPECT_EQ(json["ratios"][0]["is_met"], true);
  EXPECT_TRUE(json["ratios"][1]["value"].is_null());
  EXPECT_EQ(json["micro"][0]["value"], 8);
  EXPECT_EQ(json["micro"][0]["parameters"], nlohmann::json({{"warps", 4}}));
}

TEST(RecordJson, OfARunThatWasCutOffSaysSo) {
  MeasureRecord record = made_record();
  record.is_complete = false;
  record.incomplete_reason = "interrupted";
  record.device.reset();
  const auto json = nlohmann::json::parse(record_json(record));
  EXPECT_EQ(json["complete"], false);
  EXPECT_EQ(json["incomplete_reason"], "interrupted");
  EXPECT_TRUE(json["device"].is_null());
}

TEST(RecordJson, NamesANumberThatIsNoneBad) {
  MeasureRecord record = made_record();
  record.cases[0].energy->result->net_energy_uj = std::nan("");
  try {
    static_cast<void>(record_json(record));
    FAIL();
  } catch (const std::domain_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("results.energy.net_launch_uj"));
  }
}

TEST(Record, KnowsWrongOutputs) {
  EXPECT_FALSE(made_record().has_wrong_output());
  MeasureRecord record = made_record();
  record.checks[0].failures = {"c[0][0]"};
  EXPECT_TRUE(record.has_wrong_output());
  record = made_record();
  record.cases[0].is_exact_after_timing = false;
  EXPECT_TRUE(record.has_wrong_output());
  record = made_record();
  record.cases[0].candidates.push_back({"gemm_c", false, "c[0][0]", {}});
  EXPECT_TRUE(record.has_wrong_output());
  record = made_record();
  record.cases[2] = timed_case(kShape, "cublaslt-int8", 1);
  record.cases[2].candidates.push_back({"algo 7", false, "not supported", {}});
  EXPECT_FALSE(record.has_wrong_output());  // a library's algorithm may refuse
  record.cases[2].status = CaseStatus::Wrong;
  EXPECT_TRUE(record.has_wrong_output());
}

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

TEST(WriteWhole, ReplacesAFileAndLeavesNothingBeside) {
  const std::filesystem::path folder = testing::TempDir() + "measure_record_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  const std::string path = folder / "record.json";
  write_whole(path, "first");
  write_whole(path, "second");
  EXPECT_EQ(contents(path), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder}, {}), 1);
}

TEST(WriteWhole, NamesAPlaceThatCannotBeWrittenBad) {
  for (const std::string path : {"/does/not/exist/record.json", "/proc/record.json"}) {
    try {
      write_whole(path, "text");
      FAIL() << path;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr("--output = " + path + ": cannot be written"));
    }
  }
}

TEST(Summary, ShowsTimesRatiosAndReasons) {
  const std::string text = summary_text(made_record());
  EXPECT_THAT(text, HasSubstr("checks: 2 of 2 kernels exact, 36 outputs compared\n"));
  EXPECT_THAT(text, HasSubstr("8192x8192x8192 (square)\n"));
  // 2 x 8192^3 operations in 1,250 us are 879.6 TOPS; 402,653,184 bytes are 322 GB/s.
  EXPECT_THAT(text, HasSubstr("1250.00"));
  EXPECT_THAT(text, HasSubstr("879.6"));
  EXPECT_THAT(text, HasSubstr(" 322 "));
  EXPECT_THAT(text, HasSubstr("80.0 %"));
  EXPECT_THAT(text, HasSubstr("  cusparselt-int8: refused: not found\n"));
  EXPECT_THAT(text, HasSubstr("met\n"));
  EXPECT_THAT(text, HasSubstr("not found\n"));
  EXPECT_THAT(text, Not(HasSubstr("incomplete")));
}

TEST(Summary, ShowsWhatIsWrong) {
  MeasureRecord record = made_record();
  record.checks[0].failures = {"17x33x65 int8: c[0][0] = 1, must be 2"};
  record.cases[0].is_exact_after_timing = false;
  record.is_complete = false;
  record.incomplete_reason = "interrupted";
  record.notes = {"clocks were set by somebody"};
  EXPECT_THAT(summary_text(record),
              AllOf(HasSubstr("checks: 1 of 2 kernels exact"),
                    HasSubstr("WRONG  gemm_a: 17x33x65 int8: c[0][0] = 1, must be 2\n"),
                    HasSubstr("WRONG  int8: C differs after timing\n"),
                    HasSubstr("note: clocks were set by somebody\n"),
                    HasSubstr("incomplete: interrupted\n")));
}

}  // namespace
}  // namespace olivine::measure
