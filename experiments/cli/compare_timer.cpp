// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/compare_timer.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::cli {

class ModelTimer::Impl {
 public:
  explicit Impl(const GpuMachine* chosen) : chosen_(chosen), shipped_(shipped_gpus()) {}

  [[nodiscard]] bool has_machine(const std::string& name) const {
    if (chosen_ != nullptr && chosen_->name == name) return true;
    return std::ranges::find(shipped_, name) != shipped_.end();
  }

  const KernelMenu& menu(const std::string& machine, const Scheme& scheme,
                         const std::string& library) {
    const KernelMenu& menu = model(machine).menu(scheme, library);
    menus_[{machine, menu.library, scheme.name}] = &menu;
    return menu;
  }

  [[nodiscard]] GemmTiming time(const std::string& machine, const std::string& library,
                                const std::string& source, const GemmProblem& problem) const {
    const auto menu = menus_.find({machine, library, problem.scheme.name});
    OLV_CHECK(menu != menus_.end(), "{} {} {}", machine, library, problem.scheme.name);
    const GemmModel& model = models_.at(machine);
    return model.best(*menu->second, problem, model.context(library, source));
  }

  [[nodiscard]] const GpuMachine& machine(const std::string& name) const {
    return models_.at(name).machine();
  }

 private:
  GemmModel& model(const std::string& name) {
    const auto found = models_.find(name);
    if (found != models_.end()) return found->second;
    const bool is_chosen = chosen_ != nullptr && chosen_->name == name;
    return models_.emplace(name, is_chosen ? *chosen_ : load_gpu(name)).first->second;
  }

  const GpuMachine* chosen_;
  std::vector<std::string> shipped_;
  std::map<std::string, GemmModel> models_;
  // By machine, library and scheme.
  std::map<std::tuple<std::string, std::string, std::string_view>, const KernelMenu*> menus_;
};

ModelTimer::ModelTimer(const GpuMachine* chosen) : impl_(std::make_unique<Impl>(chosen)) {}
ModelTimer::~ModelTimer() = default;

bool ModelTimer::has_machine(const std::string& machine) const {
  return impl_->has_machine(machine);
}

compare::KernelSource ModelTimer::kernels(const std::string& machine, const Scheme& scheme,
                                          const std::string& library) {
  const KernelMenu& menu = impl_->menu(machine, scheme, library);
  compare::KernelSource kernels{menu.library, menu.calibrated, std::nullopt};
  if (!menu.calibrated) return kernels;
  // Calibrated menus are of the machine's own name.
  const Calibration calibration = load_calibration(impl_->machine(machine));
  if (const LibraryCalibration* found = calibration.find(menu.library)) {
    kernels.fit_seed = static_cast<uint64_t>(found->fit.seed);
  }
  return kernels;
}

int64_t ModelTimer::sm_count(const std::string& machine) const {
  return impl_->machine(machine).sm.count;
}

GemmTiming ModelTimer::time(const std::string& machine, const std::string& library,
                            const std::string& source, const GemmProblem& problem) const {
  return impl_->time(machine, library, source, problem);
}

const GpuMachine& ModelTimer::machine(const std::string& name) const {
  return impl_->machine(name);
}

}  // namespace olivine::cli
