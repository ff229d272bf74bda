// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/session.h"

#include "kernels/measure/bench.h"
#include "kernels/measure/energy.h"
#include "kernels/measure/group_run.h"
#include "kernels/measure/kernel_checks.h"
#include "kernels/measure/plan.h"
#include "kernels/measure/print_text.h"
#include "kernels/measure/ratios.h"
#include "kernels/measure/record.h"

namespace olivine::measure {
namespace {

constexpr double kIdleWindowSeconds = 2;
constexpr double kIdleLimitSeconds = 30;
constexpr double kDataLimitSeconds = 60;
constexpr double kMicroLimitSeconds = 180;
constexpr double kPowerLoads = 16;  // twice as many as there are: capped clocks make them longer

class Session {
 public:
  Session(Bench& bench, const Plan& plan, const SessionOptions& options, const SessionHooks& hooks,
          MeasureRecord& record)
      : bench_{bench},
        plan_{plan},
        options_{options},
        hooks_{hooks},
        record_{record},
        start_s_{bench.now_s()} {}

  void run() {
    record_.libraries = bench_.libraries();
    if (takes_power()) measure_idle();
    KernelChecks checks{bench_, plan_.checked_variants, options_, hooks_, record_};
    for (const NamedShape& shape : plan_.checks) {
      if (!hooks_.should_stop()) checks.check_shape(shape);
    }
    if (!plan_.checks.empty() && options_.kernels.empty() && !hooks_.should_stop()) {
      hooks_.begin_step("check kernels that make operands", kDataLimitSeconds);
      for (CheckRecord& check : bench_.check_data_kernels(options_.seed)) {
        record_.checks.push_back(std::move(check));
      }
    }
    if (!plan_.checks.empty()) checks.note_unchecked();
    hooks_.checkpoint();
    run_groups(checks.failed());
    if (options_.runs_micro && !hooks_.should_stop()) run_micro();
    finish();
  }

 private:
  [[nodiscard]] bool takes_power() const {
    bool takes = options_.runs_micro;
    for (const PlannedGroup& group : plan_.groups) {
      for (const PlannedCase& planned : group.cases) takes = takes || planned.takes_energy;
    }
    return takes && !plan_.checks_only;
  }

  void measure_idle() {
    hooks_.begin_step("power of the idle device", kIdleLimitSeconds);
    double idle_w = 0;
    const Status status = measure_idle_w(bench_, kIdleWindowSeconds, idle_w);
    if (status) {
      record_.idle_w = idle_w;
    } else {
      record_.notes.push_back("idle power: " + status.reason());
    }
  }

  [[nodiscard]] bool is_late() const {
    return options_.budget_s && bench_.now_s() - start_s_ > *options_.budget_s;
  }

  void run_groups(const std::set<std::string>& failed) {
    const GroupContext context{bench_, plan_, options_, hooks_, failed, record_};
    for (const PlannedGroup& group : plan_.groups) {
      if (hooks_.should_stop()) return;
      if (is_late()) {
        ended_early_ = print_text("%.0f s were used up before %s", *options_.budget_s,
                                  extents_text(group.shape).c_str());
        return;
      }
      run_group(context, group);
      set_baselines(record_.cases);
      record_.ratios = acceptance_ratios(record_.cases, bench_.device());
      record_.elapsed_s = bench_.now_s() - start_s_;
      hooks_.checkpoint();
    }
  }

  void run_micro() {
    hooks_.begin_step("metadata maps", kMicroLimitSeconds);
    record_.metadata_maps = bench_.probe_metadata();
    hooks_.checkpoint();
    if (hooks_.should_stop() || plan_.checks_only) return;
    hooks_.begin_step("instructions and memories", kMicroLimitSeconds);
    record_.micro = bench_.run_micro(options_.seed);
    hooks_.checkpoint();
    if (hooks_.should_stop()) return;
    hooks_.begin_step("power against clock", kMicroLimitSeconds + kPowerLoads * options_.power_s);
    record_.power = bench_.run_power(options_.power_s, options_.seed);
  }

  void finish() {
    record_.incomplete_reason = hooks_.should_stop() ? "interrupted" : ended_early_;
    record_.is_complete = record_.incomplete_reason.empty();
    record_.elapsed_s = bench_.now_s() - start_s_;
    hooks_.checkpoint();
  }

  Bench& bench_;
  const Plan& plan_;
  const SessionOptions& options_;
  const SessionHooks& hooks_;
  MeasureRecord& record_;
  double start_s_;
  std::string ended_early_;  // why
};

}  // namespace

void run_session(Bench& bench, const Plan& plan, const SessionOptions& options,
                 const SessionHooks& hooks, MeasureRecord& record) {
  Session{bench, plan, options, hooks, record}.run();
}

}  // namespace olivine::measure
