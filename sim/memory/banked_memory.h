// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "sim/memory/memory_model.h"

namespace olivine {

class AddressMapping;
class ChannelController;
class ClockRatio;
struct DramConfig;
struct DramDevice;
struct DramBurstEnd;
struct DramIssue;

// `banked` DRAM: channels of ranks of banks of rows with the timing of a device
// (models/machines/dram_device.h), a controller a channel (banked_memory_channel.h), addresses as
// banked_memory_address.h lays them out.
//
// A request is cut into aligned DRAM bursts. A burst that it wants only a part of takes as long as
// a whole one; bytes are counted as asked for. A request is accepted when every channel's queue has
// room for its bursts, or is empty: so one larger than the queues is accepted too, and its bursts
// beyond them wait behind. It is answered when its last burst has crossed the data pins.
//
// The DRAM counts cycles of its own clock; both clocks' cycles 0 begin together. A request of cycle
// t reaches the controllers in the first DRAM cycle that does not begin before t; an answer is for
// the first requester cycle that does not begin before the end of the data.
//
// busy_cycles is the time of bursts on the data pins, all channels together, divided by the number
// of channels, in requester cycles, rounded up.
class BankedMemory final : public MemoryModel {
 public:
  // `clock_hz`: of the requesters. Contract: dram.model is Banked, its values are in range.
  BankedMemory(const DramConfig& dram, double clock_hz);
  ~BankedMemory() override;

  void advance(int64_t now) override;
  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& request, int64_t now) const override;
  void accept(const MemoryRequest& request, int64_t now) override;
  [[nodiscard]] std::optional<MemoryResponse> take_response() override;
  [[nodiscard]] int64_t next_event() const override;
  [[nodiscard]] const MemoryStats& stats() const override { return stats_; }
  [[nodiscard]] std::string describe() const override;

  // Calls `observer` with every command from now on; where.channel says on which channel's pins.
  void watch(const std::function<void(const DramIssue&)>& observer);

 private:
  // A request that is under way.
  struct Flight {
    uint64_t tag = 0;
    int64_t begin = kNever;  // DRAM cycles, of the bursts so far: the first data ...
    int64_t end = 0;         // ... and the last
    int64_t missing_bursts = 0;
    int64_t bursts = 0;
    int64_t bytes = 0;
    Access access = Access::Read;
  };

  [[nodiscard]] uint32_t start_flight(const MemoryRequest& request, int64_t bursts);
  void show(const Flight& flight, int64_t end) const;
  void land(const DramBurstEnd& burst, int64_t now);
  void publish_found();

  const DramDevice* device_;
  std::unique_ptr<AddressMapping> mapping_;
  std::unique_ptr<ClockRatio> clocks_;
  std::vector<ChannelController> channels_;
  int64_t run_until_ = 0;  // DRAM cycle
  std::vector<Flight> flights_;
  std::vector<uint32_t> free_flights_;
  std::vector<DramBurstEnd> ends_;     // of one advance()
  std::vector<MemoryResponse> found_;  // of one advance()
  std::deque<MemoryResponse> responses_;
  int64_t bursts_ = 0;  // that crossed the pins
  MemoryStats stats_;
};

}  // namespace olivine
