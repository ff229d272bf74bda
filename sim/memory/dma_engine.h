// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "models/machines/machine.h"

namespace olivine {

// The cycle at which something happened, shared between the unit it happens in and those that
// wait for it. Empty until it has happened.
using Event = std::shared_ptr<std::optional<int64_t>>;
[[nodiscard]] inline Event make_event() { return std::make_shared<std::optional<int64_t>>(); }
[[nodiscard]] inline bool has_happened(const Event& event, int64_t now) {
  return event->has_value() && **event <= now;
}

// One transfer between DRAM and a scratchpad. `done` is the cycle from which its data can be used
// (read) or its scratchpad space reused (write).
struct Transfer {
  enum class Kind : uint8_t { Read, Write };
  Kind kind = Kind::Read;
  int64_t bytes = 0;
  Event trigger;  // may not start before this
  Event done;
};

// `bandwidth` DRAM behind one in-order DMA queue: a transfer holds the bus
// ceil(bytes / bytes_per_cycle) cycles; a read arrives latency_cycles after it leaves the bus.
class DmaEngine {
 public:
  explicit DmaEngine(const DramConfig& config) : config_(config) {}

  // Contract: transfers are served in the order of these calls.
  void push(Transfer transfer);

  // One clock cycle. Contract: `now` rises by one from call to call.
  void tick(int64_t now);

  [[nodiscard]] bool is_idle() const { return queue_.empty(); }
  [[nodiscard]] bool is_busy() const { return remaining_bytes_ != 0; }
  [[nodiscard]] size_t queued() const { return queue_.size(); }
  [[nodiscard]] int64_t busy_cycles() const { return busy_cycles_; }

 private:
  void complete(int64_t now);

  DramConfig config_;
  std::deque<Transfer> queue_;
  int64_t remaining_bytes_ = 0;  // of the transfer on the bus; 0 when the bus is free
  int64_t busy_cycles_ = 0;
};

}  // namespace olivine
