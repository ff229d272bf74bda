// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <algorithm>

namespace olivine {

// The rule that a measured wgmma is compared with (found on Luo et al., arXiv 2402.13499): one
// m64nN instruction of 32 bytes of k a row takes the larger of the multipliers' time and the time
// to read its operands from shared memory, 128 bytes a clock. Sparse: 32 bytes of k a row of the
// compressed A, 64 of B. Below a floor none is quicker: 13.5 cycles (the throughput at N = 8 with
// A in registers).
struct WgmmaForm {
  int n = 256;
  bool a_in_registers = false;
  bool is_sparse = false;
};

inline constexpr double kWgmmaFloorCycles = 13.5;

// Cycles of the SM, whatever the number of warpgroups: all four tensor cores work on one
// instruction at a time.
[[nodiscard]] constexpr double wgmma_interval_cycles(const WgmmaForm& form,
                                                     double floor_cycles = kWgmmaFloorCycles) {
  constexpr double kSharedBytesPerClk = 128;
  constexpr double kStepBytes = 32;
  constexpr double kRows = 64;
  const double math_cycles = form.n / 2.0;
  const double a_bytes = form.a_in_registers ? 0 : kRows * kStepBytes;
  const double b_bytes = form.n * kStepBytes * (form.is_sparse ? 2 : 1);
  return std::max({math_cycles, (a_bytes + b_bytes) / kSharedBytesPerClk, floor_cycles});
}

}  // namespace olivine
