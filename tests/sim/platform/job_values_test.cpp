// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/job_values.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "models/base/error.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/memory/dma_engine.h"
#include "sim/memory/memory_store.h"
#include "sim/platform/job.h"
#include "sim/platform/layer_values.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/placement.h"
#include "sim/systolic/tile_program.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {
namespace {

// A memory with its bytes, in which a test may do harm to what passes.
class StorePort final : public MemoryPort {
 public:
  StorePort(DirectPort& port, MemoryStore& store) : port_(&port), store_(&store) {}

  bool send(const MemoryRequest& request, int64_t now) override {
    if (!port_->send(request, now)) return false;
    const std::span<uint8_t> data{request.data, static_cast<size_t>(request.bytes)};
    if (request.access == Access::Write) {
      store_->write(request.address, data);
    } else {
      store_->read(request.address, data);
    }
    if (harm) harm(request, data);
    return true;
  }
  [[nodiscard]] int64_t retry_at(int64_t now) const override { return port_->retry_at(now); }

  std::function<void(const MemoryRequest&, std::span<uint8_t>)> harm;

 private:
  DirectPort* port_;
  MemoryStore* store_;
};

// A random slice of a random layer, on an array that can run it.
struct Case {
  testing::RandomLayer slice;
  GemmShape whole;
  Job job;
};

Case random_case(Rng& rng) {
  Case made;
  do {
    made.slice = testing::random_layer(
        rng, {.rows = 8, .cols = 6, .extent = 30, .batch = 3, .compressed_share = 0});
  } while (made.slice.machine.dram.model == DramModel::Ideal);
  const GemmShape& part = made.slice.work.shape;
  const auto range = [&](int64_t length, int64_t& whole) {
    const int64_t begin = rng.uniform(0, 5);
    whole = begin + length + rng.uniform(0, 5);
    return Span{begin, length};
  };
  made.whole.k = part.k;
  Job& job = made.job;
  job.name = "layer";
  job.slice.batch = range(part.batch, made.whole.batch);
  job.slice.m = range(part.m, made.whole.m);
  job.slice.n = range(part.n, made.whole.n);
  job.plan.kind = LayerKind::Linear;
  job.plan.work = made.slice.work;
  job.plan.geometry = made.slice.geometry;
  job.plan.tiling = made.slice.tiling;
  job.placement = {0x1000, 0x4000'0000, 0x8000'0000, 0xC000'0000};
  return made;
}

// Runs a case with its values through memory; returns the timing. Throws as JobValues::check.
LayerTiming run_case(const Case& made, uint64_t seed, int64_t packet_bytes,
                     const decltype(StorePort::harm)& harm = {}) {
  const DramConfig& dram = made.slice.machine.dram;
  const Scheme& scheme = made.slice.work.scheme;
  const ArrayConfig& array = made.slice.machine.array;
  const LayerValues layer = make_layer_values(made.whole, scheme, seed);
  JobValues values{made.job, layer, lane_count(array, scheme.activations),
                   lane_count(array, scheme.weights)};
  MemoryStore store;
  values.store_operands(store);
  BandwidthMemory memory{dram.bytes_per_cycle, dram.latency_cycles};
  DirectPort direct{memory};
  StorePort port{direct, store};
  port.harm = harm;
  LayerJob job{made.slice.geometry, made.slice.work, made.slice.tiling, made.job.placement};
  job.data = &values;
  LayerEngine engine{job, values.decoded(), port, {packet_bytes, kNever}};
  const LayerTiming timing = run_layer(engine, direct);
  values.take_outputs(engine.outputs());
  values.check(store);
  return timing;
}

// Computed from nothing but what came through memory: int32 outputs and stored activations are
// those of the functional GEMM, and the cycles are those without values.
TEST(JobValues, OutputsComeFromWhatWasInMemory) {
  constexpr uint64_t kSeed = 9;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  int spills = 0;
  for (int round = 0; round < 400; ++round) {
    const Case made = random_case(rng);
    SCOPED_TRACE(testing::describe(made.slice));
    const int64_t packet = made.slice.machine.dram.bytes_per_cycle * rng.uniform(1, 8);
    LayerTiming timing;
    ASSERT_NO_THROW(timing = run_case(made, rng.next(), packet));
    ASSERT_EQ(timing, time_layer(made.slice.geometry, made.slice.machine.dram, made.slice.work,
                                 made.slice.tiling));
    spills += timing.psum_reload_bytes != 0 ? 1 : 0;
  }
  EXPECT_GT(spills, 20);
}

// One flipped bit anywhere on the way is found.
TEST(JobValues, OneWrongBitIsFound) {
  constexpr uint64_t kSeed = 10;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int round = 0; round < 60; ++round) {
    const Case made = random_case(rng);
    SCOPED_TRACE(testing::describe(made.slice));
    // Partial sums: read back as something else, always visible. Operand bits may be padding or
    // meet a zero, so the whole packet is inverted there.
    bool has_harmed = false;
    const auto harm = [&](const MemoryRequest& request, std::span<uint8_t> data) {
      const bool is_psum = request.address >= made.job.placement.psums;
      if (has_harmed || request.access == Access::Write || !is_psum) return;
      data[0] ^= 1;
      has_harmed = true;
    };
    if (OperandLayout{made.slice.work, made.slice.tiling}.footprint().psums == 0) continue;
    EXPECT_THROW(run_case(made, rng.next(), kNever, harm), CheckFailed);
  }
}

Case fixed_case() {
  Case made;
  made.slice.machine.name = "m";
  made.slice.machine.array.rows = made.slice.machine.array.cols = 4;
  const Scheme& scheme = parse_scheme("w8a8-int8");
  made.slice.geometry = make_geometry(made.slice.machine, scheme);
  made.slice.work = {{8, 8, 16, 1}, scheme, {}};
  made.slice.tiling = {{4, 4, 8}, kLoopOrders[0]};
  made.whole = made.slice.work.shape;
  made.job.name = "layer";
  made.job.slice = {{0, 1}, {0, 8}, {0, 8}};
  made.job.plan.work = made.slice.work;
  made.job.plan.geometry = made.slice.geometry;
  made.job.plan.tiling = made.slice.tiling;
  made.job.placement = {0x1000, 0x10000, 0x20000, 0x30000};
  return made;
}

std::string failure_of(const Case& made, const decltype(StorePort::harm)& harm) {
  try {
    run_case(made, 1, 16, harm);
  } catch (const CheckFailed& failure) {
    return failure.what();
  }
  return "nothing found";
}

TEST(JobValues, LostOperandsAndOutputsAreNamed) {
  const Case made = fixed_case();
  const auto at = [](uint64_t base, auto change) {
    return
        [base, change, count = 0](const MemoryRequest& request, std::span<uint8_t> data) mutable {
          if (request.address >= base && request.address < base + 0x1000 && count++ == 0)
            change(data);
        };
  };
  const auto lose = [](std::span<uint8_t> data) { std::ranges::fill(data, uint8_t{0}); };
  EXPECT_EQ(failure_of(made, {}), "nothing found");
  EXPECT_THAT(failure_of(made, at(0x1000, lose)), ::testing::HasSubstr("layer: output differs"));
  EXPECT_THAT(failure_of(made, at(0x10000, lose)), ::testing::HasSubstr("layer: output differs"));
}

// A packet of outputs that never reaches memory.
TEST(JobValues, LostOutputsAreFoundInMemory) {
  const Case made = fixed_case();
  const Scheme& scheme = made.slice.work.scheme;
  const LayerValues layer = make_layer_values(made.whole, scheme, 1);
  JobValues values{made.job, layer, 2, 2};
  values.take_outputs(layer.expected);
  EXPECT_THROW(values.check(MemoryStore{}), CheckFailed);
}

}  // namespace
}  // namespace olivine
