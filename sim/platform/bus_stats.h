// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

// One accelerator's side of the bus.
struct InitiatorStats {
  uint64_t read_bytes = 0;
  uint64_t write_bytes = 0;
  uint64_t packets = 0;
  // Cycles in which its packet at the head was offered and not granted, by what held it up.
  uint64_t wait_bus_cycles = 0;     // a packet of another initiator, or the choice of one
  uint64_t wait_self_cycles = 0;    // its own packet before
  uint64_t wait_memory_cycles = 0;  // the memory accepted nothing
  uint64_t latency_cycles = 0;      // grant to response, added over packets

  bool operator==(const InitiatorStats&) const = default;
};

}  // namespace olivine
