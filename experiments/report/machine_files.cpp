// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/machine_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/binding.h"
#include "experiments/sweep/space/space.h"
#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"
#include "models/base/yaml_text.h"
#include "models/machines/machine_yaml.h"
#include "models/workloads/workload.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;
using sweep::SpecAxis;
using sweep::SpecSetting;
using sweep::SweepHeader;
using sweep::SweepSpec;

struct AxisPlace {
  size_t axis = 0;
  size_t key = 0;  // of the axis
};

std::optional<AxisPlace> find_axis(const SweepSpec& spec, std::string_view key) {
  for (size_t axis = 0; axis < spec.axes.size(); ++axis) {
    const auto& keys = spec.axes[axis].keys;
    const auto found = std::ranges::find(keys, key);
    if (found != keys.end()) return AxisPlace{axis, static_cast<size_t>(found - keys.begin())};
  }
  return std::nullopt;
}

// A file is meant from the folder that the sweep was run in, and run from another one.
std::string name_from_anywhere(const std::string& name_or_path) {
  return sweep::is_file(name_or_path) ? std::filesystem::absolute(name_or_path).string()
                                      : name_or_path;
}

bool names_file(std::string_view key) {
  return key == sweep::kEnergyTableKey || key == sweep::kCalibrationKey ||
         key == sweep::kWorkloadName;
}

class MachineFiles {
 public:
  MachineFiles(const SweepSpec& spec, const SweepHeader& header) : spec_(spec), header_(header) {}

  [[nodiscard]] Json json() {
    Json json = {{"machine", source_of(sweep::kMachineName, spec_.machine)},
                 {"templates", Json::array()},
                 {"slots", Json::array()}};
    read_slots(json["slots"]);
    const auto on_axis = find_axis(spec_, sweep::kMachineName);
    if (!on_axis) json["templates"].push_back(template_of(spec_.machine));
    for (size_t i = 0; on_axis && i < spec_.axes[on_axis->axis].values.size(); ++i) {
      json["templates"].push_back(template_of(spec_.axes[on_axis->axis].values[i][on_axis->key]));
    }
    json["workload"] = source_of(sweep::kWorkloadName, spec_.workload);
    json["scheme"] = source_of(sweep::kSchemeName, spec_.scheme);
    json["layers"] = layer_names();
    json["set"] = workload_settings();
    return json;
  }

 private:
  static bool is_of_machine(std::string_view key) { return sweep::is_machine_key(key); }

  // Contract: the key is on an axis, is computed, or has the value `fixed`.
  [[nodiscard]] Json source_of(std::string_view key, const std::string& fixed) const {
    const auto text_of = [is_file = names_file(key),
                          is_yaml = is_of_machine(key)](const std::string& written) {
      const std::string text = is_file ? name_from_anywhere(written) : written;
      return is_yaml ? yaml_scalar(text) : text;
    };
    if (const auto place = find_axis(spec_, key)) {
      Json texts = Json::array();
      for (const auto& values : spec_.axes[place->axis].values) {
        texts.push_back(text_of(values[place->key]));
      }
      return {{"axis", place->axis}, {"texts", std::move(texts)}};
    }
    const auto is_it = [&](const SpecSetting& setting) { return setting.key == key; };
    const auto setting = std::ranges::find_if(spec_.settings, is_it);
    if (setting != spec_.settings.end() && setting->formula) {
      const auto column = std::ranges::find(header_.columns, key);
      OLV_CHECK(column != header_.columns.end(), "{}", key);
      return {{"column", column - header_.columns.begin()}};
    }
    return {{"text", text_of(setting != spec_.settings.end() ? setting->text : fixed)}};
  }

  // Keys of the machine that differ between points, and where a template has them.
  void read_slots(Json& slots) {
    const auto add = [&](const std::string& key) {
      if (!is_of_machine(key)) return;
      slot_keys_.push_back(key);
      slots.push_back(source_of(key, ""));
    };
    for (const SpecAxis& axis : spec_.axes) std::ranges::for_each(axis.keys, add);
    for (const SpecSetting& setting : spec_.settings) {
      if (setting.formula) add(setting.key);
    }
  }

  // The file of a machine with what is set for all points, cut where a key varies.
  [[nodiscard]] Json template_of(const std::string& name_or_path) const {
    sweep::BaseMachine base{name_or_path};
    for (const SpecSetting& setting : spec_.settings) {
      if (!setting.formula && is_of_machine(setting.key)) base.set(setting.key, setting.text);
    }
    const auto yaml_of = [&](auto machine) {
      machine.description = fmt::format("A point of the sweep {}", spec_.name);
      return machine_yaml(machine);
    };
    const std::string yaml = std::visit(yaml_of, base.config());
    Json parts = Json::array();
    std::string text;
    std::string section;
    for (size_t from = 0; from < yaml.size();) {
      const size_t to = yaml.find('\n', from);
      const std::string line = yaml.substr(from, to - from);
      from = to + 1;
      const size_t colon = line.find(':');
      const bool is_nested = line.starts_with("  ");
      const std::string name = line.substr(is_nested ? 2 : 0, colon - (is_nested ? 2 : 0));
      if (colon + 1 == line.size()) section = name;
      const std::string key = is_nested ? fmt::format("{}.{}", section, name) : name;
      const auto slot = std::ranges::find(slot_keys_, key);
      if (slot == slot_keys_.end()) {
        text += line + "\n";
        continue;
      }
      parts.push_back(text + line.substr(0, colon) + ": ");
      parts.push_back({{"slot", slot - slot_keys_.begin()}});
      text = "\n";
    }
    parts.push_back(text);
    OLV_CHECK(parts.size() == 2 * slot_keys_.size() + 1, "{} parts of {} with {} slots",
              parts.size(), name_or_path, slot_keys_.size());
    return parts;
  }

  [[nodiscard]] std::string layer_names() const {
    std::vector<std::string_view> names;
    for (const auto& entry : kLayerKindNames) {
      if (spec_.kinds.contains(entry.value)) names.push_back(entry.name);
    }
    return fmt::format("{}", fmt::join(names, ","));
  }

  [[nodiscard]] Json workload_settings() const {
    Json settings = Json::array();
    const auto add = [&](const std::string& key) {
      if (!key.starts_with(sweep::kWorkloadPrefix)) return;
      settings.push_back({{"key", key}, {"value", source_of(key, "")}});
    };
    for (const SpecAxis& axis : spec_.axes) std::ranges::for_each(axis.keys, add);
    for (const SpecSetting& setting : spec_.settings) add(setting.key);
    return settings;
  }

  const SweepSpec& spec_;
  const SweepHeader& header_;
  std::vector<std::string> slot_keys_;
};

}  // namespace

Json machine_files(const SweepHeader& header) {
  const SweepSpec spec = sweep::parse_spec(header.spec_text, header.name);
  const sweep::DesignSpace space{spec};
  if (space.header().base_digest != header.base_digest) {
    throw ConfigError{"files that the sweep refers to have changed since it ran"};
  }
  return MachineFiles{spec, header}.json();
}

}  // namespace olivine::report
