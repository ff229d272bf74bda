// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <utility>

#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_explain.h"
#include "experiments/cli/gpu_report.h"
#include "experiments/cli/provenance.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json menu_json(const GpuExplanation& explanation) {
  Json list = Json::array();
  for (const KernelCandidate& entry : explanation.menu) {
    Json json = kernel_json(entry.kernel);
    json["time_s"] = entry.timing.time_s;
    json["waves"] = entry.timing.waves;
    list.push_back(std::move(json));
  }
  return list;
}

Json traffic_json(const GpuExplanation& explanation) {
  Json json = {{"tensors_bytes", explanation.tensor_bytes},
               {"shared_bytes", explanation.traffic[0].bytes},
               {"l2_bytes", explanation.traffic[1].bytes},
               {"hbm_bytes", explanation.traffic[2].bytes}};
  return json;
}

Json actions_json(const GpuExplanation& explanation) {
  Json list = Json::array();
  for (const GpuEnergyAction& action : explanation.actions) {
    list.push_back({{"component", action.component},
                    {"action", action.action},
                    {"count", action.count},
                    {"pj", action.pj}});
  }
  return list;
}

}  // namespace

Json to_json(const GpuExplanation& explanation) {
  const GpuExperiment& experiment = *explanation.experiment;
  const Layer& layer = experiment.workload.layers.front();
  Json json = {{"schema", "olivine.explain/1"},
               {"machine", experiment.machine.name},
               {"workload", experiment.workload.name},
               {"scheme", experiment.scheme.name},
               {"config", gpu_config(experiment)},
               {"provenance", provenance()},
               {"layer", layer.name},
               {"kind", name_of<LayerKind>(kLayerKindNames, layer.kind)},
               {"executed", gpu_kernel_json(*explanation.result)},
               {"figures", gpu_figures(*explanation.result)}};
  if (!explanation.menu.empty()) {
    const GemmKernel& kernel = explanation.menu[explanation.chosen].kernel;
    json["kernel"] = kernel_json(kernel);
    if (!kernel.on_cuda_cores) json["occupancy"] = occupancy_json(explanation.occupancy);
    json["menu"] = menu_json(explanation);
  }
  json["traffic"] = traffic_json(explanation);
  json["actions"] = actions_json(explanation);
  return json;
}

}  // namespace olivine::cli
