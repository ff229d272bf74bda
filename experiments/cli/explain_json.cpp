// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/explain.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "models/analytic/network.h"
#include "models/numerics/weight_density.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json geometry_json(const ArrayGeometry& geometry) {
  return {{"dataflow", name_of<Dataflow>(kDataflowNames, geometry.dataflow)},
          {"pipelining", name_of<Pipelining>(kPipeliningNames, geometry.pipelining)},
          {"rows", geometry.rows},
          {"cols", geometry.cols},
          {"left_lanes", geometry.left_lanes},
          {"top_lanes", geometry.top_lanes},
          {"row_span", geometry.row_span},
          {"col_span", geometry.col_span}};
}

Json steps_json(const ArraySteps& steps, std::string_view formula) {
  Json groups = Json::array();
  for (const FoldGroup& group : steps.groups) {
    groups.push_back({{"folds", group.folds}, {"stream_cycles", group.stream_cycles}});
  }
  return {{"formula", formula},
          {"folds", std::move(groups)},
          {"preload_cycles", steps.preload},
          {"streaming_cycles", steps.streaming},
          {"between_folds_cycles", steps.between_folds},
          {"flush_cycles", steps.flush},
          {"register_cycles", steps.registers},
          {"total_cycles", steps.total()}};
}

Json traffic_json(const Explanation& explanation) {
  Json list = Json::array();
  for (const OperandTraffic& operand : explanation.traffic) {
    list.push_back({{"operand", operand.name},
                    {"tensor_bytes", operand.tensor_bytes},
                    {"dram_bytes", operand.dram_bytes}});
  }
  return list;
}

}  // namespace

Json to_json(const Explanation& explanation) {
  const NetworkPlan& network = *explanation.network;
  const LayerPlan& plan = *explanation.plan;
  Json json = {{"schema", "olivine.explain/1"},
               {"machine", network.machine.name},
               {"workload", network.workload.name},
               {"scheme", network.scheme.name},
               {"provenance", provenance()},
               {"layer", explanation.layer},
               {"kind", name_of<LayerKind>(kLayerKindNames, plan.kind)}};
  json["figures"] = figures(*explanation.result, network.machine);
  if (plan.kind != LayerKind::Vector) {
    json["geometry"] = geometry_json(plan.geometry);
    json["array"] = steps_json(explanation.array, cycle_formula(plan.geometry));
    json["tiling"] = {{"m", plan.tiling.at(Dim::M)},
                      {"n", plan.tiling.at(Dim::N)},
                      {"k", plan.tiling.at(Dim::K)},
                      {"order", to_string(plan.tiling.order)},
                      {"given", explanation.is_tile_given}};
    json["dram_cycles"] = explanation.dram_cycles;
    json["weight_density"] = as_number(plan.work.weight_density);
    json["expanded_elems"] = explanation.expanded_elems;
    json["expand_cycles"] = explanation.expand_cycles;
    constexpr std::array<std::string_view, 3> kBounds = {"array", "dram", "decompressor"};
    json["bound_by"] = kBounds[static_cast<size_t>(bound_by(explanation))];
    json["traffic"] = traffic_json(explanation);
  }
  Json actions = Json::array();
  for (const EnergyAction& action : explanation.actions) {
    actions.push_back({{"component", action.component},
                       {"action", action.action},
                       {"count", action.count},
                       {"pj", action.pj}});
  }
  json["actions"] = std::move(actions);
  return json;
}

}  // namespace olivine::cli
