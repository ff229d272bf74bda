// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/sweep/store/database.h"

namespace olivine::sweep {

// One position of an axis: the mean of an objective over the feasible points that have it.
struct LevelEffect {
  std::string value;  // "64", "16, 256" of a linked axis
  uint64_t points = 0;
  double mean = 0;  // geometric where all values of the objective are positive, else arithmetic
};

struct AxisEffect {
  std::string axis;
  double share = 0;   // of the variance (of the logarithm, where positive) that the axis alone
                      // explains: between-level over total sum of squares, 0..1
  double spread = 0;  // largest over smallest level mean where geometric, else their difference
  std::vector<LevelEffect> levels;  // those that feasible points have, by position
};

// Main effects on one objective.
struct ObjectiveEffects {
  std::string objective;
  bool is_logarithmic = false;
  uint64_t points = 0;
  std::vector<AxisEffect> axes;  // largest share first; ties by name
};

// Over the feasible points of a model version. In a complete sweep without constraints shares are
// those of an analysis of variance and add up to at most 1; in others axes are confounded, which
// the caller should say (`is_balanced`).
struct EffectsReport {
  bool is_balanced = false;  // every combination of the levels that occur is there, once: as many
                             // points, all different, as there are combinations
  std::vector<ObjectiveEffects> objectives;
};
// One pass; memory grows with the levels, not with the points.
[[nodiscard]] EffectsReport main_effects(const Database& database, const std::string& model);

}  // namespace olivine::sweep
