// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/analytic/network.h"
#include "models/base/text.h"
#include "models/base/units.h"
#include "models/energy/energy_model.h"
#include "models/numerics/weight_density.h"
#include "sim/memory/memory_model.h"

namespace olivine::cli {
namespace {

constexpr size_t kPageColumns = 120;

TextTable layer_table(const NetworkPlan& plan, const NetworkResult& result, bool has_mapping) {
  TextTable table;
  table.column("layer", Align::Left).column("kind", Align::Left).column("m x n x k", Align::Left);
  table.column("cycles").column("share").column("busy").column("stalled").column("energy");
  table.column("DRAM");
  if (has_mapping) table.column("tile").column("order", Align::Left);
  for (const LayerGroup& group : group_layers(plan.workload, plan.plan_of_layer)) {
    const LayerPlan& layer = plan.plans[group.index];
    const LayerResult& one = result.results[group.index];
    const auto cycles = static_cast<double>(one.cycles);
    const bool is_vector = layer.kind == LayerKind::Vector;
    std::vector<std::string> cells = {
        group.title(),
        std::string{name_of<LayerKind>(kLayerKindNames, layer.kind)},
        is_vector ? with_separators(layer.vector_ops) + " ops" : shape_text(layer.work.shape),
        with_separators(one.cycles * group.count),
        percent_text(cycles * static_cast<double>(group.count),
                     static_cast<double>(result.total.cycles)),
        is_vector ? "" : percent_text(utilization_of(one, plan.machine), 1.0),
        percent_text(static_cast<double>(total_stalls(one)), cycles),
        energy_text(one.energy.total_pj() * static_cast<double>(group.count)),
        byte_text(total_dram_bytes(one) * group.count)};
    if (has_mapping) {
      const Tiling& tiling = layer.tiling;
      cells.push_back(is_vector ? ""
                                : fmt::format("{}x{}x{}", tiling.at(Dim::M), tiling.at(Dim::N),
                                              tiling.at(Dim::K)));
      cells.push_back(is_vector ? "" : to_string(tiling.order));
    }
    table.row(std::move(cells));
  }
  return table;
}

template <size_t count>
std::string named_counts(const std::array<std::string_view, count>& names,
                         const std::array<uint64_t, count>& values,
                         std::string (*text_of)(uint64_t)) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", names[i], text_of(values[i]));
  }
  return text;
}

std::string summary(const NetworkPlan& plan, const NetworkResult& result) {
  const LayerResult& total = result.total;
  const AreaBreakdown area = plan.energy->area();
  return fmt::format(
      "simulated  {} cycles = array {} + vector {} + stalls {}\n"
      "time       {} at {}, PEs busy {}, {} MACs, {} folds, {} tiles\n"
      "stalls     {}\n"
      "energy     {}: {}\n"
      "DRAM       {}: {}\n"
      "area       {}: {}\n",
      with_separators(total.cycles), with_separators(total.array_cycles),
      with_separators(total.vector_cycles), with_separators(total_stalls(total)),
      time_text(to_seconds(Cycles{total.cycles}, plan.machine.clock_hz)),
      format_frequency(plan.machine.clock_hz),
      percent_text(utilization_of(total, plan.machine), 1.0), with_separators(total.macs),
      with_separators(total.folds), with_separators(total.tiles),
      named_counts(kStallCauseNames, total.stalls, with_separators),
      energy_text(total.energy.total_pj()), energy_shares(total),
      byte_text(total_dram_bytes(total)), traffic_text(total), area_text(area.total_um2()),
      shares(area.components(), area.total_um2()));
}

}  // namespace

std::string LayerGroup::title() const {
  return count == 1 ? name : fmt::format("{} x{}", name, count);
}

std::vector<LayerGroup> group_layers(const Workload& workload,
                                     std::span<const size_t> index_of_layer) {
  std::vector<LayerGroup> groups;
  std::map<std::pair<std::string, size_t>, size_t> known;
  for (size_t i = 0; i < workload.layers.size(); ++i) {
    const std::string& name = workload.layers[i].name;
    const auto key = std::pair{layer_pattern(name), index_of_layer[i]};
    const auto [at, is_new] = known.emplace(key, groups.size());
    if (is_new) {
      groups.push_back({name, index_of_layer[i], 1});
    } else {
      groups[at->second].name = key.first;
      ++groups[at->second].count;
    }
  }
  return groups;
}

std::string shares(std::span<const std::pair<std::string_view, double>> parts, double total) {
  std::string text;
  for (const auto& [name, value] : parts) {
    if (value == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, percent_text(value, total));
  }
  return text.empty() ? "none" : text;
}

std::string energy_shares(const LayerResult& result) {
  return shares(result.energy.components(), result.energy.total_pj());
}

std::string traffic_text(const LayerResult& result) {
  return named_counts(kOperandNames, result.dram_bytes, byte_text);
}

std::string scheme_text(const NetworkPlan& plan) {
  std::string text{plan.scheme.name};
  if (plan.weight_density.is_dense()) return text;
  return text + fmt::format(" with weights of density {}", to_string(plan.weight_density));
}

std::string shape_text(const GemmShape& shape) {
  const std::string gemm = fmt::format("{}x{}x{}", shape.m, shape.n, shape.k);
  return shape.batch == 1 ? gemm : fmt::format("{} x{}", gemm, shape.batch);
}

std::string row_text(const MemoryStats& stats) {
  const auto bursts = static_cast<double>(stats.row_hits + stats.row_misses + stats.row_conflicts);
  const auto share = [&](uint64_t count) {
    return percent_text(static_cast<double>(count), bursts);
  };
  return fmt::format("{} hits, {} misses, {} conflicts, {} refreshes", share(stats.row_hits),
                     share(stats.row_misses), share(stats.row_conflicts),
                     with_separators(stats.refreshes));
}

std::string layer_pattern(const std::string& name) {
  std::string pattern;
  for (const std::string& part : split(name, '.')) {
    const bool is_number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    pattern += (pattern.empty() ? "" : ".") + (is_number ? "*" : part);
  }
  return pattern;
}

std::string to_table(const NetworkPlan& plan, const NetworkResult& result, const TableStyle& style,
                     const MemoryStats* dram) {
  TextTable table = layer_table(plan, result, true);
  if (!style.is_verbose && table.width_chars() > kPageColumns)
    table = layer_table(plan, result, false);
  const std::string rows = dram == nullptr ? "" : fmt::format("rows       {}\n", row_text(*dram));
  return bold(fmt::format("{} on {}, {}", plan.workload.name, plan.machine.name, scheme_text(plan)),
              style.is_colored) +
         "\n\n" + table.render(style.is_colored) + "\n" + summary(plan, result) + rows;
}

}  // namespace olivine::cli
