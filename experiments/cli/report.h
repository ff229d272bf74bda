// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace olivine {
struct EnergyBreakdown;
struct GemmShape;
enum class LayerKind : uint8_t;
struct LayerResult;
struct MachineConfig;
struct MemoryStats;
struct NetworkPlan;
struct NetworkResult;
struct Tiling;
struct Workload;
}  // namespace olivine

namespace olivine::cli {

struct Experiment;

// The result of `olivine run`, schema olivine.run/1. `dram`: what a banked memory did, null for
// others.
[[nodiscard]] nlohmann::ordered_json to_json(const Experiment& experiment, const NetworkPlan& plan,
                                             const NetworkResult& result,
                                             const MemoryStats* dram = nullptr);
// The figures that a layer and the total share.
[[nodiscard]] nlohmann::ordered_json figures(const LayerResult& result,
                                             const MachineConfig& machine);
// Parts of results: counts by name with their total, energy by component with its total, tile and
// order, what a memory did in `cycles`, names of the chosen kinds of layers (empty: all).
[[nodiscard]] nlohmann::ordered_json by_name(std::span<const std::string_view> names,
                                             std::span<const uint64_t> values);
[[nodiscard]] nlohmann::ordered_json energy_json(const EnergyBreakdown& energy);
[[nodiscard]] nlohmann::ordered_json tiling_json(const Tiling& tiling);
[[nodiscard]] nlohmann::ordered_json memory_json(const MemoryStats& stats, uint64_t cycles);
[[nodiscard]] nlohmann::ordered_json kind_names(const std::set<LayerKind>& kinds);
// Machine keys, workload parameters, engine, seed, layers, tile and order, resolved.
[[nodiscard]] nlohmann::ordered_json resolved_config(const Experiment& experiment);

// A field of a CSV, quoted where it has to be.
[[nodiscard]] std::string csv_field(std::string_view text);
// A header, a row a layer in the order of the workload, a row for the total.
[[nodiscard]] std::string to_csv(const NetworkPlan& plan, const NetworkResult& result);

// "encoder.*.query" of "encoder.3.query": the name under which the table shows repeated layers.
[[nodiscard]] std::string layer_pattern(const std::string& name);

// Layers of one table row: the same place in a repeated block, and the same result.
struct LayerGroup {
  std::string name;  // "encoder.*.query"
  size_t index = 0;
  uint64_t count = 0;

  [[nodiscard]] std::string title() const;  // "encoder.*.query x12"
};
// In the order of the workload. `index_of_layer`: the plan or result of every layer.
[[nodiscard]] std::vector<LayerGroup> group_layers(const Workload& workload,
                                                   std::span<const size_t> index_of_layer);

struct TableStyle {
  bool is_colored = false;
  bool is_verbose = false;  // the mapper's choices even beyond 120 columns
};
// For people: equal layers of repeated blocks in one row.
[[nodiscard]] std::string to_table(const NetworkPlan& plan, const NetworkResult& result,
                                   const TableStyle& style, const MemoryStats* dram = nullptr);
// "98.1 % hits, 1.2 % misses, 0.7 % conflicts, 12 refreshes".
[[nodiscard]] std::string row_text(const MemoryStats& stats);

// "pe 12.3 %, ..." of any parts, without those that are 0.
[[nodiscard]] std::string shares(std::span<const std::pair<std::string_view, double>> parts,
                                 double total);
// The parts of an array's energy; bytes of every operand.
[[nodiscard]] std::string energy_shares(const LayerResult& result);
[[nodiscard]] std::string traffic_text(const LayerResult& result);
// "w8a8-int8", "w8a8-int8 with weights of density 0.5".
[[nodiscard]] std::string scheme_text(const NetworkPlan& plan);
[[nodiscard]] std::string shape_text(const GemmShape& shape);  // "128x768x768 x12"

// Useful PE operations over PE-cycles of the whole array.
[[nodiscard]] double utilization_of(const LayerResult& result, const MachineConfig& machine);
[[nodiscard]] uint64_t sum_of(std::span<const uint64_t> values);
[[nodiscard]] uint64_t total_stalls(const LayerResult& result);
[[nodiscard]] uint64_t total_dram_bytes(const LayerResult& result);

}  // namespace olivine::cli
