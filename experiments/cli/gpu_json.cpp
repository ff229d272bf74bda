// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <utility>

#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_report.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "models/base/config_table.h"
#include "sim/tensor_core/gpu_network.h"
#include "sim/tensor_core/kernel.h"

namespace olivine::cli {
namespace {

using Json = nlohmann::ordered_json;

Json waterfall_json(const GemmTiming& timing) {
  Json json;
  for (const auto& [part, name] : kTimePartNames) json[std::string{name}] = timing.part_s(part);
  return json;
}

Json gpu_energy_json(const GpuEnergy& energy) {
  Json json;
  for (const auto& [name, pj] : energy.components()) json[std::string{name}] = pj;
  json["total"] = energy.total_pj();
  return json;
}

Json layer_json(const Layer& layer, const GpuLayerResult& result) {
  Json json = {{"name", layer.name}, {"kind", name_of<LayerKind>(kLayerKindNames, layer.kind)},
               {"m", layer.gemm.m},  {"n", layer.gemm.n},
               {"k", layer.gemm.k},  {"batch", layer.gemm.batch}};
  if (layer.kind == LayerKind::Vector) {
    json["vector_elems"] = layer.vector_elems;
    json["vector_ops"] = layer.vector_elems * layer.vector_ops;
  }
  json.update(gpu_kernel_json(result));
  json.update(gpu_figures(result));
  return json;
}

}  // namespace

Json gpu_figures(const GpuLayerResult& result) {
  const GemmTiming& timing = result.timing;
  return {{"macs", result.macs},
          {"time_s", timing.time_s},
          {"limiter", name_of<TimePart>(kTimePartNames, timing.limiter())},
          {"waterfall_s", waterfall_json(timing)},
          {"utilization", result.utilization()},
          {"clock_hz", timing.clock_hz},
          {"power_w", timing.power_w},
          {"energy_pj", gpu_energy_json(timing.energy)},
          {"hbm_bytes", timing.hbm_bytes},
          {"l2_bytes", timing.l2_bytes}};
}

Json gpu_kernel_json(const GpuLayerResult& result) {
  const GemmTiming& timing = result.timing;
  return {{"scheme",
           {{"name", result.scheme.name},
            {"weights", name_of(result.scheme.weights)},
            {"activations", name_of(result.scheme.activations)},
            {"weight_pattern", name_of(result.scheme.weight_pattern)}}},
          {"library", result.library},
          {"calibrated", result.is_calibrated},
          {"kernel", timing.kernel},
          {"ctas", timing.ctas},
          {"ctas_per_sm", timing.ctas_per_sm},
          {"waves", timing.waves}};
}

Json gpu_config(const GpuExperiment& experiment) {
  Json config = Json(gpu_table().to_json(experiment.machine));
  for (const auto& [name, value] : experiment.workload.params) config["workload." + name] = value;
  config["layers"] = kind_names(experiment.kinds);
  config["library"] = experiment.library.empty() ? "default" : experiment.library;
  config["kernel"] = experiment.kernel.empty() ? "fastest" : experiment.kernel;
  if (experiment.tile) {
    const CtaTile& tile = *experiment.tile;
    config["kernel"] = "custom";
    config["tile"] = fmt::format("{}x{}x{}", tile.m, tile.n, tile.k);
    config["stages"] = tile.stages == 0 ? Json("most") : Json(tile.stages);
  }
  return config;
}

Json kernel_json(const GemmKernel& kernel) {
  Json json = {{"kernel", kernel.name}, {"min_m", kernel.min_m}, {"max_m", kernel.max_m}};
  if (kernel.on_cuda_cores) {
    json["instruction"] = "cuda_cores";
    return json;
  }
  json.update(
      {{"instruction", name_of(kernel.instruction)},
       {"tile_m", kernel.tile_m},
       {"tile_n", kernel.tile_n},
       {"tile_k", kernel.tile_k},
       {"stages", kernel.stages},
       {"math_warps", kernel.math_warps},
       {"producer_warps", kernel.producer_warps},
       {"splits", kernel.splits},
       {"cluster_m", kernel.cluster_m},
       {"cluster_n", kernel.cluster_n},
       {"swapped", kernel.swapped},
       {"schedule", name_of<Schedule>(kScheduleNames, kernel.schedule)},
       {"load", name_of<LoadPath>(kLoadPathNames, kernel.load)},
       {"decode_weights", name_of<DecodePlace>(kDecodePlaceNames, kernel.decode_weights)},
       {"decode_activations", name_of<DecodePlace>(kDecodePlaceNames, kernel.decode_activations)}});
  return json;
}

Json occupancy_json(const Occupancy& occupancy) {
  return {{"shared_bytes", occupancy.shared_bytes},
          {"registers_per_thread", occupancy.registers_per_thread},
          {"threads", occupancy.threads},
          {"ctas_per_sm", occupancy.ctas_per_sm}};
}

Json to_json(const GpuReport& report) {
  const GpuExperiment& experiment = *report.experiment;
  const GpuNetworkResult& result = *report.result;
  Json layers = Json::array();
  for (size_t i = 0; i < result.workload.layers.size(); ++i) {
    layers.push_back(
        layer_json(result.workload.layers[i], result.results[result.result_of_layer[i]]));
  }
  return {{"schema", "olivine.run/1"},
          {"machine", experiment.machine.name},
          {"workload", experiment.workload.name},
          {"scheme", experiment.scheme.name},
          {"config", gpu_config(experiment)},
          {"provenance", provenance()},
          {"total", gpu_figures(result.total)},
          {"layers", std::move(layers)}};
}

}  // namespace olivine::cli
