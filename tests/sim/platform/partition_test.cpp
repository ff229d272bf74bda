// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/workloads/conv.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// `count` small arrays on one memory.
PlatformConfig platform_of(int count, Partition partition, const std::string& keys = "",
                           const std::string& accelerator_keys = "") {
  PlatformConfig platform = parse_platform(fmt::format("name: p\n"
                                                       "memories:\n"
                                                       "  - {{name: dram, base: 0x1000}}\n"
                                                       "accelerators:\n"
                                                       "  - name: acc\n"
                                                       "    count: {}\n"
                                                       "    machine: edge_16x16\n"
                                                       "{}{}",
                                                       count, accelerator_keys, keys),
                                           "p.yaml");
  platform.partition = partition;
  return platform;
}

Layer gemm_layer(const std::string& name, const GemmShape& shape,
                 LayerKind kind = LayerKind::Linear) {
  return {name, kind, shape, std::nullopt, 0, 0};
}

Layer vector_layer(const std::string& name, int64_t elems, int64_t ops) {
  return {name, LayerKind::Vector, {}, std::nullopt, elems, ops};
}

Layer conv_layer(const std::string& name, ConvShape conv, LayerKind kind) {
  conv.p = output_extent_floor(conv.h + 2 * conv.pad_h, conv.r, conv.stride_h);
  conv.q = output_extent_floor(conv.w + 2 * conv.pad_w, conv.s, conv.stride_w);
  if (kind == LayerKind::DepthwiseConv2d) conv.filters = conv.c;
  return {name, kind, kind == LayerKind::Conv2d ? lower_conv(conv) : lower_depthwise(conv),
          conv, 0,    0};
}

Workload workload_of(std::vector<Layer> layers) {
  Workload workload;
  workload.name = "w";
  workload.layers = std::move(layers);
  return workload;
}

std::vector<std::string> problems_of(const PlatformConfig& platform, const Workload& workload,
                                     const std::string& scheme = "w4a4-ovp") {
  try {
    const PlatformProgram program = partition_network(platform, parse_scheme(scheme), workload);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

void expect_equal_plans(const LayerPlan& job, const LayerPlan& plan) {
  EXPECT_EQ(job.kind, plan.kind);
  EXPECT_EQ(job.work.shape, plan.work.shape);
  EXPECT_EQ(job.work.scheme, plan.work.scheme);
  EXPECT_EQ(job.work.conv, plan.work.conv);
  EXPECT_EQ(job.tiling, plan.tiling);
  EXPECT_EQ(job.geometry.row_span, plan.geometry.row_span);
  EXPECT_EQ(job.vector_ops, plan.vector_ops);
}

TEST(PartitionNetwork, OneAcceleratorHasThePlansOfItsMachine) {
  for (const char* name : {"bert_base", "mobilenet_v2"}) {
    const Workload workload = load_workload(name);
    for (const char* scheme : {"w4a4-ovp", "w8a8-int8"}) {
      const NetworkPlan network =
          plan_network(load_machine("olive_64x64"), parse_scheme(scheme), workload);
      for (const Partition partition : {Partition::Data, Partition::Output, Partition::Layer}) {
        SCOPED_TRACE(
            fmt::format("{} {} {}", name, scheme, name_of<Partition>(kPartitionNames, partition)));
        PlatformConfig platform = load_platform("single_olive_64x64");
        platform.partition = partition;
        platform.inputs = 3;
        const PlatformProgram program = partition_network(platform, parse_scheme(scheme), workload);
        const bool is_layer = partition == Partition::Layer;
        ASSERT_EQ(program.phases.size(), is_layer ? 1 : network.plans.size());
        for (size_t i = 0; i < workload.layers.size(); ++i) {
          const Phase& phase = program.phases[program.phase_of_layer[i]];
          const LayerPlan& plan = network.plans[network.plan_of_layer[i]];
          expect_equal_plans(phase.jobs[is_layer ? i : 0].plan, plan);
          EXPECT_EQ(phase.occurrences, is_layer ? 1 : 3 * plan.occurrences);
          EXPECT_EQ(phase.jobs.size(), is_layer ? 3 * workload.layers.size() : 1);
        }
      }
    }
  }
}

// The layers of one of each kind, small.
std::vector<Layer> random_layers(Rng& rng, int parts) {
  const auto extent = [&] { return rng.uniform(parts, 3 * parts + 2); };
  const auto pairs = [&] { return rng.uniform(2 * parts - 1, 6 * parts + 1); };
  ConvShape conv{extent(),
                 rng.uniform(3, 6),
                 rng.uniform(3, 6),
                 rng.uniform(1, 7),
                 3,
                 2,
                 pairs(),
                 rng.uniform(1, 2),
                 1,
                 1,
                 0};
  ConvShape depthwise = conv;
  depthwise.c = extent();
  return {gemm_layer("rows", {extent(), pairs(), rng.uniform(1, 40), 1}),
          gemm_layer("heads", {rng.uniform(1, 9), rng.uniform(1, 9), rng.uniform(1, 9), extent()},
                     LayerKind::Attention),
          conv_layer("conv", conv, LayerKind::Conv2d),
          conv_layer("depthwise", depthwise, LayerKind::DepthwiseConv2d),
          vector_layer("softmax", extent(), rng.uniform(1, 8))};
}

// Ranges in order that begin where the one before ends, from 0 to `extent`; or all the whole.
void expect_tiled(const std::vector<Span>& spans, int64_t extent) {
  int64_t end = 0;
  for (const Span& span : spans) {
    EXPECT_EQ(span.begin, end);
    EXPECT_GT(span.length, 0);
    end = span.end();
  }
  EXPECT_EQ(end, extent);
}

struct SliceExtents {
  std::vector<Span> batch, m, n;
};

SliceExtents extents_of(const Phase& phase) {
  SliceExtents extents;
  for (const Job& job : phase.jobs) {
    extents.batch.push_back(job.slice.batch);
    extents.m.push_back(job.slice.m);
    extents.n.push_back(job.slice.n);
  }
  return extents;
}

bool is_cut(const std::vector<Span>& spans) {
  return std::any_of(spans.begin(), spans.end(),
                     [&](const Span& span) { return !(span == spans[0]); });
}

void expect_whole(const std::vector<Span>& spans, int64_t extent) {
  for (const Span& span : spans) EXPECT_EQ(span, (Span{0, extent}));
}

// Exactly one extent is cut, and its parts are the extent.
void expect_cut_once(const Phase& phase, const Layer& layer) {
  const SliceExtents extents = extents_of(phase);
  EXPECT_EQ(is_cut(extents.batch) + is_cut(extents.m) + is_cut(extents.n), 1);
  const auto check = [](const std::vector<Span>& spans, int64_t extent) {
    if (is_cut(spans)) {
      expect_tiled(spans, extent);
    } else {
      expect_whole(spans, extent);
    }
  };
  check(extents.batch, layer.gemm.batch);
  check(extents.m, layer.gemm.m);
  check(extents.n, layer.gemm.n);
}

void expect_shapes_of_slices(const Phase& phase, const Layer& layer) {
  uint64_t macs = 0;
  uint64_t vector_ops = 0;
  for (const Job& job : phase.jobs) {
    const LayerPlan& plan = job.plan;
    EXPECT_EQ(plan.kind, layer.kind);
    macs += plan.work.shape.macs().count();
    vector_ops += plan.vector_ops;
    if (layer.kind == LayerKind::Vector) continue;
    EXPECT_EQ(plan.work.shape, (GemmShape{job.slice.m.length, job.slice.n.length, layer.gemm.k,
                                          job.slice.batch.length}));
    ASSERT_EQ(plan.work.conv.has_value(), layer.conv.has_value());
    if (!layer.conv) continue;
    const ConvShape& conv = *plan.work.conv;
    EXPECT_THAT(shape_problems(conv, layer.kind), ElementsAre());
    EXPECT_EQ(layer.kind == LayerKind::Conv2d ? lower_conv(conv) : lower_depthwise(conv),
              plan.work.shape);
    EXPECT_EQ(job.slice.m.begin % (conv.p * conv.q), 0);  // whole images
  }
  EXPECT_EQ(macs, layer.gemm.macs().count());
  EXPECT_EQ(vector_ops, static_cast<uint64_t>(layer.vector_elems * layer.vector_ops));
}

TEST(PartitionNetwork, SlicesAreTheLayerAndNothingElse) {
  for (const int parts : {1, 2, 3, 4, 7}) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
      Rng rng{seed};
      const Workload workload = workload_of(random_layers(rng, parts));
      for (const Partition partition : {Partition::Data, Partition::Output}) {
        SCOPED_TRACE(fmt::format("seed {}, {} accelerators, {}", seed, parts,
                                 name_of<Partition>(kPartitionNames, partition)));
        const PlatformProgram program =
            partition_network(platform_of(parts, partition), parse_scheme("w4a4-ovp"), workload);
        ASSERT_EQ(program.phases.size(), workload.layers.size());
        for (size_t i = 0; i < workload.layers.size(); ++i) {
          const Layer& layer = workload.layers[i];
          SCOPED_TRACE(layer.name);
          const Phase& phase = program.phases[program.phase_of_layer[i]];
          ASSERT_EQ(phase.jobs.size(), static_cast<size_t>(parts));
          for (size_t j = 0; j < phase.jobs.size(); ++j) {
            EXPECT_EQ(phase.jobs[j].accelerator, j);
            EXPECT_EQ(phase.jobs[j].layer, i);
            EXPECT_THAT(phase.jobs[j].after, ElementsAre());
          }
          expect_shapes_of_slices(phase, layer);
          if (parts > 1 && layer.kind != LayerKind::Vector) expect_cut_once(phase, layer);
        }
      }
    }
  }
}

std::vector<int64_t> lengths_of(const Workload& workload, int parts, Partition partition) {
  const PlatformProgram program =
      partition_network(platform_of(parts, partition), parse_scheme("w8a8-int8"), workload);
  std::vector<int64_t> lengths;
  for (const Job& job : program.phases[0].jobs) {
    const SliceExtents extents = extents_of(program.phases[0]);
    lengths.push_back(is_cut(extents.batch) ? job.slice.batch.length
                      : is_cut(extents.m)   ? job.slice.m.length
                                            : job.slice.n.length);
  }
  return lengths;
}

TEST(PartitionNetwork, PartsAreNearlyEqualLargerOnesFirst) {
  const auto rows = [](int64_t m) { return workload_of({gemm_layer("l", {m, 8, 8, 1})}); };
  const auto outputs = [](int64_t n) { return workload_of({gemm_layer("l", {8, n, 8, 1})}); };
  const auto heads = [](int64_t batch) { return workload_of({gemm_layer("l", {9, 9, 8, batch})}); };
  EXPECT_THAT(lengths_of(rows(4), 4, Partition::Data), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(lengths_of(rows(5), 4, Partition::Data), ElementsAre(2, 1, 1, 1));
  EXPECT_THAT(lengths_of(rows(11), 4, Partition::Data), ElementsAre(3, 3, 3, 2));
  // Pairs of outputs stay together; an odd one is in the last part.
  EXPECT_THAT(lengths_of(outputs(7), 4, Partition::Output), ElementsAre(2, 2, 2, 1));
  EXPECT_THAT(lengths_of(outputs(8), 4, Partition::Output), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(lengths_of(outputs(9), 4, Partition::Output), ElementsAre(2, 2, 2, 3));
  EXPECT_THAT(lengths_of(outputs(13), 4, Partition::Output), ElementsAre(4, 4, 2, 3));
  // The batch is cut where it is large enough, in either partition.
  EXPECT_THAT(lengths_of(heads(4), 4, Partition::Data), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(lengths_of(heads(3), 4, Partition::Data), ElementsAre(3, 2, 2, 2));  // m = 9
  EXPECT_THAT(lengths_of(heads(6), 4, Partition::Output), ElementsAre(2, 2, 1, 1));
  EXPECT_THAT(lengths_of(heads(3), 4, Partition::Output), ElementsAre(2, 2, 2, 3));  // n = 9
}

TEST(PartitionNetwork, FewVectorOperationsLeaveAcceleratorsWithoutAJob) {
  for (const int64_t operations : {1, 3, 4, 5}) {
    const PlatformProgram program =
        partition_network(platform_of(4, Partition::Output), parse_scheme("w8a8-int8"),
                          workload_of({vector_layer("v", operations, 1)}));
    EXPECT_EQ(program.phases[0].jobs.size(), static_cast<size_t>(std::min<int64_t>(4, operations)));
  }
}

TEST(PartitionNetwork, EqualLayersShareAPhaseAndInputsMultiplyIt) {
  PlatformConfig platform = platform_of(2, Partition::Output);
  platform.inputs = 5;
  const PlatformProgram program =
      partition_network(platform, parse_scheme("w8a8-int8"),
                        workload_of({gemm_layer("a", {4, 4, 4, 1}), gemm_layer("b", {4, 4, 5, 1}),
                                     gemm_layer("c", {4, 4, 4, 1}), vector_layer("v", 3, 2)}));
  ASSERT_EQ(program.phases.size(), 3U);
  EXPECT_THAT(program.phase_of_layer, ElementsAre(0, 1, 0, 2));
  EXPECT_EQ(program.phases[0].occurrences, 2U * 5U);
  EXPECT_EQ(program.phases[1].occurrences, 1U * 5U);
  EXPECT_EQ(program.phases[0].name, "a");
  const PlatformProgram linear =
      partition_network(platform, parse_scheme("w8a8-int8"), program.workload, {LayerKind::Linear});
  EXPECT_EQ(linear.workload.layers.size(), 3U);
}

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

TEST(PartitionNetwork, OperandsThatDifferLieApart) {
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

TEST(PartitionNetwork, AcceleratorsShareWhatAllOfThemRead) {
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

TEST(PartitionNetwork, InputsShareWeightsUnlessTheyAreDrawnForEach) {
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

TEST(PartitionNetwork, LayerPartitionIsAPipelineInOrder) {
  const Workload workload = load_workload("bert_base", {{"batch", "1"}, {"seq", "16"}});
  PlatformConfig platform = platform_of(5, Partition::Layer);
  platform.inputs = 3;
  const PlatformProgram program = partition_network(platform, parse_scheme("w4a4-ovp"), workload);
  ASSERT_EQ(program.phases.size(), 1U);
  EXPECT_EQ(program.phases[0].occurrences, 1U);
  const std::vector<Job>& jobs = program.phases[0].jobs;
  const size_t layers = workload.layers.size();
  ASSERT_EQ(jobs.size(), 3 * layers);
  for (size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(jobs[i].input, static_cast<int64_t>(i / layers));
    EXPECT_EQ(jobs[i].layer, i % layers);
    if (i % layers == 0) {
      EXPECT_THAT(jobs[i].after, ElementsAre());
      EXPECT_EQ(jobs[i].accelerator, 0U);
    } else {
      EXPECT_THAT(jobs[i].after, ElementsAre(i - 1));
      EXPECT_LE(jobs[i].accelerator - jobs[i - 1].accelerator, 1U);  // none is left out
    }
    EXPECT_EQ(jobs[i].accelerator, jobs[i % layers].accelerator);
  }
  EXPECT_EQ(jobs[layers - 1].accelerator, 4U);
}

TEST(PartitionNetwork, RefusesWithTheReasonBad) {
  const Layer conv = conv_layer("c", {3, 4, 4, 3, 1, 1, 6, 1, 1, 0, 0}, LayerKind::Conv2d);
  const Layer depthwise =
      conv_layer("d", {3, 4, 4, 3, 1, 1, 3, 1, 1, 0, 0}, LayerKind::DepthwiseConv2d);
  const Workload workload =
      workload_of({gemm_layer("a", {3, 6, 8, 3}), conv, depthwise, gemm_layer("b", {4, 7, 8, 1})});
  EXPECT_THAT(
      problems_of(platform_of(4, Partition::Data, "partition: layer\n"), workload),
      ElementsAre("p.yaml:8: partition = data on 4 accelerators: layer a: batch = 3 and m = 3: one "
                  "must be at least 4",
                  "p.yaml:8: partition = data on 4 accelerators: layer c: conv.n = 3: must be at "
                  "least 4",
                  "p.yaml:8: partition = data on 4 accelerators: layer d: conv.c = 3 and conv.n = "
                  "3: one must be at least 4"));
  EXPECT_THAT(
      problems_of(platform_of(4, Partition::Output), workload),
      ElementsAre("platform p: partition = output on 4 accelerators: layer a: batch = 3 and n = 6: "
                  "must be at least 4, or n at least 7: parts are pairs",
                  "platform p: partition = output on 4 accelerators: layer c: conv.filters = 6: "
                  "must be at least 7: parts are pairs",
                  "platform p: partition = output on 4 accelerators: layer d: conv.c = 3: must be "
                  "at least 4"));
  EXPECT_THAT(problems_of(platform_of(5, Partition::Layer), workload),
              ElementsAre("platform p: partition = layer on 5 accelerators: workload w has 4 "
                          "layers: must be at least 5"));
  EXPECT_THAT(problems_of(platform_of(2, Partition::Layer, "inputs: 50001\n"), workload),
              ElementsAre("p.yaml:8: inputs = 50001: must be at most 50000 of 4 layers each"));
  EXPECT_THAT(
      problems_of(platform_of(1, Partition::Data, "", "    model: cycle\n"), workload_of({conv})),
      ElementsAre("layer c: accelerator acc of model cycle computes values of GEMMs only: "
                  "must be event"));
  EXPECT_THAT(problems_of(platform_of(2, Partition::Data), workload_of({}), "w8a8-int8"),
              ElementsAre("workload w: no layer of the chosen kinds"));
  EXPECT_THAT(problems_of(platform_of(2, Partition::Data), workload, "w16a16-fp16"),
              ElementsAre(HasSubstr("p.yaml:7: machine edge_16x16 cannot run w16a16-fp16: ")));
  EXPECT_THAT(problems_of(platform_of(2, Partition::Data, "", "    set: {energy.table: nothing}\n"),
                          workload),
              ElementsAre(HasSubstr("nothing")));
}

TEST(PartitionNetwork, ReportsEveryProblemOfMachinesAndLayersBad) {
  PlatformConfig platform = platform_of(4, Partition::Output);
  platform.memories[0].size_bytes = 64;
  platform.accelerators[3].machine.array.has_ovp_decoders = false;
  EXPECT_THAT(problems_of(platform, workload_of({gemm_layer("a", {3, 6, 8, 1}),
                                                 gemm_layer("b", {4, 8, 8, 1})})),
              ElementsAre(HasSubstr("machine edge_16x16 cannot run w4a4-ovp"),
                          HasSubstr("layer a: batch = 1 and n = 6"),
                          HasSubstr("memory dram: size = 64B (64 B): workload w in w4a4-ovp "
                                    "needs ")));
}

TEST(PartitionNetwork, MemoriesHoldExactlyWhatIsNeeded) {
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

TEST(PartitionNetwork, SpilledSumsAreCountedOnceForAllLayers) {
  // One output tile does not fit: 512 rows by 512 columns of int32 in half of 16 KiB, so n and m
  // are cut; k is too long for the operand scratchpads.
  const Layer layer = gemm_layer("l", {600, 600, 4096, 1});
  PlatformConfig platform =
      platform_of(1, Partition::Data, "",
                  "    set: {memory: {activation_buffer: 2KiB, weight_buffer: 2KiB, "
                  "output_buffer: 64KiB}}\n");
  const PlatformProgram one =
      partition_network(platform, parse_scheme("w8a8-int8"), workload_of({layer}));
  const Job& job = one.phases[0].jobs[0];
  const LayerFootprint bytes = OperandLayout{job.plan.work, job.plan.tiling}.footprint();
  const PlatformProgram two =
      partition_network(platform, parse_scheme("w8a8-int8"), workload_of({layer, layer}));
  EXPECT_EQ(one.memory_bytes[0], bytes.activations + bytes.weights + bytes.outputs + bytes.psums);
  EXPECT_EQ(two.memory_bytes[0],
            2 * (bytes.activations + bytes.weights + bytes.outputs) + bytes.psums);
}

}  // namespace
}  // namespace olivine
