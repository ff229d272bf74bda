// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/compare/comparison.h"

namespace olivine::compare {
struct CollectionSummary;
}

namespace olivine::cli {

class Arguments;
struct TableStyle;

// What one comparison was asked for.
struct CompareRequest {
  std::string measured;  // path
  compare::Selection selection;
  std::optional<std::string> machine;  // as given: a name or a path
  unsigned jobs = 1;                   // threads
  bool is_json = false;
  bool is_csv = false;
  bool has_points = false;  // in the JSON
  bool is_verbose = false;
  std::optional<std::string> output;
  std::optional<std::string> svg;
};

// Throws ConfigError with every problem of the options.
[[nodiscard]] CompareRequest read_compare_request(const Arguments& arguments);

// What one comparison found.
struct CompareReport {
  std::string file;  // of the measurements, without its folder
  compare::Comparison comparison;
  std::vector<compare::CollectionSummary> summaries;
  nlohmann::ordered_json machines;  // resolved, by name
};

// "held-out half of the shapes, split seed 1".
[[nodiscard]] std::string half_text(const compare::Comparison& comparison);

// The worst points of every regime too where the style is verbose.
[[nodiscard]] std::string compare_table(const CompareReport& report, const TableStyle& style);
// Schema olivine.compare/1, with a member `points` in every collection where they are asked for.
[[nodiscard]] nlohmann::ordered_json compare_json(const CompareReport& report, bool has_points);
// The simulated points of a collection, by column.
[[nodiscard]] nlohmann::ordered_json points_json(const compare::Comparison& comparison,
                                                 const compare::CollectionSummary& summary);
// Measured watts by point.
[[nodiscard]] std::map<size_t, double> measured_powers(const compare::Collection& collection);
// A row a compared measurement.
[[nodiscard]] std::string compare_csv(const CompareReport& report);

}  // namespace olivine::cli
