// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include "experiments/cli/platform_experiment.h"
#include "experiments/cli/platform_report.h"
#include "experiments/cli/report.h"
#include "experiments/platform/platform_result.h"
#include "sim/platform/partition.h"

namespace olivine::cli {
namespace {

std::string header() {
  std::string text =
      "row,platform,workload,scheme,name,kind,accelerator,m,n,k,batch,tile_m,tile_n,tile_k,order,"
      "macs,cycles,array_cycles,vector_cycles";
  for (const std::string_view cause : kStallCauseNames) {
    text += fmt::format(",stall_{}_cycles", cause);
  }
  text += ",stall_cycles,host_cycles,idle_cycles,folds,tiles";
  for (const std::string_view operand : kOperandNames) {
    text += fmt::format(",dram_{}_bytes", operand);
  }
  return text + ",dram_bytes,packets,latency_cycles,energy_pj\n";
}

// `waiting`: host and idle cycles; `rest`: packets, latency and energy; both may be empty fields.
std::string figure_fields(const LayerResult& work, uint64_t cycles, const std::string& waiting,
                          const std::string& rest) {
  std::string text =
      fmt::format(",{},{},{},{}", work.macs, cycles, work.array_cycles, work.vector_cycles);
  for (const uint64_t stall : work.stalls) text += fmt::format(",{}", stall);
  text += fmt::format(",{},{},{},{}", total_stalls(work), waiting, work.folds, work.tiles);
  for (const uint64_t bytes : work.dram_bytes) text += fmt::format(",{}", bytes);
  return text + fmt::format(",{},{}\n", total_dram_bytes(work), rest);
}

std::string slice_fields(const LayerPlan& plan) {
  if (plan.kind == LayerKind::Vector) return ",,,,,,,,";
  const GemmShape& shape = plan.work.shape;
  const Tiling& tiling = plan.tiling;
  return fmt::format(",{},{},{},{},{},{},{},{}", shape.m, shape.n, shape.k, shape.batch,
                     tiling.at(Dim::M), tiling.at(Dim::N), tiling.at(Dim::K),
                     to_string(tiling.order));
}

std::string layer_rows(const PlatformReport& report, const std::string& run, size_t index) {
  const Layer& layer = report.program->workload.layers[index];
  std::string text;
  for (const SliceResult& slice : report.result->layers[index].slices) {
    const Job& job = *slice.job;
    text += fmt::format("layer,{},{},{},{}", run, csv_field(layer.name),
                        name_of<LayerKind>(kLayerKindNames, layer.kind),
                        csv_field(report.experiment->platform.accelerators[job.accelerator].name));
    text += slice_fields(job.plan) + figure_fields(slice.work, slice.work.cycles, ",", ",,");
  }
  return text;
}

}  // namespace

std::string to_csv(const PlatformReport& report) {
  const PlatformExperiment& experiment = *report.experiment;
  const PlatformResult& result = *report.result;
  const std::string run = fmt::format("{},{},{}", csv_field(experiment.platform.name),
                                      csv_field(experiment.workload.name), experiment.scheme.name);
  std::string text = header();
  for (size_t i = 0; i < result.layers.size(); ++i) text += layer_rows(report, run, i);
  uint64_t host_cycles = 0, idle_cycles = 0, packets = 0, latency_cycles = 0;
  for (size_t i = 0; i < result.accelerators.size(); ++i) {
    const AcceleratorResult& accelerator = result.accelerators[i];
    host_cycles += accelerator.host_cycles;
    idle_cycles += accelerator.idle_cycles;
    packets += accelerator.bus.packets;
    latency_cycles += accelerator.bus.latency_cycles;
    text += fmt::format("accelerator,{},,,{},,,,,,,,", run,
                        csv_field(experiment.platform.accelerators[i].name));
    text += figure_fields(
        accelerator.work, result.cycles,
        fmt::format("{},{}", accelerator.host_cycles, accelerator.idle_cycles),
        fmt::format("{},{},{}", accelerator.bus.packets, accelerator.bus.latency_cycles,
                    accelerator.work.energy.total_pj()));
  }
  return text + fmt::format("total,{},,,,,,,,,,,", run) +
         figure_fields(
             result.total, result.cycles, fmt::format("{},{}", host_cycles, idle_cycles),
             fmt::format("{},{},{}", packets, latency_cycles, result.total.energy.total_pj()));
}

}  // namespace olivine::cli
