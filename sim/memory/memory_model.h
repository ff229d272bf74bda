// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "sim/memory/memory_stats.h"

namespace olivine {

class MemoryObserver;

// A cycle that does not come.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

enum class Access : uint8_t { Read, Write };

// One packet between a requester and a memory: at most as large as the requester's packet size.
struct MemoryRequest {
  Access access = Access::Read;
  uint64_t address = 0;
  int64_t bytes = 0;
  uint64_t tag = 0;         // chosen by the requester, comes back with the response
  uint8_t* data = nullptr;  // `bytes` bytes, valid until the response; null: timing alone
};

// `at` is the cycle from which read data can be used, or a write has left its source. `from`: that
// in which the data of a read begins to arrive, where a memory says so.
struct MemoryResponse {
  uint64_t tag = 0;
  int64_t at = 0;
  int64_t from = 0;
};

// Timing of a DRAM behind its controller; values are kept elsewhere (memory_store.h). Cycles are
// those of the requesters' clock.
//
// advance(t) simulates what happens before cycle t, accept(t) adds a request that arrives at the
// beginning of cycle t: so the order of these calls within one cycle does not matter.
class MemoryModel {
 public:
  MemoryModel() = default;
  virtual ~MemoryModel() = default;
  MemoryModel(const MemoryModel&) = delete;
  MemoryModel& operator=(const MemoryModel&) = delete;

  // Contract: `now` never falls, here and below. Idempotent within a cycle.
  virtual void advance(int64_t now) = 0;

  // The earliest cycle >= now in which `request` may be accepted, as far as is known: equal to
  // `now` exactly if it can be accepted now. Contract: advance(now) was called.
  [[nodiscard]] virtual int64_t earliest_accept(const MemoryRequest& request,
                                                int64_t now) const = 0;
  // Contract: earliest_accept(request, now) == now; request.bytes > 0.
  virtual void accept(const MemoryRequest& request, int64_t now) = 0;

  // The oldest response that has become known and was not taken. Its cycle is later than the cycle
  // in which it was accepted, and not earlier than the `now` of the call that found it: who calls
  // advance() before a cycle's requesters run is told in time.
  [[nodiscard]] virtual std::optional<MemoryResponse> take_response() = 0;

  // The next cycle in which advance() has to be called to find responses in time; kNever when
  // nothing is under way.
  [[nodiscard]] virtual int64_t next_event() const = 0;

  [[nodiscard]] virtual const MemoryStats& stats() const = 0;
  // One line: what waits and what is under way.
  [[nodiscard]] virtual std::string describe() const = 0;

  // From now on; null: nobody watches. Contract: it outlives the memory or is taken away.
  void observe(MemoryObserver* observer) { observer_ = observer; }

 protected:
  [[nodiscard]] MemoryObserver* observer() const { return observer_; }

 private:
  MemoryObserver* observer_ = nullptr;
};

}  // namespace olivine
