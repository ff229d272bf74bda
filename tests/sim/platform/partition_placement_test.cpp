// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "models/base/rng.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform_config.h"
#include "sim/systolic/placement.h"
#include "tests/sim/platform/partition_layers.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;

// A range of addresses and what lies there.
struct Placed {
  uint64_t begin = 0, end = 0;
  std::string what;
};

std::vector<Placed> placed_operands(const Phase& phase, const PlatformConfig& platform,
                                    const std::string& memory) {
  std::vector<Placed> placed;
  for (const Job& job : phase.jobs) {
    if (job.plan.kind == LayerKind::Vector) continue;
    if (platform.accelerators[job.accelerator].memory != memory) continue;
    const LayerFootprint bytes = OperandLayout{job.plan.work, job.plan.tiling}.footprint();
    const LayerSlice& slice = job.slice;
    const Tiling& tiling = job.plan.tiling;
    const auto add = [&](uint64_t begin, uint64_t length, const std::string& what) {
      if (length > 0) placed.push_back({begin, begin + length, what});
    };
    const bool is_attention = job.plan.kind == LayerKind::Attention;
    add(job.placement.activations, bytes.activations,
        fmt::format("activations layer {} input {} batch {}+{} m {}+{} tile {}x{}", job.layer,
                    job.input, slice.batch.begin, slice.batch.length, slice.m.begin, slice.m.length,
                    tiling.tile[0], tiling.tile[2]));
    add(job.placement.weights, bytes.weights,
        fmt::format("weights layer {} input {} batch {}+{} n {}+{} tile {}x{}", job.layer,
                    is_attention ? job.input : 0, slice.batch.begin, slice.batch.length,
                    slice.n.begin, slice.n.length, tiling.tile[1], tiling.tile[2]));
    const auto index = &job - phase.jobs.data();
    add(job.placement.outputs, bytes.outputs, fmt::format("outputs of job {}", index));
    add(job.placement.psums, bytes.psums, fmt::format("psums of job {}", index));
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.begin, a.what) < std::tie(b.begin, b.what);
  });
  return placed;
}

// Equal operands lie at one place, others apart; all inside the memory. Returns the bytes.
uint64_t expect_apart(const std::vector<Placed>& placed, const PlatformMemory& memory) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < placed.size(); ++i) {
    const Placed& here = placed[i];
    EXPECT_EQ(here.begin % 64, 0U) << here.what;
    EXPECT_GE(here.begin, static_cast<uint64_t>(memory.base)) << here.what;
    EXPECT_LE(here.end, static_cast<uint64_t>(memory.base + memory.size_bytes)) << here.what;
    if (i > 0 && placed[i - 1].what == here.what) {
      EXPECT_EQ(here.begin, placed[i - 1].begin) << here.what;
      continue;
    }
    bytes += here.end - here.begin;
    if (i > 0) {
      EXPECT_GE(here.begin, placed[i - 1].end) << here.what << " and " << placed[i - 1].what;
    }
  }
  std::map<std::string, uint64_t> place_of;
  for (const Placed& here : placed) {
    const auto [found, is_new] = place_of.emplace(here.what, here.begin);
    EXPECT_EQ(found->second, here.begin) << "two copies of " << here.what;
  }
  return bytes;
}

TEST(Placement, OperandsThatDifferLieApart) {
  for (const int parts : {1, 2, 3, 5}) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
      Rng rng{seed};
      const Workload workload = workload_of(random_layers(rng, parts));
      for (const Partition partition : {Partition::Data, Partition::Output, Partition::Layer}) {
        SCOPED_TRACE(fmt::format("seed {}, {} accelerators, {}", seed, parts,
                                 name_of<Partition>(kPartitionNames, partition)));
        PlatformConfig platform = platform_of(parts, partition);
        platform.inputs = 2;
        platform.memories.push_back(platform.memories[0]);
        platform.memories[1].name = "other";
        platform.memories[1].base = int64_t{1} << 40;
        for (PlatformAccelerator& accelerator : platform.accelerators) {
          if (rng.chance(0.5)) accelerator.memory = "other";
        }
        const PlatformProgram program =
            partition_network(platform, parse_scheme("w4a4-ovp"), workload);
        for (size_t memory = 0; memory < 2; ++memory) {
          uint64_t bytes = 0;
          for (const Phase& phase : program.phases) {
            bytes += expect_apart(placed_operands(phase, platform, platform.memories[memory].name),
                                  platform.memories[memory]);
          }
          EXPECT_EQ(program.memory_bytes[memory], bytes);  // one of each layer, none spills
        }
      }
    }
  }
}

TEST(Placement, AcceleratorsShareWhatAllOfThemRead) {
  const Workload workload = workload_of({gemm_layer("l", {8, 8, 16, 1})});
  const Scheme& scheme = parse_scheme("w8a8-int8");
  const auto jobs = [&](Partition partition) {
    return partition_network(platform_of(4, partition), scheme, workload).phases[0].jobs;
  };
  for (const Job& job : jobs(Partition::Data)) {
    EXPECT_EQ(job.placement.weights, jobs(Partition::Data)[0].placement.weights);
  }
  for (const Job& job : jobs(Partition::Output)) {
    EXPECT_EQ(job.placement.activations, jobs(Partition::Output)[0].placement.activations);
  }
  // A slot of 64 bytes for each of four activation tiles, weights once, four output tiles.
  EXPECT_THAT(partition_network(platform_of(4, Partition::Data), scheme, workload).memory_bytes,
              ElementsAre(4 * 64 + 8 * 16 + 4 * 64));
  // Two layers of a kind have operands of their own.
  EXPECT_THAT(partition_network(platform_of(4, Partition::Data), scheme,
                                workload_of({workload.layers[0], workload.layers[0]}))
                  .memory_bytes,
              ElementsAre(2 * (4 * 64 + 8 * 16 + 4 * 64)));
}

TEST(Placement, InputsShareWeightsUnlessTheyAreDrawnForEach) {
  const Workload workload = workload_of(
      {gemm_layer("l", {8, 8, 16, 1}), gemm_layer("qk", {8, 8, 16, 1}, LayerKind::Attention)});
  PlatformConfig platform = platform_of(1, Partition::Layer);
  platform.inputs = 2;
  std::vector<Job> jobs =
      partition_network(platform, parse_scheme("w8a8-int8"), workload).phases[0].jobs;
  EXPECT_EQ(jobs[0].placement.weights, jobs[2].placement.weights);
  EXPECT_NE(jobs[1].placement.weights, jobs[3].placement.weights);
  EXPECT_NE(jobs[0].placement.activations, jobs[2].placement.activations);
  platform.accelerators[0].model = AcceleratorModel::Cycle;
  jobs = partition_network(platform, parse_scheme("w8a8-int8"), workload).phases[0].jobs;
  EXPECT_NE(jobs[0].placement.weights, jobs[2].placement.weights);
}

TEST(Placement, MemoriesHoldExactlyWhatIsNeeded) {
  const Workload workload = workload_of({gemm_layer("l", {8, 8, 16, 1})});
  PlatformConfig platform = platform_of(4, Partition::Data, "", "");
  const int64_t needed = 4 * 64 + 8 * 16 + 4 * 64;  // as above
  platform.memories[0].size_bytes = needed;
  EXPECT_THAT(problems_of(platform, workload, "w8a8-int8"), ElementsAre());
  platform.memories[0].size_bytes = needed - 64;
  EXPECT_THAT(
      problems_of(platform, workload, "w8a8-int8"),
      ElementsAre("p.yaml:3: memory dram: size = 576B (576 B): workload w in w8a8-int8 needs "
                  "640 B"));
}

TEST(Placement, SpilledSumsAreCountedOnceForAllLayers) {
  // 256 sums in half of the output scratchpad, and operand tiles that are long along k: sums are
  // cheaper to bring back than operands.
  const Layer layer = gemm_layer("l", {600, 600, 4096, 1});
  PlatformConfig platform =
      platform_of(1, Partition::Data, "",
                  "    set: {memory: {activation_buffer: 32KiB, weight_buffer: 32KiB, "
                  "output_buffer: 2KiB}}\n");
  const PlatformProgram one =
      partition_network(platform, parse_scheme("w8a8-int8"), workload_of({layer}));
  const Job& job = one.phases[0].jobs[0];
  const LayerFootprint bytes = OperandLayout{job.plan.work, job.plan.tiling}.footprint();
  const PlatformProgram two =
      partition_network(platform, parse_scheme("w8a8-int8"), workload_of({layer, layer}));
  ASSERT_GT(bytes.psums, 0U);
  EXPECT_EQ(one.memory_bytes[0], bytes.activations + bytes.weights + bytes.outputs + bytes.psums);
  EXPECT_EQ(two.memory_bytes[0],
            2 * (bytes.activations + bytes.weights + bytes.outputs) + bytes.psums);

  // Of layers that differ, the one that spills most needs the space.
  const Layer other = gemm_layer("other", {500, 600, 4096, 1});
  const PlatformProgram both =
      partition_network(platform, parse_scheme("w8a8-int8"), workload_of({layer, other}));
  const Job& second = both.phases[1].jobs[0];
  const LayerFootprint more = OperandLayout{second.plan.work, second.plan.tiling}.footprint();
  ASSERT_GT(more.psums, 0U);
  EXPECT_EQ(both.memory_bytes[0], bytes.activations + bytes.weights + bytes.outputs +
                                      more.activations + more.weights + more.outputs +
                                      std::max(bytes.psums, more.psums));
}

}  // namespace
}  // namespace olivine
