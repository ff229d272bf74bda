// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/database.h"
#include "experiments/sweep/space.h"

namespace olivine::sweep {

// What a run has done so far.
struct RunProgress {
  uint64_t asked = 0;                       // points the search has asked for, of other shards too
  uint64_t budget = 0;                      // that it may ask for
  uint64_t points = 0;                      // of the shard: new, stored before, failed or excluded
  uint64_t computed = 0;                    // evaluated now
  uint64_t repeated = 0;                    // were in the database
  uint64_t failed = 0;                      // of both
  uint64_t excluded = 0;                    // by constraints, never stored
  size_t front = 0;                         // points on the front, all groups
  std::vector<std::optional<double>> best;  // by objective, as people read it
};

struct RunOptions {
  int threads = 0;  // 0: the cores
  uint64_t shard = 0;
  uint64_t shards = 1;    // only points whose hash is of `shard`; not with Method::Nsga2
  double commit_s = 0.5;  // results are committed so often
  std::function<bool()> is_cancelled;
  std::function<void(const RunProgress&)> on_progress;  // after each commit
  std::string model;                                    // "": model_version()
};

struct RunResult {
  RunProgress progress;
  bool is_complete = false;  // false: cancelled; what was evaluated is committed
};

// Evaluates the points of the search that the database does not have, on a pool of threads (oneTBB)
// with work stealing, and commits them in the order of the search, whatever the number of threads.
// Memory does not grow with the number of points, but for fronts and, with Method::Nsga2, the
// search; a Latin hypercube keeps 8 bytes a sample. Method::Nsga2 with several groups (group_by) or
// shards is refused. A run of any shard that ends sets the header's expected points to those of all
// shards. What `database` throws ends the run; what was committed stays.
[[nodiscard]] RunResult run_sweep(const DesignSpace& space, Database& database,
                                  const RunOptions& options = {});

struct DryRun {
  uint64_t size = 0;                  // combinations
  bool is_exact = false;              // false: counts are scaled from a sample
  uint64_t points = 0;                // that static constraints leave (of the search's budget)
  std::vector<uint64_t> excluded_by;  // by constraint
  uint64_t samples = 0;               // points that were timed for the estimate
  double seconds = 0;                 // estimated, on `threads`
};

// Throws ConfigError when the constraints leave no point ("of 100 combinations, "area_um2 <= 1"
// excludes 100"): before a database is made. Looks until it finds one; where the search is
// Method::Nsga2 and the space is large, on a sample. Cancelled, it leaves the question to the run.
void check_has_points(const DesignSpace& space, const RunOptions& options = {});

// Counts points without storing anything, and times a seeded sample of them. `exact_limit`: larger
// spaces are counted on a sample of so many, and `points` is scaled. Throws ConfigError when no
// point is left, with what each constraint excluded.
[[nodiscard]] DryRun dry_run(const DesignSpace& space, const RunOptions& options = {},
                             uint64_t exact_limit = 10'000'000);

}  // namespace olivine::sweep
