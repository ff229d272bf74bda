// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/studies/sweep_case.h"

namespace olivine {

class ExpectedRows;

// What studies of costs, networks and batches have in common: the command line, the cases, the
// tables.

// STUDY SWEEP.YAML [--quick] [EXPECTED.MD]
struct StudyOptions {
  std::string spec;
  std::string expected;   // "": print only
  bool is_quick = false;  // two of the cases, in full
};

// Returns the exit status of the study: 0; 1, rows are not as expected; 2, bad input.
[[nodiscard]] int run_study(std::span<char*> arguments,
                            const std::function<int(const StudyOptions&)>& study);

// The sweep of one table of costs, one network and one batch.
struct StudyCase {
  std::string name;  // how its rows begin: "| published | bert_base | 1 |"
  sweep::SweepSpec spec;
};
[[nodiscard]] std::vector<StudyCase> study_cases(const StudyOptions& options);

// Tables whose rows come case by case, and are printed table by table.
class StudyTables {
 public:
  // Columns follow those of the case.
  void declare(const std::string& key, const std::string& title,
               const std::vector<std::string>& columns);
  // Contract: the key is declared.
  void add(std::string_view key, std::string row);
  // As an expected.md of that study.
  void print(const std::string& study, ExpectedRows& rows) const;

 private:
  struct Table {
    std::string key, title;
    std::vector<std::string> columns, rows;
  };
  std::vector<Table> tables_;
};

// In s, J or J s.
[[nodiscard]] double shown(double value, Measure measure);

inline constexpr std::string_view kEffectsTitle =
    "Main effects: share of the variance that an axis explains alone, in %. Not every combination "
    "is there: shares are not exactly independent.";
// One cell an axis.
[[nodiscard]] std::string effect_cells(const SweepCase& part, Measure measure,
                                       std::span<const std::string_view> axes);

}  // namespace olivine
