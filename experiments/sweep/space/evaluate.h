// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <variant>

#include "experiments/sweep/spec/metrics.h"
#include "models/machines/machine.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"

namespace olivine {
struct EnergyTable;
class EnergyModel;
class GemmModel;
}  // namespace olivine

namespace olivine::sweep {

// An array with the energies of its table. Most points that are resolved are another shard's or
// stored already: what costs time is made by who needs it.
struct ArrayInputs {
  MachineConfig machine;
  std::shared_ptr<const EnergyTable> table;
  std::shared_ptr<const EnergyModel> energy;  // null: evaluate() makes it of the table
};

struct GpuInputs {
  // Makes the model of the machine (milliseconds), or finds the one of an earlier point. Throws
  // ConfigError.
  std::function<std::shared_ptr<const GemmModel>()> model;
};

// What one point runs. Points share what they have in common.
struct PointInputs {
  std::variant<ArrayInputs, GpuInputs> machine;
  Scheme scheme;
  std::shared_ptr<const Workload> workload;  // layers of the chosen kinds
};

// Runs the workload: arrays by the closed form with the mapper's choice, GPUs by the fastest kernel
// of the menu. Deterministic and thread-safe. What cannot run (a scheme the machine refuses, a
// layer that fits at no tiling) is an outcome with a failure, in one line.
[[nodiscard]] Outcome evaluate(const PointInputs& inputs);

// The static metrics alone; the area only where the energy model is there.
[[nodiscard]] Metrics static_metrics(const PointInputs& inputs);

// "0.1.0-3f2a9c41d0e7": version of the program and a digest of the sources that results depend on,
// made at build time. Results of another version are stale.
[[nodiscard]] std::string_view model_version();

}  // namespace olivine::sweep
