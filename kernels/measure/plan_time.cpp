// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>
#include <set>
#include <string>

#include "kernels/launch/gemm_kernels.h"
#include "kernels/measure/case_work.h"
#include "kernels/measure/plan.h"
#include "kernels/measure/print_text.h"

namespace olivine::measure {
namespace {

// Assumed, on the slow side: what waiting is estimated with.
constexpr double kOpsPerSecond = 400e12;
constexpr double kBytesPerSecond = 2e12;
constexpr double kLaunchSeconds = 5e-6;
constexpr double kOperandSeconds = 60e-9;         // an element: random numbers, packing, copying
constexpr double kSampledRows = 16;               // rows and columns of C that the CPU computes
constexpr double kCpuMacsPerSecond = 4e9;         // of one core
constexpr double kReferenceMacsPerSecond = 5e12;  // of the reference kernel
constexpr double kOutputSeconds = 6e-9;           // an element of C: copied, compared, hashed
constexpr double kCandidates = 6;                 // kernels or algorithms of a case
constexpr double kCheckSeconds = 0.004;           // a launch of a small shape with its comparison
constexpr double kOutputForms = 3;
constexpr double kPreparationSeconds = 6;  // context, libraries, idle power, first warm-up
constexpr int kMaxCores = 16;

double launch_s(const PlannedCase& planned, const NamedShape& shape) {
  const CaseWork work = work_of(*planned.variant, shape);
  return std::max(work.ops / kOpsPerSecond,
                  static_cast<double>(work.moved_bytes()) / kBytesPerSecond) +
         kLaunchSeconds;
}

double cores_of(int cpu_cores) { return std::clamp(cpu_cores, 1, kMaxCores); }

// Operands and expected sums, once for each scheme.
double operands_s(const NamedShape& shape, int cpu_cores) {
  const auto m = static_cast<double>(shape.m);
  const auto n = static_cast<double>(shape.n);
  const auto k = static_cast<double>(shape.k);
  const double rows = std::min(kSampledRows, m) * n + std::min(kSampledRows, n) * m;
  return ((m + n) * k * kOperandSeconds + rows * k / kCpuMacsPerSecond) / cores_of(cpu_cores) +
         m * n * k / kReferenceMacsPerSecond;
}

double case_s(const PlannedCase& planned, const NamedShape& shape, const Plan& plan) {
  const double launch = launch_s(planned, shape);
  const double outputs = static_cast<double>(shape.m) * static_cast<double>(shape.n);
  const double checking = kCandidates * (outputs * kOutputSeconds + launch + kCheckSeconds);
  if (plan.checks_only) return checking;
  const TimingOptions& timing = plan.timing;
  // A sample takes whole turns through at least two sets.
  const double sample = std::max(timing.sample_us * 1e-6, 2 * launch);
  const double screening = kCandidates * std::max(timing.screening_us * 1e-6, 5 * sample);
  const double round = timing.warmup_us * 1e-6 + timing.samples * sample;
  const double energy = planned.takes_energy ? plan.energy.settle_s +
                                                   plan.energy.trials * (plan.energy.window_s + 0.2)
                                             : 0.0;
  return checking + screening + timing.rounds * round + energy;
}

}  // namespace

double estimated_s(const PlannedGroup& group, const Plan& plan, int cpu_cores) {
  std::set<std::string_view> schemes;
  double seconds = 0;
  for (const PlannedCase& planned : group.cases) {
    schemes.insert(planned.variant->scheme);
    seconds += case_s(planned, group.shape, plan);
  }
  return seconds + static_cast<double>(schemes.size()) * operands_s(group.shape, cpu_cores);
}

double estimated_s(const Plan& plan, int cpu_cores) {
  double seconds = kPreparationSeconds;
  for (const NamedShape& shape : plan.checks) {
    const auto kernels = static_cast<double>(gemm_kernels().size());
    seconds += operands_s(shape, cpu_cores) + kernels * kOutputForms * kCheckSeconds;
  }
  for (const PlannedGroup& group : plan.groups) seconds += estimated_s(group, plan, cpu_cores);
  return seconds;
}

std::string plan_text(const Plan& plan, int cpu_cores) {
  std::string text;
  std::string shapes;
  for (const NamedShape& shape : plan.checks) shapes += " " + extents_text(shape);
  text += "check  " + std::to_string(gemm_kernels().size()) + " kernels on" + shapes + "\n";
  for (const PlannedGroup& group : plan.groups) {
    text += print_text("%s  %s (%s), about %.1f s:", plan.checks_only ? "check" : "time",
                       extents_text(group.shape).c_str(), group.shape.name.c_str(),
                       estimated_s(group, plan, cpu_cores));
    for (const PlannedCase& planned : group.cases) {
      text += " " + std::string{planned.variant->name} + (planned.takes_energy ? "+energy" : "");
    }
    text += "\n";
  }
  return text + print_text("about %.0f s in all\n", estimated_s(plan, cpu_cores));
}

}  // namespace olivine::measure
