// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/dma_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/base/rng.h"
#include "models/base/units.h"
#include "sim/memory/bandwidth_memory.h"

namespace olivine {
namespace {

EventCycle happened_at(int64_t cycle) {
  EventCycle event = make_event();
  *event = cycle;
  return event;
}

// Steps an engine in front of a `bandwidth` memory cycle by cycle and hands out transfers' done
// events.
class Probe {
 public:
  Probe(int64_t bytes_per_cycle, int64_t latency_cycles, const DmaConfig& config = {})
      : memory_(bytes_per_cycle, latency_cycles), engine_(port_, config) {}

  EventCycle push(Access access, int64_t bytes, EventCycle trigger, int64_t expanded_elems = 0) {
    EventCycle done = make_event();
    Transfer transfer{access, 0, bytes, std::move(trigger), done, {}};
    transfer.expanded_elems = expanded_elems;
    engine_.push(std::move(transfer));
    return done;
  }
  // Ticks up to, but not including, cycle `end`.
  void run_until(int64_t end) {
    for (; now_ < end; ++now_) {
      engine_.tick(now_);
      port_.deliver(engine_, now_);
    }
  }
  // Whether `event` happens in exactly cycle `expected`: not seen one cycle before, seen then.
  void expect_at(const EventCycle& event, int64_t expected) {
    run_until(expected);
    EXPECT_FALSE(has_happened(event, expected - 1)) << "before cycle " << expected;
    EXPECT_TRUE(has_happened(event, expected)) << "in cycle " << expected;
  }
  [[nodiscard]] const DmaEngine& engine() const { return engine_; }
  [[nodiscard]] int64_t busy_cycles() const {
    return static_cast<int64_t>(memory_.stats().busy_cycles);
  }

 private:
  BandwidthMemory memory_;
  DirectPort port_{memory_};
  DmaEngine engine_;
  int64_t now_ = 0;
};

TEST(DmaEngine, ReadHoldsTheBusAndArrivesALatencyLater) {
  for (const int64_t bytes : {1, 7, 8, 9, 16, 23}) {
    SCOPED_TRACE(bytes);
    Probe probe{8, 5};
    const EventCycle done = probe.push(Access::Read, bytes, happened_at(0));
    const int64_t bus_cycles = (bytes + 7) / 8;
    probe.run_until(bus_cycles);
    EXPECT_EQ(probe.busy_cycles(), bus_cycles);  // free while the data is on its way
    probe.expect_at(done, bus_cycles + 5);
  }
}

TEST(DmaEngine, WriteIsDoneWhenItHasLeft) {
  Probe probe{8, 5};
  const EventCycle done = probe.push(Access::Write, 17, happened_at(0));
  probe.expect_at(done, 3);  // ceil(17 / 8) cycles; the latency delays nobody
}

TEST(DmaEngine, NoLatencyArrivesAfterTheBus) {
  Probe probe{4, 0};
  probe.expect_at(probe.push(Access::Read, 4, happened_at(0)), 1);
}

TEST(DmaEngine, WaitsForItsTrigger) {
  constexpr int64_t kTrigger = 10;
  Probe probe{8, 5};
  const EventCycle trigger = make_event();
  const EventCycle done = probe.push(Access::Read, 16, trigger);
  probe.run_until(kTrigger);
  EXPECT_EQ(probe.busy_cycles(), 0);
  EXPECT_EQ(probe.engine().queued(), 1u);
  *trigger = kTrigger;  // happens in the cycle that is ticked next
  probe.run_until(kTrigger + 1);
  EXPECT_EQ(probe.engine().queued(), 0u);
  probe.expect_at(done, kTrigger + 2 + 5);
  EXPECT_EQ(probe.busy_cycles(), 2);
}

// A trigger may be set ahead of its time (results a few pipeline registers away).
TEST(DmaEngine, TriggerInTheFutureIsNotYet) {
  Probe probe{8, 0};
  const EventCycle done = probe.push(Access::Write, 8, happened_at(6));
  probe.run_until(6);
  EXPECT_EQ(probe.busy_cycles(), 0);
  probe.expect_at(done, 6 + 1);
}

// Latencies of reads overlap with the transfers behind them: only the bus is shared.
TEST(DmaEngine, LatenciesOverlap) {
  Probe probe{8, 100};
  std::vector<EventCycle> done;
  for (int i = 0; i < 4; ++i) done.push_back(probe.push(Access::Read, 24, happened_at(0)));
  EXPECT_EQ(probe.engine().queued(), 4u);
  for (int64_t i = 0; i < 4; ++i) {
    probe.expect_at(done[static_cast<size_t>(i)], 3 * (i + 1) + 100);
  }
  EXPECT_TRUE(probe.engine().is_idle());
}

// In order: a transfer that waits for its trigger blocks those behind it, ready or not.
TEST(DmaEngine, ServesInOrder) {
  Probe probe{8, 5};
  const EventCycle first = probe.push(Access::Write, 8, happened_at(20));
  const EventCycle second = probe.push(Access::Read, 8, happened_at(0));
  probe.run_until(20);
  EXPECT_EQ(probe.engine().queued(), 2u);
  probe.expect_at(first, 20 + 1);
  probe.expect_at(second, 21 + 1 + 5);
}

// Four elements a cycle, two register stages: a read of 8 B that is `elems` weights, and one behind
// it. Memory of 8 B a cycle: one cycle on the bus, 5 cycles later the data.
TEST(DmaEngine, DecompressorHoldsTheEngineAndDelaysItsOwnTransfer) {
  for (const int64_t elems : {1, 4, 5, 8, 40, 41}) {
    SCOPED_TRACE(elems);
    Probe probe{8, 5, {.expanded_elems_per_cycle = 4, .expand_latency_cycles = 2}};
    const EventCycle weights = probe.push(Access::Read, 8, happened_at(3), elems);
    const EventCycle behind = probe.push(Access::Write, 8, happened_at(0));
    const int64_t held = (elems + 3) / 4;  // at least the cycle on the bus
    probe.expect_at(behind, 3 + held + 1);
    probe.expect_at(weights, 3 + held + 5 + 2);
    EXPECT_EQ(probe.busy_cycles(), 2);  // the bus itself is free meanwhile
    EXPECT_EQ(probe.engine().busy_until(), 3 + held + 5 + 2);
  }
}

TEST(DmaEngine, BusDecidesWhereTheDecompressorIsFaster) {
  Probe probe{8, 5, {.expanded_elems_per_cycle = 64, .expand_latency_cycles = 2}};
  const EventCycle weights = probe.push(Access::Read, 80, happened_at(0), 128);
  const EventCycle behind = probe.push(Access::Read, 8, happened_at(0));
  probe.expect_at(behind, 10 + 1 + 5);
  probe.expect_at(weights, 10 + 5 + 2);
}

// It sleeps for as long as it is held.
TEST(DmaEngine, NextTickIsTheEndOfTheHold) {
  BandwidthMemory memory{8, 5};
  DirectPort port{memory};
  DmaEngine engine{port, {.expanded_elems_per_cycle = 1}};
  for (const int64_t elems : {20, 0}) {
    Transfer transfer{Access::Read, 0, 8, happened_at(0), make_event(), {}};
    transfer.expanded_elems = elems;
    engine.push(std::move(transfer));
  }
  engine.tick(7);
  EXPECT_EQ(engine.queued(), 1u);
  EXPECT_EQ(engine.next_tick(7), 7 + 20);
  engine.tick(26);
  EXPECT_EQ(engine.queued(), 1u);
  engine.tick(27);
  EXPECT_TRUE(engine.is_idle());
}

TEST(DmaEngineDeathTest, ElementsNeedADecompressorBad) {
  Probe probe{8, 5};
  EXPECT_DEATH(probe.push(Access::Read, 8, happened_at(0), 16), "16 elements to expand without");
}

TEST(DmaEngine, IdleWithoutTransfers) {
  Probe probe{8, 5};
  probe.run_until(50);
  EXPECT_TRUE(probe.engine().is_idle());
  EXPECT_EQ(probe.busy_cycles(), 0);
}

TEST(DmaEngineDeathTest, RefusesEmptyTransfersBad) {
  Probe probe{8, 5};
  EXPECT_DEATH(probe.push(Access::Read, 0, happened_at(0)), "empty transfer");
}

// Against the recurrence bus_free = max(bus_free, trigger) + ceil(bytes / bytes_per_cycle).
TEST(DmaEngine, FollowsTheRecurrence) {
  constexpr uint64_t kSeed = 41;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int round = 0; round < 200; ++round) {
    const int64_t bytes_per_cycle = rng.uniform(1, 40);
    const int64_t latency_cycles = rng.uniform(0, 30);
    // Packets that fill their last cycle cost nothing.
    DmaConfig config;
    if (rng.chance(0.5)) config.packet_bytes = bytes_per_cycle * rng.uniform(1, 4);
    Probe probe{bytes_per_cycle, latency_cycles, config};
    std::vector<EventCycle> done;
    std::vector<int64_t> expected;
    int64_t bus_free = 0;
    for (int i = 0; i < 20; ++i) {
      const Access access = rng.chance(0.5) ? Access::Read : Access::Write;
      const int64_t bytes = rng.uniform(1, 200);
      const int64_t trigger = rng.uniform(0, 150);
      done.push_back(probe.push(access, bytes, happened_at(trigger)));
      bus_free = std::max(bus_free, trigger) + ceil_div(bytes, bytes_per_cycle);
      expected.push_back(bus_free + (access == Access::Read ? latency_cycles : 0));
    }
    probe.run_until(bus_free + 1);
    ASSERT_TRUE(probe.engine().is_idle());
    for (size_t i = 0; i < done.size(); ++i) ASSERT_EQ(done[i]->value(), expected[i]) << i;
  }
}

// A limit of one packet under way: the next one leaves when the answer to the one before is there.
TEST(DmaEngine, LimitOfOutstandingPacketsHoldsBackTheNext) {
  constexpr int64_t kBytesPerCycle = 8;
  Probe probe{kBytesPerCycle, 100, {kBytesPerCycle, 1}};
  const EventCycle done = probe.push(Access::Read, 3 * kBytesPerCycle, happened_at(0));
  probe.expect_at(done, 3 * (1 + 100));
}

// The port answers out of order; a transfer is done with its last response, whichever it is.
class ReorderingPort final : public MemoryPort {
 public:
  bool send(const MemoryRequest& request, int64_t /*now*/) override {
    if (tags.size() == limit) return false;
    tags.push_back(request.tag);
    return true;
  }
  [[nodiscard]] int64_t retry_at(int64_t now) const override { return now + 1; }

  std::vector<uint64_t> tags;
  size_t limit = 100;
};

TEST(DmaEngine, TransferIsDoneWithItsLatestResponse) {
  ReorderingPort port;
  DmaEngine engine{port, {16, kNever}};
  const EventCycle done = make_event();
  engine.push({Access::Read, 0, 40, happened_at(0), done, {}});
  engine.tick(0);
  ASSERT_EQ(port.tags.size(), 3u);  // 16 + 16 + 8
  EXPECT_TRUE(engine.is_idle());
  engine.respond({port.tags[1], 30});
  engine.respond({port.tags[2], 20});
  EXPECT_FALSE(done->has_value());
  EXPECT_EQ(engine.outstanding(), 1u);
  engine.respond({port.tags[0], 25});
  EXPECT_EQ(done->value(), 30);
  EXPECT_TRUE(engine.is_drained());
}

TEST(DmaEngine, WaitingIsCountedByCause) {
  ReorderingPort port;
  port.limit = 2;
  DmaEngine engine{port, {16, 3}};
  engine.push({Access::Write, 0, 64, happened_at(5), make_event(), {}});
  for (int64_t now = 0; now < 10; ++now) engine.tick(now);  // the third packet offered from 5 on
  port.limit = 100;
  engine.tick(10);
  EXPECT_EQ(engine.stats().port_wait_cycles, 5u);
  EXPECT_EQ(port.tags.size(), 3u);
  EXPECT_EQ(engine.next_tick(10), kNever);  // at the limit of three
  engine.respond({port.tags[0], 13});
  EXPECT_EQ(engine.next_tick(11), 13);
  engine.tick(12);
  EXPECT_EQ(port.tags.size(), 3u);
  engine.tick(13);
  EXPECT_EQ(port.tags.size(), 4u);
  EXPECT_EQ(engine.stats().limit_wait_cycles, 3u);
  EXPECT_EQ(engine.stats().packets, 4u);
  EXPECT_EQ(engine.stats().write_bytes, 64u);
}

// Bytes go out when a write starts, even if its first packet is refused, and come in once.
TEST(DmaEngine, DataIsAskedForOnce) {
  ReorderingPort port;
  port.limit = 0;
  DmaEngine engine{port, {}};
  int calls = 0;
  engine.push({Access::Write, 0, 8, happened_at(0), make_event(), [&](std::vector<uint8_t>& bytes) {
                 EXPECT_EQ(bytes.size(), 8u);
                 ++calls;
               }});
  engine.tick(0);
  engine.tick(1);
  port.limit = 1;
  engine.tick(2);
  EXPECT_EQ(calls, 1);
  engine.respond({port.tags[0], 4});
  EXPECT_EQ(calls, 1);
}

TEST(DmaEngineDeathTest, RefusesUnknownResponsesBad) {
  ReorderingPort port;
  DmaEngine engine{port, {}};
  EXPECT_DEATH(engine.respond({7, 1}), "packet 7, which is not outstanding");
}

}  // namespace
}  // namespace olivine
