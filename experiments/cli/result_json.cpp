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

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

template <size_t count>
Json by_name(const std::array<std::string_view, count>& names,
             const std::array<uint64_t, count>& values) {
  Json object;
  for (size_t i = 0; i < count; ++i) object[std::string{names[i]}] = values[i];
  object["total"] = std::accumulate(values.begin(), values.end(), uint64_t{0});
  return object;
}

Json tiling_json(const Tiling& tiling) {
  return {{"m", tiling.at(Dim::M)},
          {"n", tiling.at(Dim::N)},
          {"k", tiling.at(Dim::K)},
          {"order", to_string(tiling.order)}};
}

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

uint64_t total_stalls(const LayerResult& result) {
  return std::accumulate(result.stalls.begin(), result.stalls.end(), uint64_t{0});
}

uint64_t total_dram_bytes(const LayerResult& result) {
  return std::accumulate(result.dram_bytes.begin(), result.dram_bytes.end(), uint64_t{0});
}

Json figures(const LayerResult& result, const MachineConfig& machine) {
  Json energy;
  for (const auto& [name, pj] : result.energy.components()) energy[std::string{name}] = pj;
  energy["total"] = result.energy.total_pj();
  return {{"macs", result.macs},
          {"cycles", result.cycles},
          {"array_cycles", result.array_cycles},
          {"vector_cycles", result.vector_cycles},
          {"folds", result.folds},
          {"tiles", result.tiles},
          {"stall_cycles", by_name(kStallCauseNames, result.stalls)},
          {"time_s", to_seconds(Cycles{result.cycles}, machine.clock_hz)},
          {"utilization", utilization_of(result, machine)},
          {"energy_pj", std::move(energy)},
          {"dram_bytes", by_name(kOperandNames, result.dram_bytes)}};
}

Json resolved_config(const Experiment& experiment) {
  Json config = Json(machine_table().to_json(experiment.machine));
  for (const auto& [name, value] : experiment.workload.params) config["workload." + name] = value;
  config["engine"] = name_of<Engine>(kEngineNames, experiment.engine);
  config["seed"] = experiment.seed;
  Json kinds = Json::array();
  for (const auto& entry : kLayerKindNames) {
    const auto& chosen = experiment.kinds;
    if (chosen.empty() || chosen.contains(entry.value)) kinds.push_back(entry.name);
  }
  config["layers"] = std::move(kinds);
  config["tile"] = experiment.tile ? Json(*experiment.tile) : Json("mapper");
  config["order"] = experiment.order ? to_string(*experiment.order) : "mapper";
  return config;
}

Json to_json(const Experiment& experiment, const NetworkPlan& plan, const NetworkResult& result) {
  Json total = figures(result.total, plan.machine);
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
