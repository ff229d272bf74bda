// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/cli/gpu_experiment.h"
#include "experiments/cli/gpu_explain.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/base/text.h"
#include "sim/tensor_core/gpu_network.h"

namespace olivine::cli {
namespace {

constexpr size_t kBarColumns = 50;
constexpr size_t kShownRunnersUp = 5;

std::string heading(std::string_view text, bool is_colored) {
  return fmt::format("\n{}\n", bold(std::string{text}, is_colored));
}

std::string megahertz(double hertz) { return format_frequency(std::round(hertz / 1e6) * 1e6); }

std::string bytes_of(double bytes) { return byte_text(static_cast<uint64_t>(std::llround(bytes))); }

std::string tile_text(const GemmKernel& kernel) {
  if (kernel.on_cuda_cores) return "CUDA cores";
  return fmt::format("{}x{}x{}{}", kernel.tile_m, kernel.tile_n, kernel.tile_k,
                     kernel.swapped ? " swapped" : "");
}

std::string schedule_text(const GemmKernel& kernel) {
  const std::string_view name = name_of<Schedule>(kScheduleNames, kernel.schedule);
  return kernel.splits == 1 ? std::string{name} : fmt::format("{} {}", name, kernel.splits);
}

std::string waterfall_text(const GpuExplanation& explanation) {
  const GemmTiming& timing = explanation.result->timing;
  TextTable table;
  table.column("  part", Align::Left).column("us").column("share").column("", Align::Left);
  double begin_s = 0;
  for (const auto& [part, name] : kTimePartNames) {
    const double part_s = timing.part_s(part);
    if (part_s == 0) continue;
    const double end_s = begin_s + part_s;
    table.row({fmt::format("  {}", name), fmt::format("{:.3f}", part_s * 1e6),
               percent_text(part_s, timing.time_s),
               waterfall_bar(begin_s, end_s, timing.time_s, kBarColumns)});
    begin_s = end_s;
  }
  table.row({"  total", fmt::format("{:.3f}", timing.time_s * 1e6), "", ""});
  return table.render(false);
}

std::string decode_text(const GemmKernel& kernel) {
  const auto place = [](DecodePlace value) {
    return name_of<DecodePlace>(kDecodePlaceNames, value);
  };
  const bool has_none =
      kernel.decode_weights == DecodePlace::None && kernel.decode_activations == DecodePlace::None;
  if (has_none) return "";
  return fmt::format("  decoded: weights {}, activations {}\n", place(kernel.decode_weights),
                     place(kernel.decode_activations));
}

std::string shape_of_kernel(const GpuExplanation& explanation) {
  const GemmKernel& kernel = explanation.menu[explanation.chosen].kernel;
  const GemmTiming& timing = explanation.result->timing;
  if (kernel.on_cuda_cores) return "  a matrix-vector kernel: multiplies on CUDA cores\n";
  const Occupancy& cta = explanation.occupancy;
  const std::string producers =
      kernel.producer_warps == 0 ? "" : fmt::format(" + {} producers", kernel.producer_warps);
  return fmt::format(
             "  tile {}, {} stages by {}, {} math warps{}, cluster {}x{}, {}\n"
             "  {}\n",
             tile_text(kernel), kernel.stages, name_of<LoadPath>(kLoadPathNames, kernel.load),
             kernel.math_warps, producers, kernel.cluster_m, kernel.cluster_n,
             schedule_text(kernel), name_of(kernel.instruction)) +
         decode_text(kernel) +
         fmt::format(
             "  a CTA takes {} shared memory, {} threads of {} registers: {} an SM\n"
             "  {} CTAs / ({} SMs x {}) = {:.3f} waves\n",
             byte_text(static_cast<uint64_t>(cta.shared_bytes)), cta.threads,
             cta.registers_per_thread, cta.ctas_per_sm, timing.ctas,
             explanation.experiment->machine.sm.count, timing.ctas_per_sm, timing.waves);
}

std::string kernel_text(const GpuExplanation& explanation) {
  const bool is_given = !explanation.experiment->kernel.empty();
  const GpuLayerResult& result = *explanation.result;
  return fmt::format("  {} of {}{}: {} {} kernels\n", result.timing.kernel, result.library,
                     result.is_calibrated ? "" : " (not calibrated)",
                     is_given ? "named by you, of" : "chosen from", explanation.menu.size()) +
         shape_of_kernel(explanation);
}

std::string menu_text(const GpuExplanation& explanation) {
  TextTable table;
  table.column("  kernel", Align::Left).column("tile", Align::Left).column("stages");
  table.column("schedule", Align::Left)
      .column("waves")
      .column("time")
      .column("limiter", Align::Left);
  table.column("of the chosen");
  const double chosen_s = explanation.result->timing.time_s;
  size_t shown = 0;
  for (size_t i = 0; i < explanation.menu.size() && shown < kShownRunnersUp; ++i) {
    if (i == explanation.chosen) continue;
    const auto& [kernel, timing] = explanation.menu[i];
    const bool has_tile = !kernel.on_cuda_cores;
    table.row({fmt::format("  {}", kernel.name), tile_text(kernel),
               has_tile ? fmt::format("{}", kernel.stages) : "",
               has_tile ? schedule_text(kernel) : "",
               has_tile ? fmt::format("{:.2f}", timing.waves) : "", time_text(timing.time_s),
               std::string{name_of<TimePart>(kTimePartNames, timing.limiter())},
               percent_text(timing.time_s, chosen_s)});
    ++shown;
  }
  return shown == 0 ? "  none: the library has one kernel\n" : table.render(false);
}

std::string traffic_text(const GpuExplanation& explanation) {
  const auto macs = static_cast<double>(explanation.result->macs);
  TextTable table;
  table.column("  level", Align::Left).column("bytes").column("of the tensors");
  table.column("MACs a byte");
  table.row({"  tensors once", bytes_of(explanation.tensor_bytes), "", ""});
  for (const auto& [level, bytes] : explanation.traffic) {
    table.row({fmt::format("  {}", level), bytes_of(bytes),
               fmt::format("{:.2f}x", bytes / explanation.tensor_bytes),
               macs == 0 || bytes == 0 ? "" : fmt::format("{:.1f}", macs / bytes)});
  }
  return table.render(false);
}

std::string power_text(const GpuExplanation& explanation) {
  const PowerConfig& power = explanation.experiment->machine.power;
  const GemmTiming& timing = explanation.result->timing;
  const bool is_limited = timing.clock_hz < power.max_clock_hz;
  return fmt::format("  {} of at most {}{}; {:.0f} W on average, limit {:.0f} W\n",
                     megahertz(timing.clock_hz), megahertz(power.max_clock_hz),
                     is_limited ? ", held down by power" : "", timing.power_w, power.limit_w);
}

std::string energy_table(const GpuExplanation& explanation) {
  const double total = explanation.result->timing.energy.total_pj();
  TextTable table;
  table.column("  component", Align::Left).column("count").column("of", Align::Left);
  table.column("x pJ").column("energy").column("share");
  for (const GpuEnergyAction& action : explanation.actions) {
    if (action.count == 0 || action.pj == 0) continue;
    const double pj = action.count * action.pj;
    table.row({fmt::format("  {}", action.component), fmt::format("{:.4g}", action.count),
               std::string{action.action}, fmt::format("{:.4g}", action.pj), energy_text(pj),
               percent_text(pj, total)});
  }
  return table.render(false) + fmt::format("  total {}\n", energy_text(total));
}

std::string title(const GpuExplanation& explanation) {
  const GpuExperiment& experiment = *explanation.experiment;
  const Layer& layer = experiment.workload.layers.front();
  const std::string size =
      layer.kind == LayerKind::Vector
          ? fmt::format("{} elements x {} operations",
                        with_separators(static_cast<uint64_t>(layer.vector_elems)),
                        layer.vector_ops)
          : shape_text(layer.gemm);
  const std::string_view executed = explanation.result->scheme.name;
  return fmt::format(
      "{}, {}, {} on {}, {}{}", layer.name, name_of<LayerKind>(kLayerKindNames, layer.kind), size,
      experiment.machine.name, experiment.scheme.name,
      executed == experiment.scheme.name ? "" : fmt::format(", runs in {}", executed));
}

std::string rate_text(const GpuLayerResult& result) {
  if (result.macs == 0) return "";
  const double operations_per_s = 2 * static_cast<double>(result.macs) / result.timing.time_s;
  return fmt::format("; {:.4g} T operations/s, {} of the dense tensor peak",
                     operations_per_s / 1e12, percent_text(result.utilization(), 1.0));
}

}  // namespace

std::string waterfall_bar(double begin, double end, double whole, size_t columns) {
  if (whole <= 0 || end <= begin) return "";
  const auto column_of = [&](double at) {
    return static_cast<size_t>(std::llround(at / whole * static_cast<double>(columns)));
  };
  const size_t first = std::min(column_of(begin), columns - 1);
  const size_t last = std::max(column_of(end), first + 1);
  return std::string(first, ' ') + std::string(last - first, '#');
}

std::string to_text(const GpuExplanation& explanation, bool is_colored) {
  const GpuLayerResult& result = *explanation.result;
  const GemmTiming& timing = result.timing;
  std::string text = bold(title(explanation), is_colored) + "\n";
  text += heading("Waterfall of the time", is_colored) + waterfall_text(explanation);
  if (!explanation.menu.empty()) {
    text += heading("Kernel", is_colored) + kernel_text(explanation);
    text += heading("Runners-up", is_colored) + menu_text(explanation);
  }
  text += heading("Traffic", is_colored) + traffic_text(explanation);
  text += heading("Clock and power", is_colored) + power_text(explanation);
  text += heading("Energy", is_colored) + energy_table(explanation);
  return text + heading("Simulated", is_colored) +
         fmt::format("  {}, limited by {}{}\n", time_text(timing.time_s),
                     name_of<TimePart>(kTimePartNames, timing.limiter()), rate_text(result));
}

}  // namespace olivine::cli
