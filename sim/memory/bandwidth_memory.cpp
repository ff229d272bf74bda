// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/bandwidth_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"
#include "models/base/units.h"
#include "sim/memory/memory_observer.h"

namespace olivine {

void BandwidthMemory::advance(int64_t /*now*/) {}

int64_t BandwidthMemory::earliest_accept(const MemoryRequest& /*request*/, int64_t now) const {
  return std::max(now, free_at_);
}

void BandwidthMemory::accept(const MemoryRequest& request, int64_t now) {
  OLV_CHECK(now >= free_at_ && request.bytes > 0, "{} bytes in cycle {}, free at {}", request.bytes,
            now, free_at_);
  const int64_t cycles = ceil_div(request.bytes, bytes_per_cycle_);
  free_at_ = now + cycles;
  stats_.busy_cycles += static_cast<uint64_t>(cycles);
  const bool is_read = request.access == Access::Read;
  (is_read ? stats_.read_bytes : stats_.write_bytes) += static_cast<uint64_t>(request.bytes);
  const int64_t latency = is_read ? latency_cycles_ : 0;
  responses_.push_back({request.tag, free_at_ + latency, now + latency});
  if (observer() != nullptr) observer()->moved({request.access, request.bytes, now, free_at_});
}

std::optional<MemoryResponse> BandwidthMemory::take_response() {
  if (responses_.empty()) return std::nullopt;
  const MemoryResponse response = responses_.front();
  responses_.pop_front();
  return response;
}

std::string BandwidthMemory::describe() const {
  return fmt::format("{} bytes/cycle, data path free at cycle {}", bytes_per_cycle_, free_at_);
}

}  // namespace olivine
