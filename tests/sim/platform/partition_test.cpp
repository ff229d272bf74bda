// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/partition.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "models/analytic/network.h"
#include "models/base/rng.h"
#include "models/energy/energy_model.h"
#include "models/machines/machine.h"
#include "models/workloads/conv.h"
#include "models/workloads/workload_yaml.h"
#include "sim/platform/platform_config.h"
#include "tests/sim/platform/partition_layers.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

TEST(PartitionNetwork, SlicesArePlannedForTheSharedMemory) {
  PlatformConfig platform = platform_of(3, Partition::Output);
  for (PlatformAccelerator& accelerator : platform.accelerators) {
    accelerator.machine.dram.model = DramModel::Ideal;  // no memory of a machine counts
  }
  MachineConfig machine = platform.accelerators[0].machine;
  machine.dram = mapper_dram(platform, platform.accelerators[0]);
  EXPECT_EQ(machine.dram.bytes_per_cycle, 128 / 3);
  const Scheme& scheme = parse_scheme("w4a4-ovp");
  const PlatformProgram program =
      partition_network(platform, scheme, workload_of({gemm_layer("l", {512, 513, 768, 1})}));
  for (const Job& job : program.phases[0].jobs) {
    const Workload slice = single_gemm(job.plan.work.shape);
    expect_equal_plans(job.plan, plan_network(machine, scheme, slice).plans[0]);
    EXPECT_NE(job.plan.tiling, whole_layer(job.plan.work));
    EXPECT_EQ(job.plan.occurrences, 1U);
  }
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
                  "batch must be at least 4, or n at least 7: parts are pairs",
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

}  // namespace
}  // namespace olivine
