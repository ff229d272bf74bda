// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "experiments/cli/trace_request.h"
#include "models/analytic/tiling.h"
#include "models/base/enum_names.h"
#include "models/machines/machine.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"

namespace olivine {
class EnergyModel;
struct PlanOptions;
}  // namespace olivine

namespace olivine::cli {

class Arguments;

// Closed: the formulas of models/analytic. Event: tiles as events on the DRAM model. Cycle: every
// register stepped, with values.
enum class Engine : uint8_t { Closed, Event, Cycle };
inline constexpr std::array kEngineNames = {EnumName<Engine>{Engine::Closed, "closed"},
                                            EnumName<Engine>{Engine::Event, "event"},
                                            EnumName<Engine>{Engine::Cycle, "cycle"}};

// What one command simulates, every default and override resolved.
struct Experiment {
  MachineConfig machine;
  Scheme scheme;
  WeightDensity weight_density;
  Workload workload;
  std::set<LayerKind> kinds;                   // layers to run; empty: all
  std::optional<std::array<int64_t, 3>> tile;  // by Dim; the mapper chooses when absent
  std::optional<LoopOrder> order;
  std::shared_ptr<const EnergyModel> energy;
  Engine engine = Engine::Closed;
  uint64_t seed = 1;
  TraceRequest trace;
};

// Throws ConfigError with every problem of options, files and their combination. With --dump-config
// the machine alone is required: scheme and workload stay empty where they are not given.
[[nodiscard]] Experiment load_experiment(const Arguments& arguments);

// --machine with its --set alone: what `olivine list` needs.
[[nodiscard]] MachineConfig load_array_option(const Arguments& arguments);

// What plan_network() needs to know beyond machine, scheme and workload.
[[nodiscard]] PlanOptions plan_options(const Experiment& experiment);

// Why the cycle-stepped engine cannot compute values of this scheme, or nothing when it can.
[[nodiscard]] std::optional<std::string> cycle_engine_refusal(const Scheme& scheme);

}  // namespace olivine::cli
