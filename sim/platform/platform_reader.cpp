// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/workloads/layer_spec.h"
#include "sim/platform/platform_rules.h"

namespace olivine {
namespace {

constexpr std::string_view kNameRule = "1..48 letters, digits, '_' or '-'";

// Leaves room for the number of an accelerator; a dot would be ambiguous in keys.
bool is_entry_name(std::string_view text) {
  constexpr size_t kLongest = 48;
  return text.size() <= kLongest && is_plain_name(text) && text.find('.') == std::string_view::npos;
}

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".yaml");
}

std::string first_part(std::string_view key) { return std::string{key.substr(0, key.find('.'))}; }

// One file on its way from YAML to PlatformConfig; problems of all parts are collected.
class PlatformReader {
 public:
  explicit PlatformReader(const std::string& source)
      : source_(source), folder_(std::filesystem::path{source}.parent_path()) {
    platform_.file = source;
  }

  PlatformConfig read(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::Map) {
      throw ConfigError{fmt::format("{}: must be a map of keys and values", root.place)};
    }
    read_keys(root, platform_table(), {"memories", "accelerators"}, platform_, platform_.places);
    if (!platform_.places.contains("name") || !is_plain_name(platform_.name)) {
      problems_.add(fmt::format("{}: name = {}: must be {}", place_of(platform_.places, "name"),
                                platform_.name, kPlainNameRule));
    }
    broken_.has_memory_list = read_list(root, "memories", kMaxMemories,
                                        [this](const YamlNode& node) { read_memory(node); });
    broken_.has_accelerator_list =
        read_list(root, "accelerators", kMaxAccelerators,
                  [this](const YamlNode& node) { read_accelerator(node); });
    if (problems_.list().size() < kMostProblems) {
      check_platform_rules(platform_, broken_, problems_);
    }
    problems_.throw_if_any();
    return std::move(platform_);
  }

 private:
  static constexpr size_t kMostProblems = 100;  // a file of another kind has one on every line

  [[nodiscard]] const std::string& place_of(const std::map<std::string, std::string>& places,
                                            const std::string& key) const {
    const auto place = places.find(key);
    return place == places.end() ? source_ : place->second;
  }

  // The scalars of `map` into `config`; keys in `lists` are read elsewhere.
  template <class Config>
  void read_keys(const YamlNode& map, const ConfigTable<Config>& table,
                 const std::set<std::string>& lists, Config& config,
                 std::map<std::string, std::string>& places) {
    std::vector<std::string> known{lists.begin(), lists.end()};
    for (const std::string& key : table.keys()) known.push_back(first_part(key));
    YamlNode scalars{YamlNode::Kind::Map, map.place, {}, {}, {}};
    for (const YamlEntry& entry : map.entries) {
      if (lists.contains(entry.key)) continue;
      const bool is_known =
          std::find(known.begin(), known.end(), first_part(entry.key)) != known.end();
      if (is_known) {
        scalars.entries.push_back(entry);
      } else {
        problems_.add(fmt::format("{}: {}: unknown key{}", entry.value.place, entry.key,
                                  suggestion(entry.key, known)));
      }
    }
    for (const FlatEntry& entry : flatten(scalars, problems_)) {
      if (problems_.list().size() >= kMostProblems) return;
      if (!places.emplace(entry.key, entry.place).second) {
        problems_.add(fmt::format("{}: {}: appears twice", entry.place, entry.key));
      } else if (const auto problem = table.set(config, entry.key, entry.text)) {
        problems_.add(fmt::format("{}: {}", entry.place, *problem));
      }
    }
  }

  // False when the list itself has a problem; one that is absent is a rule's.
  template <class Read>
  bool read_list(const YamlNode& root, const std::string& key, size_t limit, Read read) {
    const YamlNode* list = root.find(key);
    if (list == nullptr) return true;
    platform_.places[key] = list->place;
    if (list->kind != YamlNode::Kind::Sequence) {
      problems_.add(fmt::format("{}: {}: must be a list", list->place, key));
      return false;
    }
    if (list->items.size() > limit) {
      problems_.add(fmt::format("{}: {}: {} of them: must be 1..{}", list->place, key,
                                list->items.size(), limit));
      return false;
    }
    bool is_whole = true;
    for (const YamlNode& item : list->items) {
      if (item.kind == YamlNode::Kind::Map) {
        read(item);
      } else {
        problems_.add(fmt::format("{}: {}: must be a list of maps", item.place, key));
        is_whole = false;
      }
    }
    return is_whole;
  }

  void check_entry_name(const std::string& name, const std::map<std::string, std::string>& places,
                        const YamlNode& node) {
    if (is_entry_name(name)) return;
    const auto place = places.find("name");
    problems_.add(fmt::format("{}: name = {}: must be {}",
                              place == places.end() ? node.place : place->second, name, kNameRule));
  }

  void read_memory(const YamlNode& node) {
    const size_t problems_before = problems_.list().size();
    PlatformMemory memory;
    memory.place = node.place;
    read_keys(node, platform_memory_table(), {}, memory, memory.places);
    check_entry_name(memory.name, memory.places, node);
    if (problems_.list().size() != problems_before) {
      broken_.memories.insert(platform_.memories.size());
    }
    platform_.memories.push_back(std::move(memory));
  }

  void read_accelerator(const YamlNode& node) {
    const size_t problems_before = problems_.list().size();
    PlatformAccelerator accelerator;
    accelerator.place = node.place;
    read_keys(node, platform_accelerator_table(), {"set"}, accelerator, accelerator.places);
    check_entry_name(accelerator.name, accelerator.places, node);
    read_machine(node, accelerator);
    if (!accelerator.rtl.empty()) accelerator.rtl = (folder_ / accelerator.rtl).string();
    if (accelerator.memory.empty() && platform_.memories.size() == 1) {
      accelerator.memory = platform_.memories[0].name;
    }
    expand(accelerator, problems_.list().size() != problems_before);
  }

  void expand(const PlatformAccelerator& entry, bool is_broken) {
    const auto count = static_cast<size_t>(entry.count);
    if (platform_.accelerators.size() + count > kMaxAccelerators) {
      problems_.add(fmt::format("{}: count = {}: {} accelerators so far: must be 1..{} in all",
                                entry.place, count, platform_.accelerators.size(),
                                kMaxAccelerators));
      return;
    }
    for (size_t i = 0; i < count; ++i) {
      if (is_broken) broken_.accelerators.insert(platform_.accelerators.size());
      PlatformAccelerator accelerator = entry;
      accelerator.count = 1;
      if (count > 1) accelerator.name += std::to_string(i);
      platform_.accelerators.push_back(std::move(accelerator));
    }
  }

  void read_machine(const YamlNode& node, PlatformAccelerator& accelerator) {
    if (accelerator.machine_name.empty()) {
      problems_.add(fmt::format("{}: machine: is missing", node.place));
      return;
    }
    const std::string& place = accelerator.places["machine"];
    std::string& name = accelerator.machine_name;
    if (is_path(name)) name = (folder_ / name).string();
    try {
      accelerator.machine = load_machine(name);
    } catch (const ConfigError& error) {
      for (const std::string& problem : error.problems()) {
        // Problems inside another file have their own place.
        const bool is_placed = is_path(name) && problem.starts_with(name + ":");
        problems_.add(is_placed && problem.find(": no such file") == std::string::npos
                          ? problem
                          : fmt::format("{}: {}", place, problem));
      }
      return;
    }
    if (const YamlNode* keys = node.find("set")) set_machine(*keys, accelerator);
  }

  void set_machine(const YamlNode& keys, PlatformAccelerator& accelerator) {
    const size_t problems_before = problems_.list().size();
    MachineConfig& machine = accelerator.machine;
    for (const FlatEntry& entry : flatten(keys, problems_)) {
      if (problems_.list().size() >= kMostProblems) return;
      if (entry.key.starts_with("dram.")) {
        problems_.add(
            fmt::format("{}: {}: is that of the platform's memory", entry.place, entry.key));
        continue;
      }
      std::string text = entry.text;
      if (entry.key == "energy.table" && is_path(text)) text = (folder_ / text).string();
      if (const auto problem = machine_table().set(machine, entry.key, text)) {
        problems_.add(fmt::format("{}: {}", entry.place, *problem));
        continue;
      }
      machine.places[entry.key] = entry.place;
      accelerator.machine_keys.emplace_back(entry.key, text);
    }
    if (problems_.list().size() != problems_before) return;
    try {
      validate(machine);
    } catch (const ConfigError& error) {
      for (const std::string& problem : error.problems()) {
        problems_.add(fmt::format("{}: {}", keys.place, problem));
      }
    }
  }

  std::string source_;
  std::filesystem::path folder_;
  PlatformConfig platform_;
  BrokenEntries broken_;
  Problems problems_;
};

}  // namespace

PlatformConfig read_platform(const YamlNode& root, const std::string& source) {
  return PlatformReader{source}.read(root);
}

}  // namespace olivine
