// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/json_fields.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "models/base/error.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

bool is_finite_number(const Json& value) {
  return value.is_number() && std::isfinite(value.get<double>());
}

}  // namespace

Fields::Fields(const std::string& path, const Json& json, std::string place)
    : path_(&path), json_(&json), place_(std::move(place)) {}

std::string Fields::place_of(std::string_view key) const {
  return place_.empty() || key.empty() ? place_ + std::string{key}
                                       : fmt::format("{}.{}", place_, key);
}

void Fields::fail(std::string_view key, std::string_view problem) const {
  throw ConfigError{fmt::format("{}: {}: {}", *path_, place_of(key), problem)};
}

bool Fields::has(std::string_view key) const { return json_->is_object() && json_->contains(key); }

const Json& Fields::at(std::string_view key) const {
  if (!has(key)) fail(key, "missing");
  return (*json_)[std::string{key}];
}

Fields Fields::object(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_object()) fail(key, "must be an object");
  return {*path_, value, place_of(key)};
}

Fields Fields::list(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_array()) fail(key, "must be a list");
  for (size_t i = 0; i < value.size(); ++i) {
    if (!value[i].is_object()) fail(fmt::format("{}[{}]", key, i), "must be an object");
  }
  return {*path_, value, place_of(key)};
}

size_t Fields::size() const { return json_->size(); }

Fields Fields::item(size_t index) const {
  OLV_CHECK(json_->is_array() && index < json_->size(), "{}[{}]", place_, index);
  return {*path_, (*json_)[index], fmt::format("{}[{}]", place_, index)};
}

double Fields::number(std::string_view key) const {
  const Json& value = at(key);
  if (!is_finite_number(value)) fail(key, "must be a number");
  return value.get<double>();
}

std::optional<double> Fields::optional_number(std::string_view key) const {
  if (!has(key) || at(key).is_null()) return std::nullopt;
  return number(key);
}

bool Fields::flag(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_boolean()) fail(key, "must be true or false");
  return value.get<bool>();
}

std::vector<std::string> Fields::texts(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_array()) fail(key, "must be a list");
  std::vector<std::string> list;
  for (const Json& entry : value) {
    if (!entry.is_string()) fail(fmt::format("{}[{}]", key, list.size()), "must be a text");
    list.push_back(entry.get<std::string>());
  }
  return list;
}

const std::string& Fields::text(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_string()) fail(key, "must be a text");
  return value.get_ref<const std::string&>();
}

Fields Fields::numbers(std::string_view key) const {
  Fields fields = object(key);
  for (const auto& [name, value] : fields.json_->items()) {
    if (!is_finite_number(value)) fields.fail(name, "must be a number");
  }
  return fields;
}

}  // namespace olivine::report
