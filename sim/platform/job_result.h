// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/analytic/layer_timing.h"

namespace olivine {

// When a job did what.
struct JobResult {
  int64_t ready = 0;  // everything in `after` had ended
  int64_t begin = 0;  // it began: submitted, and the accelerator was free
  int64_t end = 0;
  LayerTiming timing;  // array layers
};

}  // namespace olivine
