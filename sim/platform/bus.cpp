// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/bus.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/error.h"
#include "models/base/units.h"

namespace olivine {

Bus::Bus(const PlatformConfig& platform) : config_(platform.bus) {
  std::vector<ArbiterInitiator> arbiter_initiators;
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    arbiter_initiators.push_back({accelerator.priority, accelerator.share});
    initiators_.emplace_back().name = accelerator.name;
  }
  for (const PlatformMemory& memory : platform.memories) {
    const auto base = static_cast<uint64_t>(memory.base);
    paths_.push_back({.name = memory.name,
                      .base = base,
                      .end = base + static_cast<uint64_t>(memory.size_bytes),
                      .arbiter = {config_.arbitration, arbiter_initiators},
                      .waiting = {}});
  }
}

std::optional<size_t> Bus::route(uint64_t address, int64_t bytes) const {
  for (size_t i = 0; i < paths_.size(); ++i) {
    const Path& path = paths_[i];
    if (address >= path.base && address < path.end &&
        static_cast<uint64_t>(bytes) <= path.end - address) {
      return i;
    }
  }
  return std::nullopt;
}

int64_t Bus::offer(size_t initiator, const MemoryRequest& request, int64_t now) {
  Initiator& from = initiators_[initiator];
  OLV_CHECK(!from.is_waiting, "{} offers a second packet in cycle {}", from.name, now);
  const std::optional<size_t> memory = route(request.address, request.bytes);
  OLV_CHECK(memory, "{}: no memory has {} bytes at {:#x}", from.name, request.bytes,
            request.address);
  Path& path = paths_[*memory];
  from.request = request;
  from.is_waiting = true;
  from.since = now;
  from.cause = path.owner == initiator ? Wait::Self : Wait::Bus;
  path.waiting.insert(std::lower_bound(path.waiting.begin(), path.waiting.end(), initiator),
                      initiator);
  path.arbiter.arrive(initiator);
  return std::max(now, path.busy_until);
}

std::optional<size_t> Bus::arbitrate(size_t memory, int64_t now, const Accepts& accepts) {
  Path& path = paths_[memory];
  path.next_arbitration = kNever;
  if (path.waiting.empty()) return std::nullopt;
  if (path.busy_until > now) {
    path.next_arbitration = path.busy_until;
    return std::nullopt;
  }
  find_candidates(path, now, accepts);
  std::optional<size_t> winner;
  if (!candidates_.empty()) {
    winner = path.arbiter.choose(candidates_);
    grant(path, *winner, now);
  }
  charge(path, now);
  return winner;
}

// Those whose packets the memory accepts; sets when to ask again if there is none.
void Bus::find_candidates(Path& path, int64_t now, const Accepts& accepts) {
  candidates_.clear();
  const int64_t at_memory = now + config_.latency_cycles;
  for (const size_t i : path.waiting) {
    const int64_t earliest = accepts(initiators_[i].request, at_memory);
    if (earliest == at_memory) {
      candidates_.push_back(i);
    } else if (earliest != kNever) {
      path.next_arbitration =
          std::min(path.next_arbitration, std::max(earliest - config_.latency_cycles, now + 1));
    }
  }
}

void Bus::grant(Path& path, size_t winner, int64_t now) {
  Initiator& to = initiators_[winner];
  settle(to, now);
  to.is_waiting = false;
  std::erase(path.waiting, winner);
  path.arbiter.serve(winner, to.request.bytes);
  path.owner = winner;
  path.busy_until = now + ceil_div(to.request.bytes, config_.bytes_per_cycle);
  ++grants_;
  ++to.stats.packets;
  (to.request.access == Access::Read ? to.stats.read_bytes : to.stats.write_bytes) +=
      static_cast<uint64_t>(to.request.bytes);
}

// From this cycle on, until the next arbitration, those who wait do so for one cause: the packet
// just granted, which is not theirs, or the memory.
void Bus::charge(Path& path, int64_t now) {
  const bool is_busy = path.busy_until > now;
  for (const size_t i : path.waiting) {
    settle(initiators_[i], now);
    initiators_[i].cause = is_busy ? Wait::Bus : Wait::Memory;
  }
  if (is_busy && !path.waiting.empty()) path.next_arbitration = path.busy_until;
}

void Bus::settle(Initiator& initiator, int64_t now) {
  InitiatorStats& stats = initiator.stats;
  const auto cycles = static_cast<uint64_t>(now - initiator.since);
  switch (initiator.cause) {
    case Wait::Bus:
      stats.wait_bus_cycles += cycles;
      break;
    case Wait::Self:
      stats.wait_self_cycles += cycles;
      break;
    case Wait::Memory:
      stats.wait_memory_cycles += cycles;
      break;
  }
  initiator.since = now;
}

std::string Bus::describe() const {
  std::vector<std::string> offers;
  for (const Path& path : paths_) {
    for (const size_t i : path.waiting) {
      const MemoryRequest& request = initiators_[i].request;
      offers.push_back(fmt::format("{} offers a {} of {} B at {:#x} to {} (path free at cycle {})",
                                   initiators_[i].name,
                                   request.access == Access::Read ? "read" : "write", request.bytes,
                                   request.address, path.name, path.busy_until));
    }
  }
  return fmt::format("{} packets granted; {}", grants_,
                     offers.empty() ? "no offers" : fmt::format("{}", fmt::join(offers, ", ")));
}

}  // namespace olivine
