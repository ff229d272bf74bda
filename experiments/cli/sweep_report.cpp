// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/sweep_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/provenance.h"
#include "experiments/sweep/space/evaluate.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::cli {

using nlohmann::ordered_json;

std::string choose_model(const sweep::Database& database, const std::string& path,
                         const ModelChoice& choice) {
  const std::string wanted = choice.given.value_or(std::string{sweep::model_version()});
  std::vector<std::string> versions;
  std::vector<std::string> listed;
  for (const sweep::ModelCount& model : database.models()) {
    if (model.version == wanted) return wanted;
    versions.push_back(model.version);
    listed.push_back(
        fmt::format("{} ({})", model.version, count_text(model.ok + model.failed, "point")));
  }
  if (versions.empty()) return wanted;
  const bool is_clear = choice.is_only_one_enough && !choice.given && versions.size() == 1;
  if (is_clear) return versions.front();
  throw ConfigError{fmt::format("{}: no points of {}model version {}{}; there are {}: --{} chooses",
                                path, choice.given ? "" : "this program's ", wanted,
                                choice.given ? suggestion(wanted, versions) : "",
                                fmt::join(listed, ", "), choice.option)};
}

SweepResults open_results(const std::string& path, const ModelChoice& choice) {
  sweep::Database database = sweep::Database::open_to_read(path);
  std::string model = choose_model(database, path, choice);
  return {path, std::move(database), std::move(model)};
}

SweepResults open_results(const Arguments& arguments) {
  if (arguments.has("json") && arguments.has("csv")) {
    throw ConfigError{"--json and --csv exclude each other"};
  }
  return open_results(arguments.positional()[1], {"model", arguments.get("model"), false});
}

ordered_json results_json(std::string_view schema, const SweepResults& results) {
  return {{"schema", schema},
          {"model_version", results.model},
          {"sweep", sweep::to_json(results.database.header())},
          {"provenance", provenance()}};
}

std::string json_text(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string figure_text(double value) { return fmt::format("{:.5g}", value); }

std::string count_text(uint64_t count, std::string_view singular) {
  return fmt::format("{} {}{}", with_separators(count), singular, count == 1 ? "" : "s");
}

ordered_json metrics_json(const sweep::Metrics& metrics) {
  ordered_json json = ordered_json::object();
  for (const sweep::MetricInfo& info : sweep::kMetrics) {
    if (const auto value = metrics.get(info.metric)) json[std::string{info.name}] = *value;
  }
  return json;
}

ordered_json parameters_json(const std::vector<std::string>& columns,
                             const std::vector<sweep::Value>& parameters) {
  ordered_json json = ordered_json::object();
  for (size_t i = 0; i < columns.size(); ++i) json[columns[i]] = sweep::to_json(parameters[i]);
  return json;
}

}  // namespace olivine::cli
