// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/search/runner.h"

namespace olivine::python {

struct Results;

// What a sweep has done so far, with the names of `best`.
struct Progress {
  sweep::RunProgress run;
  std::vector<std::string> objectives;
};

struct SweepRequest {
  std::string spec_path;  // a YAML file, or
  std::string spec_text;  // what would be in it
  std::string database;   // path, or ":memory:"
  int threads = 0;        // 0: the cores
  std::function<bool()> is_cancelled;
  std::function<void(const Progress&)> on_progress;
};

// Evaluates the points that the database does not have and reads all of them. Nothing where it was
// cancelled; what was evaluated is stored then too. Throws ConfigError for what is wrong with the
// spec or the database.
[[nodiscard]] std::optional<Results> run_sweep(const SweepRequest& request);

}  // namespace olivine::python
