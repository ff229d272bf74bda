// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/dma_engine.h"

#include <utility>

#include "models/base/error.h"

namespace olivine {

void DmaEngine::push(Transfer transfer) {
  OLV_CHECK(transfer.bytes > 0, "empty transfer");
  queue_.push_back(std::move(transfer));
}

void DmaEngine::tick(int64_t now) {
  if (queue_.empty()) return;
  if (remaining_bytes_ == 0) {
    if (!has_happened(queue_.front().trigger, now)) return;
    remaining_bytes_ = queue_.front().bytes;
  }
  ++busy_cycles_;
  remaining_bytes_ -= config_.bytes_per_cycle;
  if (remaining_bytes_ <= 0) complete(now);
}

void DmaEngine::complete(int64_t now) {
  remaining_bytes_ = 0;
  const Transfer& transfer = queue_.front();
  const bool is_read = transfer.kind == Transfer::Kind::Read;
  *transfer.done = now + 1 + (is_read ? config_.latency_cycles : 0);
  queue_.pop_front();
}

}  // namespace olivine
