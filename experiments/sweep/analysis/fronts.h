// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "experiments/sweep/analysis/pareto.h"
#include "experiments/sweep/store/database.h"

namespace olivine::sweep {

struct FrontPoint {
  StoredPoint point;
  std::vector<double> objectives;  // as people read them
};

// The front of one group; the only one is called "". A group without feasible points has no ideal
// and reference.
struct GroupFront {
  std::string group;
  uint64_t feasible = 0;
  Costs ideal, reference;          // best and worst of every objective among feasible points
  double hypervolume = 0;          // share of the box between them
  std::vector<FrontPoint> points;  // best first, objective by objective; equal ones by position in
                                   // the space
};

// How the hypervolume of one group grew: after so many points in the order they were stored.
struct HypervolumeStep {
  uint64_t points = 0;  // of the group, feasible or not
  double hypervolume = 0;
};

struct FrontReport {
  uint64_t members = 0;            // stored points of the sweep's space
  uint64_t failed = 0;             // of them
  uint64_t infeasible = 0;         // ran, but a constraint or an objective is missed
  std::vector<GroupFront> groups;  // by name
};

// Exact fronts of a model version's points, the same in whatever order these were stored. One pass;
// memory grows with the fronts, not with the points.
[[nodiscard]] FrontReport find_fronts(const Database& database, const std::string& model);

// At 1, 2, 5, 10, 20, 50, ... points and at the end, in the box of `group`. One pass.
[[nodiscard]] std::vector<HypervolumeStep> hypervolume_over_time(const Database& database,
                                                                 const std::string& model,
                                                                 const GroupFront& group);

}  // namespace olivine::sweep
