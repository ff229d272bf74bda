// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/dma_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "models/base/units.h"

namespace olivine {

void DmaEngine::push(Transfer transfer) {
  OLV_CHECK(transfer.bytes > 0, "empty transfer");
  auto flight = std::make_shared<Flight>();
  flight->transfer = std::move(transfer);
  const int64_t elems = flight->transfer.expanded_elems;
  if (elems != 0) {
    OLV_CHECK(config_.expanded_elems_per_cycle > 0 && flight->transfer.access == Access::Read,
              "{} elements to expand without a decompressor", elems);
    flight->expand_cycles = ceil_div(elems, config_.expanded_elems_per_cycle);
  }
  queue_.push_back(std::move(flight));
}

void DmaEngine::tick(int64_t now) {
  while (!queue_.empty() && send_packet(now)) {
  }
}

// One packet of the transfer at the head of the queue; false when it has to wait.
bool DmaEngine::send_packet(int64_t now) {
  const std::shared_ptr<Flight> flight = queue_.front();
  const Transfer& transfer = flight->transfer;
  if (!has_happened(transfer.trigger, now) || now < held_until_) return false;
  if (is_at_limit(now)) return false;
  if (!offered_at_) offered_at_ = now;
  if (transfer.data && flight->buffer.empty()) {
    flight->buffer.resize(static_cast<size_t>(transfer.bytes));
    if (transfer.access == Access::Write) transfer.data(flight->buffer);
  }
  const int64_t offset = flight->sent_bytes;
  const int64_t bytes = std::min(transfer.bytes - offset, config_.packet_bytes);
  MemoryRequest request{transfer.access, transfer.address + static_cast<uint64_t>(offset), bytes,
                        next_tag_, nullptr};
  if (transfer.data) request.data = flight->buffer.data() + offset;
  // Before it is sent: the port may answer at once.
  packets_.emplace(next_tag_, flight);
  if (offset == 0) flight->sent_at = now;
  ++flight->missing_packets;
  flight->sent_bytes += bytes;
  if (!port_->send(request, now)) {
    packets_.erase(next_tag_);
    --flight->missing_packets;
    flight->sent_bytes = offset;
    retry_at_ = port_->retry_at(now);
    return false;
  }
  ++next_tag_;
  retry_at_ = now;  // says nothing about the next packet
  ++stats_.packets;
  stats_.port_wait_cycles += static_cast<uint64_t>(now - *offered_at_);
  (transfer.access == Access::Read ? stats_.read_bytes : stats_.write_bytes) +=
      static_cast<uint64_t>(bytes);
  offered_at_.reset();
  if (flight->sent_bytes == transfer.bytes) {
    held_until_ = flight->sent_at + flight->expand_cycles;
    queue_.pop_front();
    if (flight->missing_packets == 0) finish(*flight);
  }
  return true;
}

// Whether the next packet has to wait for a response; counts how long it did.
bool DmaEngine::is_at_limit(int64_t now) {
  if (config_.outstanding == kNever) return false;
  while (!arrivals_.empty() && arrivals_.top() <= now) arrivals_.pop();
  if (std::cmp_greater_equal(packets_.size() + arrivals_.size(), config_.outstanding)) {
    if (!limited_at_) limited_at_ = now;
    return true;
  }
  if (limited_at_) stats_.limit_wait_cycles += static_cast<uint64_t>(now - *limited_at_);
  limited_at_.reset();
  return false;
}

int64_t DmaEngine::next_tick(int64_t now) const {
  if (queue_.empty()) return kNever;
  const EventCycle& trigger = queue_.front()->transfer.trigger;
  if (!trigger->has_value()) return kNever;
  const int64_t earliest = std::max(**trigger, held_until_);
  if (earliest > now) return earliest;
  if (limited_at_) return arrivals_.empty() ? kNever : std::max(arrivals_.top(), now + 1);
  return std::max(retry_at_, now + 1);
}

void DmaEngine::respond(const MemoryResponse& response) {
  const auto found = packets_.find(response.tag);
  OLV_CHECK(found != packets_.end(), "response to packet {}, which is not outstanding",
            response.tag);
  const std::shared_ptr<Flight> flight = found->second;
  packets_.erase(found);
  if (config_.outstanding != kNever) arrivals_.push(response.at);
  flight->latest = std::max(flight->latest, response.at);
  flight->arrives = std::min(flight->arrives, std::max(response.from, flight->sent_at));
  busy_until_ = std::max(busy_until_, response.at);
  --flight->missing_packets;
  if (flight->missing_packets == 0 && flight->sent_bytes == flight->transfer.bytes) {
    finish(*flight);
  }
}

void DmaEngine::finish(Flight& flight) {
  if (flight.expand_cycles != 0) {
    flight.latest = std::max(flight.latest, flight.arrives + flight.expand_cycles) +
                    config_.expand_latency_cycles;
    busy_until_ = std::max(busy_until_, flight.latest);
  }
  if (flight.transfer.data && flight.transfer.access == Access::Read) {
    flight.transfer.data(flight.buffer);
  }
  *flight.transfer.done = flight.latest;
  if (observer_ != nullptr) {
    observer_->transferred(flight.transfer, flight.sent_at, flight.latest);
  }
}

std::string DmaEngine::describe() const {
  std::string text = fmt::format("{} transfers queued, {} packets without response", queue_.size(),
                                 packets_.size());
  if (queue_.empty()) return text;
  const Flight& head = *queue_.front();
  const EventCycle& trigger = head.transfer.trigger;
  text += fmt::format("; next: {} {} B at {:#x}, {} B sent, trigger {}",
                      head.transfer.access == Access::Read ? "read" : "write", head.transfer.bytes,
                      head.transfer.address, head.sent_bytes,
                      trigger->has_value() ? fmt::format("in cycle {}", **trigger) : "unknown");
  return text;
}

bool DirectPort::send(const MemoryRequest& request, int64_t now) {
  memory_->advance(now);
  refused_ = request;
  if (memory_->earliest_accept(request, now) != now) return false;
  memory_->accept(request, now);
  return true;
}

int64_t DirectPort::retry_at(int64_t now) const {
  return std::max(now + 1, memory_->earliest_accept(refused_, now));
}

}  // namespace olivine
