// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/error.h"
#include "models/base/yaml_file.h"
#include "models/machines/machine_kind.h"
#include "models/machines/shipped_machines.h"
#include "models/numerics/weight_density.h"

namespace olivine {
namespace {

constexpr int64_t kAccumulatorBytes = 4;

// A broken cross-field rule, with the key a user would change.
struct RuleProblem {
  std::string key;
  std::string message;
};

void check_names(const MachineConfig& machine, std::vector<RuleProblem>& problems) {
  const std::array names = {std::pair{"name", &machine.name},
                            std::pair{"array.pe", &machine.array.pe},
                            std::pair{"memory.sram", &machine.memory.sram},
                            std::pair{"dram.device", &machine.dram.device},
                            std::pair{"energy.table", &machine.energy_table}};
  for (const auto& [key, value] : names) {
    if (value->empty()) problems.push_back({key, fmt::format("{}: must not be empty", key)});
  }
}

void check_arithmetic(const ArrayConfig& array, std::vector<RuleProblem>& problems) {
  if (array.pe_operand_bits != 4 && array.pe_operand_bits != 8) {
    problems.push_back({"array.pe_operand_bits", fmt::format("array.pe_operand_bits = {}: must be "
                                                             "4 or 8",
                                                             array.pe_operand_bits)});
  }
  if (array.arithmetic != Arithmetic::Float) return;
  if (array.pe_operand_bits == 4) {
    problems.push_back({"array.pe_operand_bits",
                        "array.pe_operand_bits = 4: must be 8 where array.arithmetic is float: "
                        "float operands are not sliced into lanes"});
  }
  if (array.has_ovp_decoders) {
    problems.push_back({"array.ovp_decoders",
                        "array.ovp_decoders = true: must be false where array.arithmetic is "
                        "float: the decoders emit integers and exponents"});
  }
}

// Half of a buffer feeds the array while the other half fills, so each half holds at least what
// one wave needs: one operand for every row or column, one accumulator for every column.
void check_buffers(const MachineConfig& machine, std::vector<RuleProblem>& problems) {
  const ArrayConfig& array = machine.array;
  const bool activations_left = array.dataflow != Dataflow::InputStationary;
  const int64_t left_bytes = (array.rows * array.pe_operand_bits + 7) / 8;
  const int64_t top_bytes = (array.cols * array.pe_operand_bits + 7) / 8;
  struct Need {
    const char* key;
    int64_t bytes;
    int64_t half_bytes;
    const char* what;
  };
  const std::array needs = {
      Need{"memory.activation_buffer", machine.memory.activation_buffer,
           activations_left ? left_bytes : top_bytes, "one activation of every lane"},
      Need{"memory.weight_buffer", machine.memory.weight_buffer,
           activations_left ? top_bytes : left_bytes, "one weight of every lane"},
      Need{"memory.output_buffer", machine.memory.output_buffer, array.cols * kAccumulatorBytes,
           "one 32-bit output of every column"}};
  for (const Need& need : needs) {
    if (need.bytes >= 2 * need.half_bytes) continue;
    problems.push_back({need.key, fmt::format("{} = {}: must be at least {}: each half holds {}",
                                              need.key, format_bytes(need.bytes),
                                              format_bytes(2 * need.half_bytes), need.what)});
  }
}

std::vector<RuleProblem> rule_problems(const MachineConfig& machine) {
  std::vector<RuleProblem> problems;
  check_names(machine, problems);
  check_arithmetic(machine.array, problems);
  check_buffers(machine, problems);
  return problems;
}

// Why the PEs cannot multiply this operand, or nothing.
std::optional<std::string> operand_refusal(const ArrayConfig& array, Format format) {
  const FormatInfo& operand = info(format);
  if (array.arithmetic == Arithmetic::Float) {
    if (format == Format::Fp8) return std::nullopt;
    return fmt::format("its float PEs execute fp8 only, not {}", operand.name);
  }
  if (!operand.is_integer) {
    return fmt::format("its integer PEs have no {} arithmetic", operand.name);
  }
  if (operand.is_ovp && !array.has_ovp_decoders) {
    return fmt::format("it has no outlier-victim pair decoders (array.ovp_decoders) for {}",
                       operand.name);
  }
  return std::nullopt;
}

std::optional<std::string> sparse_refusal(const ArrayConfig& array) {
  if (!array.has_sparse_select) {
    return "it has no 2:4 operand selection (array.sparse_select)";
  }
  if (array.dataflow == Dataflow::InputStationary) {
    return "in dataflow is the activations are stationary and the weights move: every weight "
           "that passes would have to select among activations that sit in other rows";
  }
  return std::nullopt;
}

std::optional<std::string> size_refusal(const ArrayConfig& array, const Scheme& scheme) {
  const ArrayOperands operands = array_operands(array.dataflow, scheme);
  // In ws a group of four dense weights is its two kept ones, in two adjacent row positions.
  const bool holds_pairs =
      scheme.weight_pattern == Pattern::TwoFour && array.dataflow == Dataflow::WeightStationary;
  const int64_t rows_needed = lane_count(array, operands.left) * (holds_pairs ? 2 : 1);
  const int64_t cols_needed = lane_count(array, operands.top);
  if (array.rows < rows_needed) {
    return fmt::format("array.rows = {}: {} from the left takes {} rows{}", array.rows,
                       name_of(operands.left), rows_needed,
                       holds_pairs ? " for the two kept weights of a 2:4 group" : "");
  }
  if (array.cols < cols_needed) {
    return fmt::format("array.cols = {}: {} from the top takes {} columns", array.cols,
                       name_of(operands.top), cols_needed);
  }
  return std::nullopt;
}

}  // namespace

MachineConfig parse_machine(std::string_view text, const std::string& source) {
  YamlNode root = parse_yaml(text, source);
  MachineConfig machine;
  Problems problems;
  take_kind(root, kSystolicKind, problems);
  problems.throw_if_any();  // keys of a GPU are unknown here: one message instead of thirty
  apply_yaml(root, machine_table(), machine, problems);

  // A rule is reported at the line of its key, or at the file where the key kept its default. A
  // key already reported keeps its default too: a rule about it would only repeat the problem.
  Problems ignored;
  const std::vector<FlatEntry> entries = flatten(root, ignored);
  for (const RuleProblem& rule : rule_problems(machine)) {
    const auto entry = std::find_if(entries.begin(), entries.end(),
                                    [&](const FlatEntry& e) { return e.key == rule.key; });
    problems.add(
        fmt::format("{}: {}", entry == entries.end() ? source : entry->place, rule.message));
  }
  problems.throw_if_any();
  for (const FlatEntry& entry : entries) machine.places[entry.key] = entry.place;
  return machine;
}

MachineConfig load_machine(const std::string& name_or_path) {
  if (is_machine_path(name_or_path)) {
    MachineConfig machine =
        parse_machine(read_text_file(name_or_path, kMaxYamlBytes), name_or_path);
    machine.energy_table = beside(name_or_path, machine.energy_table);
    return machine;
  }
  for (const EmbeddedFile& file : shipped_machine_files()) {
    if (file.name == name_or_path) return parse_machine(file.text, name_or_path + ".yaml");
  }
  throw ConfigError{unknown_machine(name_or_path, kSystolicKind)};
}

std::vector<std::string> shipped_machines() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : shipped_machine_files()) names.emplace_back(file.name);
  std::sort(names.begin(), names.end());
  return names;
}

void validate(const MachineConfig& machine) {
  Problems problems;
  for (const RuleProblem& rule : rule_problems(machine)) {
    problems.add(fmt::format("machine {}: {}", machine.name, rule.message));
  }
  problems.throw_if_any();
}

int64_t lane_count(const ArrayConfig& array, Format format) {
  return (info(format).bits + array.pe_operand_bits - 1) / array.pe_operand_bits;
}

ArrayOperands array_operands(Dataflow dataflow, const Scheme& scheme) {
  if (dataflow == Dataflow::InputStationary) return {scheme.weights, scheme.activations};
  return {scheme.activations, scheme.weights};
}

std::optional<std::string> refusal(const MachineConfig& machine, const Scheme& scheme) {
  const auto because = [&](const std::string& reason) {
    return fmt::format("machine {} cannot run {}: {}", machine.name, scheme.name, reason);
  };
  const ArrayConfig& array = machine.array;
  for (const Format format : {scheme.weights, scheme.activations}) {
    if (const auto reason = operand_refusal(array, format)) return because(*reason);
  }
  if (scheme.weight_pattern == Pattern::TwoFour) {
    if (const auto reason = sparse_refusal(array)) return because(*reason);
  }
  if (const auto reason = size_refusal(array, scheme)) return because(*reason);
  return std::nullopt;
}

std::optional<std::string> density_refusal(const MachineConfig& machine, const Scheme& scheme,
                                           WeightDensity density) {
  if (density.is_dense()) return std::nullopt;
  const auto because = [&](const std::string& reason) {
    return fmt::format("machine {} cannot run {} with weights of density {}: {}", machine.name,
                       scheme.name, to_string(density), reason);
  };
  if (scheme.weight_pattern == Pattern::TwoFour) {
    return because("2:4 weights are stored by position already, and no bitmap describes them");
  }
  if (machine.dram.decompressor.elements_per_cycle == 0) {
    return because("it has no decompressor (decompressor.elements_per_cycle = 0)");
  }
  return std::nullopt;
}

}  // namespace olivine
