// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/split.h"

#include "models/base/rng.h"

namespace olivine::compare {

bool in_fit_half(const GemmShape& shape, uint64_t seed) {
  uint64_t hash = seed;
  for (const int64_t extent : {shape.m, shape.n, shape.k}) {
    hash = Rng{hash ^ static_cast<uint64_t>(extent)}.next();
  }
  return hash >> 63 == 0;
}

}  // namespace olivine::compare
