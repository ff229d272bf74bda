// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory.h"
#include "sim/memory/banked_memory_channel.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"
#include "models/base/units.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/memory/dma_engine.h"
#include "sim/memory/make_memory.h"
#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

INSTANTIATE_TEST_SUITE_P(BankedMemory, EveryPreset, ::testing::ValuesIn(kEveryPreset), preset_name);

constexpr std::array kClocks = {500e6, 1e9, 333333333.0, 1e6, 10e9};

MemoryRequest read_of(uint64_t address, int64_t bytes) {
  return {Access::Read, address, bytes, 0, nullptr};
}

// The cycle of the requester that does not begin before DRAM cycle `cycle`, in hertz: exact, since
// these numbers stay below 2^63.
int64_t in_requester_cycles(const DramDevice& device, int64_t cycle, double clock_hz) {
  const auto dram_hz = static_cast<int64_t>(device.clock_hz);
  return ceil_div(cycle * static_cast<int64_t>(clock_hz), dram_hz);
}

TEST_P(EveryPreset, AnswersAnIdleReadAfterARowMissInEveryClock) {
  for (const double clock_hz : kClocks) {
    SCOPED_TRACE(fmt::format("{} Hz", clock_hz));
    BankedMemory memory{banked({.preset = GetParam(), .has_refresh = false}), clock_hz};
    const DriveResult result = drive(memory, {read_of(0, 1)});
    const int64_t end = device().rcd + device().cl + device().burst_cycles();
    EXPECT_EQ(result.end, std::max<int64_t>(1, in_requester_cycles(device(), end, clock_hz)));
  }
}

TEST_P(EveryPreset, StartsARequestInTheFirstDramCycleNotBeforeIt) {
  for (const double clock_hz : kClocks) {
    for (const int64_t arrival : {1, 2, 3, 17}) {
      SCOPED_TRACE(fmt::format("{} Hz, cycle {}", clock_hz, arrival));
      BankedMemory memory{banked({.preset = GetParam(), .has_refresh = false}), clock_hz};
      memory.advance(arrival);
      ASSERT_EQ(memory.earliest_accept(read_of(0, 1), arrival), arrival);
      memory.accept(read_of(0, 1), arrival);
      const int64_t begin = ceil_div(arrival * static_cast<int64_t>(device().clock_hz),
                                     static_cast<int64_t>(clock_hz));
      const int64_t at = in_requester_cycles(
          device(), begin + device().rcd + device().cl + device().burst_cycles(), clock_hz);
      // Nothing is known before the event, and the event does not come too late.
      const int64_t event = memory.next_event();
      EXPECT_LE(event, std::max(at, arrival + 1));
      memory.advance(at);
      const auto response = memory.take_response();
      ASSERT_TRUE(response.has_value());
      EXPECT_EQ(response->at, std::max(at, arrival + 1));
    }
  }
}

// A clock so slow that many bursts pass in a cycle, and one in which a burst takes many.
TEST_P(EveryPreset, AnswersDoNotDependOnHowOftenItIsAdvanced) {
  for (const double clock_hz : kClocks) {
    SCOPED_TRACE(fmt::format("{} Hz, seed 11", clock_hz));
    Rng rng{11};
    std::vector<MemoryRequest> requests;
    for (int i = 0; i < 300; ++i) {
      requests.push_back({rng.chance(0.3) ? Access::Write : Access::Read,
                          static_cast<uint64_t>(rng.uniform(0, 1 << 18)), rng.uniform(1, 700), 0,
                          nullptr});
    }
    const DramConfig dram = banked({.preset = GetParam(), .channels = 2, .ranks = 2});
    BankedMemory jumping{dram, clock_hz};
    BankedMemory stepping{dram, clock_hz};
    const DriveResult by_events = drive(jumping, requests);
    const DriveResult by_cycles = drive(stepping, requests, 1);
    EXPECT_EQ(by_events.accepted, by_cycles.accepted);
    EXPECT_EQ(by_events.answered, by_cycles.answered);
  }
}

TEST_P(EveryPreset, GivesALateCallerNoAnswerInThePast) {
  BankedMemory memory{banked({.preset = GetParam()}), 1e9};
  memory.advance(0);
  memory.accept(read_of(0, 64), 0);
  memory.advance(5000);
  const auto response = memory.take_response();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->at, 5000);
}

TEST_P(EveryPreset, CountsPartialBurstsAsWholeOnesInTimeAndAsAskedForInBytes) {
  const int64_t burst = device().burst_bytes();
  struct Case {
    int64_t address, bytes, bursts;
  };
  for (const Case& c : {Case{0, 1, 1},
                        {0, burst, 1},
                        {0, burst + 1, 2},
                        {burst - 1, 1, 1},
                        {burst - 1, 2, 2},
                        {1, burst, 2},
                        {5, 3 * burst, 4},
                        {0, 7 * burst, 7}}) {
    SCOPED_TRACE(fmt::format("{} bytes at {}", c.bytes, c.address));
    // One cycle of the requester is one of the DRAM.
    BankedMemory memory{banked({.preset = GetParam(), .has_refresh = false}), device().clock_hz};
    const DriveResult result = drive(memory, {read_of(static_cast<uint64_t>(c.address), c.bytes)});
    EXPECT_NE(result.end, 0);
    const MemoryStats& stats = memory.stats();
    EXPECT_EQ(stats.read_bytes, static_cast<uint64_t>(c.bytes));
    EXPECT_EQ(stats.write_bytes, 0u);
    EXPECT_EQ(stats.row_hits + stats.row_misses, static_cast<uint64_t>(c.bursts));
    EXPECT_EQ(stats.busy_cycles, static_cast<uint64_t>(c.bursts * device().burst_cycles()));
  }
}

TEST_P(EveryPreset, AveragesBusyCyclesOverChannels) {
  BankedMemory memory{banked({.preset = GetParam(), .channels = 4, .has_refresh = false}),
                      device().clock_hz / 2};
  const int64_t bytes = 4 * 256 * 10;
  (void)drive(memory, {read_of(0, bytes)});
  // bursts * burst_cycles / 4 channels, and two DRAM cycles are one of the requester.
  const int64_t bursts = bytes / device().burst_bytes();
  EXPECT_EQ(memory.stats().busy_cycles,
            static_cast<uint64_t>(ceil_div(bursts * device().burst_cycles() / 4, 2)));
}

TEST_P(EveryPreset, AcceptsUntilItsQueuesAreFullAndAgainWhenASlotIsFree) {
  const BankedConfig config{.preset = GetParam(), .queue_depth = 3, .has_refresh = false};
  BankedMemory memory{banked(config), device().clock_hz};
  const int64_t burst = device().burst_bytes();
  memory.advance(0);
  for (int64_t i = 0; i < 3; ++i) {
    const MemoryRequest request = read_of(static_cast<uint64_t>(i * burst), burst);
    ASSERT_EQ(memory.earliest_accept(request, 0), 0);
    memory.accept(request, 0);
  }
  const MemoryRequest fourth = read_of(static_cast<uint64_t>(3 * burst), burst);
  EXPECT_GT(memory.earliest_accept(fourth, 0), 0);
  EXPECT_DEATH(memory.accept(fourth, 0), "not before");
  // The first column command, in cycle tRCD, frees a slot; advance(t) runs what is before t.
  memory.advance(device().rcd);
  EXPECT_EQ(memory.earliest_accept(fourth, device().rcd), device().rcd + 1);
  memory.advance(device().rcd + 1);
  EXPECT_EQ(memory.earliest_accept(fourth, device().rcd + 1), device().rcd + 1);
}

TEST_P(EveryPreset, AcceptsARequestLargerThanItsQueuesOnlyWhenTheyAreEmpty) {
  const BankedConfig config{.preset = GetParam(), .channels = 2, .queue_depth = 4};
  BankedMemory memory{banked(config), 1e9};
  const MemoryRequest large = read_of(0, 100000);
  memory.advance(0);
  ASSERT_EQ(memory.earliest_accept(large, 0), 0);
  memory.accept(large, 0);
  EXPECT_GT(memory.earliest_accept(read_of(0, 1), 0), 0);
  EXPECT_GT(memory.earliest_accept(large, 0), 0);
  BankedMemory other{banked(config), 1e9};
  const DriveResult result = drive(other, {large, read_of(5, 1), large, large});
  for (const int64_t answered : result.answered) EXPECT_NE(answered, kNever);
}

TEST_P(EveryPreset, AsksOnlyTheChannelsOfARequestForRoom) {
  const BankedConfig config{.preset = GetParam(), .channels = 2, .queue_depth = 1};
  BankedMemory memory{banked(config), 1e9};
  memory.advance(0);
  memory.accept(read_of(0, 256), 0);  // channel 0 alone, more bursts than its queue holds
  EXPECT_GT(memory.earliest_accept(read_of(0, 1), 0), 0);
  EXPECT_EQ(memory.earliest_accept(read_of(256, 256), 0), 0);
  EXPECT_GT(memory.earliest_accept(read_of(255, 2), 0), 0);
}

TEST_P(EveryPreset, SplitsARequestOverChannels) {
  std::vector<int64_t> counts(4, 0);
  BankedMemory memory{banked({.preset = GetParam(), .channels = 4, .has_refresh = false}), 1e9};
  memory.watch([&](const DramIssue& issue) {
    if (issue.command == DramCommand::Read) ++counts.at(static_cast<size_t>(issue.where.channel));
  });
  // Six pieces of 256 bytes: two each for channels 0 and 1, one for channels 2 and 3.
  (void)drive(memory, {read_of(0, 6 * 256)});
  const int64_t bursts = 256 / device().burst_bytes();
  EXPECT_EQ(counts, (std::vector<int64_t>{2 * bursts, 2 * bursts, bursts, bursts}));
}

TEST(BankedMemory, AnswersInTheCycleAfterAcceptanceAtTheEarliest) {
  // At 1 MHz a whole access passes within the cycle: the answer is for the next one all the same.
  BankedMemory memory{banked({}), 1e6};
  memory.advance(7);
  memory.accept(read_of(0, 64), 7);
  EXPECT_EQ(memory.next_event(), 8);
  memory.advance(8);
  EXPECT_EQ(memory.take_response()->at, 8);
}

TEST(BankedMemory, IsQuietWhenNothingIsUnderWay) {
  BankedMemory memory{banked({}), 1e9};
  EXPECT_EQ(memory.next_event(), kNever);
  memory.advance(1000000);  // many refreshes, no event
  EXPECT_EQ(memory.next_event(), kNever);
  EXPECT_FALSE(memory.take_response().has_value());
  // tREFI of 9360 cycles at 1.2 GHz is 7.8 us: those before 1 ms.
  EXPECT_EQ(memory.stats().refreshes, 1000000u / 7800u);
}

TEST(BankedMemory, DescribesItself) {
  BankedMemory memory{banked({.channels = 2}), 1e9};
  memory.advance(0);
  memory.accept(read_of(256, 128), 0);
  EXPECT_EQ(memory.describe(),
            "ddr4_2400, 1 requests without response, bursts queued by channel: 0 2");
}

TEST(MakeMemory, MakesWhatTheConfigurationNames) {
  DramConfig dram;
  EXPECT_NE(dynamic_cast<BandwidthMemory*>(make_memory(dram, 1e9).get()), nullptr);
  dram.model = DramModel::Banked;
  EXPECT_NE(dynamic_cast<BankedMemory*>(make_memory(dram, 1e9).get()), nullptr);
  dram.model = DramModel::Ideal;
  EXPECT_DEATH((void)make_memory(dram, 1e9), "ideal");
}

// Transfers through packets: in order at the engine, complete, and in the time of their bursts.
TEST_P(EveryPreset, MovesTransfersOfADmaEngine) {
  BankedMemory memory{banked({.preset = GetParam(), .channels = 2}), 1e9};
  DirectPort port{memory};
  DmaEngine engine{port, {.packet_bytes = 256, .outstanding = 16}};
  std::vector<EventCycle> done;
  const std::array<int64_t, 5> sizes = {1, 256, 257, 10007, 65536};
  uint64_t address = 0;
  for (const int64_t bytes : sizes) {
    Transfer transfer;
    transfer.access = done.size() % 2 == 0 ? Access::Read : Access::Write;
    transfer.address = address;
    transfer.bytes = bytes;
    transfer.trigger = make_event();
    *transfer.trigger = 0;
    transfer.done = make_event();
    done.push_back(transfer.done);
    engine.push(transfer);
    address += static_cast<uint64_t>(bytes);
  }
  for (int64_t now = 0; now < 1000000 && !engine.is_drained();) {
    port.deliver(engine, now);
    engine.tick(now);
    const int64_t next = std::min(engine.next_tick(now), port.next_event());
    now = std::max(now + 1, next);
  }
  ASSERT_TRUE(engine.is_drained()) << engine.describe() << "; " << memory.describe();
  for (const EventCycle& event : done) EXPECT_TRUE(event->has_value());
  EXPECT_EQ(memory.stats().read_bytes + memory.stats().write_bytes, address);
  // Not faster than the pins of two channels, not slower than half of that.
  const double peak = 2 * static_cast<double>(device().burst_bytes()) /
                      static_cast<double>(device().ccd_s) * device().clock_hz / 1e9;
  const double bytes_per_cycle =
      static_cast<double>(address) / static_cast<double>(engine.busy_until());
  EXPECT_LT(bytes_per_cycle, peak);
  EXPECT_GT(bytes_per_cycle, peak / 2);
}

}  // namespace
}  // namespace olivine
