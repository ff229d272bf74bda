// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <utility>

#include "experiments/cli/platform_experiment.h"
#include "experiments/cli/platform_report.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "experiments/platform/platform_result.h"
#include "models/base/config_table.h"
#include "models/base/units.h"
#include "sim/memory/memory_model.h"
#include "sim/platform/partition.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

// Figures of several jobs; what depends on one machine's clock and size stays out.
Json work_json(const LayerResult& work) {
  Json json = {{"macs", work.macs},
               {"array_cycles", work.array_cycles},
               {"vector_cycles", work.vector_cycles},
               {"folds", work.folds},
               {"tiles", work.tiles}};
  json["stall_cycles"] = by_name(kStallCauseNames, work.stalls);
  json["dram_bytes"] = by_name(kOperandNames, work.dram_bytes);
  return json;
}

Json bus_json(const InitiatorStats& bus) {
  return {{"read_bytes", bus.read_bytes},
          {"write_bytes", bus.write_bytes},
          {"packets", bus.packets},
          {"wait_bus_cycles", bus.wait_bus_cycles},
          {"wait_self_cycles", bus.wait_self_cycles},
          {"wait_memory_cycles", bus.wait_memory_cycles},
          {"latency_cycles", bus.latency_cycles}};
}

Json accelerator_json(const PlatformReport& report, size_t index) {
  const PlatformAccelerator& accelerator = report.experiment->platform.accelerators[index];
  const AcceleratorResult& result = report.result->accelerators[index];
  LayerResult whole = result.work;
  whole.cycles = report.result->cycles;
  Json json = {{"name", accelerator.name},
               {"machine", accelerator.machine.name},
               {"model", name_of<AcceleratorModel>(kAcceleratorModelNames, accelerator.model)},
               {"memory", accelerator.memory},
               {"cycles", report.result->cycles}};
  json.update(work_json(result.work));
  json["host_cycles"] = result.host_cycles;
  json["idle_cycles"] = result.idle_cycles;
  json["utilization"] = utilization_of(whole, accelerator.machine);
  json["energy_pj"] = energy_json(result.work.energy);
  json["bus"] = bus_json(result.bus);
  return json;
}

Json memory_entry(const PlatformReport& report, size_t index) {
  Json json = {{"name", report.experiment->platform.memories[index].name},
               {"operand_bytes", report.program->memory_bytes[index]}};
  json.update(memory_json(report.result->memories[index], report.result->cycles));
  return json;
}

Json slice_json(const PlatformReport& report, const SliceResult& slice) {
  const Job& job = *slice.job;
  const LayerPlan& plan = job.plan;
  Json json = {{"accelerator", report.experiment->platform.accelerators[job.accelerator].name},
               {"cycles", slice.work.cycles}};
  if (plan.kind == LayerKind::Vector) {
    json["vector_ops"] = plan.vector_ops;
  } else {
    const GemmShape& shape = plan.work.shape;
    json.update({{"m", shape.m}, {"n", shape.n}, {"k", shape.k}, {"batch", shape.batch}});
    json["tiling"] = tiling_json(plan.tiling);
  }
  json.update(work_json(slice.work));
  return json;
}

Json layer_json(const PlatformReport& report, size_t index) {
  const Layer& layer = report.program->workload.layers[index];
  const LayerOnPlatform& result = report.result->layers[index];
  Json json = {{"name", layer.name}, {"kind", name_of<LayerKind>(kLayerKindNames, layer.kind)},
               {"m", layer.gemm.m},  {"n", layer.gemm.n},
               {"k", layer.gemm.k},  {"batch", layer.gemm.batch}};
  if (layer.kind == LayerKind::Vector) {
    json["vector_elems"] = layer.vector_elems;
  }
  json["cycles"] = result.cycles;
  json["accelerators"] = Json::array();
  for (const SliceResult& slice : result.slices) {
    json["accelerators"].push_back(slice_json(report, slice));
  }
  return json;
}

Json total_json(const PlatformReport& report) {
  const PlatformConfig& platform = report.experiment->platform;
  const PlatformResult& result = *report.result;
  Json json = {{"inputs", platform.inputs},
               {"cycles", result.cycles},
               {"time_s", report.seconds()},
               {"inputs_per_s", static_cast<double>(platform.inputs) / report.seconds()},
               {"utilization", platform_utilization(platform, result)}};
  json.update(work_json(result.total));
  json["energy_pj"] = energy_json(result.total.energy);
  return json;
}

}  // namespace

Json resolved_config(const PlatformExperiment& experiment) {
  const PlatformConfig& platform = experiment.platform;
  Json config = Json(platform_table().to_json(platform));
  config["memories"] = Json::array();
  for (const PlatformMemory& memory : platform.memories) {
    config["memories"].push_back(Json(platform_memory_table().to_json(memory)));
  }
  config["accelerators"] = Json::array();
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    Json entry = Json(platform_accelerator_table().to_json(accelerator));
    entry.erase("count");
    Json machine = Json(machine_table().to_json(accelerator.machine));
    for (auto& [key, value] : machine.items()) {
      if (!key.starts_with("dram.")) entry["set"][key] = value;  // the platform's memory counts
    }
    config["accelerators"].push_back(std::move(entry));
  }
  for (const auto& [name, value] : experiment.workload.params) config["workload." + name] = value;
  config["seed"] = experiment.seed;
  config["layers"] = kind_names(experiment.kinds);
  return config;
}

double PlatformReport::seconds() const {
  return to_seconds(Cycles{result->cycles}, experiment->platform.clock_hz);
}

Json to_json(const PlatformReport& report) {
  const PlatformExperiment& experiment = *report.experiment;
  Json json = {{"schema", "olivine.platform/1"},
               {"platform", experiment.platform.name},
               {"workload", experiment.workload.name},
               {"scheme", experiment.scheme.name},
               {"config", resolved_config(experiment)},
               {"provenance", provenance()},
               {"total", total_json(report)}};
  for (size_t i = 0; i < report.result->accelerators.size(); ++i) {
    json["accelerators"].push_back(accelerator_json(report, i));
  }
  for (size_t i = 0; i < report.result->memories.size(); ++i) {
    json["memories"].push_back(memory_entry(report, i));
  }
  for (size_t i = 0; i < report.result->layers.size(); ++i) {
    json["layers"].push_back(layer_json(report, i));
  }
  return json;
}

}  // namespace olivine::cli
