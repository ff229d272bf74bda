// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

namespace olivine::measure {

// Energy of the whole board under one constant load.
struct EnergyResult {
  int64_t launches = 0;      // in all windows
  double measured_s = 0;     // of all windows
  double power_w = 0;        // gross: with everything the board does besides
  double energy_uj = 0;      // of one launch, gross
  double net_energy_uj = 0;  // less idle power times its time
  std::vector<double> trial_power_w;
  double sm_clock_hz = 0;         // median of samples; 0 where not told
  double temperature_c = 0;       // highest; 0 where not told
  uint64_t throttle_reasons = 0;  // of all samples
};

}  // namespace olivine::measure
