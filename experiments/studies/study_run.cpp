// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/study_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "experiments/studies/expected_rows.h"
#include "models/base/error.h"

namespace olivine {
namespace {

constexpr double kPjPerJoule = 1e12;

// Of both tables of costs; a network bound by the array, one bound by memory.
constexpr std::array<std::string_view, 2> kQuickCases = {"| published | bert_base | 1 |",
                                                         "| rtl | opt_6_7b_decode | 8 |"};

StudyOptions read_options(std::span<char*> arguments) {
  StudyOptions options;
  std::vector<std::string> paths;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (argument == "--quick") {
      options.is_quick = true;
    } else {
      paths.emplace_back(argument);
    }
  }
  if (paths.empty() || paths.size() > 2) {
    throw ConfigError{fmt::format("usage: {} SWEEP.YAML [--quick] [EXPECTED.MD]", arguments[0])};
  }
  options.spec = paths[0];
  if (paths.size() == 2) options.expected = paths[1];
  return options;
}

}  // namespace

int run_study(std::span<char*> arguments, const std::function<int(const StudyOptions&)>& study) {
  try {
    return study(read_options(arguments));
  } catch (const UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}

std::vector<StudyCase> study_cases(const StudyOptions& options) {
  std::vector<StudyCase> cases;
  const sweep::SweepSpec spec = sweep::load_spec(options.spec);
  for (sweep::SweepSpec& part : cut(spec, {"costs", "workload", "workload.batch"})) {
    std::string name =
        fmt::format("| {} | {} | {} |", fixed_text(part, "free.costs"),
                    fixed_text(part, "workload"), fixed_text(part, "workload.batch"));
    if (options.is_quick && std::ranges::find(kQuickCases, name) == kQuickCases.end()) continue;
    cases.push_back({std::move(name), std::move(part)});
  }
  return cases;
}

void StudyTables::declare(const std::string& key, const std::string& title,
                          const std::vector<std::string>& columns) {
  tables_.push_back({key, title, columns, {}});
}

void StudyTables::add(std::string_view key, std::string row) {
  const auto table = std::ranges::find(tables_, key, &Table::key);
  OLV_CHECK(table != tables_.end(), "no table {}", key);
  table->rows.push_back(std::move(row));
}

void StudyTables::print(const std::string& study, ExpectedRows& rows) const {
  rows.print(fmt::format(
      "# Expected rows\n\nWritten by `build/ci/experiments/studies/{}`; the tests compare them. "
      "Simulated.",
      study));
  for (const Table& table : tables_) {
    const std::vector<std::string_view> rules(table.columns.size() + 3, "---|");
    rows.print(fmt::format("\n{}\n\n| costs | network | batch | {} |\n|{}", table.title,
                           fmt::join(table.columns, " | "), fmt::join(rules, "")));
    for (const std::string& row : table.rows) rows.row(row);
  }
}

double shown(double value, Measure measure) {
  return measure == Measure::Time ? value : value / kPjPerJoule;
}

std::string effect_cells(const SweepCase& part, Measure measure,
                         std::span<const std::string_view> axes) {
  std::string cells;
  for (const std::string_view axis : axes) {
    cells += fmt::format(" {:.1f} |", part.effect_pct(measure, axis));
  }
  return cells;
}

}  // namespace olivine
