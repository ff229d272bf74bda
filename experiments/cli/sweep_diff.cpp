// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/cli/text_table.h"
#include "experiments/sweep/store/merge.h"
#include "models/base/error.h"

namespace olivine::cli {
namespace {

using nlohmann::ordered_json;
using sweep::ChangedPoint;
using sweep::DatabaseDiff;
using sweep::MetricChange;
using sweep::Outcome;

constexpr int64_t kDefaultWorst = 10;
constexpr int64_t kMaxWorst = 1'000'000;
constexpr int kDifferentStatus = 1;

struct DiffReport {
  const SweepResults& a;
  const SweepResults& b;
  const DatabaseDiff& diff;
};

ordered_json outcome_json(const Outcome& outcome) {
  if (!outcome.is_ok()) return {{"failure", outcome.failure}};
  return {{"metrics", metrics_json(outcome.metrics)}};
}

std::string diff_json(const DiffReport& report) {
  const DatabaseDiff& diff = report.diff;
  ordered_json json = {{"schema", "olivine.sweep.diff/1"}};
  json["a"] = {{"model_version", report.a.model},
               {"sweep", sweep::to_json(report.a.database.header())}};
  json["b"] = {{"model_version", report.b.model},
               {"sweep", sweep::to_json(report.b.database.header())}};
  json["provenance"] = provenance();
  json["is_empty"] = diff.is_empty();
  json["common"] = diff.common;
  json["only_a"] = diff.only_a;
  json["only_b"] = diff.only_b;
  json["identical"] = diff.identical;
  json["now_failing"] = diff.now_failing;
  json["now_running"] = diff.now_running;
  json["metrics"] = ordered_json::array();
  for (const MetricChange& change : diff.metrics) {
    json["metrics"].push_back({{"metric", change.metric},
                               {"changed", change.changed},
                               {"mean_ratio", change.mean_ratio},
                               {"min_ratio", change.min_ratio},
                               {"max_ratio", change.max_ratio}});
  }
  json["worst"] = ordered_json::array();
  for (const ChangedPoint& point : diff.worst) {
    json["worst"].push_back({{"parameters", parameters_json(diff.columns, point.parameters)},
                             {"a", outcome_json(point.a)},
                             {"b", outcome_json(point.b)}});
  }
  return json_text(json);
}

// A row a metric.
std::string diff_csv(const DatabaseDiff& diff) {
  std::string text = "metric,changed,mean_ratio,min_ratio,max_ratio\n";
  for (const MetricChange& change : diff.metrics) {
    text += fmt::format("{},{},{},{},{}\n", csv_field(change.metric), change.changed,
                        change.mean_ratio, change.min_ratio, change.max_ratio);
  }
  return text;
}

std::string metrics_table(const DatabaseDiff& diff, bool is_colored) {
  TextTable table;
  table.column("metric", Align::Left).column("changed").column("mean b/a");
  table.column("smallest").column("largest");
  for (const MetricChange& change : diff.metrics) {
    table.row({change.metric, with_separators(change.changed), figure_text(change.mean_ratio),
               figure_text(change.min_ratio), figure_text(change.max_ratio)});
  }
  return table.render(is_colored);
}

// The metric of the point that changed most, "time_s x1.25".
std::string largest_change(const ChangedPoint& point) {
  std::string text;
  double largest = 0;
  for (const sweep::MetricInfo& info : sweep::kMetrics) {
    const auto a = point.a.metrics.get(info.metric);
    const auto b = point.b.metrics.get(info.metric);
    if (!a || !b || *a <= 0 || *b <= 0) continue;
    const double change = std::abs(std::log(*b / *a));
    if (change <= largest) continue;
    largest = change;
    text = fmt::format("{} x{:.4g}", info.name, *b / *a);
  }
  return text;
}

std::string worst_table(const DatabaseDiff& diff, bool is_colored) {
  TextTable table;
  for (const std::string& column : diff.columns) table.column(column, Align::Left);
  table.column("largest change", Align::Left);
  for (const ChangedPoint& point : diff.worst) {
    std::vector<std::string> cells;
    for (const sweep::Value& value : point.parameters) cells.push_back(sweep::to_text(value));
    cells.push_back(largest_change(point));
    table.row(std::move(cells));
  }
  return table.render(is_colored);
}

std::string diff_text(const DiffReport& report, bool is_colored) {
  const DatabaseDiff& diff = report.diff;
  std::string text = fmt::format("a: {}, model version {}\nb: {}, model version {}\n\n",
                                 report.a.path, report.a.model, report.b.path, report.b.model);
  text += fmt::format("{} in both, {} of them identical; {} only in a, {} only in b\n",
                      count_text(diff.common, "point"), with_separators(diff.identical),
                      with_separators(diff.only_a), with_separators(diff.only_b));
  if (diff.now_failing + diff.now_running > 0) {
    text += fmt::format("{} fail in b only, {} in a only\n", with_separators(diff.now_failing),
                        with_separators(diff.now_running));
  }
  if (!diff.metrics.empty()) text += "\n" + metrics_table(diff, is_colored);
  if (!diff.worst.empty()) text += "\nchanged most:\n" + worst_table(diff, is_colored);
  return text;
}

SweepResults open_side(const Arguments& arguments, size_t word, const std::string& option) {
  return open_results(arguments.positional()[word], {option, arguments.get(option), true});
}

}  // namespace

// olivine sweep diff: match points by parameters, report.
int sweep_diff(const Arguments& arguments) {
  Problems problems;
  const auto worst =
      OptionReader{arguments, problems}.integer("worst", 0, kMaxWorst).value_or(kDefaultWorst);
  if (arguments.has("json") && arguments.has("csv")) {
    problems.add("--json and --csv exclude each other");
  }
  problems.throw_if_any();
  const SweepResults a = open_side(arguments, 1, "model-a");
  const SweepResults b = open_side(arguments, 2, "model-b");
  const DatabaseDiff diff =
      sweep::diff_databases(a.database, a.model, b.database, b.model, static_cast<size_t>(worst));
  const DiffReport report{a, b, diff};
  std::string text;
  if (arguments.has("json")) {
    text = diff_json(report);
  } else if (arguments.has("csv")) {
    text = diff_csv(diff);
  } else {
    text = diff_text(report, is_stdout_colored());
  }
  fmt::print("{}", text);
  return arguments.has("exit-code") && !diff.is_empty() ? kDifferentStatus : 0;
}

}  // namespace olivine::cli
