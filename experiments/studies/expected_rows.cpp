// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/expected_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "models/base/error.h"

namespace olivine {

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
