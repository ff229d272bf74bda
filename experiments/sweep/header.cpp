// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/header.h"

#include <fmt/format.h>

#include <utility>

#include "models/base/enum_names.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "olivine.sweep/1";

Json axis_json(const Axis& axis) {
  Json positions = Json::array();
  for (const std::vector<Value>& values : axis.values) {
    Json position = Json::array();
    for (const Value& value : values) position.push_back(Json(to_json(value)));
    positions.push_back(std::move(position));
  }
  return {{"name", axis.name},
          {"keys", axis.keys},
          {"is_ordered", axis.is_ordered},
          {"values", std::move(positions)}};
}

Json objective_json(const Objective& objective) {
  return {{"name", objective.name},
          {"value", objective.formula.text()},
          {"goal", name_of<Goal>(kGoalNames, objective.goal)}};
}

Json search_json(const SearchSpec& search) {
  Json json = {{"method", name_of<Method>(kMethodNames, search.method)},
               {"seed", search.seed},
               {"points", search.points},
               {"population", search.population},
               {"crossover", search.crossover}};
  if (search.mutation) json["mutation"] = *search.mutation;
  return json;
}

template <class Enum, size_t kCount>
Enum enum_of(const std::array<EnumName<Enum>, kCount>& names, const std::string& text) {
  const auto value = value_of<Enum>(names, text);
  if (!value) throw ConfigError{fmt::format("{}: must be {}", text, joined_names<Enum>(names))};
  return *value;
}

// A value that is no number, text or boolean would be a bug of whoever wrote it elsewhere; here it
// is a damaged file.
Value read_value(const nlohmann::json& json) {
  if (!json.is_primitive() || json.is_null()) {
    throw ConfigError{fmt::format("a parameter is {}", json.type_name())};
  }
  return value_of(json);
}

const nlohmann::json::array_t& list_of(const nlohmann::json& json, const char* key) {
  return json.at(key).get_ref<const nlohmann::json::array_t&>();
}

Axis axis_of(const nlohmann::json& json) {
  Axis axis;
  axis.name = json.at("name").get<std::string>();
  axis.keys = json.at("keys").get<std::vector<std::string>>();
  axis.is_ordered = json.at("is_ordered").get<bool>();
  for (const nlohmann::json& position : list_of(json, "values")) {
    std::vector<Value> values;
    for (const nlohmann::json& value : position) values.push_back(read_value(value));
    if (values.size() != axis.keys.size()) {
      throw ConfigError{fmt::format("axis {}: {} values for {} keys", axis.name, values.size(),
                                    axis.keys.size())};
    }
    axis.values.push_back(std::move(values));
  }
  if (axis.keys.empty() || axis.values.empty()) {
    throw ConfigError{fmt::format("axis {}: is empty", axis.name)};
  }
  return axis;
}

Objective objective_of(const nlohmann::json& json) {
  return {json.at("name").get<std::string>(), Formula::parse(json.at("value").get<std::string>()),
          enum_of(kGoalNames, json.at("goal").get<std::string>())};
}

SearchSpec search_of(const nlohmann::json& json) {
  SearchSpec search;
  search.method = enum_of(kMethodNames, json.at("method").get<std::string>());
  search.seed = json.at("seed").get<uint64_t>();
  search.points = json.at("points").get<uint64_t>();
  search.population = json.at("population").get<uint64_t>();
  search.crossover = json.at("crossover").get<double>();
  if (json.contains("mutation")) search.mutation = json.at("mutation").get<double>();
  return search;
}

SweepHeader read_header(const nlohmann::json& json) {
  const std::string schema = json.at("schema").get<std::string>();
  if (schema != kSchema) throw ConfigError{fmt::format("schema = {}: must be {}", schema, kSchema)};
  SweepHeader header;
  header.name = json.at("name").get<std::string>();
  header.spec_text = json.at("spec_text").get<std::string>();
  header.base_digest = json.at("base_digest").get<std::string>();
  header.columns = json.at("columns").get<std::vector<std::string>>();
  for (const nlohmann::json& axis : list_of(json, "axes")) header.axes.push_back(axis_of(axis));
  header.constraints = json.at("constraints").get<std::vector<std::string>>();
  for (const nlohmann::json& objective : list_of(json, "objectives")) {
    header.objectives.push_back(objective_of(objective));
  }
  if (header.objectives.empty()) throw ConfigError{"objectives: is empty"};
  header.group_by = json.at("group_by").get<std::vector<std::string>>();
  header.quality = json.at("quality").get<std::map<std::string, double>>();
  header.search = search_of(json.at("search"));
  const auto& fixed = json.at("fixed").get_ref<const nlohmann::json::object_t&>();
  for (const auto& [name, value] : fixed) {
    header.fixed[name] = read_value(value);
  }
  header.expected_points = json.at("expected_points").get<uint64_t>();
  return header;
}

}  // namespace

nlohmann::ordered_json to_json(const SweepHeader& header) {
  Json axes = Json::array();
  for (const Axis& axis : header.axes) axes.push_back(axis_json(axis));
  Json objectives = Json::array();
  for (const Objective& objective : header.objectives) {
    objectives.push_back(objective_json(objective));
  }
  Json fixed = Json::object();
  for (const auto& [name, value] : header.fixed) fixed[name] = Json(to_json(value));
  return {{"schema", kSchema},
          {"name", header.name},
          {"base_digest", header.base_digest},
          {"columns", header.columns},
          {"axes", std::move(axes)},
          {"constraints", header.constraints},
          {"objectives", std::move(objectives)},
          {"group_by", header.group_by},
          {"quality", Json(header.quality)},
          {"search", search_json(header.search)},
          {"fixed", std::move(fixed)},
          {"expected_points", header.expected_points},
          {"spec_text", header.spec_text}};
}

SweepHeader header_of(const nlohmann::json& json) {
  try {
    return read_header(json);
  } catch (const nlohmann::json::exception& error) {
    throw ConfigError{fmt::format("header of the sweep: {}", error.what())};
  } catch (const UserError& error) {
    throw ConfigError{fmt::format("header of the sweep: {}", error.problems().front())};
  }
}

}  // namespace olivine::sweep
