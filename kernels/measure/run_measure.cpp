// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/run_measure.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "kernels/launch/gemm_kernels.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/ncu_session.h"
#include "kernels/measure/open_bench.h"
#include "kernels/measure/plan.h"
#include "kernels/measure/print_text.h"
#include "kernels/measure/record.h"
#include "kernels/measure/request.h"
#include "kernels/measure/session.h"
#include "kernels/measure/summary.h"
#include "kernels/measure/watchdog.h"
#include "kernels/runtime/device.h"
#include "models/base/error.h"

namespace olivine::measure {
namespace {

constexpr int kWrongStatus = 1;
constexpr int kInterruptedStatus = 130;
constexpr double kProgressEverySeconds = 1;

std::atomic<bool> was_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// Ctrl-C and SIGTERM end the run after the step it is in; a second one ends the program.
class InterruptCatcher {
 public:
  InterruptCatcher() {
    was_interrupted = false;
    struct sigaction action {};
    action.sa_handler = [](int) { was_interrupted = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
  }
  ~InterruptCatcher() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
  }
  InterruptCatcher(const InterruptCatcher&) = delete;
  InterruptCatcher& operator=(const InterruptCatcher&) = delete;
  InterruptCatcher(InterruptCatcher&&) = delete;
  InterruptCatcher& operator=(InterruptCatcher&&) = delete;

 private:
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

std::string date_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm fields{};
  gmtime_r(&now, &fields);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &fields);
  return text.data();
}

std::string processor_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

int thread_count() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

Plan plan_of(const MeasureRequest& request) {
  PlanOptions options;
  options.extent = request.extent;
  options.shapes = request.shapes;
  options.variants = select_variants(request.schemes);
  options.checks_only = request.checks_only;
  options.takes_energy = request.takes_energy;
  options.energy_window_s = request.energy_window_s.value_or(0);
  Plan plan = make_plan(options);
  if (!request.runs_gemms) {
    plan.checks.clear();
    plan.groups.clear();
  }
  return plan;
}

class Run {
 public:
  Run(const MeasureRequest& request, std::ostream& err)
      : request_{request}, err_{err}, plan_{plan_of(request)} {
    record_.tool_version = request.tool_version;
    record_.git_revision = request.git_revision;
    record_.date_utc = date_utc();
    record_.processor = processor_name();
    record_.request = request.text;
    record_.seed = request.seed;
    record_.extent = request.extent;
    record_.timing = plan_.timing;
    record_.energy = plan_.energy;
    record_.incomplete_reason = "not finished";
  }

  [[nodiscard]] const Plan& plan() const { return plan_; }

  int run(std::ostream& out) {
    const std::unique_ptr<Bench> bench = open();
    save();
    const bool did_end = run_session_on(*bench);
    save();
    out << (request_.is_json ? json() : summary_text(record_)) << std::flush;
    if (was_interrupted) return kInterruptedStatus;
    return did_end && !record_.has_wrong_output() ? 0 : kWrongStatus;
  }

 private:
  std::unique_ptr<Bench> open() {
    std::unique_ptr<Bench> bench;
    DeviceRecord device;
    try {
      const Status status =
          open_bench(request_.device, request_.checks_only, bench, device, record_.notes);
      if (!status) throw ConfigError{status.reason()};
    } catch (const CudaError& error) {
      throw ConfigError{error.what()};  // no context: an exclusive device in use, no memory
    }
    record_.device = device;
    return bench;
  }

  // False where the device failed.
  bool run_session_on(Bench& bench) {
    const InterruptCatcher catcher;
    Watchdog watchdog{[this](const std::string& step) { give_up(step); }};
    SessionHooks hooks;
    hooks.should_stop = [] { return was_interrupted.load(); };
    hooks.begin_step = [&](const std::string& step, double limit_s) {
      watchdog.begin_step(step, limit_s);
      step_ = step;
      show_progress();
    };
    hooks.checkpoint = [this] { save(); };
    const SessionOptions options{request_.seed,
                                 thread_count(),
                                 request_.kernels,
                                 request_.excluded,
                                 request_.budget_s,
                                 request_.runs_micro,
                                 request_.energy_window_s.value_or(2.0)};
    try {
      run_session(bench, plan_, options, hooks, record_);
      if (request_.runs_ncu) add_counters(request_, hooks, record_);
    } catch (const UserError&) {
      throw;
    } catch (const std::exception& error) {
      record_.is_complete = false;
      record_.incomplete_reason = step_ + ": " + error.what();
      return false;
    }
    return true;
  }

  // From the watchdog's thread, while this one waits for a device that does not answer.
  [[noreturn]] void give_up(const std::string& step) {
    record_.incomplete_reason = step + ": does not end";
    record_.is_complete = false;
    err_ << "error: " << record_.incomplete_reason << std::endl;
    try {
      save();
    } catch (const std::exception& error) {
      err_ << "error: " << error.what() << std::endl;
    }
    std::_Exit(kWrongStatus);
  }

  // The record as it is; a number that is none is a mistake of this program.
  [[nodiscard]] std::string json() const {
    try {
      return record_json(record_);
    } catch (const std::domain_error& error) {
      throw CheckFailed{error.what()};
    }
  }
  void save() const {
    if (!request_.output.empty()) write_whole(request_.output, json());
  }

  void show_progress() {
    const auto now = std::chrono::steady_clock::now();
    if (std::chrono::duration<double>(now - last_shown_).count() < kProgressEverySeconds) return;
    last_shown_ = now;
    err_ << print_text("[%5.1f s] ", std::chrono::duration<double>(now - start_).count()) << step_
         << std::endl;
  }

  const MeasureRequest& request_;
  std::ostream& err_;
  Plan plan_;
  MeasureRecord record_;
  std::string step_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_shown_;
};

}  // namespace

int run_measure(const MeasureRequest& request, std::ostream& out, std::ostream& err) {
  if (request.lists_kernels) {
    for (const GemmKernel& kernel : gemm_kernels()) out << kernel.name << "\n";
    return 0;
  }
  Run run{request, err};
  if (request.is_dry_run) {
    out << plan_text(run.plan(), thread_count());
    return 0;
  }
  return run.run(out);
}

}  // namespace olivine::measure
