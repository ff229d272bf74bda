// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace olivine {

// Prints a study's rows and compares them with those its expected.md states. Printed text without
// the comparison's complaints is expected.md itself.
class ExpectedRows {
 public:
  // `path` "" prints only. Throws ConfigError where the file cannot be read.
  explicit ExpectedRows(const std::string& path);

  // Anything but a row of a table.
  void print(const std::string& text) const;
  void row(const std::string& text);
  // A row in which the numbers of the first `cells` cells may differ from the stated ones by
  // `tolerance`; all other cells are equal.
  void row_within(const std::string& text, double tolerance, size_t cells);
  // A relation that must hold; kept until report().
  void expect(bool holds, const std::string& claim);

  // Prints what was not as expected. Exit status of the study: 0 or 1.
  [[nodiscard]] int report() const;

 private:
  std::vector<std::string> expected_;
  bool has_expected_ = false;
  std::vector<std::string> failures_;
};

}  // namespace olivine
