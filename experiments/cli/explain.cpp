// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "experiments/cli/commands.h"
#include "experiments/cli/engine.h"
#include "experiments/cli/experiment.h"
#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_run.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/analytic/network.h"
#include "models/analytic/tile_loops.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/energy/energy_model.h"
#include "models/machines/dram_device.h"

namespace olivine::cli {
namespace {

uint64_t positive_part(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

std::vector<FoldGroup> fold_groups(const LayerPlan& plan, const TileLoops& loops) {
  std::map<int64_t, uint64_t, std::greater<>> folds_of;  // streamed length -> folds
  const auto lengths = [&](Dim dim) {
    const DimTiles& tiles = loops.tiles(dim);
    return std::array{std::pair{tiles.full, tiles.count - 1}, std::pair{tiles.last, int64_t{1}}};
  };
  for (const auto& [m, m_count] : lengths(Dim::M)) {
    for (const auto& [n, n_count] : lengths(Dim::N)) {
      for (const auto& [k, k_count] : lengths(Dim::K)) {
        const int64_t tiles = m_count * n_count * k_count * plan.work.shape.batch;
        if (tiles == 0) continue;
        folds_of[plan.geometry.stream_cycles(m, n, k)] +=
            static_cast<uint64_t>(tiles * plan.geometry.folds(m, n, k));
      }
    }
  }
  std::vector<FoldGroup> groups;
  for (const auto& [stream, folds] : folds_of) {
    groups.push_back({folds, static_cast<uint64_t>(stream)});
  }
  return groups;
}

// Cycles between folds that streaming does not hide. Serial: everything, at every change of folds.
// Overlapped: a fold shorter than the array is high waits for the preload of the next (ws, is) or
// for the drain of the one before (os), so the last or the first fold waits for nobody.
uint64_t cycles_between(const LayerPlan& plan, const TileLoops& loops,
                        const std::vector<FoldGroup>& groups) {
  const ArrayGeometry& geometry = plan.geometry;
  const auto rows = static_cast<uint64_t>(geometry.rows);
  uint64_t folds = 0;
  uint64_t waits = 0;
  for (const FoldGroup& group : groups) {
    folds += group.folds;
    waits += group.folds * positive_part(rows, group.stream_cycles);
  }
  if (geometry.pipelining == Pipelining::Serial) {
    return (folds - 1) * static_cast<uint64_t>(geometry.flush_cycles() + geometry.preload_cycles());
  }
  const auto length = [&](Dim dim) {
    const DimTiles& tiles = loops.tiles(dim);
    return tiles.length(!geometry.is_output_stationary() || tiles.count == 1);
  };
  const auto exempt =
      static_cast<uint64_t>(geometry.stream_cycles(length(Dim::M), length(Dim::N), length(Dim::K)));
  return waits - positive_part(rows, exempt);
}

ArraySteps array_steps(const LayerPlan& plan) {
  const TileLoops loops{plan.work, plan.tiling};
  ArraySteps steps;
  steps.groups = fold_groups(plan, loops);
  steps.preload = static_cast<uint64_t>(plan.geometry.preload_cycles());
  for (const FoldGroup& group : steps.groups) steps.streaming += group.folds * group.stream_cycles;
  steps.between_folds = cycles_between(plan, loops, steps.groups);
  steps.flush = static_cast<uint64_t>(plan.geometry.flush_cycles());
  steps.registers = static_cast<uint64_t>(plan.geometry.pipeline_cycles);
  return steps;
}

std::array<OperandTraffic, 4> traffic_of(const LayerPlan& plan, const LayerResult& result) {
  const GemmShape& shape = plan.work.shape;
  const std::array<int64_t, 4> tensors = {activation_tile_bytes(plan.work, shape.m, shape.k),
                                          weight_dram_bytes(plan.work, shape.n, shape.k), 0,
                                          output_tile_bytes(plan.work, shape.m, shape.n)};
  std::array<OperandTraffic, 4> traffic;
  for (size_t i = 0; i < traffic.size(); ++i) {
    traffic[i] = {kOperandNames[i], static_cast<uint64_t>(tensors[i] * shape.batch),
                  result.dram_bytes[i]};
  }
  return traffic;
}

// Dense elements that leave the decompressor, over all times that a tile of weights comes in.
uint64_t expanded_elems_of(const LayerPlan& plan) {
  const TileLoops loops{plan.work, plan.tiling};
  const DimTiles& k = loops.tiles(Dim::K);
  const int64_t n = plan.work.shape.n;
  const int64_t once =
      (k.count - 1) * expanded_elems(plan.work, n, k.full) + expanded_elems(plan.work, n, k.last);
  return static_cast<uint64_t>(once * loops.visits_without(Dim::M) * plan.work.shape.batch);
}

// The pJ of each action, by asking the model for the energy of one of it.
std::vector<EnergyAction> energy_actions(const EnergyModel& model, const LayerResult& result) {
  struct Row {
    std::string_view component;
    std::string_view action;
    uint64_t ActionCounts::*count;
  };
  constexpr std::array kRows = {
      Row{"pe", "slice products", &ActionCounts::pe_ops},
      Row{"decoder", "4-bit elements", &ActionCounts::decoded_elems},
      Row{"decoder", "8-bit elements", &ActionCounts::decoded_8bit_elems},
      Row{"activation_buffer", "bytes read", &ActionCounts::activation_buffer_read_bytes},
      Row{"activation_buffer", "bytes written", &ActionCounts::activation_buffer_write_bytes},
      Row{"weight_buffer", "bytes read", &ActionCounts::weight_buffer_read_bytes},
      Row{"weight_buffer", "bytes written", &ActionCounts::weight_buffer_write_bytes},
      Row{"output_buffer", "bytes read", &ActionCounts::output_buffer_read_bytes},
      Row{"output_buffer", "bytes written", &ActionCounts::output_buffer_write_bytes},
      Row{"dram", "bytes read", &ActionCounts::dram_read_bytes},
      Row{"dram", "bytes written", &ActionCounts::dram_write_bytes},
      Row{"vector", "operations", &ActionCounts::vector_ops}};
  std::vector<EnergyAction> actions;
  for (const Row& row : kRows) {
    ActionCounts one;
    one.*row.count = 1;
    const double pj = model.energy(one, Cycles{0}).total_pj();
    actions.push_back({row.component, row.action, result.counts.*row.count, pj});
  }
  const EnergyBreakdown idle = model.energy(ActionCounts{}, Cycles{1});
  actions.push_back({"leakage", "cycles", result.cycles, idle.leakage_pj});
  actions.push_back({"dram_background", "cycles", result.cycles, idle.dram_background_pj});
  return actions;
}

void check(const Explanation& explanation) {
  const LayerResult& result = *explanation.result;
  if (explanation.array.total() != result.array_cycles) {
    throw CheckFailed{
        fmt::format("layer {}: the terms add up to {} array cycles, the model says {}",
                    explanation.layer, explanation.array.total(), result.array_cycles)};
  }
  double pj = 0;
  for (const EnergyAction& action : explanation.actions) {
    pj += static_cast<double>(action.count) * action.pj;
  }
  constexpr double kRounding = 1e-9;  // some twenty additions of doubles
  const double total = result.energy.total_pj();
  if (std::abs(pj - total) > kRounding * total) {
    throw CheckFailed{fmt::format("layer {}: the actions cost {} pJ, the model says {}",
                                  explanation.layer, pj, total)};
  }
}

}  // namespace

void select_layer(const Arguments& arguments, Workload& workload) {
  const auto wanted = arguments.get("layer");
  if (arguments.has("gemm")) {
    if (wanted) throw ConfigError{"--layer: a GEMM is one layer; it goes with --workload"};
    return;
  }
  if (!wanted) throw ConfigError{"missing: --layer; olivine run prints the names"};
  std::vector<std::string> names;
  for (Layer& layer : workload.layers) {
    if (layer.name == *wanted || layer_pattern(layer.name) == *wanted) {
      Layer found = std::move(layer);
      workload.layers = {std::move(found)};
      return;
    }
    names.push_back(layer.name);
  }
  throw ConfigError{fmt::format("--layer = {}: workload {} has no such layer{}", *wanted,
                                workload.name, suggestion(*wanted, names))};
}

Bound bound_by(const Explanation& explanation) {
  const uint64_t array_cycles = explanation.result->array_cycles;
  uint64_t expanding = 0;
  if (explanation.expand_cycles != 0) {
    const uint64_t weight_bytes =
        explanation.result->dram_bytes[static_cast<size_t>(Operand::Weights)];
    expanding =
        explanation.expand_cycles + ceil_div(total_dram_bytes(*explanation.result) - weight_bytes,
                                             explanation.dram_bytes_per_cycle);
  }
  if (array_cycles >= std::max(explanation.dram_cycles, expanding)) return Bound::Array;
  return expanding > explanation.dram_cycles ? Bound::Decompressor : Bound::Dram;
}

std::string_view cycle_formula(const ArrayGeometry& geometry) {
  if (geometry.pipelining == Pipelining::Serial) return "sum (2R + C + T_i - 2)";
  if (geometry.is_output_stationary()) {
    return "sum_{i<F} (T_i + max(0, R - T_{i+1})) + T_F + R + C - 2 + R";
  }
  return "R + sum_{i<F} max(T_i, R) + T_F + R + C - 2";
}

Explanation explain_layer(const NetworkPlan& network, const LayerResult& result,
                          bool is_tile_given) {
  Explanation explanation;
  explanation.network = &network;
  explanation.plan = &network.plans.front();
  explanation.layer = network.workload.layers.front().name;
  explanation.is_tile_given = is_tile_given;
  explanation.result = &result;
  if (explanation.plan->kind != LayerKind::Vector) {
    explanation.array = array_steps(*explanation.plan);
    explanation.traffic = traffic_of(*explanation.plan, result);
    const DramConfig dram = equivalent_bandwidth(network.machine.dram, network.machine.clock_hz);
    if (dram.model != DramModel::Ideal) {
      explanation.dram_bytes_per_cycle = static_cast<uint64_t>(dram.bytes_per_cycle);
      explanation.dram_cycles =
          ceil_div(total_dram_bytes(result), explanation.dram_bytes_per_cycle);
      explanation.expanded_elems = expanded_elems_of(*explanation.plan);
      if (explanation.expanded_elems != 0) {
        explanation.expand_cycles =
            ceil_div(explanation.expanded_elems,
                     static_cast<uint64_t>(dram.decompressor.elements_per_cycle));
      }
    }
  }
  explanation.actions = energy_actions(*network.energy, result);
  check(explanation);
  return explanation;
}

int run_explain(const Arguments& arguments) {
  if (is_gpu_requested(arguments)) return explain_gpu(arguments);
  Experiment experiment = load_experiment(arguments);
  select_layer(arguments, experiment.workload);
  const NetworkPlan network =
      plan_network(experiment.machine, experiment.scheme, experiment.workload,
                   plan_options(experiment), experiment.energy);
  const LayerResult result = time_one_layer(network, network.plans.front());
  const Explanation explanation = explain_layer(network, result, arguments.has("tile"));
  if (arguments.has("json")) {
    fmt::print("{}\n", to_json(explanation).dump(2));
  } else {
    fmt::print("{}", to_text(explanation, is_stdout_colored()));
  }
  return 0;
}

}  // namespace olivine::cli
