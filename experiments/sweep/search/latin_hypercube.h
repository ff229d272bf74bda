// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "experiments/sweep/search/random_order.h"

namespace olivine::sweep {

// Samples that are spread evenly along every axis (McKay, Beckman, Conover, Technometrics 21(2),
// 1979): each axis is cut into as many strata as there are samples and each stratum is dealt once,
// so that every level of an axis comes equally often, or once less. Nothing is stored: any sample
// can be computed at any time. Samples may coincide.
class LatinHypercube {
 public:
  // `levels`: how many each axis has. Contract: at least one level an axis.
  LatinHypercube(uint64_t samples, std::vector<uint64_t> levels, uint64_t seed);

  [[nodiscard]] uint64_t samples() const { return samples_; }
  // The position on each axis. Contract: sample < samples().
  [[nodiscard]] std::vector<uint32_t> at(uint64_t sample) const;

 private:
  uint64_t samples_;
  std::vector<uint64_t> levels_;
  std::vector<RandomOrder> strata_;  // by axis
};

}  // namespace olivine::sweep
