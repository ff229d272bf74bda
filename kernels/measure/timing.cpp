// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/timing.h"

#include <algorithm>
#include <cmath>

namespace olivine::measure {
namespace {

constexpr int kScreeningBatches = 3;
constexpr int kWarmupWindows = 4;  // of TimingOptions::warmup_us
// The device's clock for events resolves 0.5 us: nothing is shorter.
constexpr double kResolutionUs = 0.5;

int64_t repetitions(double wanted_us, double graph_us) {
  return std::max<int64_t>(1, std::llround(wanted_us / graph_us));
}

double run_once_us(CaseRunner& runner) { return std::max(runner.run_us(1), kResolutionUs); }

}  // namespace

double screened_us(CaseRunner& runner, size_t candidate, int64_t sets,
                   const TimingOptions& options) {
  runner.capture(candidate, sets);
  run_once_us(runner);  // loads code, fills instruction caches and translation buffers
  const double graph_us = run_once_us(runner);
  const int64_t graphs = repetitions(options.screening_us / kScreeningBatches, graph_us);
  std::vector<double> batches;
  batches.reserve(kScreeningBatches);
  for (int i = 0; i < kScreeningBatches; ++i) {
    batches.push_back(runner.run_us(graphs) / static_cast<double>(graphs * sets));
  }
  return std::max(median(batches), kResolutionUs / static_cast<double>(graphs * sets));
}

CaseTimer::CaseTimer(CaseRunner& runner, size_t candidate, double launch_us, int64_t sets,
                     const TimingOptions& options)
    : runner_{runner},
      options_{options},
      launches_{measure::graph_launches(launch_us, options.sample_us, sets)} {
  runner_.capture(candidate, launches_);
  run_once_us(runner_);
  graph_us_ = run_once_us(runner_);
}

void CaseTimer::warm_up() {
  const int64_t graphs = repetitions(options_.warmup_us / kWarmupWindows, graph_us_);
  double spent_us = 0;
  double last_us = 0;
  while (spent_us < options_.max_warmup_us) {
    const double window_us = runner_.run_us(graphs);
    spent_us += window_us;
    const bool is_still = last_us > 0 && std::abs(window_us / last_us - 1) < kSettledRatio;
    if (is_still && spent_us >= options_.warmup_us) return;
    last_us = window_us;
  }
  did_settle_ = false;
}

void CaseTimer::run_round() {
  warm_up();
  std::vector<double> samples;
  samples.reserve(static_cast<size_t>(options_.samples));
  for (int i = 0; i < options_.samples; ++i) {
    samples.push_back(run_once_us(runner_) / static_cast<double>(launches_));
  }
  rounds_.push_back(std::move(samples));
}

double step_us(CaseRunner& runner, const StepOfCandidate& step, int64_t sets,
               const TimingOptions& options) {
  runner.capture_step(step.candidate, step.step, sets);
  run_once_us(runner);
  const double graph_us = run_once_us(runner);
  const int64_t graphs = repetitions(options.sample_us, graph_us);
  runner.run_us(repetitions(options.screening_us, graph_us));
  std::vector<double> samples;
  samples.reserve(static_cast<size_t>(options.samples));
  for (int i = 0; i < options.samples; ++i) {
    samples.push_back(runner.run_us(graphs) / static_cast<double>(graphs * sets));
  }
  return median(samples);
}

}  // namespace olivine::measure
