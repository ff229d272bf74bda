// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/gpu.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/machines/machine_kind.h"
#include "models/machines/shipped_gpu_files.h"

namespace olivine {
namespace {

// A broken cross-field rule, with the key a user would change.
struct RuleProblem {
  std::string key;
  std::string message;
};

void check_names(const GpuMachine& machine, std::vector<RuleProblem>& problems) {
  const std::array names = {std::pair{"name", &machine.name},
                            std::pair{"hbm.device", &machine.hbm.device},
                            std::pair{"energy.table", &machine.energy_table}};
  for (const auto& [key, value] : names) {
    if (value->empty()) problems.push_back({key, fmt::format("{}: must not be empty", key)});
  }
}

void check_tensor(const GpuMachine& machine, std::vector<RuleProblem>& problems) {
  const TensorConfig& tensor = machine.tensor;
  const std::array rates = {std::pair{"tensor.fp16_macs_per_clk", tensor.fp16_macs_per_clk},
                            std::pair{"tensor.fp8_macs_per_clk", tensor.fp8_macs_per_clk},
                            std::pair{"tensor.int8_macs_per_clk", tensor.int8_macs_per_clk},
                            std::pair{"tensor.int4_macs_per_clk", tensor.int4_macs_per_clk}};
  for (const auto& [key, rate] : rates) {
    if (rate % machine.sm.sub_cores == 0) continue;
    problems.push_back({key, fmt::format("{} = {}: must be a multiple of sm.sub_cores = {}", key,
                                         rate, machine.sm.sub_cores)});
  }
  if (tensor.has_ovp && tensor.int8_macs_per_clk == 0) {
    problems.push_back({"tensor.ovp_decoders",
                        "tensor.ovp_decoders = true: must be false where "
                        "tensor.int8_macs_per_clk is 0: the decoders feed integer multipliers"});
  }
  if (tensor.has_bf16 && tensor.fp16_macs_per_clk == 0) {
    problems.push_back(
        {"tensor.bf16", "tensor.bf16 = true: must be false where tensor.fp16_macs_per_clk is 0"});
  }
}

void check_sm(const SmConfig& sm, std::vector<RuleProblem>& problems) {
  if (sm.shared_memory_per_cta > sm.shared_memory) {
    problems.push_back(
        {"sm.shared_memory_per_cta",
         fmt::format("sm.shared_memory_per_cta = {}: must be at most "
                     "sm.shared_memory = {}",
                     format_bytes(sm.shared_memory_per_cta), format_bytes(sm.shared_memory))});
  }
  if (sm.max_warps < sm.sub_cores) {
    problems.push_back({"sm.max_warps", fmt::format("sm.max_warps = {}: must be at least "
                                                    "sm.sub_cores = {}",
                                                    sm.max_warps, sm.sub_cores)});
  }
}

void check_power(const PowerConfig& power, std::vector<RuleProblem>& problems) {
  if (power.min_clock_hz > power.max_clock_hz) {
    problems.push_back(
        {"power.min_clock",
         fmt::format("power.min_clock = {}: must be at most power.max_clock = {}",
                     format_frequency(power.min_clock_hz), format_frequency(power.max_clock_hz))});
  }
  if (power.idle_w >= power.limit_w) {
    problems.push_back({"power.idle_w", fmt::format("power.idle_w = {:g}: must be below "
                                                    "power.limit_w = {:g}",
                                                    power.idle_w, power.limit_w)});
  }
}

std::vector<RuleProblem> rule_problems(const GpuMachine& machine) {
  std::vector<RuleProblem> problems;
  check_names(machine, problems);
  check_sm(machine.sm, problems);
  check_tensor(machine, problems);
  check_power(machine.power, problems);
  return problems;
}

const EmbeddedFile* find_shipped(std::string_view name) {
  for (const EmbeddedFile& file : shipped_gpu_files()) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

GpuMachine parse_shipped(const EmbeddedFile& file) {
  return parse_gpu(file.text, std::string{file.name} + ".yaml");
}

// The machine that a file starts from. Its texts describe another machine and are not inherited.
GpuMachine read_base(YamlNode& root, Problems& problems) {
  const YamlNode* node = root.find("base");
  if (node == nullptr) return {};
  const std::string place = node->place;
  const std::optional<std::string> name = take_text(root, "base", problems);
  if (!name) return {};
  const EmbeddedFile* file = find_shipped(*name);
  if (file == nullptr) {
    problems.add(fmt::format("{}: base = {}: must be {}{}", place, *name,
                             fmt::join(shipped_gpus(), "|"), suggestion(*name, shipped_gpus())));
    return {};
  }
  GpuMachine base = parse_shipped(*file);
  base.name.clear();
  base.description.clear();
  base.source = fmt::format("{}; {}", *name, base.source);
  return base;
}

}  // namespace

GpuMachine parse_gpu(std::string_view text, const std::string& source) {
  YamlNode root = parse_yaml(text, source);
  Problems problems;
  take_kind(root, kGpuKind, problems);
  problems.throw_if_any();  // keys of an array are unknown here: one message instead of thirty
  GpuMachine machine = read_base(root, problems);
  apply_yaml(root, gpu_table(), machine, problems);

  Problems ignored;
  for (const FlatEntry& entry : flatten(root, ignored)) machine.places[entry.key] = entry.place;
  // A rule is reported at the line of its key, or at the file where the key kept its default.
  for (const RuleProblem& rule : rule_problems(machine)) {
    const auto place = machine.places.find(rule.key);
    problems.add(fmt::format("{}: {}", place == machine.places.end() ? source : place->second,
                             rule.message));
  }
  problems.throw_if_any();
  return machine;
}

GpuMachine load_gpu(const std::string& name_or_path) {
  if (!is_machine_path(name_or_path)) {
    if (const EmbeddedFile* file = find_shipped(name_or_path)) return parse_shipped(*file);
    throw ConfigError{unknown_machine(name_or_path, kGpuKind)};
  }
  GpuMachine machine = parse_gpu(read_text_file(name_or_path, kMaxYamlBytes), name_or_path);
  machine.energy_table = beside(name_or_path, machine.energy_table);
  machine.calibration = beside(name_or_path, machine.calibration);
  return machine;
}

std::vector<std::string> shipped_gpus() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : shipped_gpu_files()) names.emplace_back(file.name);
  std::sort(names.begin(), names.end());
  return names;
}

bool is_gpu(const std::string& name_or_path) {
  if (!is_machine_path(name_or_path)) return find_shipped(name_or_path) != nullptr;
  try {
    return kind_of(load_yaml(name_or_path)) == kGpuKind;
  } catch (const ConfigError&) {
    return false;  // whoever loads it reports what is wrong with the file
  }
}

void validate(const GpuMachine& machine) {
  Problems problems;
  for (const RuleProblem& rule : rule_problems(machine)) {
    problems.add(fmt::format("machine {}: {}", machine.name, rule.message));
  }
  problems.throw_if_any();
}

}  // namespace olivine
