// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/latin_hypercube.h"

#include <utility>

#include "models/base/rng.h"

namespace olivine::sweep {
namespace {

__extension__ using Wide = unsigned __int128;  // strata times levels

}  // namespace

LatinHypercube::LatinHypercube(uint64_t samples, std::vector<uint64_t> levels, uint64_t seed)
    : samples_(samples), levels_(std::move(levels)) {
  Rng rng{seed};
  for (size_t axis = 0; axis < levels_.size(); ++axis) strata_.emplace_back(samples, rng.next());
}

std::vector<uint32_t> LatinHypercube::at(uint64_t sample) const {
  std::vector<uint32_t> positions(levels_.size());
  for (size_t axis = 0; axis < levels_.size(); ++axis) {
    // The level that holds the middle of the stratum.
    const Wide middle = 2 * Wide{strata_[axis].at(sample)} + 1;
    positions[axis] = static_cast<uint32_t>(middle * levels_[axis] / (2 * Wide{samples_}));
  }
  return positions;
}

}  // namespace olivine::sweep
