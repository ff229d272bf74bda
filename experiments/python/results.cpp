// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/python/results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "experiments/sweep/analysis/judge.h"
#include "experiments/sweep/analysis/pareto.h"
#include "experiments/sweep/space/evaluate.h"
#include "experiments/sweep/spec/metrics.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::python {
namespace {

using sweep::Costs;
using sweep::Verdict;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// The front of a group while rows come.
class GrowingFront {
 public:
  void add(const Costs& costs, uint64_t row) {
    if (ideal_.empty()) ideal_ = worst_ = costs;
    for (size_t i = 0; i < costs.size(); ++i) {
      ideal_[i] = std::min(ideal_[i], costs[i]);
      worst_[i] = std::max(worst_[i], costs[i]);
    }
    front_.add(costs, row);
  }

  [[nodiscard]] RowFront finish(const std::string& group, const sweep::Judge& judge) const {
    RowFront result{.group = group, .rows = {}, .ideal = {}};
    std::vector<Costs> costs;
    for (const sweep::Front::Entry& entry : front_.sorted()) {
      result.rows.push_back(static_cast<int64_t>(entry.id));
      costs.push_back(entry.costs);
    }
    for (size_t i = 0; i < ideal_.size(); ++i) {
      result.ideal.push_back(judge.value_of_cost(i, ideal_[i]));
    }
    result.hypervolume = sweep::hypervolume(costs, ideal_, worst_);
    return result;
  }

 private:
  sweep::Front front_;
  Costs ideal_, worst_;
};

class Reader {
 public:
  Reader(const sweep::Database& database, std::string model)
      : database_(database), judge_(database.header()) {
    results_.header = database.header();
    results_.model = std::move(model);
    for (size_t i = 0; i < results_.header.objectives.size(); ++i) {
      const bool is_metric = sweep::find_metric(results_.header.objectives[i].name) != nullptr;
      if (!is_metric) further_objectives_.push_back(i);
    }
    metrics_.resize(sweep::kMetrics.size());
    objectives_.resize(further_objectives_.size());
    parameters_.resize(results_.header.columns.size());
  }

  Results read() {
    database_.for_each(results_.model, sweep::RowOrder::Parameters,
                       [&](const sweep::StoredPoint& point) {
                         const Verdict verdict = judge_.judge(point);
                         if (verdict.is_member) add(point, verdict);
                         return true;
                       });
    for (const auto& [group, front] : fronts_) {
      results_.fronts.push_back(front.finish(group, judge_));
    }
    name_columns();
    return std::move(results_);
  }

 private:
  void add(const sweep::StoredPoint& point, const Verdict& verdict) {
    for (size_t i = 0; i < parameters_.size(); ++i) parameters_[i].add(point.parameters[i]);
    status_.add(sweep::Value{std::string{point.outcome.is_ok() ? "ok" : "failed"}});
    failure_.add(sweep::Value{point.outcome.failure});
    for (size_t i = 0; i < metrics_.size(); ++i) {
      metrics_[i].push_back(point.outcome.metrics.get(sweep::kMetrics[i].metric).value_or(kNone));
    }
    for (size_t i = 0; i < objectives_.size(); ++i) {
      const size_t objective = further_objectives_[i];
      objectives_[i].push_back(
          verdict.is_feasible ? judge_.value_of_cost(objective, verdict.costs[objective]) : kNone);
    }
    feasible_.push_back(verdict.is_feasible ? 1 : 0);
    GrowingFront& front = fronts_[judge_.group(point)];
    if (verdict.is_feasible) front.add(verdict.costs, results_.rows);
    ++results_.rows;
  }

  void append(std::string name, Column column) {
    const std::vector<std::string>& names = results_.table.names;
    const bool is_taken = std::find(names.begin(), names.end(), name) != names.end();
    results_.table.names.push_back(is_taken ? "objective." + name : std::move(name));
    results_.table.columns.push_back(std::move(column));
  }

  void name_columns() {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      append(results_.header.columns[i], std::move(parameters_[i]));
    }
    append("status", std::move(status_));
    append("failure", std::move(failure_));
    for (size_t i = 0; i < metrics_.size(); ++i) {
      append(std::string{sweep::kMetrics[i].name}, Column{std::move(metrics_[i])});
    }
    for (size_t i = 0; i < objectives_.size(); ++i) {
      append(results_.header.objectives[further_objectives_[i]].name,
             Column{std::move(objectives_[i])});
    }
    append("feasible", Column{std::move(feasible_)});
  }

  const sweep::Database& database_;
  sweep::Judge judge_;
  Results results_;
  std::map<std::string, GrowingFront> fronts_;
  std::vector<size_t> further_objectives_;  // those that are no metric
  std::vector<Column> parameters_;
  Column status_{Labels{}}, failure_{Labels{}};
  std::vector<std::vector<double>> metrics_, objectives_;
  Column::Flags feasible_;
};

}  // namespace

const RowFront& Results::front_of(const std::optional<std::string>& group) const {
  static const RowFront kEmpty;
  if (fronts.empty()) return kEmpty;
  if (!group && fronts.size() == 1) return fronts.front();
  std::vector<std::string> names;
  for (const RowFront& front : fronts) {
    if (group == front.group) return front;
    names.push_back(front.group);
  }
  throw ConfigError{fmt::format("group = {}: must be one of {}{}", group.value_or("None"),
                                fmt::join(names, "|"), suggestion(group.value_or(""), names))};
}

Results read_results(const sweep::Database& database, const std::string& model) {
  return Reader{database, model}.read();
}

std::string choose_model(const sweep::Database& database,
                         const std::optional<std::string>& wanted) {
  std::string chosen = wanted.value_or(std::string{sweep::model_version()});
  std::vector<std::string> versions;
  std::vector<std::string> listed;
  for (const sweep::ModelCount& model : database.models()) {
    if (model.version == chosen) return chosen;
    versions.push_back(model.version);
    listed.push_back(fmt::format("{} ({} points)", model.version, model.ok + model.failed));
  }
  if (versions.empty()) return chosen;
  throw ConfigError{fmt::format("{}: model = {}: no points; there are {}{}", database.path(),
                                chosen, fmt::join(listed, ", "), suggestion(chosen, versions))};
}

}  // namespace olivine::python
