// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/cli/text_table.h"
#include "experiments/sweep/analysis/effects.h"

namespace olivine::cli {
namespace {

using nlohmann::ordered_json;
using sweep::AxisEffect;
using sweep::EffectsReport;
using sweep::LevelEffect;
using sweep::ObjectiveEffects;

ordered_json axis_json(const AxisEffect& axis) {
  ordered_json levels = ordered_json::array();
  for (const LevelEffect& level : axis.levels) {
    levels.push_back({{"value", level.value}, {"points", level.points}, {"mean", level.mean}});
  }
  return {{"axis", axis.axis},
          {"share", axis.share},
          {"spread", axis.spread},
          {"levels", std::move(levels)}};
}

std::string effects_json(const SweepResults& results, const EffectsReport& report) {
  ordered_json json = results_json("olivine.sweep.sensitivity/1", results);
  json["is_balanced"] = report.is_balanced;
  json["objectives"] = ordered_json::array();
  for (const ObjectiveEffects& effects : report.objectives) {
    ordered_json axes = ordered_json::array();
    for (const AxisEffect& axis : effects.axes) axes.push_back(axis_json(axis));
    json["objectives"].push_back({{"objective", effects.objective},
                                  {"is_logarithmic", effects.is_logarithmic},
                                  {"points", effects.points},
                                  {"axes", std::move(axes)}});
  }
  return json_text(json);
}

std::string effects_csv(const EffectsReport& report) {
  std::string text = "objective,axis,share,spread,value,points,mean\n";
  for (const ObjectiveEffects& effects : report.objectives) {
    for (const AxisEffect& axis : effects.axes) {
      for (const LevelEffect& level : axis.levels) {
        text += fmt::format("{},{},{},{},{},{},{}\n", csv_field(effects.objective),
                            csv_field(axis.axis), axis.share, axis.spread, csv_field(level.value),
                            level.points, level.mean);
      }
    }
  }
  return text;
}

// Axes with the levels of the lowest and the highest mean.
std::string effects_table(const ObjectiveEffects& effects, bool is_colored) {
  TextTable table;
  table.column("axis", Align::Left).column("share").column("spread");
  table.column("lowest mean").column("at", Align::Left);
  table.column("highest mean").column("at", Align::Left);
  for (const AxisEffect& axis : effects.axes) {
    const auto [low, high] = std::ranges::minmax_element(axis.levels, {}, &LevelEffect::mean);
    if (low == axis.levels.end()) continue;
    table.row({axis.axis, percent_text(axis.share, 1.0),
               fmt::format("{}{:.3g}", effects.is_logarithmic ? "x" : "+", axis.spread),
               figure_text(low->mean), low->value, figure_text(high->mean), high->value});
  }
  return table.render(is_colored);
}

std::string effects_text(const EffectsReport& report, bool is_colored) {
  std::string text;
  for (const ObjectiveEffects& effects : report.objectives) {
    text += fmt::format("{}{}, {} means over {}:\n", text.empty() ? "" : "\n", effects.objective,
                        effects.is_logarithmic ? "geometric" : "arithmetic",
                        count_text(effects.points, "feasible point"));
    text += effects_table(effects, is_colored);
  }
  if (report.is_balanced) return text;
  return text +
         "\nNot every combination of levels is there equally often: effects of different axes "
         "mix.\n";
}

}  // namespace

// olivine sweep sensitivity: how much of an objective each axis explains.
int sweep_sensitivity(const Arguments& arguments) {
  const SweepResults results = open_results(arguments);
  const EffectsReport report = sweep::main_effects(results.database, results.model);
  std::string text;
  if (arguments.has("json")) {
    text = effects_json(results, report);
  } else if (arguments.has("csv")) {
    text = effects_csv(report);
  } else {
    text = effects_text(report, is_stdout_colored());
  }
  fmt::print("{}", text);
  return 0;
}

}  // namespace olivine::cli
