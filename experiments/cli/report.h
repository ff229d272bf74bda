// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace olivine {
struct LayerResult;
struct MachineConfig;
struct NetworkPlan;
struct NetworkResult;
}  // namespace olivine

namespace olivine::cli {

struct Experiment;

// The result of `olivine run`, schema olivine.run/1.
[[nodiscard]] nlohmann::ordered_json to_json(const Experiment& experiment, const NetworkPlan& plan,
                                             const NetworkResult& result);
// The figures that a layer and the total share.
[[nodiscard]] nlohmann::ordered_json figures(const LayerResult& result,
                                             const MachineConfig& machine);
// Machine keys, workload parameters, engine, seed, layers, tile and order, resolved.
[[nodiscard]] nlohmann::ordered_json resolved_config(const Experiment& experiment);

// A header, a row a layer in the order of the workload, a row for the total.
[[nodiscard]] std::string to_csv(const NetworkPlan& plan, const NetworkResult& result);

// "encoder.*.query" of "encoder.3.query": the name under which the table shows repeated layers.
[[nodiscard]] std::string layer_pattern(const std::string& name);

struct TableStyle {
  bool is_colored = false;
  bool is_verbose = false;  // the mapper's choices even beyond 120 columns
};
// For people: equal layers of repeated blocks in one row.
[[nodiscard]] std::string to_table(const NetworkPlan& plan, const NetworkResult& result,
                                   const TableStyle& style);

// Useful PE operations over PE-cycles of the whole array.
[[nodiscard]] double utilization_of(const LayerResult& result, const MachineConfig& machine);
[[nodiscard]] uint64_t total_stalls(const LayerResult& result);
[[nodiscard]] uint64_t total_dram_bytes(const LayerResult& result);

}  // namespace olivine::cli
