// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/sweep_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "experiments/sweep/search/runner.h"
#include "experiments/sweep/space/evaluate.h"
#include "experiments/sweep/space/space.h"
#include "experiments/sweep/spec/metrics.h"
#include "experiments/sweep/spec/value.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/units.h"

namespace olivine {
namespace {

using sweep::Metric;
using sweep::SpecAxis;
using sweep::StoredPoint;
using sweep::SweepSpec;

std::string_view objective_of(Measure measure) {
  return measure == Measure::Time ? "time_s" : "energy_pj";
}

// Ties go to the smaller second value.
std::pair<double, double> order_of(const StoredPoint& point, Measure measure) {
  const Measure second = measure == Measure::Time ? Measure::Energy : Measure::Time;
  return {SweepCase::value(point, measure), SweepCase::value(point, second)};
}

}  // namespace

SweepSpec with_position(SweepSpec spec, std::string_view axis, size_t position) {
  const auto found = std::ranges::find(spec.axes, axis, &SpecAxis::name);
  OLV_CHECK(found != spec.axes.end() && position < found->values.size(), "axis {} position {}",
            axis, position);
  found->values = {found->values[position]};
  return spec;
}

std::vector<SweepSpec> cut(const SweepSpec& spec, const std::vector<std::string>& axes) {
  std::vector<SweepSpec> parts = {spec};
  for (const std::string& axis : axes) {
    const auto found = std::ranges::find(spec.axes, axis, &SpecAxis::name);
    OLV_CHECK(found != spec.axes.end(), "axis {}", axis);
    std::vector<SweepSpec> finer;
    for (const SweepSpec& part : parts) {
      for (size_t i = 0; i < found->values.size(); ++i) {
        finer.push_back(with_position(part, axis, i));
      }
    }
    parts = std::move(finer);
  }
  return parts;
}

const std::string& fixed_text(const SweepSpec& spec, std::string_view key) {
  for (const SpecAxis& axis : spec.axes) {
    const auto found = std::ranges::find(axis.keys, key);
    if (found == axis.keys.end()) continue;
    OLV_CHECK(axis.values.size() == 1, "{} has {} values", key, axis.values.size());
    return axis.values.front()[static_cast<size_t>(found - axis.keys.begin())];
  }
  OLV_CHECK(false, "no axis has {}", key);
}

SweepCase::SweepCase(const SweepSpec& spec) {
  const sweep::DesignSpace space{spec};
  sweep::Database database = sweep::Database::open_for_run(":memory:", space.header());
  const sweep::RunProgress progress = run_sweep(space, database).progress;
  if (progress.failed > 0) {
    throw ConfigError{fmt::format("{}: {} points cannot run", spec.source, progress.failed)};
  }
  for (const sweep::ModelCount& count : database.models()) points_ += count.ok;
  const std::string model{sweep::model_version()};
  columns_ = space.header().columns;
  fronts_ = find_fronts(database, model);
  effects_ = main_effects(database, model);
}

const StoredPoint* SweepCase::best(Measure measure, const Values& values) const {
  const StoredPoint* best = nullptr;
  const auto has_values = [&](const StoredPoint& point) {
    return std::ranges::all_of(
        values, [&](const auto& value) { return text(point, value.first) == value.second; });
  };
  for (const sweep::GroupFront& group : fronts_.groups) {
    for (const sweep::FrontPoint& candidate : group.points) {
      if (!has_values(candidate.point)) continue;
      if (best == nullptr || order_of(candidate.point, measure) < order_of(*best, measure)) {
        best = &candidate.point;
      }
    }
  }
  return best;
}

std::string SweepCase::text(const StoredPoint& point, std::string_view key) const {
  const auto column = std::ranges::find(columns_, key);
  OLV_CHECK(column != columns_.end(), "no column {}", key);
  return sweep::to_text(point.parameters[static_cast<size_t>(column - columns_.begin())]);
}

double SweepCase::value(const StoredPoint& point, Measure measure) {
  const auto metric = [&](Metric name) { return point.outcome.metrics.get(name).value(); };
  switch (measure) {
    case Measure::Time:
      return metric(Metric::Time);
    case Measure::Energy:
      return metric(Metric::Energy);
    case Measure::Edp:
      return metric(Metric::Edp);
  }
  OLV_CHECK(false, "measure {}", static_cast<int>(measure));
}

std::string SweepCase::machine_text(const StoredPoint& point) const {
  const auto kibibytes = [&](std::string_view key) {
    return parse_int(text(point, key)).value() / static_cast<int64_t>(kKiB);
  };
  return fmt::format("{} {}x{}, {} + {} + {} KiB", text(point, "array.dataflow"),
                     text(point, "array.rows"), text(point, "array.cols"),
                     kibibytes("memory.activation_buffer"), kibibytes("memory.weight_buffer"),
                     kibibytes("memory.output_buffer"));
}

double SweepCase::effect_pct(Measure objective, std::string_view axis) const {
  for (const sweep::ObjectiveEffects& effects : effects_.objectives) {
    if (effects.objective != objective_of(objective)) continue;
    const auto found = std::ranges::find(effects.axes, axis, &sweep::AxisEffect::axis);
    OLV_CHECK(found != effects.axes.end(), "axis {}", axis);
    return 100 * found->share;
  }
  OLV_CHECK(false, "objective {}", objective_of(objective));
}

}  // namespace olivine
