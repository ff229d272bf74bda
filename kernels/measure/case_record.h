// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/measure/case_work.h"
#include "kernels/measure/energy_result.h"
#include "kernels/measure/statistics.h"

namespace olivine::measure {

// An own kernel or an algorithm of a library that was tried for a case.
struct CandidateRecord {
  std::string name;
  bool is_exact = false;
  std::string reason;                 // what was wrong
  std::optional<double> screened_us;  // of a launch
};

// An own kernel on the shapes of Plan::checks, every output form.
struct CheckRecord {
  std::string kernel;
  std::vector<std::string> variants;  // as which it was checked
  int64_t runs = 0;                   // compared outputs
  std::vector<std::string> failures;  // the first of each shape

  [[nodiscard]] bool is_exact() const { return failures.empty(); }
};

struct StepRecord {
  std::string name;
  double median_us = 0;
};

enum class CaseStatus : uint8_t { Refused, Wrong, Checked, Timed };
[[nodiscard]] const char* name_of(CaseStatus status);

struct TimedRecord {
  Spread time_us;  // of a launch, decoding before it included
  bool did_settle = true;
  int64_t graph_launches = 0;
  Rotation rotation;
  std::vector<StepRecord> steps;      // parts of it, each timed alone
  std::optional<double> sm_clock_hz;  // under this load
  std::vector<std::string> throttle_reasons;
  std::optional<double> roofline_us;  // at the highest clocks
};

struct EnergyRecord {
  std::optional<EnergyResult> result;
  double idle_w = 0;
  std::vector<std::string> throttle_reasons;
  std::string reason;  // why there is no result
};

// One variant of one shape.
struct CaseRecord {
  NamedShape shape;
  const Variant* variant = nullptr;
  CaseStatus status = CaseStatus::Refused;
  std::string reason;  // of Refused and Wrong
  std::string kernel;
  std::string tile;
  std::vector<std::string> launched_kernels;  // as the driver names them
  std::vector<CandidateRecord> candidates;
  std::string checked_against;
  std::string output_hash;  // of C
  std::optional<bool> is_exact_after_timing;
  CaseWork work;
  std::optional<TimedRecord> timed;
  std::optional<EnergyRecord> energy;
  std::string baseline;  // the library's variant that this one is compared with (ratios.h)
  std::optional<double> speed_over_baseline;
  std::map<std::string, double> counters;  // of Nsight Compute

  // Contract: timed.
  [[nodiscard]] double median_us() const { return timed->time_us.median; }
};

// A ratio that the kernels are accepted by, from cases of one run (ratios.h).
struct RatioRecord {
  std::string name;
  NamedShape shape;
  std::string numerator;
  std::string denominator;
  std::optional<double> value;
  double required = 0;
  std::string reason;  // why there is no value

  [[nodiscard]] bool is_met() const { return value && *value >= required; }
};

}  // namespace olivine::measure
