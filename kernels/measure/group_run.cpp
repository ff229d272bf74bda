// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/group_run.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "kernels/measure/bench.h"
#include "kernels/measure/energy.h"
#include "kernels/measure/peaks.h"
#include "kernels/measure/plan.h"
#include "kernels/measure/prepared_case.h"
#include "kernels/measure/record.h"
#include "kernels/measure/session.h"
#include "kernels/runtime/device_monitor.h"

namespace olivine::measure {
namespace {

constexpr double kFirstWarmupUs = 2e6;   // clocks of a cold card move for seconds
constexpr double kClockLoadUs = 80'000;  // load under which the clock is read

class GroupRun {
 public:
  GroupRun(const GroupContext& context, const PlannedGroup& group)
      : context_{context}, group_{group}, preparer_{context, group} {}

  void run() {
    size_t next = 0;
    while (next < group_.cases.size() && !context_.hooks.should_stop()) {
      std::vector<PreparedCase> cases = preparer_.prepare_some(next);
      if (context_.plan.checks_only) continue;
      time(cases);
      for (PreparedCase& prepared : cases) finish(prepared);
    }
  }

 private:
  void begin(std::string_view what, const Variant& variant,
             double limit_s = kGroupStepLimitSeconds) {
    context_.hooks.begin_step(
        std::string{what} + " " + extents_text(group_.shape) + " " + std::string{variant.name},
        limit_s);
  }
  [[nodiscard]] CaseRecord& record_of(const PreparedCase& prepared) {
    return context_.record.cases[prepared.record];
  }

  void time(std::vector<PreparedCase>& cases) {
    if (cases.empty()) return;
    if (!has_warmed_up()) warm_up(cases.front());
    for (int round = 0; round < context_.plan.timing.rounds; ++round) {
      for (PreparedCase& prepared : cases) {
        begin("time", *record_of(prepared).variant);
        prepared.timer->run_round();
        if (context_.hooks.should_stop() && round == 0) return;
      }
      if (context_.hooks.should_stop()) return;
    }
  }

  [[nodiscard]] bool has_warmed_up() const {
    return std::any_of(context_.record.cases.begin(), context_.record.cases.end(),
                       [](const CaseRecord& record) { return record.timed.has_value(); });
  }
  // Graphs of a load of kClockLoadUs.
  static int64_t load_graphs(const PreparedCase& prepared) {
    return std::max<int64_t>(1, static_cast<int64_t>(kClockLoadUs / prepared.timer->graph_us()));
  }
  void warm_up(PreparedCase& prepared) {
    begin("warm up with", *record_of(prepared).variant);
    for (double us = 0; us < kFirstWarmupUs;) {
      us += std::max(prepared.runner->run_us(load_graphs(prepared)), 1.0);
    }
  }

  void finish(PreparedCase& prepared) {
    if (prepared.timer->rounds() == 0) return;  // interrupted before its turn
    CaseRecord& record = record_of(prepared);
    TimedRecord timed;
    timed.time_us = prepared.timer->spread();
    timed.did_settle = prepared.timer->did_settle();
    timed.graph_launches = prepared.timer->graph_launches();
    timed.rotation = prepared.rotation;
    timed.steps = prepared.steps;
    read_clock(prepared, timed);
    const DeviceInfo& device = context_.bench.device();
    timed.roofline_us = roofline_us(record.work, peaks_of(*record.variant, device),
                                    static_cast<double>(device.max_sm_clock_hz));
    record.timed = std::move(timed);
    record.status = CaseStatus::Timed;
    if (prepared.runner->is_timed_output_checked()) {
      record.is_exact_after_timing =
          preparer_.is_expected(prepared, prepared.runner->timed_output());
    }
    if (prepared.planned->takes_energy && !context_.hooks.should_stop()) take_energy(prepared);
    prepared.runner.reset();
    context_.hooks.checkpoint();
  }

  void read_clock(PreparedCase& prepared, TimedRecord& timed) {
    prepared.runner->enqueue(load_graphs(prepared));
    context_.bench.sleep_s(kClockLoadUs * 1e-6 / 2);
    DeviceSample sample;
    const Status status = context_.bench.monitor().read_sample(sample);
    prepared.runner->drain();
    if (!status) return;
    if (sample.sm_clock_hz) timed.sm_clock_hz = static_cast<double>(*sample.sm_clock_hz);
    timed.throttle_reasons = throttle_names(sample.throttle_reasons.value_or(0));
  }

  void take_energy(PreparedCase& prepared) {
    CaseRecord& record = record_of(prepared);
    const EnergyOptions& options = context_.plan.energy;
    begin("energy of", *record.variant,
          kGroupStepLimitSeconds + options.settle_s + 2 * options.trials * options.window_s);
    EnergyRecord energy;
    energy.idle_w = context_.record.idle_w.value_or(0);
    EnergyResult result;
    const EnergyLoad load{prepared.runner.get(), prepared.timer->graph_launches(),
                          prepared.timer->graph_us()};
    const Status status = context_.record.idle_w
                              ? measure_energy(context_.bench, load, options, energy.idle_w,
                                               context_.hooks.should_stop, result)
                              : Status::refuse("idle power is not known");
    energy.reason = status.reason();
    if (status) {
      energy.throttle_reasons = throttle_names(result.throttle_reasons);
      energy.result = std::move(result);
    }
    record.energy = std::move(energy);
  }

  const GroupContext& context_;
  const PlannedGroup& group_;
  CasePreparer preparer_;
};

}  // namespace

void run_group(const GroupContext& context, const PlannedGroup& group) {
  GroupRun{context, group}.run();
}

}  // namespace olivine::measure
