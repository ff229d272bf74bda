// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_report.h"
#include "experiments/cli/report.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

std::string header() {
  std::string text =
      "row,machine,workload,scheme,name,kind,m,n,k,batch,executed_scheme,library,calibrated,kernel,"
      "ctas,waves,macs,time_s,limiter";
  for (const auto& entry : kTimePartNames) text += fmt::format(",{}_s", entry.name);
  text += ",utilization,clock_hz,power_w";
  for (const auto& [component, pj] : GpuEnergy{}.components()) {
    text += fmt::format(",energy_{}_pj", component);
  }
  return text + ",energy_pj,hbm_bytes,l2_bytes\n";
}

std::string figure_fields(const GpuLayerResult& result) {
  const GemmTiming& timing = result.timing;
  std::string text = fmt::format(",{},{},{}", result.macs, timing.time_s,
                                 name_of<TimePart>(kTimePartNames, timing.limiter()));
  for (const double seconds : timing.parts_s) text += fmt::format(",{}", seconds);
  text += fmt::format(",{},{},{}", result.utilization(), timing.clock_hz, timing.power_w);
  for (const auto& [component, pj] : timing.energy.components()) text += fmt::format(",{}", pj);
  return text +
         fmt::format(",{},{},{}\n", timing.energy.total_pj(), timing.hbm_bytes, timing.l2_bytes);
}

std::string layer_fields(const Layer& layer, const GpuLayerResult& result) {
  const GemmTiming& timing = result.timing;
  const GemmShape& shape = layer.gemm;
  std::string text = layer.kind == LayerKind::Vector
                         ? ",,,,"
                         : fmt::format(",{},{},{},{}", shape.m, shape.n, shape.k, shape.batch);
  return text + fmt::format(",{},{},{},{},{},{}", result.scheme.name, csv_field(result.library),
                            result.is_calibrated, csv_field(timing.kernel), timing.ctas,
                            timing.waves);
}

}  // namespace

std::string to_csv(const GpuReport& report) {
  const GpuExperiment& experiment = *report.experiment;
  const GpuNetworkResult& result = *report.result;
  const std::string run = fmt::format("{},{},{}", csv_field(experiment.machine.name),
                                      csv_field(experiment.workload.name), experiment.scheme.name);
  std::string text = header();
  for (size_t i = 0; i < result.workload.layers.size(); ++i) {
    const Layer& layer = result.workload.layers[i];
    const GpuLayerResult& one = result.results[result.result_of_layer[i]];
    text += fmt::format("layer,{},{},{}", run, csv_field(layer.name),
                        name_of<LayerKind>(kLayerKindNames, layer.kind));
    text += layer_fields(layer, one) + figure_fields(one);
  }
  return text + fmt::format("total,{},,,,,,,,,,,,", run) + figure_fields(result.total);
}

}  // namespace olivine::cli
