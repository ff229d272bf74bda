// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/python/run.h"

#include <fmt/format.h>

#include <memory>
#include <numeric>
#include <span>
#include <string_view>

#include "experiments/python/experiment.h"
#include "models/analytic/network.h"
#include "models/base/config_table.h"
#include "models/base/units.h"
#include "models/energy/energy_model.h"
#include "models/numerics/weight_density.h"
#include "models/workloads/workload.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::python {
namespace {

using sweep::Value;

Value count(uint64_t value) { return static_cast<int64_t>(value); }
Value text(std::string_view value) { return std::string{value}; }

void append(Figures& figures, Figures more) {
  figures.insert(figures.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

// The total under `name`, parts under "name.part".
template <class Parts>
void append_energy(Figures& figures, double total_pj, const Parts& parts) {
  figures.emplace_back("energy_pj", total_pj);
  for (const auto& [part, pj] : parts) figures.emplace_back(fmt::format("energy_pj.{}", part), pj);
}

void append_counts(Figures& figures, const std::string& name,
                   std::span<const std::string_view> parts, std::span<const uint64_t> counts) {
  figures.emplace_back(name, count(std::accumulate(counts.begin(), counts.end(), uint64_t{0})));
  for (size_t i = 0; i < parts.size(); ++i) {
    figures.emplace_back(fmt::format("{}.{}", name, parts[i]), count(counts[i]));
  }
}

Figures layer_figures(const Layer& layer, uint64_t vector_ops) {
  Figures figures = {
      {"name", layer.name}, {"kind", text(name_of<LayerKind>(kLayerKindNames, layer.kind))},
      {"m", layer.gemm.m},  {"n", layer.gemm.n},
      {"k", layer.gemm.k},  {"batch", layer.gemm.batch}};
  if (layer.kind == LayerKind::Vector) {
    figures.emplace_back("vector_elems", layer.vector_elems);
    figures.emplace_back("vector_ops", count(vector_ops));
  }
  return figures;
}

Figures operand_figures(const Scheme& scheme) {
  return {{"scheme.weights", text(name_of(scheme.weights))},
          {"scheme.activations", text(name_of(scheme.activations))},
          {"scheme.weight_pattern", text(name_of(scheme.weight_pattern))}};
}

// What an array's layers and their total share.
Figures array_figures(const LayerResult& result, const MachineConfig& machine) {
  ArrayGeometry geometry;
  geometry.rows = machine.array.rows;
  geometry.cols = machine.array.cols;
  const Cycles cycles{result.cycles};
  Figures figures = {
      {"macs", count(result.macs)},
      {"cycles", count(result.cycles)},
      {"array_cycles", count(result.array_cycles)},
      {"vector_cycles", count(result.vector_cycles)},
      {"folds", count(result.folds)},
      {"tiles", count(result.tiles)},
      {"time_s", to_seconds(cycles, machine.clock_hz)},
      {"utilization", utilization(geometry, result.counts.pe_ops, cycles)},
  };
  append_energy(figures, result.energy.total_pj(), result.energy.components());
  append_counts(figures, "stall_cycles", kStallCauseNames, result.stalls);
  append_counts(figures, "dram_bytes", kOperandNames, result.dram_bytes);
  return figures;
}

Figures array_layer(const NetworkPlan& plan, const NetworkResult& result, size_t layer) {
  const LayerPlan& layer_plan = plan.plans[plan.plan_of_layer[layer]];
  Figures figures = layer_figures(plan.workload.layers[layer], layer_plan.vector_ops);
  if (layer_plan.kind != LayerKind::Vector) {
    append(figures, operand_figures(layer_plan.work.scheme));
    append(figures, {{"tiling.m", layer_plan.tiling.at(Dim::M)},
                     {"tiling.n", layer_plan.tiling.at(Dim::N)},
                     {"tiling.k", layer_plan.tiling.at(Dim::K)},
                     {"tiling.order", to_string(layer_plan.tiling.order)},
                     {"weight_density", as_number(layer_plan.work.weight_density)}});
  }
  append(figures, array_figures(result.results[plan.plan_of_layer[layer]], plan.machine));
  return figures;
}

// What a GPU's layers and their total share.
Figures gpu_figures(const GpuLayerResult& result) {
  const GemmTiming& timing = result.timing;
  Figures figures = {{"macs", count(result.macs)},
                     {"time_s", timing.time_s},
                     {"limiter", text(name_of<TimePart>(kTimePartNames, timing.limiter()))},
                     {"utilization", result.utilization()},
                     {"clock_hz", timing.clock_hz},
                     {"power_w", timing.power_w}};
  append_energy(figures, timing.energy.total_pj(), timing.energy.components());
  append(figures, {{"hbm_bytes", timing.hbm_bytes}, {"l2_bytes", timing.l2_bytes}});
  for (const auto& [part, name] : kTimePartNames) {
    figures.emplace_back(fmt::format("waterfall_s.{}", name), timing.part_s(part));
  }
  return figures;
}

Figures gpu_layer(const Layer& layer, const GpuLayerResult& result) {
  const GemmTiming& timing = result.timing;
  Figures figures =
      layer_figures(layer, static_cast<uint64_t>(layer.vector_elems * layer.vector_ops));
  figures.emplace_back("scheme.name", text(result.scheme.name));
  append(figures, operand_figures(result.scheme));
  append(figures, {{"library", result.library},
                   {"kernel", timing.kernel},
                   {"ctas", timing.ctas},
                   {"ctas_per_sm", timing.ctas_per_sm},
                   {"waves", timing.waves}});
  append(figures, gpu_figures(result));
  return figures;
}

RunResult run_array(const Experiment& experiment, const MachineConfig& machine) {
  PlanOptions options;
  options.kinds = experiment.kinds;
  const NetworkPlan plan =
      plan_network(machine, experiment.scheme, experiment.workload, options, experiment.energy);
  const NetworkResult result = evaluate(plan);
  std::vector<Figures> layers;
  for (size_t i = 0; i < plan.workload.layers.size(); ++i) {
    layers.push_back(array_layer(plan, result, i));
  }
  RunResult run;
  run.config = machine_table().to_json(machine);
  run.total = array_figures(result.total, machine);
  const AreaBreakdown area = experiment.energy->area();
  run.total.emplace_back("area_um2", area.total_um2());
  for (const auto& [part, um2] : area.components()) {
    run.total.emplace_back(fmt::format("area_um2.{}", part), um2);
  }
  run.layers = table_of(layers);
  return run;
}

RunResult run_gpu(const Experiment& experiment, const GpuMachine& machine) {
  GpuRunOptions options;
  options.kinds = experiment.kinds;
  const GpuNetworkResult result =
      run_gpu_network(*experiment.gemms, experiment.workload, experiment.scheme, options);
  std::vector<Figures> layers;
  for (size_t i = 0; i < result.workload.layers.size(); ++i) {
    layers.push_back(
        gpu_layer(result.workload.layers[i], result.results[result.result_of_layer[i]]));
  }
  RunResult run;
  run.config = gpu_table().to_json(machine);
  run.total = gpu_figures(result.total);
  run.layers = table_of(layers);
  return run;
}

}  // namespace

RunResult run(const RunRequest& request) {
  const Experiment experiment = load_experiment(request);
  const auto* array = std::get_if<MachineConfig>(&experiment.machine);
  RunResult result = array != nullptr
                         ? run_array(experiment, *array)
                         : run_gpu(experiment, std::get<GpuMachine>(experiment.machine));
  result.machine = std::visit([](const auto& machine) { return machine.name; }, experiment.machine);
  result.workload = experiment.workload.name;
  result.scheme = experiment.scheme.name;
  for (const auto& [name, value] : experiment.workload.params) {
    result.config["workload." + name] = value;
  }
  return result;
}

}  // namespace olivine::python
