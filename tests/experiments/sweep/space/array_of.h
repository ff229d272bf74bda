// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <variant>

#include "experiments/sweep/space/evaluate.h"

namespace olivine::sweep {

// The array of a point that runs on one.
inline const MachineConfig& array_of(const PointInputs& inputs) {
  return std::get<ArrayInputs>(inputs.machine).machine;
}

}  // namespace olivine::sweep
