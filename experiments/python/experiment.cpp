// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/python/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_model.h"
#include "models/open_workload/open_workload.h"
#include "models/workloads/conv.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::python {
namespace {

constexpr std::string_view kWorkloadPrefix = "workload.";

// Reads a request part by part; one that fails stays empty and the others go on.
class Loader {
 public:
  explicit Loader(const RunRequest& request) : request_(request) {
    for (const auto& [key, value] : request.settings) {
      if (key.starts_with(kWorkloadPrefix)) {
        params_[key.substr(kWorkloadPrefix.size())] = value;
      } else {
        machine_settings_.emplace_back(key, value);
      }
    }
  }

  Experiment load() {
    load_machine_part();
    const bool has_scheme = attempt([&] { experiment_.scheme = parse_scheme(request_.scheme); });
    if (is_machine_legal_ && has_scheme) check_combination();
    if (const auto* name = std::get_if<std::string>(&request_.workload)) {
      attempt([&] { experiment_.workload = open_workload(*name, params_); });
    } else {
      load_gemm(std::get<GemmShape>(request_.workload));
    }
    read_layers();
    problems_.throw_if_any();
    return std::move(experiment_);
  }

 private:
  template <class Step>
  bool attempt(Step step) {
    try {
      step();
      return true;
    } catch (const UserError& error) {
      for (const std::string& problem : error.problems()) problems_.add(problem);
      return false;
    }
  }

  // Which keys there are depends on the machine.
  void load_machine_part() {
    const bool is_loaded = attempt([&] {
      if (is_gpu(request_.machine)) {
        experiment_.machine = load_gpu(request_.machine);
      } else {
        experiment_.machine = load_machine(request_.machine);
      }
    });
    if (!is_loaded) return;
    bool is_set = true;
    for (const auto& setting : machine_settings_) {
      // What is wrong with it is no longer its file's fault.
      std::visit([&](auto& machine) { machine.places.erase(setting.first); }, experiment_.machine);
      if (auto problem = sweep::set_key(experiment_.machine, setting.first, setting.second)) {
        problems_.add(fmt::format("settings: {}", *problem));
        is_set = false;
      }
    }
    if (is_set) is_machine_legal_ = attempt([&] { make_models(); });
  }

  void make_models() {
    std::visit([](const auto& machine) { validate(machine); }, experiment_.machine);
    const auto* array = std::get_if<MachineConfig>(&experiment_.machine);
    if (array == nullptr) {
      experiment_.gemms =
          std::make_shared<const GemmModel>(std::get<GpuMachine>(experiment_.machine));
      return;
    }
    if (array->dram.model == DramModel::Banked) {
      throw ConfigError{
          "dram.model = banked: has no closed form: must be ideal|bandwidth (olivine run takes "
          "it)"};
    }
    experiment_.energy = std::make_shared<const EnergyModel>(*array);
  }

  // Contract: the machine is legal and the scheme is known.
  void check_combination() {
    if (const auto* array = std::get_if<MachineConfig>(&experiment_.machine)) {
      if (auto reason = refusal(*array, experiment_.scheme)) problems_.add(*reason);
    } else {
      attempt([&] { (void)experiment_.gemms->menu(experiment_.scheme); });
    }
  }

  void load_gemm(const GemmShape& shape) {
    const std::array extents = {std::pair{"m", shape.m}, std::pair{"n", shape.n},
                                std::pair{"k", shape.k}, std::pair{"batch", shape.batch}};
    std::vector<std::string> problems;
    for (const auto& [name, extent] : extents) {
      if (extent >= 1 && extent <= kMaxExtent) continue;
      problems.push_back(fmt::format("{} = {}: must be 1..{}", name, extent, kMaxExtent));
    }
    if (problems.empty()) problems = shape_problems(shape);
    for (const std::string& problem : problems) problems_.add("workload: " + problem);
    for (const auto& [param, value] : params_) {
      problems_.add(fmt::format("settings: {}{} = {}: a GEMM has no parameters", kWorkloadPrefix,
                                param, value));
    }
    if (problems.empty()) experiment_.workload = single_gemm(shape);
  }

  void read_layers() {
    std::vector<std::string> known;
    known.reserve(kLayerKindNames.size());
    for (const auto& entry : kLayerKindNames) known.emplace_back(entry.name);
    for (const std::string& name : request_.layers) {
      if (const auto kind = value_of<LayerKind>(kLayerKindNames, name)) {
        experiment_.kinds.insert(*kind);
      } else {
        problems_.add(fmt::format("layers: {}: must be {}{}", name, fmt::join(known, "|"),
                                  suggestion(name, known)));
      }
    }
  }

  const RunRequest& request_;
  Problems problems_;
  Experiment experiment_;
  bool is_machine_legal_ = false;
  ParamOverrides params_;
  std::vector<std::pair<std::string, std::string>> machine_settings_;
};

}  // namespace

Experiment load_experiment(const RunRequest& request) { return Loader{request}.load(); }

}  // namespace olivine::python
