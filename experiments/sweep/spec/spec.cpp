// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "experiments/sweep/spec/formula_number.h"
#include "experiments/sweep/spec/metrics.h"
#include "experiments/sweep/spec/spec_parts.h"
#include "models/base/text.h"
#include "models/numerics/format.h"
#include "models/workloads/layer_spec.h"
#include "models/workloads/workload.h"

namespace olivine::sweep {
namespace {

// Problems that are printed; a file of another kind would have one a line.
constexpr size_t kMaxProblems = 100;

const std::array<std::string, 13> kKeys = {
    "name", "description", "machine",    "workload", "scheme",  "layers", "set",
    "axes", "constraints", "objectives", "group_by", "quality", "search"};

// Keys that stand at the top of the file, not in `set`.
constexpr std::array<std::string_view, 3> kBaseKeys = {"machine", "workload", "scheme"};

bool is_base_key(std::string_view key) {
  return std::ranges::find(kBaseKeys, key) != kBaseKeys.end();
}

// One file on its way to a SweepSpec; problems of all parts are collected.
class SpecReader {
 public:
  SpecReader(std::string_view text, const std::string& source) {
    spec_.source = source;
    spec_.text = text;
  }

  SweepSpec read(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::Map) {
      throw ConfigError{fmt::format("{}: must be a map of keys and values", root.place)};
    }
    report_unknown_keys(root, kKeys, "", problems_);
    for (const auto& [key, value] : root.entries) spec_.places.emplace(key, value.place);
    read_names(root);
    read_base(root);
    if (const YamlNode* node = root.find("layers")) read_layers(*node);
    if (const YamlNode* node = root.find("set")) read_settings(*node);
    if (const YamlNode* node = required(root, "axes")) read_all_axes(*node);
    check_base(root);
    if (const YamlNode* node = root.find("constraints")) {
      spec_.constraints = read_constraints(*node, problems_);
    }
    if (const YamlNode* node = required(root, "objectives")) {
      spec_.objectives = read_objectives(*node, spec_.places, problems_);
    }
    if (const YamlNode* node = root.find("group_by")) read_groups(*node);
    if (const YamlNode* node = root.find("quality")) read_quality(*node);
    check_quality(root);
    if (const YamlNode* node = root.find("search")) spec_.search = read_search(*node, problems_);
    throw_problems();
    return std::move(spec_);
  }

 private:
  void fail(const YamlNode& node, std::string_view key, std::string_view problem) {
    problems_.add(fmt::format("{}: {}: {}", node.place, key, problem));
  }

  void throw_problems() {
    const std::vector<std::string>& all = problems_.list();
    if (all.size() <= kMaxProblems) return problems_.throw_if_any();
    std::vector<std::string> first(all.begin(), all.begin() + kMaxProblems);
    first.push_back(
        fmt::format("{}: and {} problems more", spec_.source, all.size() - kMaxProblems));
    throw ConfigError{std::move(first)};
  }

  const YamlNode* required(const YamlNode& root, std::string_view key) {
    const YamlNode* node = root.find(key);
    if (node == nullptr) fail(root, key, "is missing");
    return node;
  }

  void read_names(const YamlNode& root) {
    if (const YamlNode* node = required(root, "name")) {
      const auto name = read_scalar(*node, "name", problems_);
      if (name && !is_plain_name(*name)) {
        problems_.add(fmt::format("{}: name = {}: must be {}", node->place, *name, kPlainNameRule));
      }
      spec_.name = name.value_or("");
    }
    if (const YamlNode* node = root.find("description")) {
      spec_.description = read_scalar(*node, "description", problems_).value_or("");
    }
  }

  void read_base(const YamlNode& root) {
    const std::array<std::string*, 3> members = {&spec_.machine, &spec_.workload, &spec_.scheme};
    for (size_t i = 0; i < kBaseKeys.size(); ++i) {
      const YamlNode* node = root.find(kBaseKeys[i]);
      if (node == nullptr) continue;
      *members[i] = read_scalar(*node, kBaseKeys[i], problems_).value_or("");
      claim(std::string{kBaseKeys[i]}, node->place);
    }
  }

  // After the axes: each of the three is given once, here or there.
  void check_base(const YamlNode& root) {
    for (const std::string_view key : kBaseKeys) {
      if (given_.contains(std::string{key})) continue;
      fail(root, key, "is missing: give it, or an axis of this name");
    }
  }

  // A parameter has one value or one axis.
  void claim(const std::string& key, const std::string& place) {
    const auto [first, is_new] = given_.emplace(key, place);
    if (!is_new) {
      problems_.add(fmt::format("{}: {}: is given twice, first at {}", place, key, first->second));
    }
    check_free_name(key, place);
  }

  // Other keys are looked up by DesignSpace; free variables are what the file makes them.
  void check_free_name(std::string_view key, const std::string& place) {
    constexpr std::string_view kFree = "free.";
    if (!key.starts_with(kFree)) return;
    const std::string_view name = key.substr(kFree.size());
    const bool is_name = !name.empty() && std::ranges::all_of(name, is_name_part);
    if (is_name) return;
    problems_.add(fmt::format("{}: {}: must be free. and letters, digits, '_' or '.'", place, key));
  }

  void read_layers(const YamlNode& node) {
    const auto* items = read_list(node, "layers", kLayerKindNames.size(), problems_);
    if (items == nullptr) return;
    for (const YamlNode& item : *items) {
      const auto text = read_scalar(item, "layers", problems_);
      if (!text) continue;
      const auto kind = value_of<LayerKind>(kLayerKindNames, *text);
      if (!kind) {
        fail(item, "layers",
             fmt::format("'{}': must be {}", *text, joined_names<LayerKind>(kLayerKindNames)));
      } else if (!spec_.kinds.insert(*kind).second) {
        fail(item, "layers", fmt::format("'{}' appears twice", *text));
      }
    }
  }

  void read_settings(const YamlNode& node) {
    for (FlatEntry& entry : flatten(node, problems_)) {
      if (is_base_key(entry.key)) {
        problems_.add(fmt::format("{}: set.{}: belongs at the top of the file, or is an axis",
                                  entry.place, entry.key));
        continue;
      }
      claim(entry.key, entry.place);
      SpecSetting setting{entry.key, entry.place, entry.text, std::nullopt};
      if (entry.text.starts_with('=')) {
        setting.formula =
            read_formula(entry.text.substr(1), entry.place, "set." + entry.key, problems_);
        setting.text.clear();
      }
      spec_.settings.push_back(std::move(setting));
    }
  }

  void read_all_axes(const YamlNode& node) {
    spec_.axes = read_axes(node, problems_);
    for (const SpecAxis& axis : spec_.axes) {
      for (const std::string& key : axis.keys) claim(key, axis.place);
    }
  }

  void read_groups(const YamlNode& node) {
    const auto* items = read_list(node, "group_by", kMaxAxes, problems_);
    if (items == nullptr) return;
    std::vector<std::string> known;
    for (const SpecAxis& axis : spec_.axes) {
      known.insert(known.end(), axis.keys.begin(), axis.keys.end());
    }
    for (const YamlNode& item : *items) {
      const auto key = read_scalar(item, "group_by", problems_);
      if (!key) continue;
      if (std::ranges::find(known, *key) == known.end()) {
        fail(item, "group_by",
             fmt::format("'{}': must be the key of an axis{}", *key, suggestion(*key, known)));
      } else if (std::ranges::find(spec_.group_by, *key) != spec_.group_by.end()) {
        fail(item, "group_by", fmt::format("'{}' appears twice", *key));
      }
      spec_.group_by.push_back(*key);
    }
  }

  void read_quality(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::Map || node.entries.empty()) {
      fail(node, "quality", "must be a map of schemes and numbers");
      return;
    }
    for (const auto& [scheme, value] : node.entries) {
      const std::string key = "quality." + scheme;
      try {
        static_cast<void>(parse_scheme(scheme));
      } catch (const ConfigError& error) {
        fail(value, "quality", error.what());
      }
      const auto text = read_scalar(value, key, problems_);
      if (!text) continue;
      const auto number = parse_number(*text);
      if (!number) {
        problems_.add(fmt::format("{}: {} = {}: must be a number", value.place, key, *text));
      }
      spec_.quality[scheme] = number.value_or(0);
    }
  }

  void check_quality(const YamlNode& root) {
    const auto uses_quality = [](const Formula& formula) {
      return std::ranges::find(formula.names(), kQualityName) != formula.names().end();
    };
    const bool is_used =
        std::ranges::any_of(spec_.objectives, uses_quality, &Objective::formula) ||
        std::ranges::any_of(spec_.constraints, uses_quality, &SpecFormula::formula);
    if (!is_used || root.find("quality") != nullptr) return;
    fail(root, "quality", "is missing: a map of schemes and numbers, for the metric of this name");
  }

  SweepSpec spec_;
  Problems problems_;
  std::map<std::string, std::string> given_;  // parameters, and where
};

}  // namespace

std::optional<std::string> read_scalar(const YamlNode& node, std::string_view key,
                                       Problems& problems) {
  if (node.kind == YamlNode::Kind::Scalar && !node.scalar.empty()) return node.scalar;
  problems.add(fmt::format("{}: {}: must be one value", node.place, key));
  return std::nullopt;
}

const std::vector<YamlNode>* read_list(const YamlNode& node, std::string_view key, size_t limit,
                                       Problems& problems) {
  if (node.kind != YamlNode::Kind::Sequence || node.items.empty()) {
    problems.add(fmt::format("{}: {}: must be a list of 1..{} values", node.place, key, limit));
    return nullptr;
  }
  if (node.items.size() > limit) {
    problems.add(fmt::format("{}: {}: {} values: must be at most {}", node.place, key,
                             node.items.size(), limit));
    return nullptr;
  }
  return &node.items;
}

void report_unknown_keys(const YamlNode& map, std::span<const std::string> known,
                         std::string_view prefix, Problems& problems) {
  for (const auto& [key, value] : map.entries) {
    if (std::ranges::find(known, key) != known.end()) continue;
    problems.add(fmt::format("{}: {}{}{}: unknown key{}", value.place, prefix,
                             prefix.empty() ? "" : ".", key, suggestion(key, known)));
  }
}

std::optional<Formula> read_formula(const std::string& text, const std::string& place,
                                    std::string_view key, Problems& problems) {
  try {
    return Formula::parse(text);
  } catch (const ConfigError& error) {
    problems.add(fmt::format("{}: {}: {}", place, key, error.what()));
    return std::nullopt;
  }
}

const std::string& SweepSpec::place_of(const std::string& key) const {
  const auto found = places.find(key);
  return found == places.end() ? source : found->second;
}

SweepSpec parse_spec(std::string_view text, const std::string& source) {
  return SpecReader{text, source}.read(parse_yaml(text, source));
}

SweepSpec load_spec(const std::string& path) {
  return parse_spec(read_text_file(path, kMaxYamlBytes), path);
}

}  // namespace olivine::sweep
