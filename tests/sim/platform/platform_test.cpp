// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "models/base/rng.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/platform/job.h"
#include "sim/platform/platform_config.h"
#include "sim/systolic/layer_placement.h"
#include "tests/models/analytic/random_layer.h"
#include "tests/sim/platform/random_platform.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;
using testing::make_job;
using testing::make_platform;
using testing::memory_bound_layer;
using testing::random_fed_layer;
using testing::RandomLayer;

LayerTiming closed_form(const RandomLayer& layer) {
  return time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
}

// A platform of one accelerator with the layer's memory behind a bus that does not limit it.
PlatformConfig lone_platform(const RandomLayer& layer, AcceleratorModel model, int64_t factor) {
  const DramConfig& dram = layer.machine.dram;
  PlatformConfig platform = make_platform(1, model, dram.bytes_per_cycle, dram.latency_cycles);
  platform.bus.bytes_per_cycle = factor * dram.bytes_per_cycle;
  platform.bus.packet_bytes = 2 * platform.bus.bytes_per_cycle;
  return platform;
}

void expect_closed_form(AcceleratorModel model, uint64_t seed, int rounds) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Rng rng{seed};
  for (int round = 0; round < rounds; ++round) {
    const RandomLayer layer = random_fed_layer(rng, {.rows = 16, .cols = 8, .extent = 40});
    SCOPED_TRACE(testing::describe(layer));
    const std::vector<Job> jobs = {make_job(layer, 0)};
    Platform platform{lone_platform(layer, model, rng.uniform(1, 3)), {}};
    const PlatformRun run = platform.run(jobs);
    const LayerTiming expected = closed_form(layer);
    ASSERT_EQ(run.jobs[0].timing, expected);
    ASSERT_EQ(run.jobs[0].begin, 0);
    ASSERT_EQ(run.cycles, static_cast<int64_t>(expected.cycles));
    const InitiatorStats& bus = run.initiators[0];
    ASSERT_EQ(bus.read_bytes + bus.write_bytes,
              std::reduce(expected.dram_bytes.begin(), expected.dram_bytes.end()));
  }
}

TEST(Platform, OneEventAcceleratorTakesTheCyclesOfTheClosedForm) {
  expect_closed_form(AcceleratorModel::Event, 31, 300);
}

TEST(Platform, OneCycleAcceleratorTakesTheCyclesOfTheClosedForm) {
  expect_closed_form(AcceleratorModel::Cycle, 32, 150);
}

TEST(Platform, NoJobsTakeNoCycles) {
  Platform platform{make_platform(2, AcceleratorModel::Event), {}};
  const PlatformRun run = platform.run({});
  EXPECT_EQ(run.cycles, 0);
  EXPECT_EQ(run.initiators.size(), 2u);
}

// One tile: its reads pass the bus twice, and its write once more.
TEST(Platform, BusLatencyDelaysReadsTwiceAndWritesOnce) {
  constexpr int64_t kLatency = 13;
  RandomLayer layer = memory_bound_layer(32, 32, 64);
  layer.machine.dram.bytes_per_cycle = 16;
  const std::vector<Job> jobs = {make_job(layer, 0)};
  PlatformConfig config = lone_platform(layer, AcceleratorModel::Event, 1);
  config.bus.latency_cycles = kLatency;
  Platform platform{config, {}};
  layer.machine.dram.latency_cycles += 2 * kLatency;
  EXPECT_EQ(platform.run(jobs).cycles, static_cast<int64_t>(closed_form(layer).cycles) + kLatency);
}

TEST(Platform, SuccessorBeginsWhenTheHostHasSubmittedIt) {
  constexpr int64_t kSubmit = 50;
  const RandomLayer layer = memory_bound_layer();
  std::vector<Job> jobs = {make_job(layer, 0, 0), make_job(layer, 1, 1)};
  jobs[1].after = {0};
  PlatformConfig config = make_platform(2, AcceleratorModel::Event);
  config.host.submit_cycles = kSubmit;
  Platform platform{config, {}};
  const PlatformRun run = platform.run(jobs);
  EXPECT_EQ(run.jobs[0].ready, 0);
  EXPECT_EQ(run.jobs[0].begin, kSubmit);
  EXPECT_EQ(run.jobs[1].ready, run.jobs[0].end);
  EXPECT_EQ(run.jobs[1].begin, run.jobs[0].end + kSubmit);
  // Nothing disturbs either: both take equally long.
  EXPECT_EQ(run.jobs[1].end - run.jobs[1].begin, run.jobs[0].end - run.jobs[0].begin);
  EXPECT_EQ(run.cycles, run.jobs[1].end);
}

TEST(Platform, VectorJobsTakeOperationsByRate) {
  PlatformConfig config = make_platform(1, AcceleratorModel::Event);
  config.accelerators[0].machine.vector.ops_per_cycle = 8;
  std::vector<Job> jobs(2);
  jobs[0].plan.kind = jobs[1].plan.kind = LayerKind::Vector;
  jobs[0].plan.vector_ops = 8 * 5'000'000 + 1;  // longer than patience
  jobs[1].plan.vector_ops = 1;
  jobs[1].after = {0};
  Platform platform{config, {}};
  const PlatformRun run = platform.run(jobs);
  EXPECT_EQ(run.jobs[0].end, 5'000'001);
  EXPECT_EQ(run.jobs[1].end, 5'000'002);
}

// Two accelerators on one memory: every byte passes once, and the bus is never used twice.
TEST(Platform, TwoAcceleratorsShareAMemoryAndLoseNoByte) {
  for (const AcceleratorModel model : {AcceleratorModel::Event, AcceleratorModel::Cycle}) {
    const RandomLayer layer = memory_bound_layer();
    const std::vector<Job> jobs = {make_job(layer, 0, 0), make_job(layer, 1, 1)};
    const PlatformConfig config = make_platform(2, model);
    Platform platform{config, {}};
    const PlatformRun run = platform.run(jobs);
    const LayerTiming alone =
        time_layer(layer.geometry, config.memories[0].dram, layer.work, layer.tiling);
    const uint64_t each = std::reduce(alone.dram_bytes.begin(), alone.dram_bytes.end());
    for (const InitiatorStats& stats : run.initiators) {
      EXPECT_EQ(stats.read_bytes + stats.write_bytes, each);
    }
    EXPECT_EQ(run.memories[0].read_bytes + run.memories[0].write_bytes, 2 * each);
    EXPECT_LE(run.memories[0].busy_cycles, static_cast<uint64_t>(run.cycles));
    EXPECT_GE(run.memories[0].busy_cycles, 2 * each / 16);
    EXPECT_GT(run.cycles, static_cast<int64_t>(alone.cycles));
    for (const JobResult& job : run.jobs) {
      EXPECT_EQ(job.timing.dram_bytes, alone.dram_bytes);
      EXPECT_EQ(job.timing.array_cycles, alone.array_cycles);
    }
  }
}

// Which initiator was served, packet by packet, at a memory that takes one packet at a time.
class RecordingMemory final : public MemoryModel {
 public:
  RecordingMemory(std::vector<uint64_t>& addresses, int64_t bytes_per_cycle)
      : addresses_(&addresses), memory_(bytes_per_cycle, 10) {}
  void advance(int64_t now) override { memory_.advance(now); }
  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& request, int64_t now) const override {
    return memory_.earliest_accept(request, now);
  }
  void accept(const MemoryRequest& request, int64_t now) override {
    addresses_->push_back(request.address);
    memory_.accept(request, now);
  }
  std::optional<MemoryResponse> take_response() override { return memory_.take_response(); }
  [[nodiscard]] int64_t next_event() const override { return memory_.next_event(); }
  [[nodiscard]] const MemoryStats& stats() const override { return memory_.stats(); }
  [[nodiscard]] std::string describe() const override { return memory_.describe(); }

 private:
  std::vector<uint64_t>* addresses_;
  BandwidthMemory memory_;
};

// Packets of each accelerator among the first `count` at the memory. The first tile of a job is 32
// * 512 bytes of activations and as many weights, 512 packets that wait in a row.
std::vector<int> first_packets(PlatformConfig config, int count) {
  std::vector<Job> jobs;
  for (size_t i = 0; i < config.accelerators.size(); ++i) {
    jobs.push_back(make_job(memory_bound_layer(), i, i));
  }
  std::vector<uint64_t> addresses;
  PlatformOptions options;
  options.make_memory = [&](const PlatformMemory& memory, double /*clock_hz*/) {
    addresses.clear();
    return std::make_unique<RecordingMemory>(addresses, memory.dram.bytes_per_cycle);
  };
  Platform platform{config, options};
  EXPECT_GT(platform.run(jobs).cycles, 0);
  const uint64_t range = testing::place_apart(1).activations;
  std::vector<int> packets(config.accelerators.size());
  for (int i = 0; i < count; ++i) ++packets[addresses[static_cast<size_t>(i)] / range];
  return packets;
}

TEST(Platform, RoundRobinServesEquallyOften) {
  EXPECT_THAT(first_packets(make_platform(4, AcceleratorModel::Event), 400),
              ::testing::ElementsAre(100, 100, 100, 100));
}

TEST(Platform, PriorityStarvesTheOthers) {
  PlatformConfig config = make_platform(3, AcceleratorModel::Event);
  config.bus.arbitration = Arbitration::Priority;
  config.accelerators[0].priority = 1;
  config.accelerators[2].priority = 2;
  EXPECT_THAT(first_packets(config, 500), ::testing::ElementsAre(0, 500, 0));
}

TEST(Platform, QosServesByShare) {
  PlatformConfig config = make_platform(3, AcceleratorModel::Event);
  config.bus.arbitration = Arbitration::Qos;
  config.accelerators[0].share = 1;
  config.accelerators[1].share = 2;
  config.accelerators[2].share = 5;
  EXPECT_THAT(first_packets(config, 80 * 8), ::testing::ElementsAre(80, 160, 400));
}

// Accelerators of several models, each with a memory of its own, do not disturb each other.
TEST(Platform, EachMemoryHasItsPath) {
  const RandomLayer layer = memory_bound_layer(32, 32, 64);
  PlatformConfig config = make_platform(2, AcceleratorModel::Cycle);
  config.accelerators[0].model = AcceleratorModel::Event;
  config.memories.push_back(config.memories[0]);
  config.memories[1].name = "other";
  config.memories[1].base = config.memories[0].size_bytes;
  config.accelerators[1].memory = "other";
  std::vector<Job> jobs = {make_job(layer, 0, 0), make_job(layer, 1, 1)};
  const auto base = static_cast<uint64_t>(config.memories[1].base);
  jobs[1].placement = {base, base + 0x10000, base + 0x20000, base + 0x30000};
  Platform platform{config, {}};
  const PlatformRun run = platform.run(jobs);
  EXPECT_EQ(run.jobs[0].end, run.jobs[1].end);
  EXPECT_EQ(run.memories[0].read_bytes, run.memories[1].read_bytes);
  EXPECT_EQ(run.initiators[0], run.initiators[1]);
}

TEST(Platform, RunsAreRepeatableAndSeveralPlatformsLiveInOneProcess) {
  const RandomLayer layer = memory_bound_layer();
  const std::vector<Job> two = {make_job(layer, 0, 0), make_job(layer, 1, 1)};
  const std::vector<Job> one = {make_job(layer, 0, 1)};
  Platform first{make_platform(2, AcceleratorModel::Event), {}};
  const PlatformRun before = first.run(two);
  Platform second{make_platform(3, AcceleratorModel::Event), {}};
  const PlatformRun other = second.run(one);
  const PlatformRun after = first.run(two);
  EXPECT_EQ(after.cycles, before.cycles);
  EXPECT_EQ(after.initiators, before.initiators);
  EXPECT_LT(other.cycles, before.cycles);
  EXPECT_EQ(first.run(one).cycles, other.cycles) << "nothing is left of the runs before";
}

// Cycles do not depend on how the period rounds.
TEST(Platform, ClockDoesNotChangeCycles) {
  const std::vector<Job> jobs = {make_job(memory_bound_layer(), 0)};
  std::vector<int64_t> cycles;
  for (const double clock_hz : {1e6, 500e6, 700e6, 10e9}) {
    PlatformConfig config = make_platform(1, AcceleratorModel::Event);
    config.clock_hz = clock_hz;
    Platform platform{config, {}};
    cycles.push_back(platform.run(jobs).cycles);
  }
  EXPECT_THAT(cycles, ::testing::Each(cycles[0]));
}

TEST(Platform, ProgressIsReportedAndMayEndTheRun) {
  struct Enough {};
  PlatformOptions options;
  int calls = 0;
  options.progress = [&](int64_t /*cycles*/) {
    if (++calls == 1) throw Enough{};
  };
  Platform platform{make_platform(1, AcceleratorModel::Cycle), options};
  const std::vector<Job> jobs = {make_job(memory_bound_layer(512, 512, 512), 0)};
  EXPECT_THROW((void)platform.run(jobs), Enough);
  const std::vector<Job> small = {make_job(memory_bound_layer(32, 32, 64), 0)};
  EXPECT_GT(platform.run(small).cycles, 0);
}

}  // namespace
}  // namespace olivine
