// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>

namespace olivine {

// Two clocks whose cycles 0 begin together: the requesters' and the DRAM's command clock. Cycle c
// of a clock of f hertz begins at c / f. Frequencies are whole hertz, so conversions are exact.
class ClockRatio {
 public:
  // Contract: both are at least half a hertz.
  ClockRatio(double requester_hz, double dram_hz)
      : requester_(std::llround(requester_hz)), dram_(std::llround(dram_hz)) {
    const int64_t common = std::gcd(requester_, dram_);
    requester_ /= common;
    dram_ /= common;
  }

  // The first DRAM cycle that does not begin before requester cycle `cycle`.
  [[nodiscard]] int64_t to_dram(int64_t cycle) const {
    return scale(cycle, dram_, requester_, requester_ - 1);
  }
  // The first requester cycle that does not begin before DRAM cycle `cycle`.
  [[nodiscard]] int64_t to_requester(int64_t cycle) const {
    return scale(cycle, requester_, dram_, dram_ - 1);
  }
  // The first requester cycle that begins after DRAM cycle `cycle` has begun.
  [[nodiscard]] int64_t after(int64_t cycle) const {
    return scale(cycle, requester_, dram_, 0) + 1;
  }

 private:
  __extension__ using Wide = __int128;  // cycles times hertz

  [[nodiscard]] static int64_t scale(int64_t cycle, int64_t to, int64_t from, int64_t round) {
    int64_t product = 0;
    if (!__builtin_mul_overflow(cycle, to, &product) &&
        !__builtin_add_overflow(product, round, &product)) {
      return product / from;
    }
    return static_cast<int64_t>((static_cast<Wide>(cycle) * to + round) / from);
  }

  int64_t requester_;  // both without common factors
  int64_t dram_;
};

}  // namespace olivine
