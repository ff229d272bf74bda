// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/regress/bench.h"
#include "models/base/enum_names.h"

namespace olivine::regress {

// Why a seed did not pass.
enum class FailureKind : uint8_t {
  Divergence,  // RTL and model part
  Assertion,   // of the RTL
  NoProgress,  // the watchdog of the bench
  Crash,       // a signal, an abort
  Silence,     // no answer in time
  Error        // the bench could not run
};
inline constexpr std::array kFailureKindNames = {
    EnumName<FailureKind>{FailureKind::Divergence, "divergence"},
    EnumName<FailureKind>{FailureKind::Assertion, "assertion"},
    EnumName<FailureKind>{FailureKind::NoProgress, "no_progress"},
    EnumName<FailureKind>{FailureKind::Crash, "crash"},
    EnumName<FailureKind>{FailureKind::Silence, "silence"},
    EnumName<FailureKind>{FailureKind::Error, "error"}};

struct Failure {
  FailureKind kind = FailureKind::Divergence;
  uint64_t seed = 0;
  int64_t cases = 1;
  std::optional<Divergence> divergence;  // of an assertion: where it failed first
  std::string text;                      // what happened, where it is no divergence
};

// What one seed did.
struct SeedResult {
  uint64_t seed = 0;
  int64_t cycles = 0;
  int64_t checks = 0;
  double seconds = 0.0;
  std::optional<Failure> failure;
};

// As one line of JSON, for the pipe between worker and program.
[[nodiscard]] std::string to_line(const SeedResult& result);
[[nodiscard]] SeedResult parse_seed_result(const std::string& line);

// Where the evidence of a failure lies; empty where there is none.
struct Evidence {
  std::string waveform;
  std::string save_file;
  std::string remark;  // why there is no waveform
};

// One target of the regression: its seeds together.
struct TargetResult {
  uint64_t seeds = 0;  // that ran
  int64_t cycles = 0;
  int64_t checks = 0;
  double seconds = 0.0;            // of all workers
  std::optional<Failure> failure;  // that of the smallest seed
  Evidence evidence;

  void add(const SeedResult& result);
};

}  // namespace olivine::regress
