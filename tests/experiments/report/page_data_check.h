// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "experiments/report/input.h"
#include "experiments/report/page_data.h"
#include "models/base/error.h"

namespace olivine::report {

using Json = nlohmann::ordered_json;
using MakeData = Json (*)(std::span<const Input>);

// Files a.json, b.json, ... in a folder.
inline std::vector<Input> inputs_of(const std::vector<Json>& results) {
  std::vector<Input> inputs;
  for (const Json& result : results) {
    const char letter = static_cast<char>('a' + inputs.size());
    inputs.push_back({fmt::format("folder/{}.json", letter), "", result});
  }
  return inputs;
}

// What is said of it as the file a.json; "" where nothing is wrong.
inline std::string problem_of(const Json& result, MakeData make_data) {
  try {
    (void)make_data(std::vector<Input>{{"a.json", "", result}});
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

inline std::string problem_with(Json result, const std::string& pointer, const Json& value,
                                MakeData make_data) {
  result[Json::json_pointer{pointer}] = value;
  return problem_of(result, make_data);
}

// Whatever one field of a file is changed to, it is shown or refused; the program goes on. How
// many changes were refused.
inline int refused_changes(const Json& result, MakeData make_data) {
  const std::vector<Json> values = {nullptr,
                                    true,
                                    -1,
                                    0,
                                    0.5,
                                    1e308,
                                    INT64_MIN,
                                    UINT64_MAX,
                                    std::numeric_limits<double>::quiet_NaN(),
                                    "",
                                    "x",
                                    Json::array(),
                                    Json::array({1}),
                                    Json::object()};
  int refused = 0;
  const Json flat = result.flatten();
  for (const auto& entry : flat.items()) {
    for (const Json& value : values) {
      refused += problem_with(result, entry.key(), value, make_data).empty() ? 0 : 1;
    }
  }
  return refused;
}

}  // namespace olivine::report
