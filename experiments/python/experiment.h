// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <set>

#include "experiments/python/run.h"
#include "experiments/sweep/space/base_machine.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"

namespace olivine {
class EnergyModel;
class GemmModel;
}  // namespace olivine

namespace olivine::python {

// What a request means, every default and setting resolved.
struct Experiment {
  sweep::AnyMachine machine;
  Scheme scheme;
  Workload workload;
  std::set<LayerKind> kinds;                  // layers to run; empty: all
  std::shared_ptr<const EnergyModel> energy;  // of an array
  std::shared_ptr<const GemmModel> gemms;     // of a GPU
};

// Throws ConfigError with every problem.
[[nodiscard]] Experiment load_experiment(const RunRequest& request);

}  // namespace olivine::python
