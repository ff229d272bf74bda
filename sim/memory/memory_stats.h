// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

// What a memory did since construction.
struct MemoryStats {
  uint64_t read_bytes = 0;
  uint64_t write_bytes = 0;
  uint64_t busy_cycles = 0;  // requester cycles in which its data path moved something
  // Banked only, in DRAM bursts: the row was open, no row was open, another row was open.
  uint64_t row_hits = 0;
  uint64_t row_misses = 0;
  uint64_t row_conflicts = 0;
  uint64_t refreshes = 0;

  MemoryStats& add(const MemoryStats& other, uint64_t times) {
    read_bytes += times * other.read_bytes;
    write_bytes += times * other.write_bytes;
    busy_cycles += times * other.busy_cycles;
    row_hits += times * other.row_hits;
    row_misses += times * other.row_misses;
    row_conflicts += times * other.row_conflicts;
    refreshes += times * other.refreshes;
    return *this;
  }
};

}  // namespace olivine
