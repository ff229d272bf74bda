// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/measure/case_runner.h"
#include "kernels/measure/measure_options.h"
#include "kernels/measure/statistics.h"

namespace olivine::measure {

// Windows of warming up whose times differ by less are taken as settled.
inline constexpr double kSettledRatio = 0.01;

// Microseconds of one launch of a candidate: median of three batches after a first run, each of a
// third of TimingOptions::screening_us. Captures.
[[nodiscard]] double screened_us(CaseRunner& runner, size_t candidate, int64_t sets,
                                 const TimingOptions& options);

// A case in the middle of being timed: rounds may have other work between them.
class CaseTimer {
 public:
  // `launch_us`: of screened_us(). Captures the candidate, or a step of it. Contract: the runner
  // lives longer, and nobody else captures meanwhile.
  CaseTimer(CaseRunner& runner, size_t candidate, double launch_us, int64_t sets,
            const TimingOptions& options);

  // Warms up, until windows of a quarter of TimingOptions::warmup_us stand still, then takes the
  // samples of one round.
  void run_round();

  [[nodiscard]] size_t rounds() const { return rounds_.size(); }
  [[nodiscard]] int64_t graph_launches() const { return launches_; }
  [[nodiscard]] double graph_us() const { return graph_us_; }  // above 0
  // Of all rounds; did_settle tells whether warming up ended before its limit in all of them.
  [[nodiscard]] bool did_settle() const { return did_settle_; }
  // Microseconds of one launch. Contract: at least one round.
  [[nodiscard]] Spread spread() const { return spread_of(rounds_); }

 private:
  void warm_up();

  CaseRunner& runner_;
  TimingOptions options_;
  int64_t launches_ = 0;
  double graph_us_ = 0;
  bool did_settle_ = true;
  std::vector<std::vector<double>> rounds_;
};

// Median microseconds of a step of a candidate alone, one round. Captures.
struct StepOfCandidate {
  size_t candidate = 0;
  size_t step = 0;
};
[[nodiscard]] double step_us(CaseRunner& runner, const StepOfCandidate& step, int64_t sets,
                             const TimingOptions& options);

}  // namespace olivine::measure
