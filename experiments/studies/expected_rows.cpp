// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/expected_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine {
namespace {

bool is_cell_within(const std::string& cell, const std::string& stated, double tolerance) {
  if (cell == stated) return true;
  const auto number = parse_number(trim(cell));
  const auto other = parse_number(trim(stated));
  return number && other && std::abs(*number - *other) <= tolerance;
}

bool is_row_within(const std::string& row, const std::string& stated, double tolerance,
                   size_t cells) {
  const std::vector<std::string> found = split(row, '|');
  const std::vector<std::string> others = split(stated, '|');
  if (found.size() != others.size()) return false;
  for (size_t i = 0; i < found.size(); ++i) {
    // What stands before the first bar is cell 0.
    const bool is_equal =
        i <= cells ? is_cell_within(found[i], others[i], tolerance) : found[i] == others[i];
    if (!is_equal) return false;
  }
  return true;
}

}  // namespace

ExpectedRows::ExpectedRows(const std::string& path) : has_expected_{!path.empty()} {
  if (!has_expected_) return;
  std::ifstream file{path};
  if (!file) throw ConfigError{fmt::format("{}: cannot be read", path)};
  for (std::string line; std::getline(file, line);) expected_.push_back(line);
}

void ExpectedRows::print(const std::string& text) const { fmt::print("{}\n", text); }

void ExpectedRows::row(const std::string& text) {
  print(text);
  if (!has_expected_) return;
  const bool is_stated = std::find(expected_.begin(), expected_.end(), text) != expected_.end();
  expect(is_stated, "stated row: " + text);
}

void ExpectedRows::row_within(const std::string& text, double tolerance, size_t cells) {
  print(text);
  if (!has_expected_) return;
  const bool is_stated = std::any_of(
      expected_.begin(), expected_.end(),
      [&](const std::string& stated) { return is_row_within(text, stated, tolerance, cells); });
  expect(is_stated, fmt::format("stated row, within {}: {}", tolerance, text));
}

void ExpectedRows::expect(bool holds, const std::string& claim) {
  if (!holds) failures_.push_back(claim);
}

int ExpectedRows::report() const {
  for (const std::string& failure : failures_) {
    fmt::print(stderr, "NOT AS EXPECTED: {}\n", failure);
  }
  return failures_.empty() ? 0 : 1;
}

}  // namespace olivine
