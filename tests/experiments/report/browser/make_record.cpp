// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Prints a record of olivine measure with made-up times: the pages need one, and no GPU.
#include <fmt/core.h>

#include <string>
#include <vector>

#include "kernels/measure/record.h"
#include "tests/kernels/measure/made_record.h"

namespace olivine::measure {
namespace {

// Launch, then the operations of an int8 tensor core or the bytes of the memory.
double made_up_us(const CaseWork& work, double ops_per_us) {
  constexpr double kBytesPerUs = 3e6;
  return 2.5 + work.ops / ops_per_us + static_cast<double>(work.moved_bytes()) / kBytesPerUs;
}

CaseRecord made_case(const NamedShape& shape, std::string_view variant, double ops_per_us) {
  CaseRecord record = refused_case(shape, variant, "");
  const double us = made_up_us(record.work, ops_per_us);
  record = timed_case(shape, variant, us);
  record.timed->roofline_us = us * 0.8;
  record.timed->sm_clock_hz = 1.75e9;
  record.is_exact_after_timing = true;
  EnergyResult energy;
  energy.power_w = 550;
  energy.energy_uj = us * energy.power_w;
  energy.net_energy_uj = us * (energy.power_w - 80);
  energy.trial_power_w = {549, 551};
  record.energy = EnergyRecord{energy, 80, {}, ""};
  return record;
}

MeasureRecord made_record() {
  MeasureRecord record;
  record.tool_version = "0.1.0";
  record.git_revision = "abc1234";
  record.date_utc = "2026-01-02T03:04:05Z";
  record.is_complete = true;
  record.device.emplace();
  record.device->name = "made-up GPU";
  record.idle_w = 80;
  record.checks = {{"gemm_int8", {"int8"}, 12, {}}, {"gemm_ovp", {"w4a4-ovp:once"}, 24, {}}};
  std::vector<NamedShape> shapes;
  for (const int64_t m : {1, 16, 256, 4096}) {
    for (const int64_t n : {1024, 4096}) {
      shapes.push_back({fmt::format("linear_{}_{}", m, n), m, n, 4096});
    }
  }
  for (const NamedShape& shape : shapes) {
    const CaseRecord base = made_case(shape, "cublaslt-int8", 1.3e9);
    for (const auto& [variant, ops_per_us] :
         {std::pair{"int8", 1.1e9}, {"int8-2:4", 1.9e9}, {"w4a4-ovp:once", 0.9e9}}) {
      CaseRecord own = made_case(shape, variant, ops_per_us);
      own.baseline = "cublaslt-int8";
      own.speed_over_baseline = base.median_us() / own.median_us();
      record.ratios.push_back(
          {variant, shape, variant, own.baseline, own.speed_over_baseline, 0.85, ""});
      record.cases.push_back(own);
    }
    record.cases.push_back(base);
  }
  record.cases.push_back(refused_case(shapes.back(), "cusparselt-int8", "not found"));
  record.micro = {make_micro_result("issue_interval", "cycles", {8, 8.5, 7.5})};
  return record;
}

}  // namespace
}  // namespace olivine::measure

int main() {
  fmt::print("{}\n", olivine::measure::record_json(olivine::measure::made_record()));
  return 0;
}
