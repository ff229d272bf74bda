// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/energy/boundary.h"

namespace olivine {

// One SRAM macro with a single read-write port: energy of an access of the full word, leakage
// (subthreshold and gate) and area.
struct SramMacro {
  int64_t capacity_bytes = 0;
  double read_pj = 0;
  double write_pj = 0;
  double leakage_mw = 0;
  double area_mm2 = 0;
};

// Macros of one cell family and word width over capacity, from CACTI.
struct SramFamily {
  std::string cell;
  int64_t width_bits = 0;
  std::string source;
  EnergyBoundary boundary = EnergyBoundary::Device;
  std::string note;
  std::vector<SramMacro> points;  // at least two, capacities strictly increasing

  [[nodiscard]] int64_t smallest_bytes() const { return points.front().capacity_bytes; }
  [[nodiscard]] int64_t largest_bytes() const { return points.back().capacity_bytes; }
};

// The macro of `capacity_bytes`, interpolated between its neighbours in log-log: cost against
// capacity is close to a power law, with steps where CACTI changes the organisation of a macro.
// Contract: smallest_bytes() <= capacity_bytes <= largest_bytes(); nothing is extrapolated.
[[nodiscard]] SramMacro macro_at(const SramFamily& family, int64_t capacity_bytes);

// A scratchpad: two halves (one fills while the other feeds the array, which a single port cannot
// do in one macro), each half of as few equal macros as the largest one allows.
struct Scratchpad {
  SramMacro macro;
  int64_t macro_count = 0;
  double read_pj_per_byte = 0;
  double write_pj_per_byte = 0;

  [[nodiscard]] double leakage_mw() const {
    return static_cast<double>(macro_count) * macro.leakage_mw;
  }
  [[nodiscard]] double area_mm2() const {
    return static_cast<double>(macro_count) * macro.area_mm2;
  }
};

// Throws ConfigError that names `key` where half of `capacity_bytes` is below the smallest macro.
[[nodiscard]] Scratchpad make_scratchpad(const SramFamily& family, const std::string& key,
                                         int64_t capacity_bytes);

}  // namespace olivine
