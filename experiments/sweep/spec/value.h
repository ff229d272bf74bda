// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>

namespace olivine::sweep {

// A parameter of a point in base units, as the machine's JSON has it: {array.rows: 64}, {clock:
// 5e8}, {scheme: w4a4-ovp}. Booleans are the texts "true" and "false".
using Value = std::variant<int64_t, double, std::string>;

// Numbers as the shortest text that reads back to the same bits, whole ones below 1e16 without
// exponent or point; text as it is.
[[nodiscard]] std::string to_text(const Value& value);
[[nodiscard]] nlohmann::json to_json(const Value& value);
// Contract: a number, text or boolean.
[[nodiscard]] Value value_of(const nlohmann::json& json);

}  // namespace olivine::sweep
