// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/space.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "experiments/sweep/space/evaluate.h"
#include "models/workloads/workload_yaml.h"
#include "tests/experiments/sweep/space/array_of.h"
#include "tests/experiments/sweep/space/design_space.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string array_space(const std::string& rest) { return kArrayTop + rest; }

Value text(const char* value) { return std::string{value}; }

TEST(Space, NumbersPointsWithTheLastAxisFastest) {
  const auto space =
      space_of(array_space("axes: {array.rows: [4, 8, 12], array.cols: [16, 20], array.pipelining: "
                           "[serial, overlapped, ]}"));
  EXPECT_EQ(space->size(), 3U * 2U * 2U);
  EXPECT_THAT(space->coordinates(0), ElementsAre(0, 0, 0));
  EXPECT_THAT(space->coordinates(1), ElementsAre(0, 0, 1));
  EXPECT_THAT(space->coordinates(2), ElementsAre(0, 1, 0));
  EXPECT_THAT(space->coordinates(11), ElementsAre(2, 1, 1));
  for (PointIndex i = 0; i < space->size(); ++i) {
    EXPECT_EQ(space->index_of(space->coordinates(i)), i);
  }
  EXPECT_THAT(space->resolve(10)->parameters, ElementsAre(12, 20, text("serial")));
}

TEST(Space, OfOnePoint) {
  const auto space = space_of(array_space("axes: {array.rows: [7]}"));
  EXPECT_EQ(space->size(), 1U);
  EXPECT_EQ(array_of(*space->resolve(0)->inputs).array.rows, 7);
}

TEST(Space, ReadsValuesAsTheMachineDoes) {
  const auto space = space_of(array_space(
      "axes:\n  clock: [500MHz, 1.5GHz]\n  memory.weight_buffer: [64KiB, 100000]\n"
      "  array.ovp_decoders: [true]\n  mapper.slack_pct: [1, 0.5]\n  array.dataflow: [ws]\n"
      "  dram.device: [hbm2]\n  free.x: [1e3, -2, 64KiB, big]\n"));
  const std::vector<Axis>& axes = space->header().axes;
  EXPECT_THAT(axes[0].values, ElementsAre(ElementsAre(5e8), ElementsAre(1.5e9)));
  EXPECT_THAT(axes[1].values,
              ElementsAre(ElementsAre(int64_t{64 * 1024}), ElementsAre(int64_t{100000})));
  EXPECT_THAT(axes[2].values, ElementsAre(ElementsAre(text("true"))));
  EXPECT_THAT(axes[3].values, ElementsAre(ElementsAre(1.0), ElementsAre(0.5)));
  EXPECT_THAT(axes[4].values, ElementsAre(ElementsAre(text("ws"))));
  EXPECT_THAT(axes[6].values,
              ElementsAre(ElementsAre(int64_t{1000}), ElementsAre(int64_t{-2}),
                          ElementsAre(int64_t{64 * 1024}), ElementsAre(text("big"))));
  const DesignPoint point = *space->resolve(0);
  EXPECT_EQ(array_of(*point.inputs).clock_hz, 5e8);
  EXPECT_EQ(array_of(*point.inputs).memory.weight_buffer, 64 * 1024);
}

TEST(Space, KnowsWhichAxesAreOrdered) {
  const auto space = space_of(array_space(
      "axes:\n  array.rows: [4, 8, 12]\n  array.cols: [8, 4]\n  array.dataflow: [is, os, ws]\n"
      "  dram.latency_cycles: [5]\n"
      "  both: {link: [memory.weight_buffer, memory.output_buffer], values: [[8KiB, 8KiB], [16KiB, "
      "16KiB]]}\n"));
  std::vector<bool> ordered;
  for (const Axis& axis : space->header().axes) ordered.push_back(axis.is_ordered);
  EXPECT_THAT(ordered, ElementsAre(true, false, false, true, false));
}

TEST(Space, MovesLinkedKeysTogether) {
  const auto space = space_of(
      array_space("axes:\n  shape: {link: [array.rows, array.cols], values: [[4, 32], [8, 16]]}\n"
                  "  array.dataflow: [ws, os]\n"));
  EXPECT_THAT(space->header().columns, ElementsAre("array.rows", "array.cols", "array.dataflow"));
  EXPECT_EQ(space->size(), 4U);
  const DesignPoint point = *space->resolve(3);
  EXPECT_THAT(point.parameters, ElementsAre(8, 16, text("os")));
  EXPECT_EQ(array_of(*point.inputs).array.rows, 8);
  EXPECT_EQ(array_of(*point.inputs).array.cols, 16);
  EXPECT_EQ(array_of(*point.inputs).array.dataflow, Dataflow::OutputStationary);
}

TEST(Space, ComputesSettingsInOrder) {
  const auto space = space_of(array_space(
      "set:\n  free.factor: 2\n  array.cols: \"= array.rows * free.factor\"\n"
      "  memory.weight_buffer: \"= array.cols * 1KiB\"\n  clock: \"= 1GHz / free.factor\"\n"
      "  array.sparse_select: \"= array.rows > 8\"\n  array.dataflow: \"= 'ws'\"\n"
      "  workload.batch: \"= free.factor * 1.5\"\n  mapper.slack_pct: \"= free.factor\"\n"
      "axes: {array.rows: [8, 16]}\n"));
  EXPECT_THAT(
      space->header().columns,
      ElementsAre("array.rows", "array.cols", "memory.weight_buffer", "clock",
                  "array.sparse_select", "array.dataflow", "workload.batch", "mapper.slack_pct"));
  const DesignPoint point = *space->resolve(1);
  EXPECT_THAT(point.parameters, ElementsAre(16, int64_t{16 * 2}, int64_t{16 * 2 * 1024}, 1e9 / 2,
                                            text("true"), text("ws"), int64_t{3}, 2.0));
  const MachineConfig& machine = array_of(*point.inputs);
  EXPECT_EQ(machine.array.cols, 32);
  EXPECT_EQ(machine.memory.weight_buffer, 32 * 1024);
  EXPECT_EQ(machine.clock_hz, 5e8);
  EXPECT_TRUE(machine.array.has_sparse_select);
  EXPECT_FALSE(array_of(*space->resolve(0)->inputs).array.has_sparse_select);
  EXPECT_EQ(machine.array.dataflow, Dataflow::WeightStationary);
  EXPECT_EQ(point.inputs->workload->params.at("batch"), 3);
}

TEST(Space, KeepsPointsWhoseSettingsFailAsProblems) {
  const auto space =
      space_of(array_space("set: {array.cols: \"= array.rows * 512 / free.x\"}\n"
                           "axes: {array.rows: [1, 2, 3], free.x: [1, 0, 1024]}\n"));
  const auto problem = [&](PointIndex index) {
    const DesignPoint point = *space->resolve(index);
    EXPECT_EQ(point.inputs == nullptr, !point.problem.empty());
    return point.problem;
  };
  EXPECT_EQ(problem(0), "");
  EXPECT_THAT(problem(1), HasSubstr("array.cols = array.rows * 512 / free.x: division by zero"));
  EXPECT_EQ(space->resolve(1)->parameters.back(), text(""));
  EXPECT_EQ(problem(2), "array.cols = 0.5: must be 1..1024");
  EXPECT_EQ(problem(6), "array.cols = 1536: must be 1..1024");
  EXPECT_EQ(space->resolve(6)->parameters.back(), Value{int64_t{1536}});
}

TEST(Space, KeepsPointsThatBreakARuleOfTheMachineAsProblems) {
  // Half of a scratchpad holds an output of 4 bytes of every column: 1024 columns take 8 KiB.
  const std::string axes = "axes: {array.cols: [16, 1024], memory.output_buffer: [4KiB, 8KiB]}\n";
  const auto space = space_of(array_space(axes));
  EXPECT_EQ(points_of(*space).size(), 4U);
  EXPECT_THAT(space->resolve(2)->problem, HasSubstr("memory.output_buffer = 4KiB: must be"));
  EXPECT_NE(space->resolve(3)->inputs, nullptr);

  const auto constrained =
      space_of(array_space(axes + "constraints: [array.cols * 8 <= memory.output_buffer]\n"));
  size_t excluded_by = 7;
  EXPECT_FALSE(constrained->resolve(2, &excluded_by).has_value());
  EXPECT_EQ(excluded_by, 0U);
}

TEST(Space, ExcludesByStaticConstraintsAlone) {
  const auto space = space_of(array_space(
      "constraints: [time_s < 0, pes <= 128, array.rows != 8, buffer_bytes > 0, 1 / free.x > 0]\n"
      "axes: {array.rows: [4, 8, 12], array.cols: [8, 16, 32], free.x: [0, 1]}\n"));
  std::vector<uint64_t> by(5);
  std::set<std::pair<int64_t, int64_t>> kept;
  for (PointIndex i = 0; i < space->size(); ++i) {
    size_t excluded_by = 99;
    if (const auto point = space->resolve(i, &excluded_by)) {
      kept.emplace(std::get<int64_t>(point->parameters[0]),
                   std::get<int64_t>(point->parameters[1]));
    } else {
      ++by.at(excluded_by);
    }
  }
  // 8 rows by the third, which is over parameters and so comes before the second; 12x16 and 12x32
  // by that one; each with two values of free.x.
  EXPECT_THAT(by, ElementsAre(0, 2 * 2, 2 * 3, 0, 0));
  EXPECT_EQ(kept, (std::set<std::pair<int64_t, int64_t>>{{4, 8}, {4, 16}, {4, 32}, {12, 8}}));
}

TEST(Space, KnowsAreasBeforeAnythingRuns) {
  const std::string axes = "axes: {array.rows: [4, 8, 12, 16], memory.sram: [itrs-lop, itrs-hp]}\n";
  std::vector<double> areas;
  for (const DesignPoint& point : points_of(*space_of(array_space(axes)))) {
    areas.push_back(evaluate(*point.inputs).metrics.get(Metric::Area).value());
  }
  std::vector<double> sorted = areas;
  std::sort(sorted.begin(), sorted.end());
  const double limit = sorted[3];
  const auto space =
      space_of(array_space(axes + "constraints: [area_um2 <= " + to_text(limit) + "]\n"));
  for (PointIndex i = 0; i < space->size(); ++i) {
    EXPECT_EQ(space->resolve(i).has_value(), areas[i] <= limit) << i;
  }
}

TEST(Space, StoresWhatFormulasUseAndPointsDifferIn) {
  const auto space = space_of(
      "name: test\nscheme: w8a8-int8\nset: {free.price: 3, workload.batch: 2}\n"
      "axes: {machine: [olive_64x64, edge_16x16], workload: [bert_base, gpt2_xl]}\n"
      "constraints: [array.rows * free.price < 1000, workload.batch < 5, workload.seq > 1]\n"
      "objectives: [time_s, {name: x, value: energy_pj * array.cols + quality + "
      "mapper.slack_pct}]\n"
      "group_by: [workload]\nquality: {w8a8-int8: 0.9}\n");
  const SweepHeader& header = space->header();
  EXPECT_THAT(header.columns,
              ElementsAre("machine", "workload", "array.rows", "workload.seq", "array.cols"));
  const MachineConfig edge = load_machine("edge_16x16");
  const int64_t seq = load_workload("gpt2_xl").params.at("seq");
  EXPECT_THAT(space->resolve(3)->parameters, ElementsAre(text("edge_16x16"), text("gpt2_xl"),
                                                         edge.array.rows, seq, edge.array.cols));
  using Fixed = std::map<std::string, Value>;
  EXPECT_EQ(header.fixed, (Fixed{{"free.price", int64_t{3}},
                                 {"mapper.slack_pct", edge.mapper.slack_pct},
                                 {"scheme", text("w8a8-int8")},
                                 {"workload.batch", int64_t{2}}}));
}

TEST(Space, RunsLayersOfTheChosenKinds) {
  const auto space = space_of(array_space(
      "layers: [linear, vector]\naxes: {workload.batch: [1, 3], workload.seq: [32, 64]}\n"));
  Workload expected = load_workload("bert_base", {{"batch", "3"}, {"seq", "32"}});
  std::erase_if(expected.layers, [](const Layer& layer) {
    return layer.kind != LayerKind::Linear && layer.kind != LayerKind::Vector;
  });
  const DesignPoint point = *space->resolve(2);
  const Workload& workload = *point.inputs->workload;
  ASSERT_EQ(workload.layers.size(), expected.layers.size());
  for (size_t i = 0; i < expected.layers.size(); ++i) {
    EXPECT_EQ(workload.layers[i].name, expected.layers[i].name);
    EXPECT_EQ(workload.layers[i].gemm, expected.layers[i].gemm);
    EXPECT_EQ(workload.layers[i].vector_elems, expected.layers[i].vector_elems);
  }
  EXPECT_EQ(workload.params, expected.params);
}

TEST(Space, KeepsPointsWithoutLayersAsProblems) {
  const FileFolder folder;
  const std::string workload = folder.write(
      "w.yaml",
      "name: w\nparams: {n: 8}\nderived: {half: n / 2}\n"
      "blocks: [{name: b, layers: [{name: g, kind: linear, m: 64, n: half, k: 64}]}]\n");
  const auto space = space_of(
      "name: test\nmachine: edge_16x16\nscheme: w4a4-ovp\nobjectives: [time_s]\nworkload: " +
      workload + "\naxes: {workload.n: [8, 9]}\n");
  EXPECT_NE(space->resolve(0)->inputs, nullptr);
  const DesignPoint point = *space->resolve(1);
  EXPECT_EQ(point.inputs, nullptr);
  EXPECT_THAT(point.problem, HasSubstr("half = n / 2"));
}

TEST(Space, GivesAllThreadsTheSamePoints) {
  const auto space =
      space_of(array_space("constraints: [pes < 300]\n"
                           "axes: {workload.seq: {from: 8, to: 40, step: 8}, array.rows: [4, 8, "
                           "12], array.cols: [8, 16, "
                           "32]}\n"));
  const auto hashes = [&] {
    std::vector<PointHash> list;
    for (const DesignPoint& point : points_of(*space)) list.push_back(point.hash);
    return list;
  };
  const std::vector<PointHash> expected = hashes();
  std::vector<std::vector<PointHash>> found(4);
  std::vector<std::thread> threads;
  for (auto& list : found) threads.emplace_back([&] { list = hashes(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& list : found) EXPECT_EQ(list, expected);
}

}  // namespace
}  // namespace olivine::sweep
