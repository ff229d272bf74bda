// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/rng.h"

namespace olivine::testing {

// Bell-shaped values, of which one in fifty is up to twenty times as large.
inline std::vector<float> heavy_tailed(int64_t count, Rng& rng) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    const double gain = rng.chance(0.02) ? 1.0 + 19.0 * rng.unit() : 1.0;
    values.push_back(static_cast<float>(0.05 * rng.normal() * gain));
  }
  return values;
}

}  // namespace olivine::testing
