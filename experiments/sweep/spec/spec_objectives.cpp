// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "experiments/sweep/spec/metrics.h"
#include "experiments/sweep/spec/spec_parts.h"
#include "models/base/text.h"
#include "models/workloads/layer_spec.h"

namespace olivine::sweep {
namespace {

const MetricInfo* metric_named(std::string_view name) {
  const auto* found = std::ranges::find(kMetrics, name, &MetricInfo::name);
  return found == kMetrics.end() ? nullptr : found;
}

// What says the same of every point compares none.
std::optional<Formula> read_comparison(const std::string& text, const std::string& place,
                                       std::string_view key, Problems& problems) {
  auto formula = read_formula(text, place, key, problems);
  if (!formula || !formula->names().empty()) return formula;
  problems.add(fmt::format("{}: {}: '{}': must use a parameter or a metric", place, key, text));
  return std::nullopt;
}

class ObjectiveReader {
 public:
  explicit ObjectiveReader(Problems& problems) : problems_(problems) {}

  std::optional<Objective> read(const YamlNode& node) {
    auto objective = node.kind == YamlNode::Kind::Map ? read_map(node) : read_metric(node);
    if (objective && !names_.insert(objective->name).second) {
      fail(node, fmt::format("'{}' appears twice", objective->name));
    }
    return objective;
  }

 private:
  void fail(const YamlNode& node, std::string_view problem) {
    problems_.add(fmt::format("{}: objectives: {}", node.place, problem));
  }

  std::optional<Objective> read_metric(const YamlNode& node) {
    const auto name = read_scalar(node, "objectives", problems_);
    if (!name) return std::nullopt;
    const MetricInfo* metric = metric_named(*name);
    if (metric == nullptr && *name != kQualityName) {
      std::vector<std::string> known{std::string{kQualityName}};
      for (const MetricInfo& info : kMetrics) known.emplace_back(info.name);
      fail(node, fmt::format("'{}': must be a metric or {{name, value: formula, goal}}{}", *name,
                             suggestion(*name, known)));
      return std::nullopt;
    }
    const Goal goal = metric == nullptr ? Goal::Max : metric->goal;
    return Objective{*name, Formula::parse(*name), goal};
  }

  std::optional<Objective> read_map(const YamlNode& node) {
    static const std::array<std::string, 3> kKeys = {"name", "value", "goal"};
    report_unknown_keys(node, kKeys, "objectives", problems_);
    const auto name = part(node, "name");
    const auto value = part(node, "value");
    const auto goal = read_goal(node);
    if (name && !is_plain_name(*name)) {
      fail(node, fmt::format("name = {}: must be {}", *name, kPlainNameRule));
    }
    // A column that is called time_s has times.
    const bool is_taken = name && (*name == kQualityName || metric_named(*name) != nullptr);
    if (is_taken && value && *value != *name) {
      fail(node, fmt::format("name = {}: is a metric's: must be another", *name));
    }
    if (!name || !value || !goal) return std::nullopt;
    auto formula = read_comparison(*value, node.place, "objectives", problems_);
    if (!formula) return std::nullopt;
    return Objective{*name, std::move(*formula), *goal};
  }

  std::optional<std::string> part(const YamlNode& node, std::string_view key) {
    const YamlNode* value = node.find(key);
    if (value != nullptr) return read_scalar(*value, fmt::format("objectives.{}", key), problems_);
    fail(node, fmt::format("{} is missing", key));
    return std::nullopt;
  }

  std::optional<Goal> read_goal(const YamlNode& node) {
    const YamlNode* value = node.find("goal");
    if (value == nullptr) return Goal::Min;
    const auto text = read_scalar(*value, "objectives.goal", problems_);
    if (!text) return std::nullopt;
    const auto goal = value_of<Goal>(kGoalNames, *text);
    if (!goal) {
      fail(*value, fmt::format("goal = {}: must be {}", *text, joined_names<Goal>(kGoalNames)));
    }
    return goal;
  }

  Problems& problems_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<SpecFormula> read_constraints(const YamlNode& node, Problems& problems) {
  std::vector<SpecFormula> constraints;
  const auto* items = read_list(node, "constraints", kMaxConstraints, problems);
  if (items == nullptr) return constraints;
  for (const YamlNode& item : *items) {
    const auto text = read_scalar(item, "constraints", problems);
    if (!text) continue;
    if (auto formula = read_comparison(*text, item.place, "constraints", problems)) {
      constraints.push_back({item.place, std::move(*formula)});
    }
  }
  return constraints;
}

std::vector<Objective> read_objectives(const YamlNode& node,
                                       std::map<std::string, std::string>& places,
                                       Problems& problems) {
  std::vector<Objective> objectives;
  const auto* items = read_list(node, "objectives", kMaxObjectives, problems);
  if (items == nullptr) return objectives;
  ObjectiveReader reader{problems};
  for (const YamlNode& item : *items) {
    auto objective = reader.read(item);
    if (!objective) continue;
    places.emplace("objectives." + objective->name, item.place);
    objectives.push_back(std::move(*objective));
  }
  return objectives;
}

}  // namespace olivine::sweep
