// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/machines/dram_device.h"
#include "sim/platform/platform_reader.h"
#include "sim/platform/platform_rules.h"
#include "sim/platform/shipped_platforms.h"

namespace olivine {
namespace {

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".yaml");
}

// NAME.KEY of an entry that has a name, or the problem.
template <class Entry>
std::optional<std::string> set_entry_key(std::vector<Entry>& entries,
                                         const ConfigTable<Entry>& table, std::string_view list,
                                         std::string_view name_and_key, std::string_view text) {
  const size_t dot = std::min(name_and_key.find('.'), name_and_key.size());
  const std::string_view name = name_and_key.substr(0, dot);
  const std::string_view key = name_and_key.substr(std::min(dot + 1, name_and_key.size()));
  const auto problem = [&](std::string_view what) {
    return fmt::format("{}.{} = {}: {}", list, name_and_key, text, what);
  };
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(entry.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    return problem(
        fmt::format("no entry of {} has the name '{}'{}", list, name, suggestion(name, names)));
  }
  if (key == "name" || key == "count" || key == "machine") {
    return problem("is set in the platform file only");
  }
  Entry& entry = entries[static_cast<size_t>(found - names.begin())];
  if (const auto refused = table.set(entry, key, text)) {
    return fmt::format("{}.{}.{}", list, name, *refused);
  }
  entry.places.erase(std::string{key});  // no longer the file's
  return std::nullopt;
}

std::string yaml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

template <class Entry>
std::string entry_yaml(const Entry& entry, const ConfigTable<Entry>& table) {
  std::string text;
  for (const auto& [key, value] : table.dump(entry)) {
    if (value.empty()) continue;  // the default of every text
    text += fmt::format("  {} {}: {}\n", text.empty() ? "-" : " ", key, yaml_text(value));
  }
  return text;
}

}  // namespace

PlatformConfig parse_platform(std::string_view text, const std::string& source) {
  return read_platform(parse_yaml(text, source), source);
}

PlatformConfig load_platform(const std::string& name_or_path) {
  if (is_path(name_or_path)) {
    return parse_platform(read_text_file(name_or_path, kMaxYamlBytes), name_or_path);
  }
  for (const EmbeddedFile& file : shipped_platform_files()) {
    if (file.name == name_or_path) return parse_platform(file.text, name_or_path + ".yaml");
  }
  const std::vector<std::string> known = shipped_platforms();
  throw ConfigError{fmt::format(
      "platform = {}: unknown platform{} (shipped: {}; a file is given by its path, ending in "
      ".yaml)",
      name_or_path, suggestion(name_or_path, known), fmt::join(known, ", "))};
}

std::vector<std::string> shipped_platforms() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : shipped_platform_files()) names.emplace_back(file.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> set_platform_key(PlatformConfig& platform, std::string_view key,
                                            std::string_view text) {
  constexpr std::string_view kMemories = "memories";
  constexpr std::string_view kAccelerators = "accelerators";
  const std::string_view list = key.substr(0, key.find('.'));
  if (list == kMemories && list != key) {
    return set_entry_key(platform.memories, platform_memory_table(), list,
                         key.substr(list.size() + 1), text);
  }
  if (list == kAccelerators && list != key) {
    return set_entry_key(platform.accelerators, platform_accelerator_table(), list,
                         key.substr(list.size() + 1), text);
  }
  if (auto problem = platform_table().set(platform, key, text)) return problem;
  platform.places.erase(std::string{key});
  return std::nullopt;
}

void validate(const PlatformConfig& platform) {
  Problems problems;
  check_platform_rules(platform, {}, problems);
  problems.throw_if_any();
}

std::string to_yaml(const PlatformConfig& platform) {
  std::string text;
  for (const auto& [key, value] : platform_table().dump(platform)) {
    text += fmt::format("{}: {}\n", key, yaml_text(value));
  }
  text += "memories:\n";
  for (const PlatformMemory& memory : platform.memories) {
    text += entry_yaml(memory, platform_memory_table());
  }
  text += "accelerators:\n";
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    text += entry_yaml(accelerator, platform_accelerator_table());
    if (accelerator.machine_keys.empty()) continue;
    text += "    set:\n";
    for (const auto& [key, value] : accelerator.machine_keys) {
      text += fmt::format("      {}: {}\n", key, yaml_text(value));
    }
  }
  return text;
}

const PlatformMemory& memory_of(const PlatformConfig& platform,
                                const PlatformAccelerator& accelerator) {
  const auto memory =
      std::find_if(platform.memories.begin(), platform.memories.end(),
                   [&](const PlatformMemory& m) { return m.name == accelerator.memory; });
  OLV_CHECK(memory != platform.memories.end(), "accelerator {}: no memory '{}'", accelerator.name,
            accelerator.memory);
  return *memory;
}

DramConfig mapper_dram(const PlatformConfig& platform, const PlatformAccelerator& accelerator) {
  DramConfig dram = equivalent_bandwidth(memory_of(platform, accelerator).dram, platform.clock_hz);
  const auto users = std::count_if(
      platform.accelerators.begin(), platform.accelerators.end(),
      [&](const PlatformAccelerator& other) { return other.memory == accelerator.memory; });
  const int64_t shared = std::min(dram.bytes_per_cycle, platform.bus.bytes_per_cycle);
  dram.bytes_per_cycle = std::max<int64_t>(1, shared / users);
  dram.latency_cycles += 2 * platform.bus.latency_cycles;
  return dram;
}

}  // namespace olivine
