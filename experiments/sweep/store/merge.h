// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/sweep/space/space.h"
#include "experiments/sweep/store/database.h"

namespace olivine::sweep {

struct MergeResult {
  uint64_t points = 0;      // in the merged database
  uint64_t duplicates = 0;  // were in several inputs, with the same outcome
};

// Writes the points of a model version of all inputs to a new database; of different searches the
// first input's stays. Throws ConfigError, leaving nothing behind, when inputs are of different
// sweeps or none has such points, when one point has different outcomes in two of them (both
// named), or when `output` exists.
[[nodiscard]] MergeResult merge_databases(const std::vector<std::string>& inputs,
                                          const std::string& output, const std::string& model);

// What a complete sweep lacks: walks the points of its search again. Throws ConfigError for
// Method::Nsga2, whose points depend on results.
struct Completeness {
  uint64_t expected = 0;
  uint64_t missing = 0;
  uint64_t foreign = 0;                    // stored, but no point of the search
  std::vector<uint64_t> missing_by_shard;  // by shard of the point's hash
  [[nodiscard]] bool is_complete() const { return missing == 0 && foreign == 0; }
};
[[nodiscard]] Completeness check_completeness(const DesignSpace& space, const Database& database,
                                              const std::string& model, uint64_t shards);

// How one metric differs between two databases, over points with the same parameters that ran in
// both.
struct MetricChange {
  std::string metric;
  uint64_t changed = 0;   // points where it differs at all
  double mean_ratio = 1;  // geometric mean of b / a, where both are positive
  double min_ratio = 1, max_ratio = 1;
};

struct ChangedPoint {
  std::vector<Value> parameters;
  Outcome a, b;
};

struct DatabaseDiff {
  std::vector<std::string> columns;
  uint64_t common = 0, only_a = 0, only_b = 0;
  uint64_t identical = 0;  // of common
  uint64_t now_failing = 0, now_running = 0;
  std::vector<MetricChange> metrics;  // those that changed
  std::vector<ChangedPoint> worst;    // largest |log(b / a)| of any objective that is a
                                      // metric; infinite from or to 0
  [[nodiscard]] bool is_empty() const { return identical == common && only_a + only_b == 0; }
};

// Points are matched by parameters, not by hash: models differ. Throws ConfigError when the
// databases have different columns.
[[nodiscard]] DatabaseDiff diff_databases(const Database& a, const std::string& model_a,
                                          const Database& b, const std::string& model_b,
                                          size_t worst_count);

}  // namespace olivine::sweep
