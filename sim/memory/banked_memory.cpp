// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"
#include "models/base/units.h"
#include "sim/memory/banked_memory_channel.h"
#include "sim/memory/banked_memory_clock.h"
#include "sim/memory/memory_observer.h"

namespace olivine {

BankedMemory::BankedMemory(const DramConfig& dram, double clock_hz)
    : device_(&dram_device(dram.banked.preset)),
      mapping_(std::make_unique<AddressMapping>(dram.banked)),
      clocks_(std::make_unique<ClockRatio>(clock_hz, device_->clock_hz)) {
  OLV_CHECK(dram.model == DramModel::Banked, "the DRAM is not banked");
  for (int64_t i = 0; i < dram.banked.channels; ++i) channels_.emplace_back(*device_, dram.banked);
}

BankedMemory::~BankedMemory() = default;

void BankedMemory::advance(int64_t now) {
  const int64_t end = clocks_->to_dram(now);
  if (end <= run_until_) return;
  run_until_ = end;
  ends_.clear();
  for (ChannelController& channel : channels_) channel.run_until(end, ends_, stats_);
  if (ends_.empty()) return;
  for (const DramBurstEnd& burst : ends_) land(burst, now);
  publish_found();
  bursts_ += static_cast<int64_t>(ends_.size());
  const auto channels = static_cast<int64_t>(channels_.size());
  stats_.busy_cycles = static_cast<uint64_t>(
      clocks_->to_requester(ceil_div(bursts_ * device_->burst_cycles(), channels)));
}

void BankedMemory::land(const DramBurstEnd& burst, int64_t now) {
  Flight& flight = flights_[burst.flight];
  flight.end = std::max(flight.end, burst.at);
  flight.begin = std::min(flight.begin, burst.at - device_->burst_cycles());
  if (observer() != nullptr) show(flight, burst.at);
  if (--flight.missing_bursts > 0) return;
  const int64_t at = clocks_->to_requester(flight.end);
  // Nothing of a request happens before the advance() of a later cycle than that of accept().
  found_.push_back({flight.tag, std::max(at, now), clocks_->to_requester(flight.begin)});
  free_flights_.push_back(burst.flight);
}

// A burst with its share of the request's bytes: shares are whole bytes and add up to them.
void BankedMemory::show(const Flight& flight, int64_t end) const {
  const int64_t landed = flight.bursts - flight.missing_bursts;
  const auto bytes_of = [&](int64_t bursts) { return flight.bytes * bursts / flight.bursts; };
  const int64_t bytes = bytes_of(landed + 1) - bytes_of(landed);
  const int64_t from = clocks_->after(end - device_->burst_cycles()) - 1;
  if (bytes > 0) observer()->moved({flight.access, bytes, from, clocks_->to_requester(end)});
}

// In the order of their cycles: channels were run one after the other.
void BankedMemory::publish_found() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const MemoryResponse& a, const MemoryResponse& b) { return a.at < b.at; });
  responses_.insert(responses_.end(), found_.begin(), found_.end());
  found_.clear();
}

int64_t BankedMemory::earliest_accept(const MemoryRequest& request, int64_t now) const {
  const uint64_t first = mapping_->burst_of(request.address);
  const uint64_t last =
      mapping_->burst_of(request.address + static_cast<uint64_t>(request.bytes) - 1);
  int64_t cycle = now;
  for (size_t i = 0; i < channels_.size(); ++i) {
    const auto channel = static_cast<int64_t>(i);
    const int64_t bursts =
        mapping_->bursts_before(last + 1, channel) - mapping_->bursts_before(first, channel);
    if (bursts == 0 || channels_[i].has_room(bursts)) continue;
    cycle = std::max({cycle, now + 1, clocks_->after(channels_[i].next_issue())});
  }
  return cycle;
}

void BankedMemory::accept(const MemoryRequest& request, int64_t now) {
  OLV_CHECK(request.bytes > 0 && earliest_accept(request, now) == now,
            "{} bytes in cycle {}, not before {}", request.bytes, now,
            earliest_accept(request, now));
  (request.access == Access::Read ? stats_.read_bytes : stats_.write_bytes) +=
      static_cast<uint64_t>(request.bytes);
  const uint64_t first = mapping_->burst_of(request.address);
  const uint64_t last =
      mapping_->burst_of(request.address + static_cast<uint64_t>(request.bytes) - 1);
  const uint32_t flight = start_flight(request, static_cast<int64_t>(last - first + 1));
  for (uint64_t burst = first; burst <= last; ++burst) {
    const DramCoordinate where = mapping_->decode(burst);
    channels_[static_cast<size_t>(where.channel)].push({request.access, where, flight});
  }
}

uint32_t BankedMemory::start_flight(const MemoryRequest& request, int64_t bursts) {
  if (free_flights_.empty()) {
    free_flights_.push_back(static_cast<uint32_t>(flights_.size()));
    flights_.emplace_back();
  }
  const uint32_t flight = free_flights_.back();
  free_flights_.pop_back();
  flights_[flight] = {.tag = request.tag,
                      .missing_bursts = bursts,
                      .bursts = bursts,
                      .bytes = request.bytes,
                      .access = request.access};
  return flight;
}

std::optional<MemoryResponse> BankedMemory::take_response() {
  if (responses_.empty()) return std::nullopt;
  const MemoryResponse response = responses_.front();
  responses_.pop_front();
  return response;
}

// Data ends a fixed time after its column command, so answers are known well before their cycle.
int64_t BankedMemory::next_event() const {
  const int64_t lead = std::min(device_->cl, device_->cwl) + device_->burst_cycles();
  int64_t event = kNever;
  for (const ChannelController& channel : channels_) {
    if (channel.queued() == 0) continue;
    event = std::min(event, clocks_->to_requester(channel.next_issue() + lead));
  }
  return event;
}

std::string BankedMemory::describe() const {
  std::string text =
      fmt::format("{}, {} requests without response, bursts queued by channel:", device_->name,
                  flights_.size() - free_flights_.size());
  for (const ChannelController& channel : channels_) text += fmt::format(" {}", channel.queued());
  return text;
}

void BankedMemory::watch(const std::function<void(const DramIssue&)>& observer) {
  for (size_t i = 0; i < channels_.size(); ++i) {
    channels_[i].watch([observer, i](DramIssue issue) {
      issue.where.channel = static_cast<int32_t>(i);
      observer(issue);
    });
  }
}

}  // namespace olivine
