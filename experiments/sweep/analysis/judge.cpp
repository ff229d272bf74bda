// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/judge.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "experiments/sweep/analysis/point_formula.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

// 64 and 64.0 are the same value: a formula, a file and a database may each say it in their way.
Value normalized(const Value& value) {
  constexpr double kExactWholes = 9007199254740992.0;  // 2^53
  const auto* number = std::get_if<double>(&value);
  const bool is_whole =
      number != nullptr && std::trunc(*number) == *number && std::abs(*number) <= kExactWholes;
  return is_whole ? Value{static_cast<int64_t>(*number)} : value;
}

// The positions of one axis by what a point has in the axis's columns.
class AxisIndex {
 public:
  AxisIndex(const Axis& axis, const SweepHeader& header, Problems& problems) {
    for (const std::string& key : axis.keys) {
      const std::optional<size_t> column = find_column(header, key);
      if (!column) problems.add(fmt::format("axis {}: no column {}", axis.name, key));
      columns_.push_back(column.value_or(0));
    }
    for (size_t position = 0; position < axis.values.size(); ++position) {
      std::vector<Value> key;
      for (const Value& value : axis.values[position]) key.push_back(normalized(value));
      positions_.emplace(std::move(key), static_cast<uint32_t>(position));
    }
  }

  [[nodiscard]] std::optional<uint32_t> find(const StoredPoint& point) const {
    std::vector<Value> key;
    key.reserve(columns_.size());
    for (const size_t column : columns_) key.push_back(normalized(point.parameters[column]));
    const auto found = positions_.find(key);
    if (found == positions_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::vector<size_t> columns_;  // by key
  std::map<std::vector<Value>, uint32_t> positions_;
};

struct JudgedObjective {
  std::string name;
  PointFormula formula;
  Goal goal;
};

Formula parse(const std::string& text, Problems& problems) {
  try {
    return Formula::parse(text);
  } catch (const ConfigError& error) {
    for (const std::string& problem : error.problems()) {
      problems.add(fmt::format("constraint: {}", problem));
    }
    return Formula::parse("1");
  }
}

}  // namespace

struct Judge::State {
  size_t columns;
  std::vector<AxisIndex> axes;
  std::vector<PointFormula> constraints;
  std::vector<JudgedObjective> objectives;
  std::vector<size_t> group_columns;

  State(const SweepHeader& header, Problems& problems);
  [[nodiscard]] bool place(const StoredPoint& point, Verdict& verdict) const;
  [[nodiscard]] bool constrain(const StoredPoint& point, Verdict& verdict) const;
  void cost(const StoredPoint& point, Verdict& verdict) const;
};

Judge::State::State(const SweepHeader& header, Problems& problems)
    : columns(header.columns.size()) {
  for (const Axis& axis : header.axes) axes.emplace_back(axis, header, problems);
  for (const std::string& text : header.constraints) {
    const std::string what = fmt::format("constraint '{}'", text);
    constraints.emplace_back(parse(text, problems), header, what, problems);
  }
  for (const Objective& objective : header.objectives) {
    const std::string what = fmt::format("objective {}", objective.name);
    objectives.push_back(
        {objective.name, PointFormula{objective.formula, header, what, problems}, objective.goal});
  }
  for (const std::string& name : header.group_by) {
    const std::optional<size_t> column = find_column(header, name);
    if (!column) problems.add(fmt::format("group_by {}: no parameter of the points", name));
    group_columns.push_back(column.value_or(0));
  }
}

// Whether its parameters are positions of the axes.
bool Judge::State::place(const StoredPoint& point, Verdict& verdict) const {
  for (const AxisIndex& axis : axes) {
    const std::optional<uint32_t> position = axis.find(point);
    if (!position) return false;
    verdict.coordinates.push_back(*position);
  }
  return true;
}

// Whether the constraints that are decided before a point runs hold. The reason is the first
// constraint of all that does not.
bool Judge::State::constrain(const StoredPoint& point, Verdict& verdict) const {
  for (const PointFormula& constraint : constraints) {
    const FormulaResult result = constraint.evaluate(point);
    const std::optional<bool> holds = result.value ? truth_of(*result.value) : std::nullopt;
    if (holds.value_or(false)) continue;
    if (holds && constraint.is_static()) return false;
    if (!verdict.reason.empty()) continue;
    if (holds) {
      verdict.reason = fmt::format("constraint '{}' does not hold", constraint.text());
    } else {
      verdict.reason =
          fmt::format("constraint '{}': {}", constraint.text(),
                      result.value ? "text where a condition is needed" : result.problem);
    }
  }
  return true;
}

void Judge::State::cost(const StoredPoint& point, Verdict& verdict) const {
  for (const JudgedObjective& objective : objectives) {
    const FormulaResult result = objective.formula.evaluate(point);
    const std::optional<double> value = result.value ? number_of(*result.value) : std::nullopt;
    if (!value || !std::isfinite(*value)) {
      const std::string problem = !result.value ? result.problem
                                  : !value      ? "text where a number is needed"
                                                : "is not finite";
      verdict.reason = fmt::format("objective {}: {}", objective.name, problem);
      verdict.costs.clear();
      return;
    }
    verdict.costs.push_back(objective.goal == Goal::Max ? -*value : *value);
  }
}

Judge::Judge(const SweepHeader& header) {
  Problems problems;
  state_ = std::make_unique<const State>(header, problems);
  problems.throw_if_any();
}

Judge::~Judge() = default;
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;

Verdict Judge::judge(const StoredPoint& point) const {
  OLV_CHECK(point.parameters.size() == state_->columns, "{} parameters of {}",
            point.parameters.size(), state_->columns);
  Verdict verdict;
  if (!state_->place(point, verdict) || !state_->constrain(point, verdict)) return {};
  verdict.is_member = true;
  if (!point.outcome.is_ok()) {
    verdict.reason.clear();  // a point that failed has no results to judge
    return verdict;
  }
  if (verdict.reason.empty()) state_->cost(point, verdict);
  verdict.is_feasible = verdict.reason.empty();
  return verdict;
}

double Judge::value_of_cost(size_t objective, double cost) const {
  return state_->objectives[objective].goal == Goal::Max ? 0.0 - cost : cost;
}

std::string Judge::group(const StoredPoint& point) const {
  std::string text;
  const char* separator = "";
  for (const size_t column : state_->group_columns) {
    text += separator + to_text(point.parameters[column]);
    separator = ", ";
  }
  return text;
}

}  // namespace olivine::sweep
