// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <numeric>

#include "experiments/cli/experiment.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "models/analytic/network.h"
#include "models/base/config_table.h"
#include "models/base/units.h"
#include "models/energy/energy_model.h"
#include "models/numerics/weight_density.h"
#include "sim/memory/memory_model.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json layer_json(const NetworkPlan& plan, const NetworkResult& result, size_t layer) {
  const Layer& description = plan.workload.layers[layer];
  const size_t index = plan.plan_of_layer[layer];
  const LayerPlan& layer_plan = plan.plans[index];
  const bool is_vector = description.kind == LayerKind::Vector;
  Json json = {
      {"name", description.name}, {"kind", name_of<LayerKind>(kLayerKindNames, description.kind)},
      {"m", description.gemm.m},  {"n", description.gemm.n},
      {"k", description.gemm.k},  {"batch", description.gemm.batch}};
  if (is_vector) {
    json["vector_elems"] = description.vector_elems;
    json["vector_ops"] = layer_plan.vector_ops;
  } else {
    const Scheme& scheme = layer_plan.work.scheme;
    json["scheme"] = {{"weights", name_of(scheme.weights)},
                      {"activations", name_of(scheme.activations)},
                      {"weight_pattern", name_of(scheme.weight_pattern)}};
    json["weight_density"] = as_number(layer_plan.work.weight_density);
    json["tiling"] = tiling_json(layer_plan.tiling);
  }
  json.update(figures(result.results[index], plan.machine));
  return json;
}

Json area_json(const AreaBreakdown& area) {
  Json json;
  for (const auto& [name, um2] : area.components()) json[std::string{name}] = um2;
  json["total"] = area.total_um2();
  return json;
}

}  // namespace

double utilization_of(const LayerResult& result, const MachineConfig& machine) {
  ArrayGeometry geometry;
  geometry.rows = machine.array.rows;
  geometry.cols = machine.array.cols;
  return utilization(geometry, result.counts.pe_ops, Cycles{result.cycles});
}

uint64_t sum_of(std::span<const uint64_t> values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

uint64_t total_stalls(const LayerResult& result) { return sum_of(result.stalls); }

uint64_t total_dram_bytes(const LayerResult& result) { return sum_of(result.dram_bytes); }

Json by_name(std::span<const std::string_view> names, std::span<const uint64_t> values) {
  Json object;
  for (size_t i = 0; i < names.size(); ++i) object[std::string{names[i]}] = values[i];
  object["total"] = sum_of(values);
  return object;
}

Json tiling_json(const Tiling& tiling) {
  return {{"m", tiling.at(Dim::M)},
          {"n", tiling.at(Dim::N)},
          {"k", tiling.at(Dim::K)},
          {"order", to_string(tiling.order)}};
}

Json energy_json(const EnergyBreakdown& energy) {
  Json json;
  for (const auto& [name, pj] : energy.components()) json[std::string{name}] = pj;
  json["total"] = energy.total_pj();
  return json;
}

Json memory_json(const MemoryStats& stats, uint64_t cycles) {
  const uint64_t bursts = stats.row_hits + stats.row_misses + stats.row_conflicts;
  const auto share = [](uint64_t part, uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  return {{"read_bytes", stats.read_bytes},       {"write_bytes", stats.write_bytes},
          {"busy_cycles", stats.busy_cycles},     {"utilization", share(stats.busy_cycles, cycles)},
          {"row_hits", stats.row_hits},           {"row_misses", stats.row_misses},
          {"row_conflicts", stats.row_conflicts}, {"row_hit_ratio", share(stats.row_hits, bursts)},
          {"refreshes", stats.refreshes}};
}

Json kind_names(const std::set<LayerKind>& kinds) {
  Json names = Json::array();
  for (const auto& entry : kLayerKindNames) {
    if (kinds.empty() || kinds.contains(entry.value)) names.push_back(entry.name);
  }
  return names;
}

Json figures(const LayerResult& result, const MachineConfig& machine) {
  return {{"macs", result.macs},
          {"cycles", result.cycles},
          {"array_cycles", result.array_cycles},
          {"vector_cycles", result.vector_cycles},
          {"folds", result.folds},
          {"tiles", result.tiles},
          {"stall_cycles", by_name(kStallCauseNames, result.stalls)},
          {"time_s", to_seconds(Cycles{result.cycles}, machine.clock_hz)},
          {"utilization", utilization_of(result, machine)},
          {"energy_pj", energy_json(result.energy)},
          {"dram_bytes", by_name(kOperandNames, result.dram_bytes)}};
}

Json resolved_config(const Experiment& experiment) {
  Json config = Json(machine_table().to_json(experiment.machine));
  for (const auto& [name, value] : experiment.workload.params) config["workload." + name] = value;
  config["weight_density"] = as_number(experiment.weight_density);
  config["engine"] = name_of<Engine>(kEngineNames, experiment.engine);
  config["seed"] = experiment.seed;
  config["layers"] = kind_names(experiment.kinds);
  config["tile"] = experiment.tile ? Json(*experiment.tile) : Json("mapper");
  config["order"] = experiment.order ? to_string(*experiment.order) : "mapper";
  return config;
}

Json to_json(const Experiment& experiment, const NetworkPlan& plan, const NetworkResult& result,
             const MemoryStats* dram) {
  Json total = figures(result.total, plan.machine);
  if (dram != nullptr) total["dram"] = memory_json(*dram, result.total.cycles);
  total["area_um2"] = area_json(plan.energy->area());
  Json layers = Json::array();
  for (size_t i = 0; i < plan.workload.layers.size(); ++i) {
    layers.push_back(layer_json(plan, result, i));
  }
  return {{"schema", "olivine.run/1"},
          {"machine", plan.machine.name},
          {"workload", plan.workload.name},
          {"scheme", plan.scheme.name},
          {"config", resolved_config(experiment)},
          {"provenance", provenance()},
          {"total", std::move(total)},
          {"layers", std::move(layers)}};
}

}  // namespace olivine::cli
