// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <vector>

#include "models/base/rng.h"
#include "models/base/units.h"

namespace olivine {
namespace {

constexpr uint64_t kBase = 0x1000;
constexpr int64_t kSize = 0x1000;

PlatformConfig platform_of(size_t accelerators, size_t memories) {
  PlatformConfig platform;
  platform.bus.bytes_per_cycle = 16;
  platform.bus.packet_bytes = 64;
  for (size_t i = 0; i < memories; ++i) {
    PlatformMemory& memory = platform.memories.emplace_back();
    memory.name = "mem" + std::to_string(i);
    memory.base = static_cast<int64_t>(kBase) + static_cast<int64_t>(i) * kSize;
    memory.size_bytes = kSize;
  }
  for (size_t i = 0; i < accelerators; ++i) {
    platform.accelerators.emplace_back().name = "acc" + std::to_string(i);
  }
  return platform;
}

MemoryRequest read_of(int64_t bytes, uint64_t address = kBase) {
  MemoryRequest request;
  request.address = address;
  request.bytes = bytes;
  return request;
}

int64_t always(const MemoryRequest& /*request*/, int64_t at) { return at; }

TEST(Bus, RoutesByAddress) {
  const Bus bus{platform_of(1, 2)};
  const uint64_t second = kBase + kSize;
  EXPECT_EQ(bus.route(kBase, kSize), 0u);
  EXPECT_EQ(bus.route(second - 1, 1), 0u);
  EXPECT_EQ(bus.route(second, 64), 1u);
  EXPECT_EQ(bus.route(second + kSize - 64, 64), 1u);
  EXPECT_EQ(bus.route(kBase - 1, 1), std::nullopt);
  EXPECT_EQ(bus.route(second + kSize, 1), std::nullopt);
  EXPECT_EQ(bus.route(second - 1, 2), std::nullopt) << "across two memories";
}

// A packet of b bytes holds the path ceil(b / 16) cycles: the next is granted then, not before.
TEST(Bus, PacketHoldsThePathForItsBytes) {
  for (const int64_t bytes : {1, 15, 16, 17, 32, 61, 64}) {
    Bus bus{platform_of(2, 1)};
    constexpr int64_t kBegin = 5;
    const int64_t cycles = ceil_div(bytes, 16);
    ASSERT_EQ(bus.offer(0, read_of(bytes), kBegin), kBegin);
    ASSERT_EQ(bus.arbitrate(0, kBegin, always), 0u);
    const int64_t at = bus.offer(1, read_of(bytes), kBegin);
    EXPECT_EQ(at, kBegin + cycles) << bytes;
    if (cycles > 1) {
      EXPECT_EQ(bus.arbitrate(0, at - 1, always), std::nullopt) << bytes;
      EXPECT_EQ(bus.next_arbitration(0), at);
    }
    EXPECT_EQ(bus.arbitrate(0, at, always), 1u) << bytes;
    EXPECT_EQ(bus.stats(1).wait_bus_cycles, static_cast<uint64_t>(cycles)) << bytes;
  }
}

// One initiator that offers its next packet in the cycle after the grant leaves no bubble.
TEST(Bus, PacketsOfOneInitiatorFollowWithoutBubbles) {
  Bus bus{platform_of(1, 1)};
  constexpr int64_t kPackets = 10;
  constexpr int64_t kCycles = 64 / 16;
  int64_t now = 0;
  for (int64_t i = 0; i < kPackets; ++i) {
    const int64_t at = bus.offer(0, read_of(64), i == 0 ? 0 : now + 1);
    EXPECT_EQ(at, i * kCycles);
    ASSERT_EQ(bus.arbitrate(0, at, always), 0u);
    now = at;
  }
  EXPECT_EQ(bus.busy_until(0), kPackets * kCycles);
  // Offered one cycle after the grant before, granted kCycles after it.
  EXPECT_EQ(bus.stats(0).wait_self_cycles, static_cast<uint64_t>((kPackets - 1) * (kCycles - 1)));
  EXPECT_EQ(bus.stats(0).wait_bus_cycles, 0u);
  EXPECT_EQ(bus.stats(0).read_bytes, static_cast<uint64_t>(kPackets * 64));
}

TEST(Bus, PathsToTwoMemoriesAreIndependent) {
  Bus bus{platform_of(2, 2)};
  bus.offer(0, read_of(64), 0);
  bus.offer(1, read_of(64, kBase + kSize), 0);
  EXPECT_EQ(bus.arbitrate(0, 0, always), 0u);
  EXPECT_EQ(bus.arbitrate(1, 0, always), 1u);
  EXPECT_EQ(bus.stats(1).wait_bus_cycles, 0u);
}

// The memory is asked for the cycle in which the packet would arrive, and holds up its own only.
TEST(Bus, MemoryThatRefusesIsAskedAgain) {
  PlatformConfig platform = platform_of(2, 1);
  constexpr int64_t kLatency = 3;
  constexpr int64_t kReady = 9;  // the memory accepts address kBase from then on
  platform.bus.latency_cycles = kLatency;
  Bus bus{platform};
  const auto accepts = [&](const MemoryRequest& request, int64_t at) {
    return request.address == kBase ? std::max(at, kReady) : at;
  };
  bus.offer(0, read_of(16), 0);
  EXPECT_EQ(bus.arbitrate(0, 0, accepts), std::nullopt);
  EXPECT_EQ(bus.next_arbitration(0), kReady - kLatency);
  bus.offer(1, read_of(16, kBase + 64), 2);
  EXPECT_EQ(bus.arbitrate(0, 2, accepts), 1u) << "another packet passes";
  EXPECT_EQ(bus.next_arbitration(0), 3);
  EXPECT_EQ(bus.arbitrate(0, 3, accepts), std::nullopt);
  EXPECT_EQ(bus.arbitrate(0, kReady - kLatency - 1, accepts), std::nullopt);
  EXPECT_EQ(bus.arbitrate(0, kReady - kLatency, accepts), 0u);
  // Cycles 0, 1 and 3 .. 5 for the memory, cycle 2 for the other packet.
  EXPECT_EQ(bus.stats(0).wait_bus_cycles, 1u);
  EXPECT_EQ(bus.stats(0).wait_memory_cycles, static_cast<uint64_t>(kReady - kLatency - 1));
}

TEST(Bus, MemoryThatKnowsNothingIsNotAskedAgain) {
  Bus bus{platform_of(1, 1)};
  bus.offer(0, read_of(16), 0);
  const auto never = [](const MemoryRequest& /*request*/, int64_t /*at*/) { return kNever; };
  EXPECT_EQ(bus.arbitrate(0, 0, never), std::nullopt);
  EXPECT_EQ(bus.next_arbitration(0), kNever);
  EXPECT_THAT(bus.describe(), ::testing::HasSubstr("acc0 offers a read of 16 B at 0x1000 to mem0"));
}

// Random offers and refusals, cycle by cycle, against the definition: one path, one grant a cycle,
// waits add up to the cycles between offer and grant.
TEST(Bus, WaitsAddUpForEveryArbitration) {
  constexpr uint64_t kSeed = 77;
  SCOPED_TRACE(kSeed);
  for (uint64_t round = 0; round < 60; ++round) {
    Rng rng{kSeed + round};
    const size_t count = static_cast<size_t>(rng.uniform(1, 5));
    PlatformConfig platform = platform_of(count, 1);
    platform.bus.arbitration = static_cast<Arbitration>(rng.uniform(0, 2));
    for (auto& accelerator : platform.accelerators) {
      accelerator.priority = rng.uniform(0, 2);
      accelerator.share = rng.uniform(1, 5);
    }
    Bus bus{platform};
    std::vector<std::optional<std::pair<int64_t, int64_t>>> offered(count);  // cycle, bytes
    std::vector<uint64_t> waits(count), bytes(count);
    int64_t busy_until = 0;
    for (int64_t now = 0; now < 2000; ++now) {
      for (size_t i = 0; i < count; ++i) {
        if (offered[i] || !rng.chance(0.3)) continue;
        offered[i] = {now, rng.uniform(1, 100)};
        EXPECT_EQ(bus.offer(i, read_of(offered[i]->second), now), std::max(now, busy_until));
      }
      const bool refuses = rng.chance(0.2);
      const auto winner = bus.arbitrate(0, now, [&](const MemoryRequest& /*request*/, int64_t at) {
        return refuses ? at + 1 : at;
      });
      const bool has_offer = std::any_of(offered.begin(), offered.end(),
                                         [](const auto& offer) { return offer.has_value(); });
      EXPECT_EQ(winner.has_value(), has_offer && !refuses && now >= busy_until) << now;
      if (!winner) continue;
      waits[*winner] += static_cast<uint64_t>(now - offered[*winner]->first);
      bytes[*winner] += static_cast<uint64_t>(offered[*winner]->second);
      busy_until = now + ceil_div(offered[*winner]->second, 16);
      offered[*winner].reset();
    }
    for (size_t i = 0; i < count; ++i) {
      if (offered[i]) continue;  // its wait is not over
      const InitiatorStats& stats = bus.stats(i);
      EXPECT_EQ(stats.wait_bus_cycles + stats.wait_self_cycles + stats.wait_memory_cycles, waits[i])
          << i;
      EXPECT_EQ(stats.read_bytes, bytes[i]) << i;
    }
  }
}

}  // namespace
}  // namespace olivine
