// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/binding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/workload_source.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

// What GPUs do not have.
constexpr std::array kArrayMetrics = {Metric::Area,   Metric::ThroughputPerArea,
                                      Metric::Cycles, Metric::StallCycles,
                                      Metric::Pes,    Metric::BufferBytes};

// One value that all bases share is a constant.
Binding binding_of(Origin origin, std::vector<Value> values) {
  Binding binding;
  const bool is_same = std::all_of(values.begin(), values.end(),
                                   [&](const Value& value) { return value == values.front(); });
  if (is_same) {
    binding.constant = values.front();
  } else {
    binding.origin = origin;
    binding.values = std::move(values);
  }
  return binding;
}

bool is_static_metric(const Binding& binding) {
  return binding.origin == Origin::Metric &&
         kMetrics[static_cast<size_t>(binding.metric)].is_static;
}

bool is_parameter(const Binding& binding) {
  return binding.origin != Origin::Metric && binding.origin != Origin::Quality;
}

Value value_of(const Binding& binding, const PartialPoint& point) {
  switch (binding.origin) {
    case Origin::Constant:
      return binding.constant;
    case Origin::Column:
      return (*point.parameters)[binding.column];
    case Origin::Machine:
      return binding.values[point.machine];
    case Origin::Workload:
      return binding.values[point.workload];
    case Origin::Metric: {
      OLV_CHECK(point.metrics != nullptr);
      return point.metrics->get(binding.metric).value();
    }
    case Origin::Quality:
      break;
  }
  OLV_CHECK(false, "quality is no parameter");
}

}  // namespace

FormulaResult BoundFormula::evaluate(const PartialPoint& point) const {
  std::vector<Value> values;
  values.reserve(bindings.size());
  for (const Binding& binding : bindings) values.push_back(value_of(binding, point));
  return formula.evaluate(values);
}

bool BoundFormula::is_of_parameters() const {
  return std::all_of(bindings.begin(), bindings.end(), is_parameter);
}

bool BoundFormula::is_static() const {
  return std::all_of(bindings.begin(), bindings.end(), [](const Binding& binding) {
    return is_parameter(binding) || is_static_metric(binding);
  });
}

bool BoundFormula::uses(Metric metric) const {
  return std::any_of(bindings.begin(), bindings.end(), [&](const Binding& binding) {
    return binding.origin == Origin::Metric && binding.metric == metric;
  });
}

void Names::add_column(const std::string& name, size_t column) {
  Binding binding;
  binding.origin = Origin::Column;
  binding.column = column;
  known_[name] = std::move(binding);
}

void Names::add_constant(const std::string& name, Value value) {
  Binding binding;
  binding.constant = std::move(value);
  known_[name] = std::move(binding);
}

void Names::add_results(bool has_quality) {
  has_results_ = true;
  has_quality_ = has_quality;
}

Names::Lookup Names::find(const std::string& name) const {
  if (later_.contains(name)) return {std::nullopt, fmt::format("{}: is set further below", name)};
  if (const auto known = known_.find(name); known != known_.end()) return {known->second, ""};
  if (name.starts_with(kWorkloadPrefix)) return find_of_workloads(name);
  if (const MetricInfo* metric = find_metric(name)) return find_metric_name(*metric);
  if (name == kQualityName) {
    if (!has_results_) return {std::nullopt, "quality: a setting is computed before results are"};
    if (!has_quality_) return {std::nullopt, "quality: the file gives none"};
    Binding binding;
    binding.origin = Origin::Quality;
    return {std::move(binding), ""};
  }
  return find_of_machines(name);
}

Names::Lookup Names::find_metric_name(const MetricInfo& metric) const {
  if (!has_results_) {
    return {std::nullopt, fmt::format("{}: a setting is computed before results are", metric.name)};
  }
  const bool is_of_arrays =
      std::find(kArrayMetrics.begin(), kArrayMetrics.end(), metric.metric) != kArrayMetrics.end();
  for (const BaseMachine& machine : *machines_) {
    if (!is_of_arrays || !machine.is_gpu()) continue;
    return {std::nullopt,
            fmt::format("{}: machine {} is a GPU and has none", metric.name, machine.name())};
  }
  Binding binding;
  binding.origin = Origin::Metric;
  binding.metric = metric.metric;
  return {std::move(binding), ""};
}

Names::Lookup Names::find_of_machines(const std::string& name) const {
  if (!is_machine_key(name)) {
    return {std::nullopt, fmt::format("{}: no parameter or result has this name{}", name,
                                      suggestion(name, all()))};
  }
  std::vector<Value> values;
  for (const BaseMachine& machine : *machines_) {
    const MachineKey* key = machine.find(name);
    if (key == nullptr) {
      return {std::nullopt, fmt::format("{}: machine {} ({}) has no such key", name, machine.name(),
                                        machine.kind())};
    }
    values.push_back(key->value);
  }
  return {binding_of(Origin::Machine, std::move(values)), ""};
}

Names::Lookup Names::find_of_workloads(const std::string& name) const {
  const std::string param = name.substr(kWorkloadPrefix.size());
  std::vector<Value> values;
  for (const WorkloadSource& workload : *workloads_) {
    const auto found = workload.params().find(param);
    if (found == workload.params().end()) {
      return {std::nullopt, fmt::format("{}: workload {} has no such parameter{}", name,
                                        workload.name(), suggestion(name, all()))};
    }
    values.emplace_back(found->second);
  }
  return {binding_of(Origin::Workload, std::move(values)), ""};
}

std::optional<BoundFormula> Names::bind(const Formula& formula, const std::string& where,
                                        Problems& problems) const {
  BoundFormula bound{formula, {}};
  for (const std::string& name : formula.names()) {
    Lookup lookup = find(name);
    if (lookup.binding) {
      bound.bindings.push_back(*std::move(lookup.binding));
    } else {
      problems.add(fmt::format("{}: {}", where, lookup.problem));
    }
  }
  if (bound.bindings.size() != formula.names().size()) return std::nullopt;
  return bound;
}

std::vector<std::string> Names::all() const {
  std::set<std::string> names;
  for (const auto& [name, binding] : known_) names.insert(name);
  for (const BaseMachine& machine : *machines_) {
    for (const MachineKey& key : machine.keys()) names.insert(key.name);
  }
  for (const WorkloadSource& workload : *workloads_) {
    for (const auto& [param, value] : workload.params()) {
      names.insert(std::string{kWorkloadPrefix} + param);
    }
  }
  if (has_results_) {
    for (const MetricInfo& metric : kMetrics) names.emplace(metric.name);
  }
  if (has_quality_) names.emplace(kQualityName);
  return {names.begin(), names.end()};
}

}  // namespace olivine::sweep
