// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/sweep_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "experiments/report/packed_column.h"
#include "experiments/sweep/spec/metrics.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/gpu.h"
#include "models/machines/machine.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;
using sweep::Axis;
using sweep::Goal;
using sweep::kMetrics;
using sweep::MetricInfo;
using sweep::Objective;
using sweep::StoredPoint;
using sweep::Value;

// A page of more takes a browser too long.
constexpr uint64_t kMostPoints = 250000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string unit_of_key(const std::string& key) {
  static const std::map<std::string, std::string> kUnits = [] {
    const MachineConfig array;
    const GpuMachine gpu;
    std::map<std::string, std::string> found;
    for (const FieldDoc& doc : machine_table().docs(array)) found[doc.key] = doc.unit;
    for (const FieldDoc& doc : gpu_table().docs(gpu)) found.emplace(doc.key, doc.unit);
    return found;
  }();
  const auto unit = kUnits.find(key);
  return unit == kUnits.end() ? "" : unit->second;
}

std::optional<double> number_in(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

// "64KiB", "500MHz": a value of a parameter for people.
std::string label_of(const std::string& key, const Value& value) {
  const std::string unit = unit_of_key(key);
  if (const auto* bytes = std::get_if<int64_t>(&value); bytes != nullptr && unit == "bytes") {
    return format_bytes(*bytes);
  }
  const auto number = number_in(value);
  return number && unit == "Hz" ? format_frequency(*number) : sweep::to_text(value);
}

std::string label_of(const Axis& axis, const std::vector<Value>& position) {
  std::string label;
  for (size_t i = 0; i < position.size(); ++i) {
    label += (i == 0 ? "" : ", ") + label_of(axis.keys[i], position[i]);
  }
  return label;
}

// The last part of a metric's name is its unit.
std::string unit_of_metric(std::string_view name) {
  struct Ending {
    std::string_view ending;
    std::string_view unit;
  };
  constexpr std::array kEndings = {Ending{"_pj_s", "pJ s"}, Ending{"_per_s_mm2", "/s/mm2"},
                                   Ending{"_per_s", "/s"},  Ending{"_um2", "um2"},
                                   Ending{"_mm2", "mm2"},   Ending{"_pj", "pJ"},
                                   Ending{"_bytes", "B"},   Ending{"_w", "W"},
                                   Ending{"_s", "s"},       Ending{"cycles", "cycles"}};
  for (const auto& [ending, unit] : kEndings) {
    if (name.ends_with(ending)) return std::string{unit};
  }
  return "";
}

const MetricInfo* metric_of(const Objective& objective) {
  const std::vector<std::string>& names = objective.formula.names();
  const bool is_name = names.size() == 1 && objective.formula.text() == names.front();
  return is_name ? sweep::find_metric(names.front()) : nullptr;
}

}  // namespace

uint32_t SweepPoints::Texts::position_of(const std::string& name) {
  const auto [at, is_new] = positions.try_emplace(name, static_cast<uint32_t>(names.size()));
  if (is_new) names.push_back(name);
  return at->second;
}

SweepPoints::SweepPoints(const sweep::Database& database, const std::string& model)
    : header_(&database.header()),
      coordinates_(header_->axes.size()),
      metrics_(kMetrics.size()),
      objectives_(header_->objectives.size()) {
  for (size_t column = 0; column < header_->columns.size(); ++column) {
    const auto has_it = [&](const Axis& axis) {
      return std::ranges::count(axis.keys, header_->columns[column]) > 0;
    };
    if (std::ranges::any_of(header_->axes, has_it)) continue;
    parameters_.push_back({column, {}, {}, {}});
  }
  const sweep::Judge judge{*header_};
  database.for_each(model, sweep::RowOrder::Commit, [&](const StoredPoint& point) {
    add(point, judge);
    return true;
  });
}

void SweepPoints::add(const StoredPoint& point, const sweep::Judge& judge) {
  ++stored_;
  const sweep::Verdict verdict = judge.judge(point);
  if (!verdict.is_member) return;
  if (!point.outcome.is_ok()) {
    ++failed_;
    ++failures_[point.outcome.failure];
    return;
  }
  if (size() == kMostPoints) {
    throw ConfigError{
        fmt::format("more than {} points, too many for a page: fewer values in the spec's axes "
                    "leave points out",
                    kMostPoints)};
  }
  add_row(point, judge, verdict);
}

void SweepPoints::add_row(const StoredPoint& point, const sweep::Judge& judge,
                          const sweep::Verdict& verdict) {
  rows_[point.hash] = static_cast<uint32_t>(size());
  for (size_t axis = 0; axis < coordinates_.size(); ++axis) {
    coordinates_[axis].push_back(verdict.coordinates[axis]);
  }
  for (Parameter& parameter : parameters_) {
    const Value& value = point.parameters[parameter.header_column];
    const auto next = static_cast<uint32_t>(parameter.values.size());
    const auto [at, is_new] = parameter.positions.try_emplace(value, next);
    if (is_new) parameter.values.push_back(value);
    parameter.column.push_back(at->second);
  }
  for (size_t i = 0; i < kMetrics.size(); ++i) {
    metrics_[i].push_back(point.outcome.metrics.get(kMetrics[i].metric).value_or(kNone));
  }
  for (size_t i = 0; i < objectives_.size(); ++i) {
    objectives_[i].push_back(verdict.is_feasible ? judge.value_of_cost(i, verdict.costs[i])
                                                 : kNone);
  }
  feasible_ += verdict.is_feasible ? 1 : 0;
  reasons_.push_back(verdict.is_feasible ? 0 : 1 + obstacles_.position_of(verdict.reason));
  groups_.column.push_back(groups_.position_of(judge.group(point)));
}

std::string SweepPoints::main_obstacle() const {
  std::map<std::string, uint64_t> counts = failures_;
  for (const uint32_t reason : reasons_) {
    if (reason > 0) ++counts[obstacles_.names[reason - 1]];
  }
  if (counts.empty()) return "";
  const auto most = std::ranges::max_element(counts, {}, [](const auto& c) { return c.second; });
  return fmt::format("{} ({} point{})", most->first, most->second, most->second == 1 ? "" : "s");
}

Json SweepPoints::counts_json() const {
  return {{"stored", stored_},
          {"rows", size()},
          {"feasible", feasible_},
          {"infeasible", size() - feasible_},
          {"failed", failed_},
          {"outside", stored_ - size() - failed_},
          {"expected", header_->expected_points}};
}

Json SweepPoints::failures_json() const {
  // Reasons may differ in a number each: the rest are counted together.
  constexpr size_t kMostReasons = 50;
  std::vector<std::pair<std::string, uint64_t>> sorted(failures_.begin(), failures_.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{}, [](const auto& f) { return f.second; });
  Json failures = Json::array();
  uint64_t others = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i >= kMostReasons) {
      others += sorted[i].second;
      continue;
    }
    failures.push_back({{"reason", sorted[i].first}, {"points", sorted[i].second}});
  }
  if (others > 0) failures.push_back({{"reason", "other reasons"}, {"points", others}});
  return failures;
}

Json SweepPoints::axes_json() const {
  Json axes = Json::array();
  for (size_t i = 0; i < header_->axes.size(); ++i) {
    const Axis& axis = header_->axes[i];
    Json labels = Json::array();
    Json numbers = Json::array();
    for (const std::vector<Value>& position : axis.values) {
      labels.push_back(label_of(axis, position));
      const auto number = axis.is_ordered ? number_in(position.front()) : std::nullopt;
      if (number) numbers.push_back(*number);
    }
    Json json = {{"name", axis.name},
                 {"keys", axis.keys},
                 {"unit", axis.keys.size() == 1 ? unit_of_key(axis.keys.front()) : ""},
                 {"labels", std::move(labels)}};
    if (numbers.size() == axis.values.size()) json["numbers"] = std::move(numbers);
    json["positions"] = packed_positions(coordinates_[i]);
    axes.push_back(std::move(json));
  }
  return axes;
}

Json SweepPoints::parameters_json() const {
  Json list = Json::array();
  for (const std::string& column : header_->columns) list.push_back({{"name", column}});
  for (size_t i = 0; i < header_->axes.size(); ++i) {
    const Axis& axis = header_->axes[i];
    for (size_t key = 0; key < axis.keys.size(); ++key) {
      const auto at = std::ranges::find(header_->columns, axis.keys[key]);
      Json& json = list[static_cast<size_t>(at - header_->columns.begin())];
      json["axis"] = i;
      json["labels"] = Json::array();
      for (const auto& position : axis.values) {
        json["labels"].push_back(label_of(axis.keys[key], position[key]));
      }
    }
  }
  for (const Parameter& parameter : parameters_) {
    Json& json = list[parameter.header_column];
    const std::string& key = header_->columns[parameter.header_column];
    json["labels"] = Json::array();
    json["texts"] = Json::array();
    for (const Value& value : parameter.values) {
      json["labels"].push_back(label_of(key, value));
      json["texts"].push_back(sweep::to_text(value));
    }
    json["positions"] = packed_positions(parameter.column);
  }
  return list;
}

Json SweepPoints::measures_json() const {
  Json measures = Json::array();
  const auto add = [&](std::string_view name, Goal goal, std::string_view help, bool is_objective,
                       const std::vector<double>& column) {
    measures.push_back({{"name", name},
                        {"unit", unit_of_metric(name)},
                        {"goal", name_of<Goal>(sweep::kGoalNames, goal)},
                        {"help", help},
                        {"is_objective", is_objective},
                        {"column", packed_numbers(column)}});
  };
  std::vector<const MetricInfo*> shown;
  for (size_t i = 0; i < header_->objectives.size(); ++i) {
    const Objective& objective = header_->objectives[i];
    const MetricInfo* metric = metric_of(objective);
    // A metric has a value where the objective has none: of points that are not feasible.
    if (metric != nullptr) shown.push_back(metric);
    add(objective.name, objective.goal,
        metric != nullptr ? std::string{metric->help} : objective.formula.text(), true,
        metric != nullptr ? metrics_[static_cast<size_t>(metric->metric)] : objectives_[i]);
  }
  for (const MetricInfo& metric : kMetrics) {
    const std::vector<double>& column = metrics_[static_cast<size_t>(metric.metric)];
    const bool exists = std::ranges::any_of(column, [](double n) { return !std::isnan(n); });
    if (!exists || std::ranges::count(shown, &metric) > 0) continue;
    add(metric.name, metric.goal, metric.help, false, column);
  }
  return measures;
}

Json SweepPoints::verdicts_json() const {
  return {{"reasons", obstacles_.names}, {"positions", packed_positions(reasons_)}};
}

Json SweepPoints::groups_json() const {
  return {{"by", header_->group_by},
          {"names", groups_.names},
          {"positions", packed_positions(groups_.column)}};
}

}  // namespace olivine::report
