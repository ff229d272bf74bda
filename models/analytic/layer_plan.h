// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/analytic/array_timing.h"
#include "models/analytic/tiling.h"
#include "models/workloads/workload.h"

namespace olivine {

// What one distinct layer needs evaluating: equal layers of a network share one.
struct LayerPlan {
  LayerKind kind = LayerKind::Linear;
  GemmWork work;  // every kind but Vector
  ArrayGeometry geometry;
  Tiling tiling;
  uint64_t vector_ops = 0;  // Vector: operations in all
  uint64_t occurrences = 0;
};

}  // namespace olivine
