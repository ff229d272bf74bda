// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/dma_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/base/rng.h"

namespace olivine {
namespace {

using Kind = Transfer::Kind;

DramConfig dram_of(int64_t bytes_per_cycle, int64_t latency_cycles) {
  return {DramModel::Bandwidth, bytes_per_cycle, latency_cycles, "hbm2"};
}

Event happened_at(int64_t cycle) {
  Event event = make_event();
  *event = cycle;
  return event;
}

// Steps an engine cycle by cycle and hands out transfers' done events.
class Probe {
 public:
  explicit Probe(const DramConfig& config) : engine_(config) {}

  Event push(Kind kind, int64_t bytes, Event trigger) {
    Event done = make_event();
    engine_.push({kind, bytes, std::move(trigger), done});
    return done;
  }
  // Ticks up to, but not including, cycle `end`.
  void run_until(int64_t end) {
    while (now_ < end) engine_.tick(now_++);
  }
  // Whether `event` happens in exactly cycle `expected`: not seen one cycle before, seen then.
  void expect_at(const Event& event, int64_t expected) {
    run_until(expected);
    EXPECT_FALSE(has_happened(event, expected - 1)) << "before cycle " << expected;
    EXPECT_TRUE(has_happened(event, expected)) << "in cycle " << expected;
  }
  [[nodiscard]] const DmaEngine& engine() const { return engine_; }

 private:
  DmaEngine engine_;
  int64_t now_ = 0;
};

TEST(DmaEngine, ReadHoldsTheBusAndArrivesALatencyLater) {
  for (const int64_t bytes : {1, 7, 8, 9, 16, 23}) {
    SCOPED_TRACE(bytes);
    Probe probe{dram_of(8, 5)};
    const Event done = probe.push(Kind::Read, bytes, happened_at(0));
    const int64_t bus_cycles = (bytes + 7) / 8;
    probe.run_until(bus_cycles - 1);
    EXPECT_FALSE(probe.engine().is_idle());
    probe.run_until(bus_cycles);
    EXPECT_TRUE(probe.engine().is_idle());  // the bus is free while the data is on its way
    EXPECT_EQ(probe.engine().busy_cycles(), bus_cycles);
    probe.expect_at(done, bus_cycles + 5);
  }
}

TEST(DmaEngine, WriteIsDoneWhenItHasLeft) {
  Probe probe{dram_of(8, 5)};
  const Event done = probe.push(Kind::Write, 17, happened_at(0));
  probe.expect_at(done, 3);  // ceil(17 / 8) cycles; the latency delays nobody
}

TEST(DmaEngine, NoLatencyArrivesAfterTheBus) {
  Probe probe{dram_of(4, 0)};
  probe.expect_at(probe.push(Kind::Read, 4, happened_at(0)), 1);
}

TEST(DmaEngine, WaitsForItsTrigger) {
  constexpr int64_t kTrigger = 10;
  Probe probe{dram_of(8, 5)};
  const Event trigger = make_event();
  const Event done = probe.push(Kind::Read, 16, trigger);
  probe.run_until(kTrigger);
  EXPECT_FALSE(probe.engine().is_busy());
  EXPECT_EQ(probe.engine().queued(), 1u);
  *trigger = kTrigger;  // happens in the cycle that is ticked next
  probe.run_until(kTrigger + 1);
  EXPECT_TRUE(probe.engine().is_busy());
  probe.expect_at(done, kTrigger + 2 + 5);
  EXPECT_EQ(probe.engine().busy_cycles(), 2);
}

// A trigger may be set ahead of its time (results a few pipeline registers away).
TEST(DmaEngine, TriggerInTheFutureIsNotYet) {
  Probe probe{dram_of(8, 0)};
  const Event done = probe.push(Kind::Write, 8, happened_at(6));
  probe.run_until(6);
  EXPECT_EQ(probe.engine().busy_cycles(), 0);
  probe.expect_at(done, 6 + 1);
}

// Latencies of reads overlap with the transfers behind them: only the bus is shared.
TEST(DmaEngine, LatenciesOverlap) {
  Probe probe{dram_of(8, 100)};
  std::vector<Event> done;
  for (int i = 0; i < 4; ++i) done.push_back(probe.push(Kind::Read, 24, happened_at(0)));
  EXPECT_EQ(probe.engine().queued(), 4u);
  for (int64_t i = 0; i < 4; ++i) {
    probe.expect_at(done[static_cast<size_t>(i)], 3 * (i + 1) + 100);
  }
  EXPECT_TRUE(probe.engine().is_idle());
}

// In order: a transfer that waits for its trigger blocks those behind it, ready or not.
TEST(DmaEngine, ServesInOrder) {
  Probe probe{dram_of(8, 5)};
  const Event first = probe.push(Kind::Write, 8, happened_at(20));
  const Event second = probe.push(Kind::Read, 8, happened_at(0));
  probe.run_until(20);
  EXPECT_EQ(probe.engine().queued(), 2u);
  probe.expect_at(first, 20 + 1);
  probe.expect_at(second, 21 + 1 + 5);
}

TEST(DmaEngine, IdleWithoutTransfers) {
  Probe probe{dram_of(8, 5)};
  probe.run_until(50);
  EXPECT_TRUE(probe.engine().is_idle());
  EXPECT_FALSE(probe.engine().is_busy());
  EXPECT_EQ(probe.engine().busy_cycles(), 0);
}

TEST(DmaEngineDeathTest, RefusesEmptyTransfersBad) {
  Probe probe{dram_of(8, 5)};
  EXPECT_DEATH(probe.push(Kind::Read, 0, happened_at(0)), "empty transfer");
}

// Against the recurrence bus_free = max(bus_free, trigger) + ceil(bytes / bytes_per_cycle).
TEST(DmaEngine, FollowsTheRecurrence) {
  constexpr uint64_t kSeed = 41;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int round = 0; round < 200; ++round) {
    const DramConfig dram = dram_of(rng.uniform(1, 40), rng.uniform(0, 30));
    Probe probe{dram};
    std::vector<Event> done;
    std::vector<int64_t> expected;
    int64_t bus_free = 0;
    for (int i = 0; i < 20; ++i) {
      const Kind kind = rng.chance(0.5) ? Kind::Read : Kind::Write;
      const int64_t bytes = rng.uniform(1, 200);
      const int64_t trigger = rng.uniform(0, 150);
      done.push_back(probe.push(kind, bytes, happened_at(trigger)));
      bus_free =
          std::max(bus_free, trigger) + (bytes + dram.bytes_per_cycle - 1) / dram.bytes_per_cycle;
      expected.push_back(bus_free + (kind == Kind::Read ? dram.latency_cycles : 0));
    }
    probe.run_until(bus_free);
    ASSERT_TRUE(probe.engine().is_idle());
    for (size_t i = 0; i < done.size(); ++i) ASSERT_EQ(done[i]->value(), expected[i]) << i;
  }
}

}  // namespace
}  // namespace olivine
