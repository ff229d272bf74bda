// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/energy.h"

#include <algorithm>
#include <cmath>

#include "kernels/measure/bench.h"
#include "kernels/measure/statistics.h"
#include "kernels/runtime/device_monitor.h"

namespace olivine::measure {
namespace {

constexpr double kChunkUs = 5000;  // of queued load between two looks at the counter
constexpr double kIdlePollSeconds = 0.002;
constexpr double kSampleEverySeconds = 0.1;
constexpr double kCounterTimeoutSeconds = 2;  // a counter that stands still so long is none

// A moment at which the counter moved.
struct Edge {
  double at_s = 0;
  uint64_t energy_mj = 0;
};

// Waits for the counter to move, with `keep_busy` between looks.
Status wait_for_edge(Bench& bench, const std::function<void()>& keep_busy, Edge& edge) {
  uint64_t first = 0;
  if (Status status = bench.monitor().read_energy_mj(first); !status) return status;
  const double start_s = bench.now_s();
  while (bench.now_s() - start_s < kCounterTimeoutSeconds) {
    keep_busy();
    uint64_t energy = 0;
    if (Status status = bench.monitor().read_energy_mj(energy); !status) return status;
    if (energy == first) continue;
    edge = {bench.now_s(), energy};
    return {};
  }
  return Status::refuse("the energy counter stands still");
}

double watts_between(const Edge& begin, const Edge& end) {
  return static_cast<double>(end.energy_mj - begin.energy_mj) * 1e-3 / (end.at_s - begin.at_s);
}

// The load, and what is noted while it runs.
class LoadedTrials {
 public:
  LoadedTrials(Bench& bench, const EnergyLoad& load, const std::function<bool()>& should_stop)
      : bench_{bench}, load_{load}, should_stop_{should_stop} {
    chunk_graphs_ = std::max<int64_t>(1, std::llround(kChunkUs / load.graph_us));
  }
  ~LoadedTrials() { load_.runner->drain(); }
  LoadedTrials(const LoadedTrials&) = delete;
  LoadedTrials& operator=(const LoadedTrials&) = delete;
  LoadedTrials(LoadedTrials&&) = delete;
  LoadedTrials& operator=(LoadedTrials&&) = delete;

  Status run_for(double seconds) {
    const double start_s = bench_.now_s();
    while (bench_.now_s() - start_s < seconds) {
      if (should_stop_()) return Status::refuse("interrupted");
      keep_busy();
    }
    return {};
  }

  Status run_trial(double window_s, EnergyResult& result) {
    Edge begin;
    Edge end;
    if (Status status = wait_for_edge(
            bench_, [this] { keep_busy(); }, begin);
        !status) {
      return status;
    }
    const int64_t launches_before = launches_;
    if (Status status = run_for(window_s); !status) return status;
    if (Status status = wait_for_edge(
            bench_, [this] { keep_busy(); }, end);
        !status)
      return status;
    result.launches += launches_ - launches_before;
    result.measured_s += end.at_s - begin.at_s;
    result.trial_power_w.push_back(watts_between(begin, end));
    energy_j_ += result.trial_power_w.back() * (end.at_s - begin.at_s);
    return {};
  }

  void finish(double idle_w, EnergyResult& result) const {
    const auto launches = static_cast<double>(result.launches);
    result.power_w = energy_j_ / result.measured_s;
    result.energy_uj = energy_j_ * 1e6 / launches;
    result.net_energy_uj = (energy_j_ - idle_w * result.measured_s) * 1e6 / launches;
    result.sm_clock_hz = clocks_hz_.empty() ? 0 : median(clocks_hz_);
    result.temperature_c = temperature_c_;
    result.throttle_reasons = throttle_reasons_;
  }

 private:
  void keep_busy() {
    load_.runner->enqueue(chunk_graphs_);
    launches_ += chunk_graphs_ * load_.launches;
    if (bench_.now_s() - last_sample_s_ < kSampleEverySeconds) return;
    last_sample_s_ = bench_.now_s();
    DeviceSample sample;
    if (!bench_.monitor().read_sample(sample)) return;  // clocks are an addition
    if (sample.sm_clock_hz) clocks_hz_.push_back(static_cast<double>(*sample.sm_clock_hz));
    temperature_c_ =
        std::max(temperature_c_, static_cast<double>(sample.temperature_c.value_or(0)));
    throttle_reasons_ |= sample.throttle_reasons.value_or(0);
  }

  Bench& bench_;
  const EnergyLoad& load_;
  const std::function<bool()>& should_stop_;
  int64_t chunk_graphs_ = 1;
  int64_t launches_ = 0;
  double energy_j_ = 0;
  double last_sample_s_ = 0;
  std::vector<double> clocks_hz_;
  double temperature_c_ = 0;
  uint64_t throttle_reasons_ = 0;
};

}  // namespace

Status measure_idle_w(Bench& bench, double window_s, double& idle_w) {
  const auto wait = [&] { bench.sleep_s(kIdlePollSeconds); };
  Edge begin;
  Edge end;
  if (Status status = wait_for_edge(bench, wait, begin); !status) return status;
  bench.sleep_s(window_s);
  if (Status status = wait_for_edge(bench, wait, end); !status) return status;
  idle_w = watts_between(begin, end);
  return {};
}

Status measure_energy(Bench& bench, const EnergyLoad& load, const EnergyOptions& options,
                      double idle_w, const std::function<bool()>& should_stop,
                      EnergyResult& result) {
  EnergyResult measured;
  LoadedTrials trials{bench, load, should_stop};
  if (Status status = trials.run_for(options.settle_s); !status) return status;
  for (int i = 0; i < options.trials; ++i) {
    if (Status status = trials.run_trial(options.window_s, measured); !status) return status;
  }
  trials.finish(idle_w, measured);
  result = std::move(measured);
  return {};
}

}  // namespace olivine::measure
