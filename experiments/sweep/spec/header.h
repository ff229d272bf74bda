// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/sweep/spec/spec.h"
#include "experiments/sweep/spec/value.h"

namespace olivine::sweep {

// An axis with its values as the models read them.
struct Axis {
  std::string name;
  std::vector<std::string> keys;
  std::vector<std::vector<Value>> values;  // by position, then by key
  bool is_ordered = false;                 // one key, numbers, ascending

  bool operator==(const Axis&) const = default;
};

// What a database says about its sweep: enough to judge its points without the machine, workload
// and energy files they came from.
struct SweepHeader {
  std::string name;
  std::string spec_text;             // the YAML file of the last run
  std::string base_digest;           // of what all points share: files, settings, layers
  std::vector<std::string> columns;  // parameters stored of every point
  std::vector<Axis> axes;
  std::vector<std::string> constraints;  // formulas
  std::vector<Objective> objectives;
  std::vector<std::string> group_by;
  std::map<std::string, double> quality;  // by scheme
  SearchSpec search;
  std::map<std::string, Value> fixed;  // parameters that formulas use and no column has
  uint64_t expected_points = 0;        // of an exhaustive sweep: those that the static constraints
                                       // leave; else the budget; 0: not counted yet
};

[[nodiscard]] nlohmann::ordered_json to_json(const SweepHeader& header);
// Throws ConfigError when `json` is no header.
[[nodiscard]] SweepHeader header_of(const nlohmann::json& json);

}  // namespace olivine::sweep
