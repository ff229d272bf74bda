// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"

namespace olivine::sweep {

// A spec that is complete but for its axes; `rest` follows them.
inline std::string spec_with(const std::string& axes, const std::string& rest = "") {
  return "name: x\nmachine: olive_64x64\nworkload: bert_base\nscheme: w4a4-ovp\n"
         "objectives: [time_s]\naxes:\n" +
         axes + "\n" + rest;
}
inline constexpr int kAxisLine = 7;  // of the first axis

inline std::vector<std::string> problems_of(const std::string& text) {
  try {
    static_cast<void>(parse_spec(text, "s.yaml"));
    return {};
  } catch (const ConfigError& error) {
    return error.problems();
  }
}

}  // namespace olivine::sweep
