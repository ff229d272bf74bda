// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/gemm_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/gpu_energy.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/codesign_menus.h"
#include "sim/tensor_core/cta_stepper.h"
#include "sim/tensor_core/kernel_timer.h"
#include "sim/tensor_core/library_menus.h"

namespace olivine {
namespace {

constexpr double kSecondsPerMicrosecond = 1e-6;
constexpr double kPicojoulesPerJoule = 1e12;
constexpr int64_t kReferenceExtent = 4096;

// A menu with its kernels prepared.
struct PreparedMenu {
  KernelMenu menu;
  Scheme scheme;
  KernelConstants constants;
  std::vector<KernelTimer> timers;  // one a kernel
};

std::string refusal_text(const KernelMenu& menu) {
  return fmt::format("the smallest of {} that does not fit is {}: {}", menu.library,
                     menu.left_out.name, menu.refusal);
}

bool takes(const std::vector<KernelTimer>& timers, int64_t m) {
  return std::any_of(timers.begin(), timers.end(),
                     [&](const KernelTimer& timer) { return timer.takes(static_cast<double>(m)); });
}

// The time of a kernel at the clock that the power limit leaves.
struct SettledTime {
  double fastest_s = 0;  // at the highest clock
  double time_s = 0;
  double clock_hz = 0;  // mean
};

}  // namespace

class GemmModel::Impl {
 public:
  Impl(const GpuMachine& machine, Calibration calibration)
      : machine_{machine}, calibration_{std::move(calibration)}, energy_{machine_} {}

  [[nodiscard]] const GpuMachine& machine() const { return machine_; }
  [[nodiscard]] const Calibration& calibration() const { return calibration_; }

  const std::vector<std::unique_ptr<PreparedMenu>>& menus(const Scheme& scheme) const;
  // Why no kernel of the library (of any, where it is "") fits; "" where that is not the reason.
  std::string refusal(const Scheme& scheme, const std::string& library) const;
  // Null where the menu is not one of this model's.
  const PreparedMenu* prepared(const KernelMenu& menu) const;
  [[nodiscard]] const KernelConstants& constants(const std::string& library) const;
  PreparedMenu prepare(KernelMenu menu, const Scheme& scheme) const;

  GemmTiming best(const PreparedMenu& prepared, const GemmProblem& problem,
                  const GemmContext& context) const;
  GemmTiming timing(const GemmKernel& kernel, const KernelTimer& timer, double activity,
                    const GemmLoad& load, const GemmContext& context) const;

 private:
  [[nodiscard]] SettledTime settle(const PreparedMenu& prepared, size_t index, const GemmLoad& load,
                                   const GemmContext& context) const;
  [[nodiscard]] SettledTime settle(const KernelTimer& timer, Format executed, double activity,
                                   const GemmLoad& load, const GemmContext& context) const;

  GpuMachine machine_;
  Calibration calibration_;
  GpuEnergyModel energy_;
  mutable std::mutex mutex_;  // of what follows
  mutable std::map<std::string_view, std::vector<std::unique_ptr<PreparedMenu>>> menus_;
  mutable std::map<std::string_view, std::vector<KernelMenu>> refused_;  // without kernels
  mutable std::map<const KernelMenu*, const PreparedMenu*> by_menu_;
};

// Constants of a library without measurements are those of cublas on the same machine.
const KernelConstants& GemmModel::Impl::constants(const std::string& library) const {
  static const KernelConstants kDefaults;
  for (const std::string& name : {library, std::string{"cublas"}}) {
    if (const LibraryCalibration* found = calibration_.find(name)) return found->constants;
  }
  return kDefaults;
}

PreparedMenu GemmModel::Impl::prepare(KernelMenu menu, const Scheme& scheme) const {
  PreparedMenu prepared{{}, scheme, constants(menu.library), {}};
  prepared.menu = std::move(menu);
  prepared.timers.reserve(prepared.menu.kernels.size());
  for (const GemmKernel& kernel : prepared.menu.kernels) {
    prepared.timers.emplace_back(machine_, prepared.constants, kernel, scheme);
  }
  return prepared;
}

const std::vector<std::unique_ptr<PreparedMenu>>& GemmModel::Impl::menus(
    const Scheme& scheme) const {
  const std::lock_guard lock{mutex_};
  const auto [found, is_new] = menus_.try_emplace(scheme.name);
  if (!is_new) return found->second;
  std::vector<KernelMenu> all = library_menus(machine_, scheme);
  for (KernelMenu& menu : codesign_menus(machine_, scheme)) all.push_back(std::move(menu));
  for (KernelMenu& menu : all) {
    const LibraryCalibration* calibration = calibration_.find(menu.library);
    menu.calibrated = calibration != nullptr && calibration->machine == machine_.name;
    if (menu.kernels.empty()) {
      refused_[scheme.name].push_back(std::move(menu));
      continue;
    }
    auto prepared = std::make_unique<PreparedMenu>(prepare(std::move(menu), scheme));
    by_menu_[&prepared->menu] = prepared.get();
    found->second.push_back(std::move(prepared));
  }
  return found->second;
}

std::string GemmModel::Impl::refusal(const Scheme& scheme, const std::string& library) const {
  (void)menus(scheme);
  const std::lock_guard lock{mutex_};
  const auto found = refused_.find(scheme.name);
  if (found == refused_.end()) return "";
  for (const KernelMenu& menu : found->second) {
    if (library.empty() || menu.library == library) return refusal_text(menu);
  }
  return "";
}

const PreparedMenu* GemmModel::Impl::prepared(const KernelMenu& menu) const {
  const std::lock_guard lock{mutex_};
  const auto found = by_menu_.find(&menu);
  return found == by_menu_.end() ? nullptr : found->second;
}

SettledTime GemmModel::Impl::settle(const PreparedMenu& prepared, size_t index,
                                    const GemmLoad& load, const GemmContext& context) const {
  const KernelTimer& timer = prepared.timers[index];
  const Format executed = prepared.menu.kernels[index].instruction.format;
  return settle(timer, executed, prepared.constants.activity, load, context);
}

SettledTime GemmModel::Impl::settle(const KernelTimer& timer, Format executed, double activity,
                                    const GemmLoad& load, const GemmContext& context) const {
  const double max_clock_hz = machine_.power.max_clock_hz;
  const auto time_at = [&](double clock_hz) {
    return timer.time_s(load, clock_hz) + context.launch_s;
  };
  SettledTime settled;
  settled.fastest_s = time_at(max_clock_hz);
  GpuEnergy energy;
  energy.add(energy_.dynamic_energy(timer.actions(load), executed, max_clock_hz), activity);
  const double clock_hz = energy_.settled_clock(energy, time_at);
  const double throttled = settled.fastest_s / (settled.fastest_s + context.throttle_s);
  settled.clock_hz = max_clock_hz + (clock_hz - max_clock_hz) * throttled;
  settled.time_s = settled.fastest_s;
  if (clock_hz < max_clock_hz) {
    settled.time_s += (time_at(clock_hz) - settled.fastest_s) * throttled;
  }
  return settled;
}

// A kernel takes at least its time at the highest clock, so that those above the best settled time
// need not be settled.
GemmTiming GemmModel::Impl::best(const PreparedMenu& prepared, const GemmProblem& problem,
                                 const GemmContext& context) const {
  const GemmLoad load = gemm_load(machine_, prepared.constants, problem, context);
  const double clock_hz = machine_.power.max_clock_hz;
  const size_t none = prepared.timers.size();
  size_t best = none;
  double best_s = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < prepared.timers.size(); ++i) {
    const KernelTimer& timer = prepared.timers[i];
    if (!timer.takes(load.m) || timer.lower_bound_s(load, clock_hz) >= best_s) continue;
    const double time_s = timer.time_s(load, clock_hz);
    if (time_s >= best_s) continue;
    best_s = time_s;
    best = i;
  }
  if (best == none) {
    const KernelMenu& menu = prepared.menu;
    throw ConfigError{fmt::format("{}: no kernel of {} takes m = {}{}", machine_.name, menu.library,
                                  problem.shape.m,
                                  menu.refusal.empty() ? "" : ": " + refusal_text(menu))};
  }
  SettledTime settled = settle(prepared, best, load, context);
  if (settled.time_s > settled.fastest_s) {
    const size_t fastest = best;
    for (size_t i = 0; i < prepared.timers.size(); ++i) {
      const KernelTimer& timer = prepared.timers[i];
      const double bound_s = settled.time_s - context.launch_s;
      if (i == fastest || !timer.takes(load.m) || timer.lower_bound_s(load, clock_hz) >= bound_s ||
          timer.time_s(load, clock_hz) >= bound_s) {
        continue;
      }
      const SettledTime other = settle(prepared, i, load, context);
      if (other.time_s >= settled.time_s) continue;
      settled = other;
      best = i;
    }
  }
  return timing(prepared.menu.kernels[best], prepared.timers[best], prepared.constants.activity,
                load, context);
}

GemmTiming GemmModel::Impl::timing(const GemmKernel& kernel, const KernelTimer& timer,
                                   double activity, const GemmLoad& load,
                                   const GemmContext& context) const {
  const Format executed = kernel.instruction.format;
  const SettledTime settled = settle(timer, executed, activity, load, context);
  GemmTiming result;
  result.kernel = kernel.name;
  result.time_s = settled.time_s;
  result.clock_hz = settled.clock_hz;
  result.parts_s = timer.parts_s(load, machine_.power.max_clock_hz);
  result.parts_s[static_cast<size_t>(TimePart::Launch)] += context.launch_s;
  result.parts_s[static_cast<size_t>(TimePart::Clock)] = settled.time_s - settled.fastest_s;
  result.actions = timer.actions(load);
  result.energy.add(energy_.dynamic_energy(result.actions, executed, result.clock_hz), activity);
  result.energy.constant_pj = energy_.idle_w() * result.time_s * kPicojoulesPerJoule;
  result.power_w = result.energy.total_pj() / kPicojoulesPerJoule / result.time_s;
  const double ctas = timer.cta_count(load);
  result.ctas = static_cast<int64_t>(ctas);
  result.ctas_per_sm = static_cast<int64_t>(timer.ctas_per_sm());
  result.waves = ctas / (static_cast<double>(machine_.sm.count) * timer.ctas_per_sm());
  result.hbm_bytes = result.actions.hbm_bytes;
  result.l2_bytes = result.actions.l2_bytes;
  return result;
}

GemmModel::GemmModel(const GpuMachine& machine) : GemmModel(machine, load_calibration(machine)) {}

GemmModel::GemmModel(const GpuMachine& machine, const Calibration& calibration)
    : impl_{std::make_unique<Impl>(machine, calibration)} {}

GemmModel::~GemmModel() = default;
GemmModel::GemmModel(GemmModel&&) noexcept = default;
GemmModel& GemmModel::operator=(GemmModel&&) noexcept = default;

const GpuMachine& GemmModel::machine() const { return impl_->machine(); }

std::vector<std::string> GemmModel::libraries(const Scheme& scheme) const {
  std::vector<std::string> names;
  for (const auto& prepared : impl_->menus(scheme)) names.push_back(prepared->menu.library);
  return names;
}

const KernelMenu& GemmModel::menu(const Scheme& scheme, const std::string& library) const {
  const auto& menus = impl_->menus(scheme);
  if (const std::string refusal = impl_->refusal(scheme, library);
      !refusal.empty() && (menus.empty() || !library.empty())) {
    throw ConfigError{
        fmt::format("no kernel for {} fits {}: {}", scheme.name, machine().name, refusal)};
  }
  if (menus.empty()) {
    std::vector<std::string> runnable;
    for (const Scheme& other : all_schemes()) {
      if (!impl_->menus(other).empty()) runnable.emplace_back(other.name);
    }
    throw ConfigError{fmt::format("{} has no instruction for the operands of {}{} (runs: {})",
                                  impl_->machine().name, scheme.name,
                                  suggestion(scheme.name, runnable), fmt::join(runnable, ", "))};
  }
  if (!library.empty()) {
    for (const auto& prepared : menus) {
      if (prepared->menu.library == library) return prepared->menu;
    }
    throw ConfigError{fmt::format(
        "{} has no kernels for {} on {}{} (has: {})", library, scheme.name, impl_->machine().name,
        suggestion(library, libraries(scheme)), fmt::join(libraries(scheme), ", "))};
  }
  const GemmProblem reference{{kReferenceExtent, kReferenceExtent, kReferenceExtent, 1}, scheme};
  const KernelMenu* chosen = nullptr;
  double chosen_s = std::numeric_limits<double>::infinity();
  for (const auto& prepared : menus) {
    if (prepared->menu.calibrated) return prepared->menu;
    if (!takes(prepared->timers, kReferenceExtent)) continue;
    const double time_s = impl_->best(*prepared, reference, {}).time_s;
    if (time_s >= chosen_s) continue;
    chosen_s = time_s;
    chosen = &prepared->menu;
  }
  return chosen == nullptr ? menus.front()->menu : *chosen;
}

GemmTiming GemmModel::time(const GemmKernel& kernel, const GemmProblem& problem,
                           const GemmContext& context, const std::string& library) const {
  const KernelConstants& constants = impl_->constants(library);
  const KernelTimer timer{machine(), constants, kernel, problem.scheme};
  return impl_->timing(kernel, timer, constants.activity,
                       gemm_load(machine(), constants, problem, context), context);
}

GemmTiming GemmModel::best(const KernelMenu& menu, const GemmProblem& problem,
                           const GemmContext& context) const {
  if (const PreparedMenu* prepared = impl_->prepared(menu)) {
    return impl_->best(*prepared, problem, context);
  }
  return impl_->best(impl_->prepare(menu, problem.scheme), problem, context);
}

CtaPlan GemmModel::cta_plan(const GemmKernel& kernel, const GemmProblem& problem,
                            const GemmContext& context, const std::string& library) const {
  const KernelConstants& constants = impl_->constants(library);
  const double clock_hz = machine().power.max_clock_hz;
  const KernelTimer timer{machine(), constants, kernel, problem.scheme};
  CtaPlan plan = timer.cta_plan(gemm_load(machine(), constants, problem, context), clock_hz);
  plan.launch_cycles += context.launch_s * clock_hz;
  return plan;
}

GemmContext GemmModel::context(const std::string& library, const std::string& source) const {
  const LibraryCalibration* calibration = impl_->calibration().find(library);
  if (calibration == nullptr) return {};
  const auto found = calibration->harnesses.find(source);
  if (found == calibration->harnesses.end()) return {};
  const Harness& harness = found->second;
  return {.weight_sets = harness.weight_sets,
          .throttle_s = harness.throttle_us * kSecondsPerMicrosecond,
          .launch_s = harness.launch_us * kSecondsPerMicrosecond};
}

}  // namespace olivine
