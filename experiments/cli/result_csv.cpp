// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include "experiments/cli/report.h"
#include "models/analytic/network.h"
#include "models/base/units.h"

namespace olivine::cli {
namespace {

std::string header() {
  std::string text =
      "row,machine,workload,scheme,name,kind,m,n,k,batch,tile_m,tile_n,tile_k,order,macs,cycles,"
      "array_cycles,vector_cycles";
  for (const std::string_view cause : kStallCauseNames) {
    text += fmt::format(",stall_{}_cycles", cause);
  }
  text += ",stall_cycles,folds,tiles,time_s,utilization";
  for (const auto& [component, pj] : EnergyBreakdown{}.components()) {
    text += fmt::format(",energy_{}_pj", component);
  }
  text += ",energy_pj";
  for (const std::string_view operand : kOperandNames) {
    text += fmt::format(",dram_{}_bytes", operand);
  }
  return text + ",dram_bytes\n";
}

std::string figure_fields(const LayerResult& result, const MachineConfig& machine) {
  std::string text = fmt::format(",{},{},{},{}", result.macs, result.cycles, result.array_cycles,
                                 result.vector_cycles);
  for (const uint64_t cycles : result.stalls) text += fmt::format(",{}", cycles);
  text += fmt::format(",{},{},{},{},{}", total_stalls(result), result.folds, result.tiles,
                      to_seconds(Cycles{result.cycles}, machine.clock_hz),
                      utilization_of(result, machine));
  for (const auto& [component, pj] : result.energy.components()) text += fmt::format(",{}", pj);
  text += fmt::format(",{}", result.energy.total_pj());
  for (const uint64_t bytes : result.dram_bytes) text += fmt::format(",{}", bytes);
  return text + fmt::format(",{}\n", total_dram_bytes(result));
}

}  // namespace

// RFC 4180: a field with a comma, a quote or a line end is quoted.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string to_csv(const NetworkPlan& plan, const NetworkResult& result) {
  const std::string run = fmt::format("{},{},{}", csv_field(plan.machine.name),
                                      csv_field(plan.workload.name), plan.scheme.name);
  std::string text = header();
  for (size_t i = 0; i < plan.workload.layers.size(); ++i) {
    const Layer& layer = plan.workload.layers[i];
    const size_t index = plan.plan_of_layer[i];
    const Tiling& tiling = plan.plans[index].tiling;
    text += fmt::format("layer,{},{},{}", run, csv_field(layer.name),
                        name_of<LayerKind>(kLayerKindNames, layer.kind));
    if (layer.kind == LayerKind::Vector) {
      text += ",,,,,,,,";
    } else {
      text += fmt::format(",{},{},{},{},{},{},{},{}", layer.gemm.m, layer.gemm.n, layer.gemm.k,
                          layer.gemm.batch, tiling.at(Dim::M), tiling.at(Dim::N), tiling.at(Dim::K),
                          to_string(tiling.order));
    }
    text += figure_fields(result.results[index], plan.machine);
  }
  return text + fmt::format("total,{},,,,,,,,,,", run) + figure_fields(result.total, plan.machine);
}

}  // namespace olivine::cli
