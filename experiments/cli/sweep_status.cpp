// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/cli/text_table.h"
#include "experiments/sweep/analysis/fronts.h"

namespace olivine::cli {
namespace {

using nlohmann::ordered_json;
using sweep::FrontReport;
using sweep::GroupFront;
using sweep::SweepHeader;

// Reasons that quote numbers of a point may be as many as points; further ones are not told apart.
constexpr size_t kMaxReasons = 10'000;
constexpr size_t kShownReasons = 5;

struct Reason {
  std::string text;
  uint64_t points = 0;
};

// Why points failed, the most frequent reason first.
std::vector<Reason> failure_reasons(const SweepResults& results) {
  std::map<std::string, uint64_t> counts;
  results.database.for_each(results.model, sweep::RowOrder::Commit, [&](const auto& point) {
    if (point.outcome.is_ok()) return true;
    const bool is_known = counts.contains(point.outcome.failure);
    if (is_known || counts.size() < kMaxReasons) {
      ++counts[point.outcome.failure];
    } else {
      ++counts["other reasons"];
    }
    return true;
  });
  std::vector<Reason> reasons;
  for (const auto& [text, points] : counts) reasons.push_back({text, points});
  std::ranges::stable_sort(reasons, std::ranges::greater{}, &Reason::points);
  return reasons;
}

// The best value of an objective over all groups.
std::optional<double> best_of(const SweepHeader& header, const FrontReport& report,
                              size_t objective) {
  std::optional<double> best;
  for (const GroupFront& group : report.groups) {
    if (group.feasible == 0) continue;
    if (!best || group.ideal[objective] < *best) best = group.ideal[objective];
  }
  if (best && header.objectives[objective].goal == sweep::Goal::Max) return -*best;
  return best;
}

struct Status {
  const SweepResults& results;
  std::vector<sweep::ModelCount> models;
  FrontReport report;
  std::vector<Reason> reasons;
};

ordered_json best_json(const Status& status) {
  const SweepHeader& header = status.results.database.header();
  ordered_json best = ordered_json::object();
  for (size_t i = 0; i < header.objectives.size(); ++i) {
    const auto value = best_of(header, status.report, i);
    best[header.objectives[i].name] = value ? ordered_json(*value) : ordered_json(nullptr);
  }
  return best;
}

std::string status_json(const Status& status) {
  ordered_json json = results_json("olivine.sweep.status/1", status.results);
  json["models"] = ordered_json::array();
  for (const auto& model : status.models) {
    json["models"].push_back(
        {{"version", model.version}, {"ok", model.ok}, {"failed", model.failed}});
  }
  json["members"] = status.report.members;
  json["failed"] = status.report.failed;
  json["infeasible"] = status.report.infeasible;
  json["failures"] = ordered_json::array();
  for (const Reason& reason : status.reasons) {
    json["failures"].push_back({{"reason", reason.text}, {"points", reason.points}});
  }
  json["best"] = best_json(status);
  json["fronts"] = ordered_json::array();
  for (const GroupFront& group : status.report.groups) {
    json["fronts"].push_back({{"group", group.group},
                              {"feasible", group.feasible},
                              {"points", group.points.size()},
                              {"hypervolume", group.hypervolume}});
  }
  return json_text(json);
}

std::string models_table(const Status& status, bool is_colored) {
  TextTable table;
  table.column("model version", Align::Left).column("points").column("failed");
  for (const auto& model : status.models) {
    table.row(
        {model.version, with_separators(model.ok + model.failed), with_separators(model.failed)});
  }
  return table.render(is_colored);
}

// How far the sweep is, by the points of its space that are stored.
std::string extent_text(const Status& status) {
  const uint64_t expected = status.results.database.header().expected_points;
  const uint64_t members = status.report.members;
  if (expected == 0) return count_text(members, "point") + "; how many there are is not known yet";
  return fmt::format("{} of {}, {}", with_separators(members), count_text(expected, "point"),
                     percent_text(static_cast<double>(members), static_cast<double>(expected)));
}

std::string failures_text(const Status& status) {
  uint64_t failed = 0;
  for (const Reason& reason : status.reasons) failed += reason.points;
  if (failed == 0) return "";
  std::string text = fmt::format("\n{} failed:\n", count_text(failed, "point"));
  for (size_t i = 0; i < std::min(status.reasons.size(), kShownReasons); ++i) {
    const Reason& reason = status.reasons[i];
    text += fmt::format("  {:>10}  {}\n", with_separators(reason.points), reason.text);
    failed -= reason.points;
  }
  if (failed > 0) text += fmt::format("  {:>10}  for other reasons\n", with_separators(failed));
  return text;
}

std::string fronts_table(const Status& status, bool is_colored) {
  TextTable table;
  table.column("group", Align::Left).column("feasible").column("front").column("hypervolume");
  for (const GroupFront& group : status.report.groups) {
    table.row({group.group.empty() ? "all" : group.group, with_separators(group.feasible),
               with_separators(group.points.size()), fmt::format("{:.4f}", group.hypervolume)});
  }
  return table.render(is_colored);
}

std::string status_text(const Status& status, bool is_colored) {
  const SweepHeader& header = status.results.database.header();
  std::string text = fmt::format("sweep {}: {}\n", header.name, extent_text(status));
  if (!status.models.empty()) text += "\n" + models_table(status, is_colored);
  text += failures_text(status);
  const FrontReport& report = status.report;
  if (report.infeasible > 0) {
    text += fmt::format("\n{} not feasible: a constraint or an objective is missed\n",
                        count_text(report.infeasible, "point"));
  }
  if (report.groups.empty()) return text;
  text += "\nbest:\n";
  for (size_t i = 0; i < header.objectives.size(); ++i) {
    const auto value = best_of(header, report, i);
    text += fmt::format("  {:<24}{}\n", header.objectives[i].name,
                        value ? figure_text(*value) : "none");
  }
  return text + "\n" + fronts_table(status, is_colored);
}

}  // namespace

// olivine sweep status: of a database, or of a submission to Slurm.
int sweep_status(const Arguments& arguments) {
  std::error_code ignored;
  if (std::filesystem::is_directory(arguments.positional()[1], ignored)) {
    return sweep_submission_status(arguments);
  }
  const SweepResults results = open_results(arguments);
  const Status status{results, results.database.models(),
                      sweep::find_fronts(results.database, results.model),
                      failure_reasons(results)};
  fmt::print(
      "{}", arguments.has("json") ? status_json(status) : status_text(status, is_stdout_colored()));
  return 0;
}

}  // namespace olivine::cli
