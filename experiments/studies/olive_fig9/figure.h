// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <vector>

#include "models/workloads/workload_yaml.h"

namespace olivine {

// Const and static, DRAM and L2, L1 and registers, core; of GOBO's total.
using Split = std::array<double, 4>;

// Bars of Fig. 9: speed-up over GOBO +-0.03, energy +-0.01.
struct Bars {
  const char* title;
  const char* workload;
  ParamOverrides params;
  double olive, ant, int8;
  std::array<Split, 4> energy;  // OliVe, ANT, int8, GOBO
};

// Networks in the order of the figure, read off it. Batches are the paper's (section 5.3). It
// states no sequence lengths: these are the ones that Fig. 10 was made with (olive_fig10).
[[nodiscard]] std::vector<Bars> bars();

}  // namespace olivine
