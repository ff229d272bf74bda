// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/scheme_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/gpu_experiment.h"
#include "models/base/error.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

// The reason alone: what runs instead is for those who asked for one scheme.
std::optional<std::string> gpu_refusal(const GemmModel& model, const Scheme& scheme) {
  try {
    (void)model.menu(scheme);
    return std::nullopt;
  } catch (const UserError& error) {
    const std::string& problem = error.problems().front();
    return problem.substr(0, std::min(problem.find("; "), problem.find(" (")));
  }
}

// Says why a machine cannot run a scheme.
struct Runner {
  std::string name;
  std::function<std::optional<std::string>(const Scheme&)> refusal;
};

Runner array_runner(const MachineConfig& machine) {
  return {machine.name, [machine](const Scheme& scheme) {
            auto reason = refusal(machine, scheme);
            if (reason) reason = reason->substr(reason->find(": ") + 2);
            return reason;
          }};
}

Runner gpu_runner(const GpuMachine& machine) {
  const auto model = std::make_shared<const GemmModel>(machine);
  return {machine.name, [model](const Scheme& scheme) { return gpu_refusal(*model, scheme); }};
}

// --machine, or every shipped machine.
std::vector<Runner> runners_of(const Arguments& arguments) {
  if (arguments.has("machine")) {
    return {is_gpu_requested(arguments) ? gpu_runner(load_gpu_option(arguments))
                                        : array_runner(load_array_option(arguments))};
  }
  std::vector<Runner> runners;
  for (const std::string& name : shipped_machines()) {
    runners.push_back(array_runner(load_machine(name)));
  }
  for (const std::string& name : shipped_gpus()) runners.push_back(gpu_runner(load_gpu(name)));
  return runners;
}

}  // namespace

Json scheme_list(const Arguments& arguments) {
  const std::vector<Runner> runners = runners_of(arguments);
  Json list = Json::array();
  for (const Scheme& scheme : all_schemes()) {
    std::vector<std::string> machines;
    Json reasons = Json::object();
    for (const Runner& runner : runners) {
      if (const auto reason = runner.refusal(scheme)) {
        reasons[runner.name] = *reason;
      } else {
        machines.push_back(runner.name);
      }
    }
    const std::string description = fmt::format(
        "{} weights{}, {} activations", name_of(scheme.weights),
        scheme.weight_pattern == Pattern::Dense ? "" : " (2:4)", name_of(scheme.activations));
    list.push_back({{"name", scheme.name},
                    {"description", description},
                    {"machines", machines},
                    {"refusals", std::move(reasons)}});
  }
  return list;
}

}  // namespace olivine::cli
