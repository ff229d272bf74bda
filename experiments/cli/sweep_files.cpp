// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/output.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/sweep/cluster/slurm.h"
#include "experiments/sweep/store/export.h"
#include "experiments/sweep/store/merge.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

struct ExportFormat {
  std::string_view name;
  uint64_t (*write)(const sweep::Database& database, const std::string& model,
                    const sweep::TextSink& sink);
};
constexpr std::array kExportFormats = {ExportFormat{"csv", sweep::export_csv},
                                       ExportFormat{"jsonl", sweep::export_json_lines}};

const ExportFormat& chosen_format(const Arguments& arguments) {
  const std::string wanted = arguments.get("format").value_or("csv");
  std::vector<std::string> names;
  for (const ExportFormat& format : kExportFormats) {
    if (format.name == wanted) return format;
    names.emplace_back(format.name);
  }
  throw ConfigError{fmt::format("--format = {}: must be {}{}", wanted, fmt::join(names, "|"),
                                suggestion(wanted, names))};
}

// What to merge: databases, or those of a submission.
struct MergeRequest {
  std::vector<std::string> inputs;
  std::string output;
  std::optional<std::string> model;
  uint64_t shards = 1;    // of a submission
  std::string directory;  // of a submission: what its file's relative paths are meant from
};

MergeRequest read_merge_request(const Arguments& arguments) {
  if (!arguments.has("output")) throw ConfigError{"missing: --output, the database to make"};
  MergeRequest request;
  request.output = *arguments.get("output");
  request.model = arguments.get("model");
  const std::vector<std::string>& words = arguments.positional();
  request.inputs.assign(words.begin() + 1, words.end());
  std::error_code ignored;
  const std::string folder = request.inputs.front();
  if (!std::filesystem::is_directory(folder, ignored)) return request;
  if (request.inputs.size() > 1) {
    throw ConfigError{fmt::format("{}: is a folder: its databases are merged alone", folder)};
  }
  const sweep::Submission submission = sweep::load_submission(folder);
  request.inputs = sweep::finished_shards(folder);
  request.shards = submission.shards;
  request.directory = submission.directory;
  if (!request.model) request.model = submission.model;
  return request;
}

// The model version whose points are merged: every input that has points has some of it.
std::string model_of(const MergeRequest& request) {
  std::string model;
  for (const std::string& input : request.inputs) {
    const sweep::Database database = sweep::Database::open_to_read(input);
    model = choose_model(database, input, {"model", request.model, false});
  }
  return model;
}

// The points that the search of a database's sweep asks for, compared with those stored. Nothing
// where they cannot be known again.
std::optional<sweep::Completeness> check_points(const sweep::Database& database,
                                                const std::string& model, uint64_t shards) {
  const sweep::SweepHeader& header = database.header();
  if (header.search.method == sweep::Method::Nsga2) return std::nullopt;
  try {
    const sweep::DesignSpace space{sweep::parse_spec(header.spec_text, header.name)};
    if (space.header().base_digest == header.base_digest) {
      return check_completeness(space, database, model, shards);
    }
    fmt::print(stderr, "files that the sweep refers to have changed\n");
  } catch (const ConfigError& error) {  // a file that is elsewhere now
    for (const std::string& problem : error.problems()) fmt::print(stderr, "{}\n", problem);
  }
  return std::nullopt;
}

std::string missing_text(const sweep::Completeness& check) {
  std::vector<size_t> shards;
  for (size_t i = 0; i < check.missing_by_shard.size(); ++i) {
    if (check.missing_by_shard[i] > 0) shards.push_back(i);
  }
  const std::string places = check.missing_by_shard.size() > 1
                                 ? fmt::format(" (of shards {})", fmt::join(shards, ", "))
                                 : "";
  return fmt::format("{} of {} missing{}", with_separators(check.missing),
                     count_text(check.expected, "point"), places);
}

}  // namespace

// olivine sweep export: every point, as text.
int sweep_export(const Arguments& arguments) {
  const ExportFormat& format = chosen_format(arguments);
  const SweepResults results = open_results(arguments);
  Output output{arguments.get("output")};
  const auto sink = [&](std::string_view text) { output.append(text); };
  const uint64_t rows = format.write(results.database, results.model, sink);
  output.commit("");
  if (output.is_file()) fmt::print(stderr, "{} written\n", count_text(rows, "point"));
  return 0;
}

// olivine sweep merge: merge, then check that no point is missing.
int sweep_merge(const Arguments& arguments) {
  const MergeRequest request = read_merge_request(arguments);
  const std::string model = model_of(request);
  const sweep::MergeResult merged = sweep::merge_databases(request.inputs, request.output, model);
  const std::string once =
      fmt::format("{}: {}, each once ({} in several inputs, with equal results)\n", request.output,
                  count_text(merged.points, "point"), with_separators(merged.duplicates));
  const sweep::Database database = sweep::Database::open_to_read(request.output);
  if (!request.directory.empty()) std::filesystem::current_path(request.directory);
  const auto check = check_points(database, model, request.shards);
  if (!check) {
    fmt::print("{}not checked: whether points are missing\n", once);
    return 0;
  }
  fmt::print("{}", once);
  if (check->foreign > 0) {
    fmt::print("{} of them are no points of the sweep's search\n", with_separators(check->foreign));
  }
  if (check->missing > 0) {
    throw CheckFailed{fmt::format("{}: {}; olivine sweep run SPEC --db {} computes them",
                                  request.output, missing_text(*check), request.output)};
  }
  fmt::print("complete: none of {} is missing\n", count_text(check->expected, "point"));
  return 0;
}

// olivine sweep gc: forgets the results of other model versions.
int sweep_gc(const Arguments& arguments) {
  const std::string& path = arguments.positional()[1];
  sweep::Database database = sweep::Database::open_to_change(path);
  const std::string model = choose_model(database, path, {"keep", arguments.get("keep"), false});
  const uint64_t removed = database.keep_only(model);
  fmt::print("{}: {} of other model versions removed, those of {} stay\n", path,
             count_text(removed, "point"), model);
  return 0;
}

}  // namespace olivine::cli
