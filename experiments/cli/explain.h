// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace olivine {
struct ArrayGeometry;
struct LayerPlan;
struct LayerResult;
struct NetworkPlan;
struct Workload;
}  // namespace olivine

namespace olivine::cli {

class Arguments;

// Keeps the one layer that --layer names, or the pattern of equal layers of repeated blocks.
// Throws ConfigError where there is none.
void select_layer(const Arguments& arguments, Workload& workload);

// Folds that stream for the same number of cycles.
struct FoldGroup {
  uint64_t folds = 0;
  uint64_t stream_cycles = 0;
};

// DESIGN section 4's cycles of a layer on the array alone, term by term.
struct ArraySteps {
  std::vector<FoldGroup> groups;
  uint64_t preload = 0;        // the stationary operand of the first fold
  uint64_t streaming = 0;      // sum of T
  uint64_t between_folds = 0;  // preload or drain that hides behind no streaming
  uint64_t flush = 0;          // the last fold's results leave
  uint64_t registers = 0;      // decoders and output adders

  [[nodiscard]] uint64_t total() const {
    return preload + streaming + between_folds + flush + registers;
  }
};

struct OperandTraffic {
  std::string_view name;
  uint64_t tensor_bytes = 0;  // the operand once
  uint64_t dram_bytes = 0;
};

// One kind of action: energy = count x pj.
struct EnergyAction {
  std::string_view component;
  std::string_view action;
  uint64_t count = 0;
  double pj = 0;
};

// Everything `olivine explain` says about one layer.
struct Explanation {
  const NetworkPlan* network = nullptr;
  const LayerPlan* plan = nullptr;
  std::string layer;
  bool is_tile_given = false;
  const LayerResult* result = nullptr;
  // Empty for vector layers:
  ArraySteps array;
  uint64_t dram_bytes_per_cycle = 0;  // of a banked DRAM: its peak less refresh; 0: ideal memory
  uint64_t dram_cycles = 0;           // all traffic at this rate
  // Compressed weights, each time they come in: dense elements that leave the decompressor, and how
  // long they take; 0 elsewhere and with ideal memory.
  uint64_t expanded_elems = 0;
  uint64_t expand_cycles = 0;
  std::array<OperandTraffic, 4> traffic{};
  std::vector<EnergyAction> actions;
};

// Throws CheckFailed when the terms do not add up to the model's cycles or energy. Contract:
// `network` has one layer, `result` is what time_one_layer() says of it, and both outlive the
// explanation.
[[nodiscard]] Explanation explain_layer(const NetworkPlan& network, const LayerResult& result,
                                        bool is_tile_given);

// What takes longest by itself: the array, all bytes on the bus, or compressed weights in the
// decompressor while the rest has the bus.
enum class Bound : uint8_t { Array, Dram, Decompressor };
[[nodiscard]] Bound bound_by(const Explanation& explanation);

[[nodiscard]] std::string to_text(const Explanation& explanation, bool is_colored);
[[nodiscard]] nlohmann::ordered_json to_json(const Explanation& explanation);

// "sum_{i<F} max(T_i, R) + ...": the row of the table of cycles that holds for this array.
[[nodiscard]] std::string_view cycle_formula(const ArrayGeometry& geometry);

}  // namespace olivine::cli
