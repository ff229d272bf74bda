// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <deque>

#include "sim/memory/memory_model.h"

namespace olivine {

// `bandwidth` DRAM: a request holds the data path ceil(bytes / bytes_per_cycle) cycles; a read
// arrives latency_cycles after it has left the data path. One request at a time.
class BandwidthMemory final : public MemoryModel {
 public:
  BandwidthMemory(int64_t bytes_per_cycle, int64_t latency_cycles)
      : bytes_per_cycle_(bytes_per_cycle), latency_cycles_(latency_cycles) {}

  void advance(int64_t now) override;
  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& request, int64_t now) const override;
  void accept(const MemoryRequest& request, int64_t now) override;
  [[nodiscard]] std::optional<MemoryResponse> take_response() override;
  [[nodiscard]] int64_t next_event() const override { return kNever; }
  [[nodiscard]] const MemoryStats& stats() const override { return stats_; }
  [[nodiscard]] std::string describe() const override;

 private:
  int64_t bytes_per_cycle_;
  int64_t latency_cycles_;
  int64_t free_at_ = 0;
  std::deque<MemoryResponse> responses_;
  MemoryStats stats_;
};

}  // namespace olivine
