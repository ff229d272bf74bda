// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/cli/numbers.h"
#include "experiments/cli/regress.h"
#include "experiments/cli/text_table.h"
#include "experiments/regress/coverage_report.h"
#include "experiments/regress/regression_tree.h"
#include "models/base/error.h"

namespace olivine::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kLineGoalPct = 98.0;
constexpr double kToggleGoalPct = 90.0;
constexpr size_t kShownHoles = 10;

std::vector<std::string> ratio_cells(const regress::Ratio& ratio) {
  if (ratio.total + ratio.waived == 0) return {"-", "-", "-"};
  return {fmt::format("{:.1f}", ratio.percent()),
          fmt::format("{}/{}", with_separators(ratio.hit), with_separators(ratio.total)),
          fmt::format("{}", ratio.waived)};
}

std::string summary_table(const regress::CoverageReport& report, bool is_colored) {
  TextTable table;
  table.column("file", Align::Left);
  for (const char* kind : {"lines", "bits"}) {
    table.column(fmt::format("{} %", kind)).column(kind).column("waived");
  }
  const auto add = [&](const std::string& name, const regress::FileCoverage& file) {
    std::vector<std::string> cells = {name};
    for (const regress::Ratio* ratio : {&file.lines, &file.toggles}) {
      for (std::string& cell : ratio_cells(*ratio)) cells.push_back(std::move(cell));
    }
    table.row(std::move(cells));
  };
  for (const auto& [name, file] : report.files) add(name, file);
  add("total", report.total);
  return table.render(is_colored);
}

std::string first_holes(const regress::CoverageReport& report, const std::string& file) {
  std::string text;
  size_t open = 0;
  for (const regress::CoverageHole& hole : report.holes) {
    if (!hole.reason.empty() || ++open > kShownHoles) continue;
    text += fmt::format("  {}\n", regress::hole_text(hole));
  }
  if (open == 0) return "no holes\n";
  if (open > kShownHoles) text += fmt::format("  and {} more\n", open - kShownHoles);
  return fmt::format("{} holes, all in {}:\n{}", open, file, text);
}

nlohmann::ordered_json ratio_json(const regress::Ratio& ratio) {
  return {{"hit", ratio.hit},
          {"total", ratio.total},
          {"waived", ratio.waived},
          {"percent", ratio.percent()}};
}

nlohmann::ordered_json to_json(const regress::CoverageReport& report) {
  nlohmann::ordered_json files;
  const auto json_of = [](const regress::FileCoverage& file) {
    return nlohmann::ordered_json{{"lines", ratio_json(file.lines)},
                                  {"toggles", ratio_json(file.toggles)}};
  };
  for (const auto& [name, file] : report.files) files[name] = json_of(file);
  return {{"total", json_of(report.total)}, {"files", std::move(files)}};
}

}  // namespace

CoverageResult summarize_coverage(const RegressRequest& request,
                                  const std::vector<std::string>& count_files, bool is_colored) {
  const regress::RtlTree tree{request.rtl};
  std::vector<std::string> names;
  for (const regress::RtlFile& file : tree.files()) names.push_back(file.path);
  regress::CoverageCounts counts;
  for (const std::string& file : count_files) {
    regress::add_coverage(regress::read_text_file(file), file, counts);
  }
  const regress::Coverage coverage = regress::merge_points(counts, names);
  const std::string list = request.rtl + "/lint/coverage_waivers.txt";
  std::vector<regress::Waiver> waivers;
  if (fs::exists(list)) waivers = regress::parse_waivers(regress::read_text_file(list), list);
  const auto report = regress::make_coverage_report(coverage, tree, waivers);
  const std::string holes_file = request.work + "/coverage_holes.txt";
  const std::string info_file = request.work + "/coverage.info";
  regress::write_text_file(holes_file, regress::holes_text(report));
  regress::write_text_file(info_file,
                           regress::lcov_text(coverage, fs::absolute(request.rtl).string()));
  CoverageResult result;
  result.json = to_json(report);
  result.text = summary_table(report, is_colored) + first_holes(report, holes_file) +
                fmt::format("lcov file: {}\n", info_file);
  // Parts of the regression cannot reach the goals, nor tell whether a waiver is still needed.
  const regress::Selection& selection = request.selection;
  const bool is_whole = selection.blocks.empty() && selection.settings.empty() &&
                        !selection.seeds && !selection.cases;
  if (!is_whole) return result;
  for (const regress::Waiver& waiver : report.stale) {
    result.problems.push_back(fmt::format("{}:{}: stale: nothing uncovered matches {}", list,
                                          waiver.line_number, waiver.pattern));
  }
  const auto check = [&](const char* what, double percent, double goal) {
    if (percent >= goal) return;
    result.problems.push_back(
        fmt::format("{} coverage {:.1f} %: must be at least {} %", what, percent, goal));
  };
  check("line", report.total.lines.percent(), kLineGoalPct);
  check("toggle", report.total.toggles.percent(), kToggleGoalPct);
  return result;
}

}  // namespace olivine::cli
