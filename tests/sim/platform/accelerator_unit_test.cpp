// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/accelerator_unit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/base/rng.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/platform/job.h"

namespace olivine {
namespace {

// A unit that is alone on a memory: every response is handed over in the cycle it became known.
class LoneUnit final : public MemoryPort {
 public:
  explicit LoneUnit(const PlatformAccelerator& config)
      : memory_(config.machine.dram.bytes_per_cycle, config.machine.dram.latency_cycles),
        port_(memory_),
        unit_(config, *this, {}) {}

  bool send(const MemoryRequest& request, int64_t now) override { return port_.send(request, now); }
  [[nodiscard]] int64_t retry_at(int64_t now) const override { return port_.retry_at(now); }
  AcceleratorUnit& unit() { return unit_; }

  std::vector<Completion> run() {
    std::vector<Completion> done;
    int64_t next = unit_.wake_at(-1);
    while (next != kNever) {
      const int64_t now = next;
      next = unit_.tick(now);
      while (const auto response = memory_.take_response()) {
        unit_.respond(*response);
        next = std::min(next, unit_.wake_at(now));
      }
      while (const auto completion = unit_.take_completion()) {
        EXPECT_GT(completion->end, now);
        done.push_back(*completion);
      }
    }
    EXPECT_TRUE(unit_.is_idle()) << unit_.describe();
    return done;
  }

 private:
  BandwidthMemory memory_;
  DirectPort port_;
  AcceleratorUnit unit_;
};

PlatformAccelerator accelerator() {
  PlatformAccelerator config;
  config.name = "acc";
  config.machine.name = "m";
  config.machine.dram.bytes_per_cycle = 16;
  config.machine.dram.latency_cycles = 20;
  config.machine.vector.ops_per_cycle = 8;
  return config;
}

Job gemm_job(const MachineConfig& machine, const GemmShape& shape, const char* name) {
  Job job;
  job.name = name;
  job.plan.kind = LayerKind::Linear;
  job.plan.work = {shape, parse_scheme("w4a4-ovp"), {}};
  job.plan.geometry = make_geometry(machine, job.plan.work.scheme);
  job.plan.tiling = {{std::min<int64_t>(shape.m, 16), std::min<int64_t>(shape.n, 16), shape.k},
                     kLoopOrders[0]};
  return job;
}

uint64_t closed_form(const MachineConfig& machine, const Job& job) {
  return time_layer(job.plan.geometry, machine.dram, job.plan.work, job.plan.tiling).cycles;
}

TEST(AcceleratorUnit, JobsRunInOrderOneAfterTheOther) {
  const PlatformAccelerator config = accelerator();
  const Job first = gemm_job(config.machine, {40, 33, 24, 1}, "first");
  const Job second = gemm_job(config.machine, {7, 64, 100, 2}, "second");
  Job vector;
  vector.name = "vector";
  vector.plan.kind = LayerKind::Vector;
  vector.plan.vector_ops = 81;  // 11 cycles at 8 a cycle

  constexpr int64_t kBegin = 17;
  constexpr int64_t kLate = 100'000;
  LoneUnit lone{config};
  lone.unit().submit({0, &first, nullptr, kBegin});
  lone.unit().submit({1, &vector, nullptr, 0});  // before it may begin: waits for the first
  lone.unit().submit({2, &second, nullptr, kLate});
  const std::vector<Completion> done = lone.run();

  ASSERT_EQ(done.size(), 3u);
  const auto first_cycles = static_cast<int64_t>(closed_form(config.machine, first));
  EXPECT_EQ(done[0].begin, kBegin);
  EXPECT_EQ(done[0].end, kBegin + first_cycles);
  EXPECT_EQ(done[1].begin, done[0].end);
  EXPECT_EQ(done[1].end, done[1].begin + 11);
  EXPECT_EQ(done[2].begin, kLate);
  EXPECT_EQ(done[2].timing.cycles, closed_form(config.machine, second));
  for (size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i].index, i);
}

TEST(AcceleratorUnit, SaysWhatItIsDoing) {
  const PlatformAccelerator config = accelerator();
  const Job job = gemm_job(config.machine, {4, 4, 4, 1}, "encoder.0.query");
  LoneUnit lone{config};
  EXPECT_EQ(lone.unit().describe(), "idle, 0 jobs queued");
  EXPECT_EQ(lone.unit().tick(0), kNever);
  lone.unit().submit({0, &job, nullptr, 5});
  EXPECT_EQ(lone.unit().describe(), "idle, 1 jobs queued");
  EXPECT_EQ(lone.unit().tick(1), 5);
  lone.unit().tick(5);
  EXPECT_TRUE(lone.unit().describe().starts_with("encoder.0.query since cycle 5: "))
      << lone.unit().describe();
}

}  // namespace
}  // namespace olivine
