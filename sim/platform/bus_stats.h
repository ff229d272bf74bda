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

  InitiatorStats& add(const InitiatorStats& other, uint64_t times) {
    read_bytes += times * other.read_bytes;
    write_bytes += times * other.write_bytes;
    packets += times * other.packets;
    wait_bus_cycles += times * other.wait_bus_cycles;
    wait_self_cycles += times * other.wait_self_cycles;
    wait_memory_cycles += times * other.wait_memory_cycles;
    latency_cycles += times * other.latency_cycles;
    return *this;
  }
  bool operator==(const InitiatorStats&) const = default;
};

}  // namespace olivine
