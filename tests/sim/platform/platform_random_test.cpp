// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <set>

#include "models/base/error.h"
#include "sim/platform/platform.h"
#include "tests/sim/platform/random_platform.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;
using testing::make_job;
using testing::make_platform;
using testing::RandomLayer;

// A memory that does whatever the contract of MemoryModel allows: refuses at random, answers late
// and in any order, at once or when it is asked again. Keeps account of what came.
class RandomMemory final : public MemoryModel {
 public:
  explicit RandomMemory(uint64_t seed, bool corrupts = false)
      : rng_(seed), refusal_seed_(rng_.next()), corrupts_(corrupts) {}

  void advance(int64_t now) override {
    EXPECT_GE(now, now_);
    now_ = now;
    while (!pending_.empty() && pending_.begin()->first <= now) {
      found_.push_back(pending_.begin()->second);
      pending_.erase(pending_.begin());
    }
  }

  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& /*request*/,
                                        int64_t now) const override {
    EXPECT_EQ(now, now_) << "advance() comes first";
    while (refuses(now)) ++now;
    return now;
  }

  void accept(const MemoryRequest& request, int64_t now) override {
    EXPECT_FALSE(refuses(now));
    EXPECT_TRUE(open_.insert(request.tag).second) << "two packets of one tag";
    // Behind a corrupting memory the values at stake are those on their way to it.
    if (corrupts_ && request.access == Access::Write) request.data[0] ^= 0x11;
    const bool is_read = request.access == Access::Read;
    (is_read ? stats_.read_bytes : stats_.write_bytes) += static_cast<uint64_t>(request.bytes);
    const int64_t known = now + 1 + rng_.uniform(0, 60);
    const int64_t at = known + rng_.uniform(0, 40);
    if (rng_.chance(0.3)) {
      found_.push_back({request.tag, at});
    } else {
      pending_.emplace(known, MemoryResponse{request.tag, at});
    }
  }

  std::optional<MemoryResponse> take_response() override {
    if (found_.empty()) return std::nullopt;
    const MemoryResponse response = found_.front();
    found_.pop_front();
    EXPECT_EQ(open_.erase(response.tag), 1u);
    return response;
  }

  [[nodiscard]] int64_t next_event() const override {
    return pending_.empty() ? kNever : pending_.begin()->first;
  }
  [[nodiscard]] const MemoryStats& stats() const override { return stats_; }
  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} packets open", open_.size());
  }

 private:
  // In stretches of eight cycles.
  [[nodiscard]] bool refuses(int64_t now) const {
    return Rng{refusal_seed_ + static_cast<uint64_t>(now / 8)}.chance(0.3);
  }

  Rng rng_;
  uint64_t refusal_seed_;
  bool corrupts_;
  int64_t now_ = 0;
  std::multimap<int64_t, MemoryResponse> pending_;  // by the cycle in which they become known
  std::deque<MemoryResponse> found_;
  std::set<uint64_t> open_;
  MemoryStats stats_;
};

// A memory that takes everything and never answers.
class SilentMemory final : public MemoryModel {
 public:
  void advance(int64_t /*now*/) override {}
  [[nodiscard]] int64_t earliest_accept(const MemoryRequest& /*request*/,
                                        int64_t now) const override {
    return now;
  }
  void accept(const MemoryRequest& /*request*/, int64_t /*now*/) override { ++open_; }
  std::optional<MemoryResponse> take_response() override { return std::nullopt; }
  [[nodiscard]] int64_t next_event() const override { return kNever; }
  [[nodiscard]] const MemoryStats& stats() const override { return stats_; }
  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} packets open", open_);
  }

 private:
  int open_ = 0;
  MemoryStats stats_;
};

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

}  // namespace
}  // namespace olivine
