// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "experiments/sweep/store/database.h"

namespace olivine::sweep {
struct FrontReport;
}

namespace olivine::cli {

class Arguments;

// A database and which of its results to read.
struct SweepResults {
  std::string path;
  sweep::Database database;
  std::string model;
};

// How to choose among the model versions of a database.
struct ModelChoice {
  std::string option;                // that the user may give: "model"
  std::optional<std::string> given;  // the program's version when absent
  bool is_only_one_enough = false;   // then absent may mean the only one there is
};

// Throws ConfigError that lists the versions when the chosen one has no point but others have.
[[nodiscard]] std::string choose_model(const sweep::Database& database, const std::string& path,
                                       const ModelChoice& choice);
[[nodiscard]] SweepResults open_results(const std::string& path, const ModelChoice& choice);
// The database that a verb of one database names, by --model. Throws ConfigError, also where --json
// and --csv are both given.
[[nodiscard]] SweepResults open_results(const Arguments& arguments);

// What every JSON of a sweep begins with: schema, model version, sweep, provenance.
[[nodiscard]] nlohmann::ordered_json results_json(std::string_view schema,
                                                  const SweepResults& results);
// File names may be no UTF-8, which JSON is.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json);

// Five significant digits.
[[nodiscard]] std::string figure_text(double value);
// "1 point", "1,234 points".
[[nodiscard]] std::string count_text(uint64_t count, std::string_view singular);

// Names of the metrics a point has, with values.
[[nodiscard]] nlohmann::ordered_json metrics_json(const sweep::Metrics& metrics);
[[nodiscard]] nlohmann::ordered_json parameters_json(const std::vector<std::string>& columns,
                                                     const std::vector<sweep::Value>& parameters);

// Axes and objectives of the points on the fronts, group after group; of each group at most its
// share of `row_limit` (0: all rows), the others are counted. Then size and hypervolume by group.
[[nodiscard]] std::string front_table(const sweep::SweepHeader& header,
                                      const sweep::FrontReport& report, size_t row_limit,
                                      bool is_colored);

}  // namespace olivine::cli
