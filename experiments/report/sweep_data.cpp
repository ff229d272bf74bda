// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "experiments/report/machine_files.h"
#include "experiments/report/page_data.h"
#include "experiments/report/sweep_points.h"
#include "experiments/sweep/effects.h"
#include "experiments/sweep/evaluate.h"
#include "experiments/sweep/fronts.h"
#include "experiments/sweep/spec.h"
#include "models/base/error.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;
using sweep::Database;
using sweep::SweepHeader;

// The program's own model version, else the only one.
std::string choose_model(const Database& database) {
  const std::vector<sweep::ModelCount> models = database.models();
  if (models.empty()) {
    throw ConfigError{"holds no points yet: olivine sweep run SPEC --db FILE computes them"};
  }
  std::vector<std::string> listed;
  for (const sweep::ModelCount& model : models) {
    if (model.version == sweep::model_version()) return model.version;
    listed.push_back(fmt::format("{} ({} points)", model.version, model.ok + model.failed));
  }
  if (models.size() == 1) return models.front().version;
  throw ConfigError{
      fmt::format("no points of this program's model version {}; there are {}: olivine sweep gc "
                  "FILE --keep VERSION leaves one",
                  sweep::model_version(), fmt::join(listed, ", "))};
}

Json other_models(const Database& database, const std::string& model) {
  Json others = Json::array();
  for (const sweep::ModelCount& other : database.models()) {
    if (other.version == model) continue;
    others.push_back({{"version", other.version}, {"points", other.ok + other.failed}});
  }
  return others;
}

// Of an ideal or reference point, as people read it.
Json corner_json(const SweepHeader& header, const sweep::Costs& costs) {
  Json corner = Json::array();
  for (size_t i = 0; i < costs.size(); ++i) {
    corner.push_back(header.objectives[i].goal == sweep::Goal::Max ? 0.0 - costs[i] : costs[i]);
  }
  return corner;
}

Json fronts_json(const Database& database, const std::string& model, const SweepPoints& points) {
  // Every group's curve takes a pass over the points.
  constexpr size_t kMostCurves = 16;
  const sweep::FrontReport report = sweep::find_fronts(database, model);
  Json fronts = Json::array();
  for (const sweep::GroupFront& group : report.groups) {
    Json rows = Json::array();
    for (const sweep::FrontPoint& point : group.points) {
      rows.push_back(points.row_of(point.point.hash));
    }
    Json json = {{"group", group.group},
                 {"feasible", group.feasible},
                 {"rows", std::move(rows)},
                 {"hypervolume", group.hypervolume},
                 {"ideal", corner_json(database.header(), group.ideal)},
                 {"reference", corner_json(database.header(), group.reference)}};
    if (report.groups.size() <= kMostCurves) {
      json["growth"] = Json::array();
      for (const auto& step : sweep::hypervolume_over_time(database, model, group)) {
        json["growth"].push_back({step.points, step.hypervolume});
      }
    }
    fronts.push_back(std::move(json));
  }
  return fronts;
}

// Positions of an axis by the text that effects call them by.
std::map<std::string, size_t> positions_by_text(const sweep::Axis& axis) {
  std::map<std::string, size_t> positions;
  for (size_t i = 0; i < axis.values.size(); ++i) {
    std::string text;
    for (size_t key = 0; key < axis.keys.size(); ++key) {
      text += (key == 0 ? "" : ", ") + sweep::to_text(axis.values[i][key]);
    }
    positions.emplace(std::move(text), i);
  }
  return positions;
}

Json effect_json(const SweepHeader& header, const sweep::AxisEffect& effect) {
  const auto axis = std::ranges::find(header.axes, effect.axis, &sweep::Axis::name);
  const std::map<std::string, size_t> positions = positions_by_text(*axis);
  Json levels = Json::array();
  for (const sweep::LevelEffect& level : effect.levels) {
    levels.push_back(
        {{"position", positions.at(level.value)}, {"points", level.points}, {"mean", level.mean}});
  }
  return {{"axis", axis - header.axes.begin()},
          {"share", effect.share},
          {"spread", effect.spread},
          {"levels", std::move(levels)}};
}

Json effects_json(const Database& database, const std::string& model) {
  const sweep::EffectsReport report = sweep::main_effects(database, model);
  Json objectives = Json::array();
  for (const sweep::ObjectiveEffects& effects : report.objectives) {
    Json axes = Json::array();
    for (const sweep::AxisEffect& axis : effects.axes) {
      axes.push_back(effect_json(database.header(), axis));
    }
    objectives.push_back({{"objective", effects.objective},
                          {"is_logarithmic", effects.is_logarithmic},
                          {"points", effects.points},
                          {"axes", std::move(axes)}});
  }
  return {{"is_balanced", report.is_balanced}, {"objectives", std::move(objectives)}};
}

Json search_json(const sweep::SearchSpec& search) {
  Json json = {{"method", name_of<sweep::Method>(sweep::kMethodNames, search.method)}};
  if (search.method != sweep::Method::Exhaustive) json["seed"] = search.seed;
  return json;
}

// The page works without machine files; it says why there are none.
void add_machine_files(const SweepHeader& header, Json& data) {
  try {
    data["machine_files"] = machine_files(header);
  } catch (const ConfigError& error) {
    data["machine_files"] = nullptr;
    data["machine_files_problem"] = error.problems().front();
  }
}

std::string description_of(const SweepHeader& header) {
  try {
    return sweep::parse_spec(header.spec_text, header.name).description;
  } catch (const ConfigError&) {  // of a version of the program that read other specs
    return "";
  }
}

Json data_of(const Database& database) {
  const SweepHeader& header = database.header();
  const std::string model = choose_model(database);
  const SweepPoints points{database, model};
  if (points.feasible() == 0) {
    const std::string obstacle = points.main_obstacle();
    throw ConfigError{
        obstacle.empty()
            ? "none of its points is of the values that its spec's axes have now"
            : "no point satisfies all constraints and has all objectives; most often: " + obstacle};
  }
  Json data = {{"title", header.name},
               {"subtitle", description_of(header)},
               {"origin", "simulated"},
               {"model_version", model},
               {"is_current_model", model == sweep::model_version()},
               {"other_models", other_models(database, model)},
               {"search", search_json(header.search)},
               {"counts", points.counts_json()},
               {"failures", points.failures_json()},
               {"constraints", header.constraints},
               {"axes", points.axes_json()},
               {"parameters", points.parameters_json()},
               {"measures", points.measures_json()},
               {"verdicts", points.verdicts_json()},
               {"groups", points.groups_json()},
               {"fronts", fronts_json(database, model, points)},
               {"effects", effects_json(database, model)}};
  add_machine_files(header, data);
  return data;
}

}  // namespace

Json sweep_data(const std::string& path) {
  const Database database = Database::open_to_read(path);  // names the path itself
  try {
    return data_of(database);
  } catch (const ConfigError& error) {
    const std::string& problem = error.problems().front();
    throw ConfigError{problem.starts_with(path) ? problem : fmt::format("{}: {}", path, problem)};
  }
}

}  // namespace olivine::report
