// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/cost_model.h"

#include <fmt/format.h>

#include <set>

#include "experiments/sweep/space/base_machine.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::quality {
namespace {

sweep::AnyMachine load(const std::string& name_or_path) {
  if (is_gpu(name_or_path)) return load_gpu(name_or_path);
  return load_machine(name_or_path);
}

void set_keys(sweep::AnyMachine& machine,
              const std::vector<std::pair<std::string, std::string>>& settings) {
  Problems problems;
  for (const auto& [key, value] : settings) {
    std::visit([&key = key](auto& config) { config.places.erase(key); }, machine);
    if (auto problem = sweep::set_key(machine, key, value)) {
      problems.add(fmt::format("--set {}", *problem));
    }
  }
  problems.throw_if_any();
  std::visit([](const auto& config) { validate(config); }, machine);
}

std::set<LayerKind> kinds_of(bool has_attention) {
  if (has_attention) return {LayerKind::Linear, LayerKind::Attention};
  return {LayerKind::Linear};
}

}  // namespace

struct CostModel::Machine {
  sweep::AnyMachine config;
  std::shared_ptr<const EnergyModel> energy = nullptr;  // of an array
  std::shared_ptr<const GemmModel> gemms = nullptr;     // of a GPU
};

CostModel::CostModel(const std::string& name_or_path,
                     const std::vector<std::pair<std::string, std::string>>& settings)
    : name_(sweep::plain_name(name_or_path)),
      machine_(std::make_unique<Machine>(Machine{load(name_or_path)})) {
  set_keys(machine_->config, settings);
  const auto* array = std::get_if<MachineConfig>(&machine_->config);
  if (array == nullptr) {
    machine_->gemms = std::make_shared<const GemmModel>(std::get<GpuMachine>(machine_->config));
    return;
  }
  if (array->dram.model == DramModel::Banked) {
    throw ConfigError{
        fmt::format("{}: dram.model = banked: has no closed form: must be ideal|bandwidth", name_)};
  }
  machine_->energy = std::make_shared<const EnergyModel>(*array);
}

CostModel::~CostModel() = default;

std::optional<std::string> CostModel::refusal(const QuantScheme& scheme,
                                              WeightDensity density) const {
  if (!scheme.machine) return fmt::format("{}: no machine multiplies blocks", scheme.name);
  if (const auto* array = std::get_if<MachineConfig>(&machine_->config)) {
    if (scheme.sparsity != Sparsity::Bitmap) return olivine::refusal(*array, *scheme.machine);
    return density_refusal(*array, *scheme.machine, density);
  }
  if (scheme.sparsity == Sparsity::Bitmap) {
    return fmt::format("{}: GPUs have no decompressor", scheme.name);
  }
  try {
    (void)machine_->gemms->menu(*scheme.machine);
  } catch (const UserError& error) {
    return error.problems().front();
  }
  return std::nullopt;
}

std::map<std::string, Cost> CostModel::costs(const Workload& workload, const QuantScheme& scheme,
                                             bool has_attention, WeightDensity density) const {
  std::map<std::string, Cost> costs;
  if (const auto* array = std::get_if<MachineConfig>(&machine_->config)) {
    PlanOptions options;
    options.kinds = kinds_of(has_attention);
    if (scheme.sparsity == Sparsity::Bitmap) options.weight_density = density;
    const NetworkPlan plan =
        plan_network(*array, *scheme.machine, workload, options, machine_->energy);
    const NetworkResult result = evaluate(plan);
    for (size_t i = 0; i < plan.workload.layers.size(); ++i) {
      const LayerResult& layer = result.results[plan.plan_of_layer[i]];
      costs[plan.workload.layers[i].name] = {static_cast<double>(layer.cycles) / array->clock_hz,
                                             layer.energy.total_pj()};
    }
    return costs;
  }
  GpuRunOptions options;
  options.kinds = kinds_of(has_attention);
  const GpuNetworkResult result =
      run_gpu_network(*machine_->gemms, workload, *scheme.machine, options);
  for (size_t i = 0; i < result.workload.layers.size(); ++i) {
    const GemmTiming& timing = result.results[result.result_of_layer[i]].timing;
    costs[result.workload.layers[i].name] = {timing.time_s, timing.energy.total_pj()};
  }
  return costs;
}

}  // namespace olivine::quality
