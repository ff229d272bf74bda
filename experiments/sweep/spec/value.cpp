// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/value.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace olivine::sweep {
namespace {

std::string text_of(double number) {
  // From here on the shortest text has an exponent.
  constexpr double kPlainWholes = 1e16;
  const bool is_whole = std::trunc(number) == number && std::abs(number) < kPlainWholes;
  return is_whole ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
}

}  // namespace

std::string to_text(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return fmt::format("{}", *integer);
  if (const auto* number = std::get_if<double>(&value)) return text_of(*number);
  return std::get<std::string>(value);
}

nlohmann::json to_json(const Value& value) {
  return std::visit([](const auto& held) { return nlohmann::json(held); }, value);
}

Value value_of(const nlohmann::json& json) {
  if (json.is_boolean()) return std::string{json.get<bool>() ? "true" : "false"};
  if (json.is_string()) return json.get<std::string>();
  OLV_CHECK(json.is_number(), "a parameter is a number, a text or a boolean, not {}",
            json.type_name());
  if (json.is_number_float()) return json.get<double>();
  const bool is_too_large =
      json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  if (is_too_large) return json.get<double>();
  return json.get<int64_t>();
}

}  // namespace olivine::sweep
