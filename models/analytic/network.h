// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/analytic/layer_plan.h"
#include "models/analytic/layer_result.h"
#include "models/machines/machine.h"
#include "models/workloads/workload.h"

namespace olivine {

class EnergyModel;

// A network mapped to a machine: evaluating it needs no search.
struct NetworkPlan {
  MachineConfig machine;
  Scheme scheme;
  Workload workload;                  // the layers that run, in order
  std::vector<LayerPlan> plans;       // distinct ones
  std::vector<size_t> plan_of_layer;  // index into plans
  std::shared_ptr<const EnergyModel> energy;
  WeightDensity weight_density{};  // of the layers that PlanOptions::weight_density is for
};

struct NetworkResult {
  std::vector<LayerResult> results;  // by plan
  LayerResult total;                 // over all layers
};

struct PlanOptions {
  MapperOptions mapper;
  std::set<LayerKind> kinds;  // layers to run; empty: all
  // Of linear, head and conv2d layers; others are dense.
  WeightDensity weight_density{};
};

// Maps every distinct layer; a banked DRAM counts as its equivalent_bandwidth(). Throws ShapeError
// for a scheme or density the machine cannot run, ConfigError when no layer is left to run; every
// layer that fits at no tiling is reported. `energy` saves reading the machine's energy table
// again.
[[nodiscard]] NetworkPlan plan_network(const MachineConfig& machine, const Scheme& scheme,
                                       const Workload& workload, const PlanOptions& options = {},
                                       std::shared_ptr<const EnergyModel> energy = nullptr);

// Closed form of every distinct layer, and their total. Contract: as evaluate_layer().
[[nodiscard]] NetworkResult evaluate(const NetworkPlan& plan);

// One array layer with a timing found by other means (the cycle-stepped model, events).
[[nodiscard]] LayerResult layer_result(const EnergyModel& energy, const LayerPlan& plan,
                                       const LayerTiming& timing);
// One vector layer on a unit of `ops_per_cycle`.
[[nodiscard]] LayerResult vector_result(const EnergyModel& energy, const LayerPlan& plan,
                                        int64_t ops_per_cycle);
// Contract: a vector layer, or a DRAM that has a closed form (all but banked).
[[nodiscard]] LayerResult evaluate_layer(const NetworkPlan& network, const LayerPlan& plan);
[[nodiscard]] NetworkResult sum_up(const NetworkPlan& plan, std::vector<LayerResult> results);

// A workload of one GEMM.
[[nodiscard]] Workload single_gemm(const GemmShape& shape);

}  // namespace olivine
