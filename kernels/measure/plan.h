// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/measure/measure_options.h"
#include "kernels/measure/shape_list.h"
#include "kernels/measure/variants.h"

namespace olivine::measure {

struct PlannedCase {
  const Variant* variant = nullptr;
  bool takes_energy = false;
};

// Everything that is measured of one shape. Its cases are timed in turns, so that ratios between
// them are of one time.
struct PlannedGroup {
  NamedShape shape;
  std::vector<PlannedCase> cases;
};

// What a run does, in this order.
struct Plan {
  std::vector<NamedShape> checks;  // shapes on which own kernels are checked first ...
  std::vector<const Variant*> checked_variants;  // ... as these
  std::vector<PlannedGroup> groups;
  TimingOptions timing;
  EnergyOptions energy;
  bool checks_only = false;
};

struct PlanOptions {
  Extent extent = Extent::Quick;
  std::vector<NamedShape> shapes;        // of the user; the built-in ones where there are none
  std::vector<const Variant*> variants;  // those to measure
  bool checks_only = false;
  bool takes_energy = true;
  double energy_window_s = 0;  // 0: of the extent
};

// Largest time that --quick may take, by estimate and by its deadline.
inline constexpr double kQuickBudgetSeconds = 120;

// Shapes of residues: 1, whole tiles, one less, one more, primes, no k.
[[nodiscard]] std::vector<NamedShape> residue_shapes();

[[nodiscard]] Plan make_plan(const PlanOptions& options);

// Seconds on an H100 with this many CPU cores, by the formulas in plan_time.cpp: how long to wait,
// and not a claim about any kernel.
[[nodiscard]] double estimated_s(const PlannedGroup& group, const Plan& plan, int cpu_cores);
[[nodiscard]] double estimated_s(const Plan& plan, int cpu_cores);

// For --dry-run: what would be done, a line each, with estimated times.
[[nodiscard]] std::string plan_text(const Plan& plan, int cpu_cores);

}  // namespace olivine::measure
