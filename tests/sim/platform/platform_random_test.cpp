// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
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
#include "models/base/error.h"
#include "models/base/rng.h"
#include "sim/memory/dma_engine.h"
#include "sim/platform/accelerator_unit.h"
#include "sim/platform/job.h"
#include "sim/platform/platform.h"
#include "sim/platform/platform_config.h"
#include "tests/models/analytic/random_layer.h"
#include "tests/sim/platform/random_memory.h"
#include "tests/sim/platform/random_platform.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;
using testing::make_job;
using testing::make_platform;
using testing::RandomLayer;
using testing::RandomMemory;
using testing::SilentMemory;

struct Case {
  PlatformConfig platform;
  std::vector<Job> jobs;
};

PlatformConfig random_config(Rng& rng) {
  const auto accelerators = static_cast<size_t>(rng.uniform(1, 4));
  PlatformConfig platform = make_platform(accelerators, AcceleratorModel::Cycle);
  platform.bus.bytes_per_cycle = rng.uniform(1, 40);
  platform.bus.packet_bytes = platform.bus.bytes_per_cycle * rng.uniform(1, 6);
  platform.bus.latency_cycles = rng.uniform(0, 12);
  platform.bus.arbitration = static_cast<Arbitration>(rng.uniform(0, 2));
  platform.host.submit_cycles = rng.uniform(0, 20);
  for (PlatformAccelerator& accelerator : platform.accelerators) {
    if (rng.chance(0.25)) accelerator.model = AcceleratorModel::Event;
    accelerator.priority = rng.uniform(0, 2);
    accelerator.share = rng.uniform(1, 6);
    accelerator.outstanding = rng.chance(0.3) ? 1 : rng.uniform(1, 20);
  }
  return platform;
}

Case random_case(Rng& rng) {
  Case made{random_config(rng), {}};
  const auto jobs = static_cast<size_t>(rng.uniform(1, 5));
  for (size_t i = 0; i < jobs; ++i) {
    const RandomLayer layer =
        testing::random_fed_layer(rng, {.rows = 8, .cols = 6, .extent = 20, .batch = 2});
    const auto last = static_cast<int64_t>(made.platform.accelerators.size()) - 1;
    Job& job =
        made.jobs.emplace_back(make_job(layer, i, static_cast<size_t>(rng.uniform(0, last))));
    for (size_t before = 0; before < i; ++before) {
      if (rng.chance(0.3)) job.after.push_back(before);
    }
  }
  return made;
}

uint64_t traffic(const RandomLayer& layer) {
  const LayerTiming timing =
      time_layer(layer.geometry, layer.machine.dram, layer.work, layer.tiling);
  return std::reduce(timing.dram_bytes.begin(), timing.dram_bytes.end());
}

// Jobs keep their order, and every byte that the closed form counts went over the bus once.
void expect_consistent(const Case& made, const PlatformRun& run) {
  uint64_t expected_bytes = 0;
  for (size_t i = 0; i < made.jobs.size(); ++i) {
    const Job& job = made.jobs[i];
    RandomLayer layer;
    layer.geometry = job.plan.geometry;
    layer.work = job.plan.work;
    layer.tiling = job.plan.tiling;
    expected_bytes += traffic(layer);
    EXPECT_GE(run.jobs[i].begin, run.jobs[i].ready + made.platform.host.submit_cycles);
    EXPECT_GT(run.jobs[i].end, run.jobs[i].begin);
    for (const size_t before : job.after) EXPECT_LE(run.jobs[before].end, run.jobs[i].ready);
  }
  uint64_t bus_bytes = 0;
  for (const InitiatorStats& stats : run.initiators) {
    bus_bytes += stats.read_bytes + stats.write_bytes;
  }
  EXPECT_EQ(bus_bytes, expected_bytes);
  EXPECT_EQ(run.memories[0].read_bytes + run.memories[0].write_bytes, expected_bytes);
}

// Arbitration, latencies and back-pressure at random: nothing is lost, doubled or mixed up, and
// outputs computed from what travelled are right (Platform::run compares them).
void run_random_platforms(uint64_t first_seed, uint64_t count) {
  for (uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const Case made = random_case(rng);
    PlatformOptions options;
    options.seed = seed;
    options.make_memory = [seed](const PlatformMemory& /*memory*/, double /*clock_hz*/) {
      return std::make_unique<RandomMemory>(seed);
    };
    Platform platform{made.platform, options};
    PlatformRun run;
    ASSERT_NO_THROW(run = platform.run(made.jobs));
    expect_consistent(made, run);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(PlatformRandom, NothingIsLostUnderAnyArbitrationAndMemory) { run_random_platforms(1, 500); }
TEST(PlatformRandom, NothingIsLostUnderAnyArbitrationAndMemoryAgain) {
  run_random_platforms(501, 500);
}

// A memory with a port that takes one packet a cycle, as a bus does whose path is wide enough.
class OnePacketPort final : public MemoryPort {
 public:
  explicit OnePacketPort(MemoryModel& memory) : direct_(memory) {}
  bool send(const MemoryRequest& request, int64_t now) override {
    if (last_ == now || !direct_.send(request, now)) return false;
    last_ = now;
    return true;
  }
  [[nodiscard]] int64_t retry_at(int64_t now) const override { return now + 1; }

 private:
  DirectPort direct_;
  std::optional<int64_t> last_;
};

// The job on a unit that is stepped cycle by cycle, with nothing of a platform around it.
Completion run_alone(const PlatformConfig& platform, const Job& job, MemoryModel& memory) {
  constexpr int64_t kEnough = 10'000'000;
  const PlatformAccelerator& accelerator = platform.accelerators[0];
  OnePacketPort port{memory};
  AcceleratorUnit unit{accelerator, port, {platform.bus.packet_bytes, accelerator.outstanding}};
  unit.submit({0, &job, nullptr, 0});
  for (int64_t now = 0; now < kEnough; ++now) {
    memory.advance(now);
    for (const bool has_ticked : {false, true}) {
      while (const auto response = memory.take_response()) unit.respond(*response);
      if (!has_ticked) (void)unit.tick(now);
    }
    if (const auto completion = unit.take_completion()) return *completion;
  }
  ADD_FAILURE() << "the unit does not end";
  return {};
}

// Sleeping, waking and the order of things within a cycle change nothing: one accelerator on a bus
// that takes a packet a cycle is the unit alone, whatever the memory does.
TEST(PlatformRandom, OneAcceleratorIsItsUnitAlone) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const RandomLayer layer =
        testing::random_fed_layer(rng, {.rows = 16, .cols = 8, .extent = 40, .batch = 2});
    const std::vector<Job> jobs = {make_job(layer, 0)};
    PlatformConfig config = make_platform(1, AcceleratorModel::Event);
    config.bus.bytes_per_cycle = config.bus.packet_bytes = rng.uniform(1, 64);
    config.accelerators[0].outstanding = rng.chance(0.3) ? 1 : rng.uniform(1, 20);
    RandomMemory memory{seed};
    const Completion alone = run_alone(config, jobs[0], memory);
    PlatformOptions options;
    options.make_memory = [&](const PlatformMemory& /*memory*/, double /*clock_hz*/) {
      return std::make_unique<RandomMemory>(seed);
    };
    Platform platform{config, options};
    const PlatformRun run = platform.run(jobs);
    ASSERT_EQ(run.cycles, alone.end);
    ASSERT_EQ(run.jobs[0].timing, alone.timing);
  }
}

TEST(PlatformRandom, WrongByteInMemoryIsFoundAndThePlatformGoesOn) {
  constexpr uint64_t kSeed = 5;
  Rng rng{kSeed};
  Case made{make_platform(1, AcceleratorModel::Cycle), {}};
  const RandomLayer layer = testing::memory_bound_layer(32, 32, 64);
  made.jobs = {make_job(layer, 0)};
  bool corrupts = true;
  PlatformOptions options;
  options.make_memory = [&](const PlatformMemory& /*memory*/, double /*clock_hz*/) {
    return std::make_unique<RandomMemory>(kSeed, corrupts);
  };
  Platform platform{made.platform, options};
  EXPECT_THROW((void)platform.run(made.jobs), CheckFailed);
  corrupts = false;
  expect_consistent(made, platform.run(made.jobs));
}

TEST(PlatformRandom, MemoryThatNeverAnswersEndsWithTheStateOfEveryModule) {
  for (const AcceleratorModel model : {AcceleratorModel::Event, AcceleratorModel::Cycle}) {
    PlatformConfig config = make_platform(2, model);
    config.accelerators[0].outstanding = 8;
    PlatformOptions options;
    options.patience_cycles = 10'000;
    options.make_memory = [](const PlatformMemory& /*memory*/, double /*clock_hz*/) {
      return std::make_unique<SilentMemory>();
    };
    const RandomLayer layer = testing::memory_bound_layer();
    std::vector<Job> jobs = {make_job(layer, 0, 0), make_job(layer, 1, 1), make_job(layer, 2, 0)};
    jobs[2].after = {0, 1};
    Platform platform{config, options};
    try {
      (void)platform.run(jobs);
      FAIL() << "ran to an end";
    } catch (const NoProgress& stop) {
      const std::string text = stop.what();
      EXPECT_THAT(text, HasSubstr("\n  host: 0 of 3 jobs ended"));
      EXPECT_THAT(text, HasSubstr("job2 waits for job0, job1"));
      EXPECT_THAT(text, HasSubstr("\n  acc0: job0"));
      EXPECT_THAT(text, HasSubstr("\n  acc1: job1"));
      EXPECT_THAT(text, HasSubstr("\n  bus: "));
      EXPECT_THAT(text, HasSubstr("\n  dram: "));
    }
  }
}

TEST(PlatformRandom, MemoryThatNeverAcceptsEndsWhenPatienceDoes) {
  PlatformOptions options;
  options.patience_cycles = 10'000;
  options.make_memory = [](const PlatformMemory& /*memory*/, double /*clock_hz*/) {
    return std::make_unique<SilentMemory>(false);
  };
  Platform platform{make_platform(1, AcceleratorModel::Event), options};
  const std::vector<Job> jobs = {make_job(testing::memory_bound_layer(32, 32, 64), 0)};
  try {
    (void)platform.run(jobs);
    FAIL() << "ran to an end";
  } catch (const NoProgress& stop) {
    const std::string text = stop.what();
    EXPECT_THAT(text, HasSubstr("no progress since cycle 0 (now "));
    // Patience, three tiles of one fold (k, twice the rows, the columns), and the kernel's step.
    const int64_t fold = 64 + 2 * 64 + 64;
    const int64_t now = std::stoll(text.substr(text.find("(now ") + 5));
    EXPECT_GT(now, options.patience_cycles);
    EXPECT_LE(now, options.patience_cycles + 3 * fold + 1024);
    EXPECT_THAT(text, HasSubstr("bus: 0 packets granted; acc0 offers a read of 64 B"));
  }
}

}  // namespace
}  // namespace olivine
