// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/memory/memory_model.h"
#include "sim/platform/arbiter.h"
#include "sim/platform/bus_stats.h"
#include "sim/platform/platform_config.h"

namespace olivine {

// A bus between initiators and memories. It routes by address and has one data path to every
// memory: a packet granted in cycle t holds it in cycles t .. t + n - 1 with
// n = ceil(bytes / bytes_per_cycle), and reaches the memory in cycle t + latency_cycles. It is
// granted only if the memory accepts it then, so that nothing waits behind the bus. Every initiator
// offers one packet at a time; after a grant it can offer the next one in the next cycle.
//
// Cycles are calls: within a cycle, first offers, then one arbitrate() a memory.
class Bus {
 public:
  // The earliest cycle >= at_memory in which a memory accepts the request.
  using Accepts = std::function<int64_t(const MemoryRequest& request, int64_t at_memory)>;

  // Contract: the platform is valid.
  explicit Bus(const PlatformConfig& platform);

  // The memory whose range holds `bytes` bytes at `address`; nothing if none does.
  [[nodiscard]] std::optional<size_t> route(uint64_t address, int64_t bytes) const;

  // `initiator` offers a packet in cycle `now`. Returns the cycle >= now in which the memory it
  // goes to is to be arbitrated. Contract: it has no other packet waiting; the address has a route.
  int64_t offer(size_t initiator, const MemoryRequest& request, int64_t now);

  // Grants at most one packet to `memory` in cycle `now`; returns its initiator.
  // Contract: `now` rises from call to call for the same memory; every offer of the cycle is in.
  std::optional<size_t> arbitrate(size_t memory, int64_t now, const Accepts& accepts);

  // The cycle in which arbitrate() is worth calling again after it was called; kNever: not before
  // an offer, or before the memory knows more.
  [[nodiscard]] int64_t next_arbitration(size_t memory) const {
    return paths_[memory].next_arbitration;
  }

  // A packet got its response so many cycles after its grant.
  void count_latency(size_t initiator, int64_t cycles) {
    initiators_[initiator].stats.latency_cycles += static_cast<uint64_t>(cycles);
  }

  [[nodiscard]] size_t memories() const { return paths_.size(); }
  [[nodiscard]] bool has_offer(size_t memory) const { return !paths_[memory].waiting.empty(); }
  // The first cycle in which the path to `memory` is free.
  [[nodiscard]] int64_t busy_until(size_t memory) const { return paths_[memory].busy_until; }
  [[nodiscard]] uint64_t grants() const { return grants_; }
  [[nodiscard]] const InitiatorStats& stats(size_t initiator) const {
    return initiators_[initiator].stats;
  }
  // One line: who offers what.
  [[nodiscard]] std::string describe() const;

 private:
  struct Path {
    std::string name;  // of the memory
    uint64_t base = 0;
    uint64_t end = 0;
    Arbiter arbiter;
    std::vector<size_t> waiting;  // initiators, rising
    size_t owner = 0;             // of the packet granted last
    int64_t busy_until = 0;
    int64_t next_arbitration = kNever;
  };
  enum class Wait : uint8_t { Bus, Self, Memory };
  struct Initiator {
    std::string name;
    MemoryRequest request;  // the packet offered
    bool is_waiting = false;
    int64_t since = 0;  // waits for `cause` since this cycle
    Wait cause = Wait::Bus;
    InitiatorStats stats;
  };

  void settle(Initiator& initiator, int64_t now);
  void find_candidates(Path& path, int64_t now, const Accepts& accepts);
  void grant(Path& path, size_t winner, int64_t now);
  void charge(Path& path, int64_t now);

  BusConfig config_;
  std::vector<Path> paths_;
  std::vector<Initiator> initiators_;
  std::vector<size_t> candidates_;  // of the arbitration under way
  uint64_t grants_ = 0;
};

}  // namespace olivine
