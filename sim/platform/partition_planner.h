// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/analytic/layer_plan.h"
#include "models/machines/machine.h"

namespace olivine {

class EnergyModel;
class Problems;
struct PlatformAccelerator;
struct PlatformConfig;

// The plan of one layer or slice, and its cycles by the closed form.
struct PlannedLayer {
  LayerPlan plan;
  uint64_t cycles = 0;
};

// Plans layers for the accelerators of a platform; equal accelerators and equal layers share plans.
class AcceleratorPlanner {
 public:
  // Adds a problem for every machine that cannot run the scheme or has no energy table.
  // Contract: the platform is valid; platform, scheme and problems outlive the planner.
  AcceleratorPlanner(const PlatformConfig& platform, const Scheme& scheme, Problems& problems);

  // Null where the accelerator or the layer has a problem; it was added once.
  [[nodiscard]] const PlannedLayer* plan(size_t accelerator, const Layer& layer);

  // Null where the machine has a problem.
  [[nodiscard]] const std::shared_ptr<const EnergyModel>& energy(size_t accelerator) const {
    return machines_[machine_of_[accelerator]].energy;
  }

 private:
  struct Plan {
    Layer layer;
    std::unique_ptr<PlannedLayer> planned;  // null: has a problem
  };
  struct Machine {
    MachineConfig config;
    std::shared_ptr<const EnergyModel> energy;
    std::vector<Plan> plans;
  };

  void add_machine(const PlatformConfig& platform, const PlatformAccelerator& accelerator);
  [[nodiscard]] std::unique_ptr<PlannedLayer> make_plan(const Machine& machine, const Layer& layer);

  const Scheme& scheme_;
  Problems& problems_;
  std::vector<Machine> machines_;
  std::map<std::string, size_t> machine_of_text_;
  std::vector<size_t> machine_of_;  // by accelerator
};

}  // namespace olivine
