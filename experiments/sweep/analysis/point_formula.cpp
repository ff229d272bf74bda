// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/point_formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

constexpr const char* kScheme = "scheme";

std::vector<std::string> all_names(const SweepHeader& header) {
  std::vector<std::string> names = header.columns;
  for (const MetricInfo& info : kMetrics) names.emplace_back(info.name);
  if (!header.quality.empty()) names.emplace_back(kQualityName);
  for (const auto& [name, value] : header.fixed) names.push_back(name);
  return names;
}

}  // namespace

std::optional<size_t> find_column(const SweepHeader& header, const std::string& name) {
  const auto found = std::ranges::find(header.columns, name);
  if (found == header.columns.end()) return std::nullopt;
  return static_cast<size_t>(found - header.columns.begin());
}

PointFormula::PointFormula(Formula formula, const SweepHeader& header, const std::string& what,
                           Problems& problems)
    : formula_(std::move(formula)), scheme_column_(find_column(header, kScheme)) {
  for (const std::string& text : formula_.names()) {
    Name name{.name = text, .column = find_column(header, text)};
    const MetricInfo* info = find_metric(text);
    const auto fixed = header.fixed.find(text);
    if (name.column) {
      // its value is in the point
    } else if (info != nullptr) {
      name.metric = info->metric;
      is_static_ = is_static_ && info->is_static;
    } else if (text == kQualityName && !header.quality.empty()) {
      name.is_quality = true;
      is_static_ = false;
      quality_ = header.quality;
    } else if (fixed != header.fixed.end()) {
      name.fixed = fixed->second;
    } else {
      problems.add(fmt::format("{}: {}: no parameter or result has this name{}", what, text,
                               suggestion(text, all_names(header))));
    }
    names_.push_back(std::move(name));
  }
  const auto scheme = header.fixed.find(kScheme);
  if (scheme != header.fixed.end()) fixed_scheme_ = to_text(scheme->second);
  if (!quality_.empty() && !scheme_column_ && scheme == header.fixed.end()) {
    problems.add(fmt::format("{}: quality: the scheme of points is not known", what));
  }
}

FormulaResult PointFormula::evaluate(const StoredPoint& point) const {
  std::vector<Value> values;
  values.reserve(names_.size());
  for (const Name& name : names_) {
    FormulaResult result = value_of(name, point);
    if (!result.value) return result;
    values.push_back(*std::move(result.value));
  }
  return formula_.evaluate(values);
}

FormulaResult PointFormula::value_of(const Name& name, const StoredPoint& point) const {
  if (name.column) return {point.parameters[*name.column], {}};
  if (name.is_quality) return quality_of(point);
  if (!name.metric) return {name.fixed, {}};
  const std::optional<double> value = point.outcome.metrics.get(*name.metric);
  if (!value) return {std::nullopt, fmt::format("{} has no value", name.name)};
  return {*value, {}};
}

FormulaResult PointFormula::quality_of(const StoredPoint& point) const {
  const std::string scheme =
      scheme_column_ ? to_text(point.parameters[*scheme_column_]) : fixed_scheme_;
  const auto found = quality_.find(scheme);
  if (found == quality_.end()) {
    return {std::nullopt, fmt::format("no quality is known for scheme {}", scheme)};
  }
  return {found->second, {}};
}

}  // namespace olivine::sweep
