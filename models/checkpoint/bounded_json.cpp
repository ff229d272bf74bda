// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/bounded_json.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "models/base/error.h"

namespace olivine {

nlohmann::json parse_bounded_json(std::span<const uint8_t> text, int max_depth,
                                  const std::string& where) {
  using Json = nlohmann::json;
  using Event = Json::parse_event_t;
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Event event, Json& value) {
    const bool is_start = event == Event::object_start || event == Event::array_start;
    if (is_start && depth >= max_depth) {
      throw ConfigError{fmt::format("{}: nested deeper than {}", where, max_depth)};
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      throw ConfigError{fmt::format("{}: key '{}' twice", where, value.get<std::string>())};
    }
    return true;
  };
  constexpr uint8_t kFirstOfByteOrderMark = 0xEF;
  const bool is_marked = !text.empty() && text[0] == kFirstOfByteOrderMark;
  // Malformed text comes back as a discarded value, not as an exception.
  Json json = is_marked ? Json(Json::value_t::discarded)
                        : Json::parse(text.begin(), text.end(), watch, false);
  if (json.is_discarded()) throw ConfigError{fmt::format("{}: is no JSON", where)};
  return json;
}

}  // namespace olivine
