// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_report.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/base/text.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

std::string traffic_text(double bytes) {
  return byte_text(static_cast<uint64_t>(std::llround(bytes)));
}

std::string size_text(const Layer& layer) {
  if (layer.kind != LayerKind::Vector) return shape_text(layer.gemm);
  return fmt::format("{} elements", with_separators(static_cast<uint64_t>(layer.vector_elems)));
}

// Any layer of each distinct result: equal ones have equal shapes.
std::vector<const Layer*> layers_of_results(const GpuNetworkResult& network) {
  std::vector<const Layer*> layers(network.results.size());
  for (size_t i = 0; i < network.workload.layers.size(); ++i) {
    layers[network.result_of_layer[i]] = &network.workload.layers[i];
  }
  return layers;
}

TextTable layer_table(const GpuNetworkResult& network, bool is_verbose) {
  TextTable table;
  table.column("layer", Align::Left).column("kind", Align::Left).column("m x n x k", Align::Left);
  table.column("time").column("share").column("limiter", Align::Left).column("busy");
  table.column("energy").column("HBM");
  if (is_verbose) {
    table.column("waves").column("clock").column("scheme", Align::Left);
    table.column("library", Align::Left);
  }
  table.column("kernel", Align::Left);  // last: names are long
  const std::vector<const Layer*> layers = layers_of_results(network);
  for (const LayerGroup& group : group_layers(network.workload, network.result_of_layer)) {
    const Layer& layer = *layers[group.index];
    const GpuLayerResult& one = network.results[group.index];
    const GemmTiming& timing = one.timing;
    const auto count = static_cast<double>(group.count);
    std::vector<std::string> cells = {
        group.title(),
        std::string{name_of<LayerKind>(kLayerKindNames, layer.kind)},
        size_text(layer),
        time_text(timing.time_s * count),
        percent_text(timing.time_s * count, network.total.timing.time_s),
        std::string{name_of<TimePart>(kTimePartNames, timing.limiter())},
        one.macs == 0 ? "" : percent_text(one.utilization(), 1.0),
        energy_text(timing.energy.total_pj() * count),
        traffic_text(timing.hbm_bytes * count)};
    if (is_verbose) {
      cells.push_back(timing.ctas == 0 ? "" : fmt::format("{:.2f}", timing.waves));
      cells.push_back(format_frequency(std::round(timing.clock_hz / 1e6) * 1e6));
      cells.emplace_back(one.scheme.name);
      cells.push_back(one.library);
    }
    cells.push_back(timing.kernel);
    table.row(std::move(cells));
  }
  return table;
}

std::string summary(const GpuExperiment& experiment, const GpuLayerResult& total) {
  const GemmTiming& timing = total.timing;
  const double peak_bytes = experiment.machine.hbm.bytes_per_s * timing.time_s;
  return fmt::format(
      "simulated  {} at {} on average, {:.0f} W; tensor cores busy {}, {} MACs\n"
      "time       {}\n"
      "energy     {}: {}\n"
      "HBM        {}: {} of its bandwidth\n",
      time_text(timing.time_s), format_frequency(std::round(timing.clock_hz / 1e6) * 1e6),
      timing.power_w, percent_text(total.utilization(), 1.0), with_separators(total.macs),
      part_shares(timing), energy_text(timing.energy.total_pj()), energy_shares(timing.energy),
      traffic_text(timing.hbm_bytes), percent_text(timing.hbm_bytes, peak_bytes));
}

}  // namespace

std::string part_shares(const GemmTiming& timing) {
  std::array<std::pair<std::string_view, double>, kTimeParts> parts;
  for (size_t i = 0; i < kTimeParts; ++i) parts[i] = {kTimePartNames[i].name, timing.parts_s[i]};
  return shares(parts, timing.time_s);
}

std::string energy_shares(const GpuEnergy& energy) {
  return shares(energy.components(), energy.total_pj());
}

std::string calibration_notes(const GpuNetworkResult& result) {
  std::set<std::pair<std::string, std::string_view>> menus;
  bool has_custom = false;
  for (const GpuLayerResult& layer : result.results) {
    if (layer.library.empty() || layer.is_calibrated) continue;
    if (layer.timing.kernel.starts_with(kCustomPrefix)) {
      has_custom = true;
    } else {
      menus.emplace(layer.library, layer.scheme.name);
    }
  }
  std::string text;
  if (has_custom) {
    text =
        "note: kernels of --tile are not calibrated: no measurement of them holds the times to "
        "account\n";
  }
  for (const auto& [library, scheme] : menus) {
    text += fmt::format(
        "note: kernels of {} for {} are not calibrated: no measurement of them holds the times "
        "to account\n",
        library, scheme);
  }
  return text;
}

std::string to_table(const GpuReport& report, bool is_colored, bool is_verbose) {
  const GpuExperiment& experiment = *report.experiment;
  const TextTable table = layer_table(*report.result, is_verbose);
  return bold(fmt::format("{} on {}, {}", experiment.workload.name, experiment.machine.name,
                          experiment.scheme.name),
              is_colored) +
         "\n\n" + table.render(is_colored) + "\n" + summary(experiment, report.result->total);
}

}  // namespace olivine::cli
