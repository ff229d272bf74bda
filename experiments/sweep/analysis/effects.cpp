// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/effects.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "experiments/sweep/analysis/judge.h"

namespace olivine::sweep {
namespace {

// Mean and sum of squared deviations of values as they come (Welford, Technometrics 4(3), 1962).
class Moments {
 public:
  void add(double value) {
    ++count_;
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (value - mean_);
  }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double squares() const { return squares_; }

 private:
  uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

// Moments of all points and by level of every axis.
struct Scale {
  explicit Scale(const std::vector<Axis>& axes) {
    for (const Axis& axis : axes) levels.emplace_back(axis.values.size());
  }
  void add(double value, const std::vector<uint32_t>& coordinates) {
    all.add(value);
    for (size_t axis = 0; axis < levels.size(); ++axis) levels[axis][coordinates[axis]].add(value);
  }

  Moments all;
  std::vector<std::vector<Moments>> levels;  // by axis, then by position
};

// Which scale to use is known after the last point only.
class ObjectiveScales {
 public:
  explicit ObjectiveScales(const std::vector<Axis>& axes) : plain_(axes), logarithmic_(axes) {}

  void add(double value, const std::vector<uint32_t>& coordinates) {
    plain_.add(value, coordinates);
    is_positive_ = is_positive_ && value > 0;
    if (is_positive_) logarithmic_.add(std::log(value), coordinates);
  }
  [[nodiscard]] bool is_logarithmic() const { return is_positive_ && plain_.all.count() > 0; }
  [[nodiscard]] const Scale& used() const { return is_logarithmic() ? logarithmic_ : plain_; }

 private:
  Scale plain_, logarithmic_;
  bool is_positive_ = true;
};

std::string label_of(const std::vector<Value>& values) {
  std::string label;
  for (size_t i = 0; i < values.size(); ++i) label += (i == 0 ? "" : ", ") + to_text(values[i]);
  return label;
}

AxisEffect effect_of(const Axis& axis, const std::vector<Moments>& levels, const Moments& all,
                     bool is_logarithmic) {
  AxisEffect effect{.axis = axis.name, .levels = {}};
  double between = 0;
  double least = 0, most = 0;
  for (size_t i = 0; i < levels.size(); ++i) {
    const Moments& level = levels[i];
    if (level.count() == 0) continue;
    const double distance = level.mean() - all.mean();
    between += static_cast<double>(level.count()) * distance * distance;
    least = effect.levels.empty() ? level.mean() : std::min(least, level.mean());
    most = effect.levels.empty() ? level.mean() : std::max(most, level.mean());
    effect.levels.push_back({label_of(axis.values[i]), level.count(),
                             is_logarithmic ? std::exp(level.mean()) : level.mean()});
  }
  if (all.squares() > 0) effect.share = std::min(1.0, between / all.squares());
  effect.spread = is_logarithmic ? std::exp(most - least) : most - least;
  return effect;
}

ObjectiveEffects effects_of(const std::string& objective, const std::vector<Axis>& axes,
                            const ObjectiveScales& scales) {
  const Scale& scale = scales.used();
  ObjectiveEffects effects{.objective = objective,
                           .is_logarithmic = scales.is_logarithmic(),
                           .points = scale.all.count(),
                           .axes = {}};
  for (size_t i = 0; i < axes.size(); ++i) {
    effects.axes.push_back(effect_of(axes[i], scale.levels[i], scale.all, effects.is_logarithmic));
  }
  std::ranges::sort(effects.axes, [](const AxisEffect& a, const AxisEffect& b) {
    return a.share != b.share ? a.share > b.share : a.axis < b.axis;
  });
  return effects;
}

// Points are different combinations of levels. If there are as many as the levels that occur have
// combinations, then each of these is there, once.
bool is_every_combination(const ObjectiveEffects& effects) {
  uint64_t combinations = 1;
  for (const AxisEffect& axis : effects.axes) {
    combinations *= axis.levels.size();
    if (combinations > effects.points) return false;
  }
  return effects.points > 0 && combinations == effects.points;
}

}  // namespace

EffectsReport main_effects(const Database& database, const std::string& model) {
  const SweepHeader& header = database.header();
  const Judge judge{header};
  std::vector<ObjectiveScales> scales(header.objectives.size(), ObjectiveScales{header.axes});
  database.for_each(model, RowOrder::Parameters, [&](const StoredPoint& point) {
    const Verdict verdict = judge.judge(point);
    for (size_t i = 0; i < verdict.costs.size(); ++i) {
      scales[i].add(judge.value_of_cost(i, verdict.costs[i]), verdict.coordinates);
    }
    return true;
  });

  EffectsReport report;
  for (size_t i = 0; i < scales.size(); ++i) {
    report.objectives.push_back(effects_of(header.objectives[i].name, header.axes, scales[i]));
  }
  report.is_balanced =
      !report.objectives.empty() && is_every_combination(report.objectives.front());
  return report;
}

}  // namespace olivine::sweep
