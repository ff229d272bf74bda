// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/evaluate.h"

#include <gmock/gmock.h>

#include <numeric>
#include <regex>
#include <thread>

#include "models/analytic/network.h"
#include "models/energy/energy_model.h"
#include "models/machines/gpu.h"
#include "models/workloads/workload_yaml.h"
#include "sim/tensor_core/gemm_model.h"
#include "sim/tensor_core/gpu_network.h"
#include "tests/experiments/sweep/space/design_space.h"

namespace olivine::sweep {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

double metric(const Outcome& outcome, Metric which) {
  EXPECT_TRUE(outcome.is_ok()) << outcome.failure;
  return outcome.metrics.get(which).value_or(-1);
}

// What holds for every point that ran.
void expect_consistent(const Outcome& outcome, double batch) {
  const double time_s = metric(outcome, Metric::Time);
  const double energy_pj = metric(outcome, Metric::Energy);
  EXPECT_GT(time_s, 0);
  EXPECT_DOUBLE_EQ(metric(outcome, Metric::Edp), energy_pj * time_s);
  EXPECT_DOUBLE_EQ(metric(outcome, Metric::Power), energy_pj * 1e-12 / time_s);
  EXPECT_DOUBLE_EQ(metric(outcome, Metric::Throughput), batch / time_s);
  EXPECT_LT(metric(outcome, Metric::DramEnergy) + metric(outcome, Metric::BufferEnergy) +
                metric(outcome, Metric::LeakageEnergy),
            energy_pj);
  EXPECT_GT(metric(outcome, Metric::Utilization), 0);
  EXPECT_LE(metric(outcome, Metric::Utilization), 1);
}

constexpr char kAnyScheme[] =
    "name: test\nmachine: edge_16x16\nworkload: bert_base\nobjectives: [time_s]\n";

TEST(Evaluate, GivesAnArrayTheFiguresOfItsPlan) {
  const auto space =
      space_of(std::string{kAnyScheme} +
               "set: {workload.batch: 3, dram.device: ant_artifact}\n"
               "axes: {scheme: [w4a4-ovp, w8a8-int8, w4a4-int4-2:4], array.rows: [8, 13]}\n");
  const Workload workload = load_workload("bert_base", {{"batch", "3"}});
  for (const DesignPoint& point : points_of(*space)) {
    MachineConfig machine = load_machine("edge_16x16");
    machine.dram.device = "ant_artifact";  // has background power
    machine.array.rows = std::get<int64_t>(point.parameters[1]);
    const Scheme scheme = parse_scheme(std::get<std::string>(point.parameters[0]));
    const NetworkPlan plan = plan_network(machine, scheme, workload);
    const LayerResult total = evaluate(plan).total;
    const auto sum = [](const auto& counts) {
      return static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
    };

    const Outcome outcome = evaluate(*point.inputs);
    const double cycles = static_cast<double>(total.cycles);
    EXPECT_EQ(metric(outcome, Metric::Cycles), cycles);
    EXPECT_EQ(metric(outcome, Metric::Time), cycles / machine.clock_hz);
    EXPECT_EQ(metric(outcome, Metric::Energy), total.energy.total_pj());
    EXPECT_EQ(metric(outcome, Metric::Macs), static_cast<double>(total.macs));
    EXPECT_EQ(metric(outcome, Metric::StallCycles), sum(total.stalls));
    EXPECT_EQ(metric(outcome, Metric::DramBytes), sum(total.dram_bytes));
    EXPECT_EQ(metric(outcome, Metric::DramEnergy),
              total.energy.dram_pj + total.energy.dram_background_pj);
    EXPECT_EQ(metric(outcome, Metric::BufferEnergy), total.energy.activation_buffer_pj +
                                                         total.energy.weight_buffer_pj +
                                                         total.energy.output_buffer_pj);
    EXPECT_EQ(metric(outcome, Metric::LeakageEnergy), total.energy.leakage_pj);
    const double pes = static_cast<double>(machine.array.rows * machine.array.cols);
    EXPECT_EQ(metric(outcome, Metric::Pes), pes);
    EXPECT_EQ(metric(outcome, Metric::Utilization),
              static_cast<double>(total.counts.pe_ops) / (pes * cycles));
    EXPECT_EQ(metric(outcome, Metric::BufferBytes), (16 + 32 + 16) * 1024);
    const double area_um2 = EnergyModel{machine}.area().total_um2();
    EXPECT_EQ(metric(outcome, Metric::Area), area_um2);
    EXPECT_DOUBLE_EQ(metric(outcome, Metric::ThroughputPerArea),
                     3 / (cycles / machine.clock_hz) / (area_um2 / 1e6));
    expect_consistent(outcome, 3);
  }
}

TEST(Evaluate, GivesAGpuTheFiguresOfItsRun) {
  const auto space =
      space_of(replaced(kAnyScheme, "edge_16x16", "a100_sxm") +
               "layers: [linear, attention]\naxes: {scheme: [w8a8-int8, w16a16-fp16], "
               "sm.count: [54, 108]}\n");
  const Workload workload = load_workload("bert_base");
  GpuRunOptions options;
  options.kinds = {LayerKind::Linear, LayerKind::Attention};
  for (const DesignPoint& point : points_of(*space)) {
    GpuMachine machine = load_gpu("a100_sxm");
    machine.sm.count = std::get<int64_t>(point.parameters[1]);
    const Scheme scheme = parse_scheme(std::get<std::string>(point.parameters[0]));
    const GpuLayerResult total =
        run_gpu_network(GemmModel{machine}, workload, scheme, options).total;

    const Outcome outcome = evaluate(*point.inputs);
    EXPECT_EQ(metric(outcome, Metric::Time), total.timing.time_s);
    EXPECT_EQ(metric(outcome, Metric::Energy), total.timing.energy.total_pj());
    EXPECT_EQ(metric(outcome, Metric::Utilization), total.utilization());
    EXPECT_EQ(metric(outcome, Metric::Macs), static_cast<double>(total.macs));
    EXPECT_EQ(metric(outcome, Metric::DramBytes), total.timing.hbm_bytes);
    EXPECT_EQ(metric(outcome, Metric::DramEnergy), total.timing.energy.hbm_pj);
    EXPECT_EQ(metric(outcome, Metric::BufferEnergy),
              total.timing.energy.shared_pj + total.timing.energy.l2_pj);
    // Idle power times time, as a sum over layers.
    EXPECT_NEAR(metric(outcome, Metric::LeakageEnergy),
                machine.power.idle_w * 1e12 * total.timing.time_s,
                1e-12 * total.timing.energy.total_pj());
    expect_consistent(outcome, static_cast<double>(workload.params.at("batch")));
    for (const Metric of_arrays : {Metric::Area, Metric::ThroughputPerArea, Metric::Cycles,
                                   Metric::StallCycles, Metric::Pes, Metric::BufferBytes}) {
      EXPECT_FALSE(outcome.metrics.get(of_arrays).has_value());
    }
  }
}

TEST(Evaluate, UsesTheTablesAndCalibrationsOfThePoint) {
  const auto arrays =
      space_of(std::string{kArrayTop} + "axes: {energy.table: [systolic_22nm, rtl_22nm]}\n");
  MachineConfig array = load_machine("edge_16x16");
  array.energy_table = "rtl_22nm";
  const Workload workload = load_workload("bert_base");
  EXPECT_EQ(
      metric(evaluate(*arrays->resolve(1)->inputs), Metric::Energy),
      evaluate(plan_network(array, parse_scheme("w4a4-ovp"), workload)).total.energy.total_pj());

  const FileFolder folder;
  const std::string table = folder.write(
      "t.yaml",
      "name: t\ndescription: d\nkind: gpu\nbase: gpu_7nm\nsources: {ours: a guess}\nentries:\n"
      "  - {name: traffic.l2.energy, value: 99, unit: pJ/bit, source: ours, boundary: device}\n");
  const std::vector<std::string> calibrations = {"a100_sxm", "h100_sxm"};
  const std::vector<std::string> tables = {"gpu_7nm", table};
  const auto gpus = space_of(std::string{kGpuTop} +
                             "axes: {calibration: [a100_sxm, h100_sxm], energy.table: [gpu_7nm, " +
                             table + "]}\n");
  for (PointIndex i = 0; i < gpus->size(); ++i) {
    GpuMachine gpu = load_gpu("a100_sxm");
    gpu.calibration = calibrations[i / 2];
    gpu.energy_table = tables[i % 2];
    const GpuLayerResult total =
        run_gpu_network(GemmModel{gpu}, workload, parse_scheme("w8a8-int8")).total;
    const Outcome outcome = evaluate(*gpus->resolve(i)->inputs);
    EXPECT_EQ(metric(outcome, Metric::Time), total.timing.time_s);
    EXPECT_EQ(metric(outcome, Metric::Energy), total.timing.energy.total_pj());
  }
}

TEST(Evaluate, MakesTheModelOfAGpuOnce) {
  const auto space =
      space_of(std::string{kGpuTop} + "axes: {sm.count: [54, 108], workload.seq: [32, 64]}\n");
  std::vector<std::shared_ptr<const GemmModel>> models;
  for (const DesignPoint& point : points_of(*space)) {
    models.push_back(std::get<GpuInputs>(point.inputs->machine).model());
  }
  EXPECT_EQ(models[0], models[1]);
  EXPECT_NE(models[1], models[2]);
  EXPECT_EQ(models[2], models[3]);
  EXPECT_EQ(models[3]->machine().sm.count, 108);
}

TEST(Evaluate, CountsOneInputWithoutABatch) {
  const FileFolder folder;
  const std::string path = folder.write(
      "w.yaml",
      "name: w\nblocks: [{name: b, layers: [{name: g, kind: head, m: 8, n: 8, k: 8}]}]\n");
  const DesignPoint point =
      first_point(replaced(kArrayTop, "bert_base", path) + "axes: {array.rows: [4]}\n");
  const Outcome outcome = evaluate(*point.inputs);
  EXPECT_EQ(metric(outcome, Metric::Throughput), 1 / metric(outcome, Metric::Time));
}

TEST(Evaluate, TellsWhyAPointFails) {
  const auto failure = [](const DesignPoint& point) {
    const Outcome outcome = evaluate(*point.inputs);
    EXPECT_EQ(outcome.metrics, Metrics{});
    EXPECT_EQ(outcome.failure.find('\n'), std::string::npos);
    return outcome.failure;
  };
  const auto schemes = space_of(std::string{kAnyScheme} + "axes: {scheme: [w4a4-ovp, w8a8-fp8]}\n");
  EXPECT_TRUE(evaluate(*schemes->resolve(0)->inputs).is_ok());
  EXPECT_THAT(failure(*schemes->resolve(1)),
              HasSubstr("cannot run w8a8-fp8: its integer PEs have no fp8 arithmetic"));
  // Linear layers and attention.
  EXPECT_THAT(
      failure(first_point(replaced(kAnyScheme, "edge_16x16", "a100_sxm") +
                          "axes: {scheme: [w8a8-fp8-2:4]}\n")),
      MatchesRegex("a100_sxm has no instruction for the operands of w8a8-fp8-2:4.* \\(and 1 "
                   "more\\)"));
  const FileFolder folder;
  const std::string table = folder.write(
      "t.yaml",
      "name: t\ndescription: d\nbase: systolic_22nm\nsources: {ours: a guess}\nentries:\n"
      "  - {name: pe.mine.energy, value: 1, unit: pJ, source: ours, boundary: device}\n"
      "  - {name: pe.mine.leakage, value: 1, unit: uW, source: ours, boundary: device}\n"
      "  - {name: pe.mine.area, value: 1, unit: um2, source: ours, boundary: device}\n");
  const std::string axes =
      "axes: {energy.table: [" + table + ", systolic_22nm], array.pe: [mine, ovp4]}\n";
  const std::string problem = "array.pe = mine: not in energy table systolic_22nm (legal: ";
  const auto tables = space_of(kArrayTop + axes);
  EXPECT_TRUE(evaluate(*tables->resolve(0)->inputs).is_ok());
  EXPECT_THAT(failure(*tables->resolve(2)), StartsWith(problem));
  // Where its area is needed to know whether the point is excluded, it is known before it runs.
  const DesignPoint point =
      *space_of(kArrayTop + axes + "constraints: [area_um2 > 0]\n")->resolve(2);
  EXPECT_EQ(point.inputs, nullptr);
  EXPECT_THAT(point.problem, StartsWith(problem));
}

TEST(Evaluate, GivesStaticMetricsWithoutARun) {
  const auto space = space_of(std::string{kArrayTop} +
                              "constraints: [area_um2 > 0]\naxes: {array.rows: [4, 16]}\n");
  for (const DesignPoint& point : points_of(*space)) {
    const Metrics all = evaluate(*point.inputs).metrics;
    const Metrics some = static_metrics(*point.inputs);
    for (const MetricInfo& info : kMetrics) {
      EXPECT_EQ(some.get(info.metric), info.is_static ? all.get(info.metric) : std::nullopt)
          << info.name;
    }
  }
  const DesignPoint gpu = first_point(std::string{kGpuTop} + "axes: {sm.count: [54]}\n");
  EXPECT_EQ(static_metrics(*gpu.inputs), Metrics{});
}

TEST(Evaluate, IsTheSameOnAllThreads) {
  const auto space = space_of(
      "name: t\nobjectives: [time_s]\nscheme: w8a8-int8\nworkload: "
      "bert_base\naxes: {machine: [edge_16x16, a100_sxm]}\n");
  const auto outcomes = [&] {
    std::vector<Outcome> list;
    for (const DesignPoint& point : points_of(*space)) list.push_back(evaluate(*point.inputs));
    return list;
  };
  const std::vector<Outcome> expected = outcomes();
  std::vector<std::vector<Outcome>> found(4);
  std::vector<std::thread> threads;
  for (auto& list : found) threads.emplace_back([&] { list = outcomes(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& list : found) EXPECT_EQ(list, expected);
}

TEST(Metrics, AreFoundByName) {
  for (const MetricInfo& info : kMetrics) EXPECT_EQ(find_metric(info.name), &info);
  EXPECT_EQ(find_metric("time"), nullptr);
  EXPECT_EQ(find_metric(kQualityName), nullptr);
}

TEST(ModelVersion, IsTheProgramsAndADigest) {
  EXPECT_TRUE(
      std::regex_match(std::string{model_version()}, std::regex{R"(\d+\.\d+\.\d+-[0-9a-f]{12})"}))
      << model_version();
}

}  // namespace
}  // namespace olivine::sweep
