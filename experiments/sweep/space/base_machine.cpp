// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/base_machine.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <type_traits>
#include <utility>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/machines/machine_kind.h"

namespace olivine::sweep {
namespace {

// Keys that change no result.
constexpr std::array<std::string_view, 3> kTextKeys = {"name", "description", "source"};

bool is_text_key(std::string_view key) {
  return std::find(kTextKeys.begin(), kTextKeys.end(), key) != kTextKeys.end();
}

const ConfigTable<MachineConfig>& table_of(const MachineConfig& /*kind*/) {
  return machine_table();
}
const ConfigTable<GpuMachine>& table_of(const GpuMachine& /*kind*/) { return gpu_table(); }

AnyMachine load(const std::string& name_or_path) {
  if (is_gpu(name_or_path)) return load_gpu(name_or_path);
  return load_machine(name_or_path);
}

KeyType type_of(const nlohmann::json& json) {
  if (json.is_boolean()) return KeyType::Boolean;
  if (json.is_string()) return KeyType::Text;
  return json.is_number_float() ? KeyType::Number : KeyType::Integer;
}

// -0 and 0 are one value.
Value canonical(const nlohmann::json& json) {
  Value value = value_of(json);
  if (auto* number = std::get_if<double>(&value)) *number += 0.0;
  return value;
}

template <class Config>
std::vector<MachineKey> keys_of(const Config& config) {
  const nlohmann::json json = table_of(config).to_json(config);
  std::vector<MachineKey> keys;
  for (const std::string& key : table_of(config).keys()) {
    if (is_text_key(key)) continue;
    Value value = canonical(json.at(key));
    const bool is_path = key == kEnergyTableKey || key == kCalibrationKey;
    if (is_path) value = plain_name(std::get<std::string>(value));
    keys.push_back({key, type_of(json.at(key)), std::move(value)});
  }
  return keys;
}

// The rows of one key (and of those that begin with it): an axis may have many values, and reading
// back every key of the machine for each of them would take long.
template <class Config>
ConfigTable<Config> narrow_table(const Config& kind, std::string_view key) {
  ConfigTable<Config> narrow;
  narrow.include(
      table_of(kind), key, [](const Config& config) { return config; },
      [](Config& config, const Config& changed) { config = changed; });
  return narrow;
}

}  // namespace

bool is_machine_key(std::string_view key) {
  const auto has_it = [&](const auto& table) {
    const std::vector<std::string> keys = table.keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  return !is_text_key(key) && (has_it(machine_table()) || has_it(gpu_table()));
}

std::string plain_name(const std::string& name_or_path) {
  return is_file(name_or_path) ? std::filesystem::path{name_or_path}.stem().string() : name_or_path;
}

bool is_file(std::string_view name_or_path) {
  constexpr std::array<std::string_view, 3> kEndings = {".yaml", ".yml", ".csv"};
  return name_or_path.find('/') != std::string_view::npos ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name_or_path.ends_with(ending); });
}

std::optional<std::string> set_key(AnyMachine& machine, std::string_view key,
                                   std::string_view text) {
  return std::visit([&](auto& config) { return table_of(config).set(config, key, text); }, machine);
}

BaseMachine::BaseMachine(const std::string& name_or_path)
    : name_(plain_name(name_or_path)), path_(name_or_path), config_(load(name_or_path)) {
  const auto strip = [&](auto& config) {
    config.description.clear();
    config.source.clear();
    places_ = std::exchange(config.places, {});
    keys_ = keys_of(config);
  };
  std::visit(strip, config_);
}

std::string_view BaseMachine::kind() const { return is_gpu() ? kGpuKind : kSystolicKind; }

const MachineKey* BaseMachine::find(std::string_view key) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const MachineKey& other) { return other.name == key; });
  return found == keys_.end() ? nullptr : &*found;
}

const std::string& BaseMachine::place(const std::string& key) const {
  static const std::string kNone;
  const auto found = places_.find(key);
  return found == places_.end() ? kNone : found->second;
}

KeyReading BaseMachine::read(std::string_view key, std::string_view text) const {
  const auto read = [&](auto config) -> KeyReading {
    const auto narrow = narrow_table(config, key);
    if (auto problem = narrow.set(config, key, text)) return {std::nullopt, *std::move(problem)};
    return {canonical(narrow.to_json(config).at(std::string{key})), ""};
  };
  return std::visit(read, config_);
}

void BaseMachine::set(std::string_view key, std::string_view text) {
  const auto problem = set_key(config_, key, text);
  OLV_CHECK(!problem, "{}", *problem);
  keys_ = std::visit([](const auto& config) { return keys_of(config); }, config_);
}

}  // namespace olivine::sweep
