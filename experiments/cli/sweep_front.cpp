// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/cli/text_table.h"
#include "experiments/sweep/analysis/fronts.h"
#include "models/base/error.h"

namespace olivine::cli {
namespace {

using nlohmann::ordered_json;
using sweep::FrontPoint;
using sweep::FrontReport;
using sweep::GroupFront;
using sweep::HypervolumeStep;
using sweep::SweepHeader;

// By group of a report; empty without --over-time.
using Growth = std::vector<std::vector<HypervolumeStep>>;

// Positions, among the columns, of the parameters that axes vary.
std::vector<size_t> axis_columns(const SweepHeader& header) {
  std::vector<size_t> positions;
  for (size_t i = 0; i < header.columns.size(); ++i) {
    const auto has_key = [&](const sweep::Axis& axis) {
      return std::ranges::count(axis.keys, header.columns[i]) > 0;
    };
    if (std::ranges::any_of(header.axes, has_key)) positions.push_back(i);
  }
  return positions;
}

ordered_json objectives_json(const SweepHeader& header, const std::vector<double>& values) {
  ordered_json json = ordered_json::object();
  for (size_t i = 0; i < values.size(); ++i) json[header.objectives[i].name] = values[i];
  return json;
}

// Of an ideal or reference point, with signs back for objectives to maximize.
ordered_json corner_json(const SweepHeader& header, const sweep::Costs& costs) {
  std::vector<double> values = costs;
  for (size_t i = 0; i < values.size(); ++i) {
    if (header.objectives[i].goal == sweep::Goal::Max) values[i] = -values[i];
  }
  return objectives_json(header, values);
}

ordered_json point_json(const SweepHeader& header, const FrontPoint& point) {
  return {{"hash", point.point.hash.hex()},
          {"parameters", parameters_json(header.columns, point.point.parameters)},
          {"objectives", objectives_json(header, point.objectives)},
          {"metrics", metrics_json(point.point.outcome.metrics)}};
}

ordered_json group_json(const SweepHeader& header, const GroupFront& group) {
  ordered_json points = ordered_json::array();
  for (const FrontPoint& point : group.points) points.push_back(point_json(header, point));
  return {{"group", group.group},
          {"feasible", group.feasible},
          {"ideal", corner_json(header, group.ideal)},
          {"reference", corner_json(header, group.reference)},
          {"hypervolume", group.hypervolume},
          {"points", std::move(points)}};
}

std::string front_json(const SweepResults& results, const FrontReport& report,
                       const Growth& growth) {
  ordered_json json = results_json("olivine.sweep.front/1", results);
  json["members"] = report.members;
  json["failed"] = report.failed;
  json["infeasible"] = report.infeasible;
  json["groups"] = ordered_json::array();
  for (size_t i = 0; i < report.groups.size(); ++i) {
    ordered_json group = group_json(results.database.header(), report.groups[i]);
    if (!growth.empty()) {
      group["over_time"] = ordered_json::array();
      for (const HypervolumeStep& step : growth[i]) {
        group["over_time"].push_back({{"points", step.points}, {"hypervolume", step.hypervolume}});
      }
    }
    json["groups"].push_back(std::move(group));
  }
  return json_text(json);
}

// Metrics that are no objective: those stand once.
std::vector<sweep::MetricInfo> other_metrics(const SweepHeader& header) {
  std::vector<sweep::MetricInfo> others;
  for (const sweep::MetricInfo& info : sweep::kMetrics) {
    const auto is_it = [&](const sweep::Objective& goal) { return goal.name == info.name; };
    if (std::ranges::none_of(header.objectives, is_it)) others.push_back(info);
  }
  return others;
}

std::string front_csv(const SweepHeader& header, const FrontReport& report) {
  const std::vector<sweep::MetricInfo> metrics = other_metrics(header);
  std::vector<std::string> fields = {"group"};
  for (const std::string& column : header.columns) fields.push_back(csv_field(column));
  for (const auto& objective : header.objectives) fields.push_back(csv_field(objective.name));
  for (const sweep::MetricInfo& info : metrics) fields.emplace_back(info.name);
  std::string text = fmt::format("{}\n", fmt::join(fields, ","));
  for (const GroupFront& group : report.groups) {
    for (const FrontPoint& point : group.points) {
      fields = {csv_field(group.group)};
      for (const auto& value : point.point.parameters)
        fields.push_back(csv_field(sweep::to_text(value)));
      for (const double value : point.objectives) fields.push_back(fmt::format("{}", value));
      for (const sweep::MetricInfo& info : metrics) {
        const auto value = point.point.outcome.metrics.get(info.metric);
        fields.push_back(value ? fmt::format("{}", *value) : "");
      }
      text += fmt::format("{}\n", fmt::join(fields, ","));
    }
  }
  return text;
}

std::string growth_csv(const FrontReport& report, const Growth& growth) {
  std::string text = "group,points,hypervolume\n";
  for (size_t i = 0; i < report.groups.size(); ++i) {
    for (const HypervolumeStep& step : growth[i]) {
      text += fmt::format("{},{},{}\n", csv_field(report.groups[i].group), step.points,
                          step.hypervolume);
    }
  }
  return text;
}

std::string growth_table(const FrontReport& report, const Growth& growth, bool is_colored) {
  TextTable table;
  const bool has_groups = report.groups.size() > 1;
  if (has_groups) table.column("group", Align::Left);
  table.column("points").column("hypervolume");
  for (size_t i = 0; i < report.groups.size(); ++i) {
    for (const HypervolumeStep& step : growth[i]) {
      std::vector<std::string> cells = {with_separators(step.points),
                                        fmt::format("{:.4f}", step.hypervolume)};
      if (has_groups) cells.insert(cells.begin(), report.groups[i].group);
      table.row(std::move(cells));
    }
  }
  return table.render(is_colored);
}

// "front of bert_base: 12 points of 3,840 feasible, hypervolume 0.8341".
std::string group_line(const GroupFront& group) {
  return fmt::format("front{}{}: {} of {} feasible, hypervolume {:.4f}\n",
                     group.group.empty() ? "" : " of ", group.group,
                     count_text(group.points.size(), "point"), with_separators(group.feasible),
                     group.hypervolume);
}

std::string results_text(const SweepResults& results, const FrontReport& report,
                         const Growth& growth) {
  const bool is_colored = is_stdout_colored();
  const std::string text = front_table(results.database.header(), report, 0, is_colored);
  return growth.empty() ? text : text + "\n" + growth_table(report, growth, is_colored);
}

}  // namespace

std::string front_table(const SweepHeader& header, const FrontReport& report, size_t row_limit,
                        bool is_colored) {
  TextTable table;
  const std::vector<size_t> columns = axis_columns(header);
  for (const size_t column : columns) table.column(header.columns[column], Align::Left);
  for (const sweep::Objective& objective : header.objectives) table.column(objective.name);
  const size_t groups = std::max<size_t>(report.groups.size(), 1);
  const size_t share = row_limit == 0 ? SIZE_MAX : std::max<size_t>(row_limit / groups, 1);
  size_t rows = 0;
  size_t points = 0;
  std::string lines;
  for (const GroupFront& group : report.groups) {
    points += group.points.size();
    if (row_limit != 0 && rows >= row_limit) continue;
    lines += group_line(group);
    for (size_t i = 0; i < std::min(share, group.points.size()); ++i, ++rows) {
      std::vector<std::string> cells;
      for (const size_t column : columns) {
        cells.push_back(sweep::to_text(group.points[i].point.parameters[column]));
      }
      for (const double value : group.points[i].objectives) cells.push_back(figure_text(value));
      table.row(std::move(cells));
    }
  }
  std::string text = table.render(is_colored);
  if (rows < points) {
    text += fmt::format("... and {} more, which olivine sweep front shows\n",
                        count_text(points - rows, "point"));
  }
  if (points == 0) text = "no feasible point\n";
  return text + lines;
}

// olivine sweep front: find, report.
int sweep_front(const Arguments& arguments) {
  const SweepResults results = open_results(arguments);
  const FrontReport report = sweep::find_fronts(results.database, results.model);
  Growth growth;
  if (arguments.has("over-time")) {
    for (const GroupFront& group : report.groups) {
      growth.push_back(sweep::hypervolume_over_time(results.database, results.model, group));
    }
  }
  std::string text;
  if (arguments.has("json")) {
    text = front_json(results, report, growth);
  } else if (arguments.has("csv")) {
    text = arguments.has("over-time") ? growth_csv(report, growth)
                                      : front_csv(results.database.header(), report);
  } else {
    text = results_text(results, report, growth);
  }
  fmt::print("{}", text);
  return 0;
}

}  // namespace olivine::cli
