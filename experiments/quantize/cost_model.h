// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/numerics/weight_density.h"
#include "models/quantization/quant_scheme.h"

namespace olivine {
struct Workload;
}  // namespace olivine

namespace olivine::quality {

// One layer, or several, simulated on a machine.
struct Cost {
  double time_s = 0.0;
  double energy_pj = 0.0;
};

// Time and energy of a network's layers on one machine: arrays by the closed form with the mapper's
// choice, GPUs by the fastest kernel of the menu.
class CostModel {
 public:
  // A shipped machine or a file, with keys set over it. Throws ConfigError.
  CostModel(const std::string& name_or_path,
            const std::vector<std::pair<std::string, std::string>>& settings);
  ~CostModel();

  [[nodiscard]] const std::string& machine_name() const { return name_; }

  // Why the machine does not run the scheme, or nothing when it does. `density`: of bitmaps.
  [[nodiscard]] std::optional<std::string> refusal(const QuantScheme& scheme,
                                                   WeightDensity density) const;

  // By name of the layer; the linear layers, and attention products where `has_attention`. Throws
  // ConfigError or ShapeError. Contract: refusal(scheme) is empty.
  [[nodiscard]] std::map<std::string, Cost> costs(const Workload& workload,
                                                  const QuantScheme& scheme, bool has_attention,
                                                  WeightDensity density) const;

 private:
  struct Machine;  // an array or a GPU, and its models

  std::string name_;
  std::unique_ptr<Machine> machine_;
};

}  // namespace olivine::quality
