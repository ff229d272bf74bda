// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/gemm_timing.h"

#include <algorithm>

namespace olivine {

TimePart GemmTiming::limiter() const {
  const auto largest = std::max_element(parts_s.begin(), parts_s.end());
  return kTimePartNames[static_cast<size_t>(largest - parts_s.begin())].value;
}

}  // namespace olivine
