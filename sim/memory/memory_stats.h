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
};

}  // namespace olivine
