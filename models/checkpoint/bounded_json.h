// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace olivine {

// JSON from a file that is not trusted. Nothing deeper than `max_depth` objects and lists inside
// each other, no key twice in one object (two readers could see two files), no byte order mark.
// Throws ConfigError with one line that starts with `where`.
[[nodiscard]] nlohmann::json parse_bounded_json(std::span<const uint8_t> text, int max_depth,
                                                const std::string& where);

}  // namespace olivine
