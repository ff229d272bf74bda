// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>

#include "experiments/cli/explain.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/analytic/network.h"
#include "models/analytic/tile_loops.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/numerics/weight_density.h"

namespace olivine::cli {
namespace {

std::string heading(std::string_view text, bool is_colored) {
  return fmt::format("\n{}\n", bold(std::string{text}, is_colored));
}

// Which extent is mapped to rows, columns and time.
struct Axes {
  std::string_view rows, cols, time;
};

Axes axes_of(Dataflow dataflow) {
  switch (dataflow) {
    case Dataflow::WeightStationary:
      return {"k", "n", "m"};
    case Dataflow::OutputStationary:
      return {"m", "n", "k"};
    case Dataflow::InputStationary:
      return {"k", "m", "n"};
  }
  OLV_CHECK(false, "dataflow {}", static_cast<int>(dataflow));
}

std::string geometry_text(const Explanation& explanation) {
  const LayerPlan& plan = *explanation.plan;
  const ArrayGeometry& geometry = plan.geometry;
  const Axes axes = axes_of(geometry.dataflow);
  const ArrayOperands operands = array_operands(geometry.dataflow, plan.work.scheme);
  const DramModel dram = explanation.network->machine.dram.model;
  return fmt::format(
      "  {} x {} PEs, dataflow {}: {} on rows, {} on columns, {} streams; {}, {} memory\n"
      "  from the left {}: {} row{} an element; from the top {}: {} column{} an element{}\n"
      "  one fold covers {} of {} and {} of {}\n",
      geometry.rows, geometry.cols, name_of<Dataflow>(kDataflowNames, geometry.dataflow), axes.rows,
      axes.cols, axes.time, name_of<Pipelining>(kPipeliningNames, geometry.pipelining),
      name_of<DramModel>(kDramModelNames, dram), name_of(operands.left), geometry.left_lanes,
      geometry.left_lanes == 1 ? "" : "s", name_of(operands.top), geometry.top_lanes,
      geometry.top_lanes == 1 ? "" : "s", geometry.is_sparse ? "; weights keep 2 of 4 along k" : "",
      geometry.row_span, axes.rows, geometry.col_span, axes.cols);
}

std::string steps_text(const Explanation& explanation) {
  const ArraySteps& steps = explanation.array;
  const ArrayGeometry& geometry = explanation.plan->geometry;
  std::string streaming;
  for (const FoldGroup& group : steps.groups) {
    streaming += fmt::format("{}{} folds x T = {}", streaming.empty() ? "" : " + ",
                             with_separators(group.folds), with_separators(group.stream_cycles));
  }
  const bool is_os = geometry.is_output_stationary();
  const bool is_serial = geometry.pipelining == Pipelining::Serial;
  const std::string flush =
      is_os ? fmt::format("2R + C - 2 = 2*{} + {} - 2", geometry.rows, geometry.cols)
            : fmt::format("R + C - 2 = {} + {} - 2", geometry.rows, geometry.cols);
  const char* between = is_serial ? "2R + C - 2 before every fold but the first"
                        : is_os   ? "R - T where a fold is shorter than the drain before it"
                                  : "R - T where a fold is shorter than the preload after it";
  TextTable table;
  table.column("  term", Align::Left).column("cycles").column("from", Align::Left);
  const auto row = [&](const char* term, uint64_t cycles, const std::string& from) {
    table.row({term, with_separators(cycles), from});
  };
  row("  preload", steps.preload, is_os ? "outputs are stationary" : "R");
  row("  streaming", steps.streaming, streaming);
  row("  between folds", steps.between_folds, between);
  row("  flush", steps.flush, flush);
  row("  registers", steps.registers, "decoders and output adders, once a layer");
  row("  array", steps.total(), "");
  return fmt::format("  {} + registers, R = {}, C = {}, F = {}\n{}", cycle_formula(geometry),
                     geometry.rows, geometry.cols, with_separators(explanation.result->folds),
                     table.render(false));
}

std::string bound_text(const Explanation& explanation) {
  switch (bound_by(explanation)) {
    case Bound::Array:
      return "the array";
    case Bound::Dram:
      return "DRAM";
    case Bound::Decompressor:
      return "the decompressor";
  }
  OLV_CHECK(false, "bound");
}

// Empty where the weights of the layer are not compressed.
std::string decompressor_text(const Explanation& explanation) {
  const GemmWork& work = explanation.plan->work;
  if (work.weight_density.is_dense()) return "";
  const Tiling& tiling = explanation.plan->tiling;
  const auto tile =
      static_cast<uint64_t>(weight_dram_bytes(work, tiling.at(Dim::N), tiling.at(Dim::K)));
  return fmt::format(
      "  weights of density {}: a tile is {} in DRAM; decompressor: {} elements / {} a cycle = {} "
      "cycles\n",
      to_string(work.weight_density), byte_text(tile), with_separators(explanation.expanded_elems),
      explanation.network->machine.dram.decompressor.elements_per_cycle,
      with_separators(explanation.expand_cycles));
}

std::string tiling_text(const Explanation& explanation) {
  const LayerPlan& plan = *explanation.plan;
  const MachineConfig& machine = explanation.network->machine;
  const TileLoops loops{plan.work, plan.tiling};
  const auto count = [&](Dim dim) { return loops.tiles(dim).count; };
  const auto at = [&](Dim dim) { return plan.tiling.at(dim); };
  std::string text = fmt::format(
      "  tile {} x {} x {}, loops {}: {} x {} x {} tiles{}\n", at(Dim::M), at(Dim::N), at(Dim::K),
      to_string(plan.tiling.order), count(Dim::M), count(Dim::N), count(Dim::K),
      plan.work.shape.batch == 1 ? "" : fmt::format(", {} times", plan.work.shape.batch));
  if (machine.dram.model == DramModel::Ideal) {
    return text + "  ideal memory: every operand is resident from the start\n";
  }
  text += explanation.is_tile_given
              ? std::string{"  given on the command line\n"}
              : fmt::format("  chosen: least energy within {} % of the fewest cycles\n",
                            machine.mapper.slack_pct);
  const auto half = [](int64_t bytes) { return byte_text(static_cast<uint64_t>(bytes / 2)); };
  const auto tile = [](int64_t bytes) { return byte_text(static_cast<uint64_t>(bytes)); };
  text += fmt::format(
      "  in half of each buffer: activations {} of {}, weights {} of {}, sums {} of {}\n",
      tile(activation_tile_bytes(plan.work, at(Dim::M), at(Dim::K))),
      half(machine.memory.activation_buffer),
      tile(weight_tile_bytes(plan.work, at(Dim::N), at(Dim::K))),
      half(machine.memory.weight_buffer), tile(psum_tile_bytes(at(Dim::M), at(Dim::N))),
      half(machine.memory.output_buffer));
  const LayerResult& result = *explanation.result;
  text += decompressor_text(explanation);
  return text + fmt::format("  bound by {}: {} bytes / {} a cycle = {} cycles, array {} cycles\n",
                            bound_text(explanation), with_separators(total_dram_bytes(result)),
                            explanation.dram_bytes_per_cycle,
                            with_separators(explanation.dram_cycles),
                            with_separators(result.array_cycles));
}

std::string stall_text(const LayerResult& result) {
  std::string text;
  for (size_t i = 0; i < result.stalls.size(); ++i) {
    text += fmt::format("  {} {}{}", kStallCauseNames[i], with_separators(result.stalls[i]),
                        i + 1 < result.stalls.size() ? "," : "\n");
  }
  return text;
}

std::string traffic_text(const Explanation& explanation) {
  TextTable table;
  table.column("  operand", Align::Left).column("tensor bytes").column("DRAM bytes");
  table.column("moved").column("MACs a DRAM byte");
  for (const OperandTraffic& operand : explanation.traffic) {
    const auto moved = static_cast<double>(operand.dram_bytes);
    const auto tensor = static_cast<double>(operand.tensor_bytes);
    table.row({fmt::format("  {}", operand.name), with_separators(operand.tensor_bytes),
               with_separators(operand.dram_bytes),
               operand.tensor_bytes == 0 ? "" : fmt::format("{:.2f}x", moved / tensor),
               operand.dram_bytes == 0
                   ? ""
                   : fmt::format("{:.1f}", static_cast<double>(explanation.result->macs) / moved)});
  }
  return table.render(false);
}

std::string energy_table(const Explanation& explanation) {
  const double total = explanation.result->energy.total_pj();
  TextTable table;
  table.column("  component", Align::Left).column("count").column("of", Align::Left);
  table.column("x pJ").column("energy").column("share");
  for (const EnergyAction& action : explanation.actions) {
    if (action.count == 0 || action.pj == 0) continue;
    const double pj = static_cast<double>(action.count) * action.pj;
    table.row({fmt::format("  {}", action.component), with_separators(action.count),
               std::string{action.action}, fmt::format("{:.4g}", action.pj), energy_text(pj),
               percent_text(pj, total)});
  }
  return table.render(false) + fmt::format("  total {}\n", energy_text(total));
}

std::string title(const Explanation& explanation) {
  const LayerPlan& plan = *explanation.plan;
  const GemmShape& shape = plan.work.shape;
  const std::string size =
      plan.kind == LayerKind::Vector
          ? fmt::format("{} operations", with_separators(plan.vector_ops))
          : fmt::format("{} x {} x {}{}", shape.m, shape.n, shape.k,
                        shape.batch == 1 ? "" : fmt::format(" x{}", shape.batch));
  return fmt::format("{}, {}, {} on {}, {}", explanation.layer,
                     name_of<LayerKind>(kLayerKindNames, plan.kind), size,
                     explanation.network->machine.name, scheme_text(*explanation.network));
}

}  // namespace

std::string to_text(const Explanation& explanation, bool is_colored) {
  const LayerResult& result = *explanation.result;
  const MachineConfig& machine = explanation.network->machine;
  std::string text = bold(title(explanation), is_colored) + "\n";
  if (explanation.plan->kind == LayerKind::Vector) {
    text += heading("Vector unit", is_colored) +
            fmt::format("  {} operations / {} a cycle = {} cycles\n",
                        with_separators(explanation.plan->vector_ops), machine.vector.ops_per_cycle,
                        with_separators(result.vector_cycles));
  } else {
    text += heading("Geometry", is_colored) + geometry_text(explanation);
    text += heading("Array cycles", is_colored) + steps_text(explanation);
    text += heading("Tiling", is_colored) + tiling_text(explanation);
    text += heading("Stall cycles by cause", is_colored) + stall_text(result);
    text += heading("DRAM traffic", is_colored) + traffic_text(explanation);
  }
  text += heading("Energy", is_colored) + energy_table(explanation);
  text += heading("Simulated", is_colored) +
          fmt::format("  {} cycles = array {} + vector {} + stalls {}; {} at {}; PEs busy {}\n",
                      with_separators(result.cycles), with_separators(result.array_cycles),
                      with_separators(result.vector_cycles), with_separators(total_stalls(result)),
                      time_text(to_seconds(Cycles{result.cycles}, machine.clock_hz)),
                      format_frequency(machine.clock_hz),
                      percent_text(utilization_of(result, machine), 1.0));
  return text;
}

}  // namespace olivine::cli
