// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition_planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/analytic/network.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"
#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

bool has_prefix(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix);
}

// The machine of an accelerator with the platform's DRAM, and with its places.
MachineConfig platform_machine(const PlatformConfig& platform,
                               const PlatformAccelerator& accelerator) {
  MachineConfig machine = accelerator.machine;
  machine.dram = mapper_dram(platform, accelerator);
  std::erase_if(machine.places, [](const auto& entry) { return has_prefix(entry.first, "dram."); });
  for (const auto& [key, place] : memory_of(platform, accelerator).places) {
    if (has_prefix(key, "dram.")) machine.places[key] = place;
  }
  return machine;
}

bool is_same_work(const Layer& a, const Layer& b) {
  return a.kind == b.kind && a.gemm == b.gemm && a.conv == b.conv &&
         a.vector_elems * a.vector_ops == b.vector_elems * b.vector_ops;
}

}  // namespace

AcceleratorPlanner::AcceleratorPlanner(const PlatformConfig& platform, const Scheme& scheme,
                                       Problems& problems)
    : scheme_(scheme), problems_(problems) {
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    add_machine(platform, accelerator);
  }
}

void AcceleratorPlanner::add_machine(const PlatformConfig& platform,
                                     const PlatformAccelerator& accelerator) {
  MachineConfig config = platform_machine(platform, accelerator);
  std::string text;
  for (const auto& [key, value] : machine_table().dump(config))
    text += fmt::format("{}={}\n", key, value);
  const auto [known, is_new] = machine_of_text_.try_emplace(text, machines_.size());
  machine_of_.push_back(known->second);
  if (!is_new) return;
  machines_.push_back({std::move(config), nullptr, {}});
  Machine& machine = machines_.back();
  if (const auto reason = refusal(machine.config, scheme_)) {
    const auto place = accelerator.places.find("machine");
    problems_.add(fmt::format(
        "{}: {}",
        place == accelerator.places.end() ? "accelerator " + accelerator.name : place->second,
        *reason));
    return;
  }
  try {
    machine.energy = std::make_shared<EnergyModel>(machine.config);
  } catch (const ConfigError& error) {
    for (const std::string& problem : error.problems()) problems_.add(problem);
  }
}

const PlannedLayer* AcceleratorPlanner::plan(size_t accelerator, const Layer& layer) {
  Machine& machine = machines_[machine_of_[accelerator]];
  if (machine.energy == nullptr) return nullptr;
  const auto known =
      std::find_if(machine.plans.begin(), machine.plans.end(),
                   [&](const Plan& plan) { return is_same_work(plan.layer, layer); });
  if (known != machine.plans.end()) return known->planned.get();
  machine.plans.push_back({layer, make_plan(machine, layer)});
  return machine.plans.back().planned.get();
}

std::unique_ptr<PlannedLayer> AcceleratorPlanner::make_plan(const Machine& machine,
                                                            const Layer& layer) {
  Workload workload;
  workload.name = layer.name;
  workload.layers = {layer};
  try {
    const NetworkPlan network = plan_network(machine.config, scheme_, workload, {}, machine.energy);
    return std::make_unique<PlannedLayer>(
        PlannedLayer{network.plans[0], evaluate(network).total.cycles});
  } catch (const ShapeError& error) {
    for (const std::string& problem : error.problems()) problems_.add(problem);
    return nullptr;
  }
}

}  // namespace olivine
