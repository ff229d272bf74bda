// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/gpu_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "models/base/error.h"
#include "models/energy/gpu_energy.h"
#include "models/machines/gpu.h"
#include "models/workloads/conv.h"
#include "models/workloads/workload_yaml.h"
#include "sim/tensor_core/cuda_core_kernel.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kRounding = 1e-9;  // relative, of sums of doubles

Layer gemm_layer(std::string name, LayerKind kind, GemmShape shape) {
  Layer layer;
  layer.name = std::move(name);
  layer.kind = kind;
  layer.gemm = shape;
  return layer;
}

Layer vector_layer(int64_t elems, int64_t ops) {
  Layer layer;
  layer.name = "vector";
  layer.kind = LayerKind::Vector;
  layer.vector_elems = elems;
  layer.vector_ops = ops;
  return layer;
}

Layer depthwise_layer(int64_t channels, int64_t extent) {
  Layer layer;
  layer.name = "depthwise";
  layer.kind = LayerKind::DepthwiseConv2d;
  layer.conv = ConvShape{2, extent, extent, channels, 3, 3, channels, 1, 1, 1, 1, extent, extent};
  layer.gemm = lower_depthwise(*layer.conv);
  return layer;
}

Workload workload_of(std::vector<Layer> layers) {
  Workload workload;
  workload.name = "test";
  workload.layers = std::move(layers);
  return workload;
}

std::vector<std::string> problems_of(const GemmModel& model, const Workload& workload,
                                     const char* scheme, const GpuRunOptions& options = {}) {
  try {
    check_gpu_network(model, workload, parse_scheme(scheme), options);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

double sum_of(const std::array<double, kTimeParts>& parts) {
  return std::accumulate(parts.begin(), parts.end(), 0.0);
}

// Every layer of every shipped network in every scheme of the machine, once where networks share
// it: what a layer takes depends on nothing else.
TEST(GpuNetwork, RunsEveryShippedWorkloadOnEveryMachineInEverySchemeItHas) {
  std::vector<Layer> layers;
  for (const std::string& name : shipped_workloads()) {
    for (Layer& layer : load_workload(name).layers) layers.push_back(std::move(layer));
  }
  const Workload all = workload_of(std::move(layers));
  for (const std::string& machine : shipped_gpus()) {
    const GemmModel model{load_gpu(machine)};
    size_t schemes = 0;
    for (const Scheme& scheme : all_schemes()) {
      if (model.libraries(scheme).empty()) continue;
      SCOPED_TRACE(machine + " " + std::string{scheme.name});
      ++schemes;
      const GpuNetworkResult network = run_gpu_network(model, all, scheme);
      for (const GpuLayerResult& result : network.results) {
        const GemmTiming& timing = result.timing;
        ASSERT_GT(timing.time_s, 0);
        ASSERT_NEAR(sum_of(timing.parts_s), timing.time_s, 1e-6 * timing.time_s);
        ASSERT_LE(result.utilization(), result.scheme.weight_pattern == Pattern::Dense ? 1 : 2);
        ASSERT_FALSE(timing.kernel.empty());
      }
    }
    EXPECT_GE(schemes, 6u) << machine;
  }
}

TEST(GpuNetwork, TotalsAreSumsOverLayers) {
  const GemmModel model{load_gpu("a100_sxm")};
  const GpuNetworkResult network = run_gpu_network(
      model, load_workload("bert_base", {{"batch", "1"}}), parse_scheme("w8a8-int8"));
  ASSERT_EQ(network.result_of_layer.size(), network.workload.layers.size());
  // Twelve equal encoders are run once.
  EXPECT_LT(network.results.size(), network.workload.layers.size() / 6);
  double time_s = 0, energy_pj = 0, hbm_bytes = 0, clock_time = 0;
  uint64_t macs = 0;
  for (size_t i = 0; i < network.workload.layers.size(); ++i) {
    const GpuLayerResult& layer = network.results[network.result_of_layer[i]];
    EXPECT_EQ(layer.macs, network.workload.layers[i].gemm.macs().count());
    time_s += layer.timing.time_s;
    energy_pj += layer.timing.energy.total_pj();
    hbm_bytes += layer.timing.hbm_bytes;
    clock_time += layer.timing.clock_hz * layer.timing.time_s;
    macs += layer.macs;
  }
  const GemmTiming& total = network.total.timing;
  EXPECT_NEAR(total.time_s, time_s, kRounding * time_s);
  EXPECT_NEAR(sum_of(total.parts_s), time_s, 1e-6 * time_s);
  EXPECT_NEAR(total.energy.total_pj(), energy_pj, kRounding * energy_pj);
  EXPECT_NEAR(total.hbm_bytes, hbm_bytes, kRounding * hbm_bytes);
  EXPECT_NEAR(total.clock_hz, clock_time / time_s, kRounding * total.clock_hz);
  EXPECT_NEAR(total.power_w, energy_pj / 1e12 / time_s, 1e-6 * total.power_w);
  EXPECT_EQ(network.total.macs, macs);
}

TEST(GpuNetwork, RunsAttentionInTheFormatOfActivations) {
  const std::map<std::string, std::string> expected = {{"w4a16-int4", "w16a16-fp16"},
                                                       {"w8a8-int8-2:4", "w8a8-int8"},
                                                       {"w4a8-ovp", "w8a8-ovp"},
                                                       {"w16a16-bf16", "w16a16-bf16"}};
  for (const auto& [name, attention] : expected) {
    const Scheme scheme = parse_scheme(name);
    EXPECT_EQ(gpu_scheme(scheme, LayerKind::Attention).name, attention);
    EXPECT_EQ(gpu_scheme(scheme, LayerKind::Linear), scheme);
    EXPECT_EQ(gpu_scheme(scheme, LayerKind::Head), scheme);
    EXPECT_EQ(gpu_scheme(scheme, LayerKind::Vector).name, "w16a16-fp16");
    EXPECT_EQ(gpu_scheme(scheme, LayerKind::DepthwiseConv2d).name, "w16a16-fp16");
  }
}

TEST(GpuNetwork, CountsTheInputOfAConvolutionOnce) {
  Layer layer;
  layer.kind = LayerKind::Conv2d;
  layer.conv = ConvShape{4, 14, 14, 32, 3, 3, 64, 1, 1, 1, 1, 14, 14};
  layer.gemm = lower_conv(*layer.conv);
  const GemmProblem problem = gpu_problem(layer, parse_scheme("w8a8-int8"));
  EXPECT_EQ(problem.activation_elems, 4 * 14 * 14 * 32);  // n x h x w x c; lowered: r x s times it
  EXPECT_EQ(problem.shape, layer.gemm);
  EXPECT_EQ(gpu_problem(gemm_layer("a", LayerKind::Linear, {8, 8, 8}), parse_scheme("w8a8-int8"))
                .activation_elems,
            0);
}

// time = launch + memory latency + max(operations / (SMs x lanes x clock), bytes / bandwidth).
TEST(CudaCores, TakeWhatTheFormulaSays) {
  GpuMachine machine = load_gpu("h100_sxm");
  machine.power.limit_w = 10000;  // the clock stays at its maximum
  const CudaCoreModel model{machine};
  const double clock_hz = machine.power.max_clock_hz;
  const double lanes = static_cast<double>(machine.sm.count * machine.sm.fp32_lanes);
  const double fixed_s = machine.launch_s + machine.hbm.latency_cycles / clock_hz;
  const double bandwidth = machine.hbm.bytes_per_s * machine.hbm.reached;
  for (const int64_t elems : {int64_t{1}, int64_t{127}, int64_t{1009}, int64_t{1} << 26}) {
    for (const int64_t ops : {1, 8, 1024}) {
      const GemmTiming timing = model.time(vector_layer(elems, ops));
      const auto count = static_cast<double>(elems);
      const double cores_s = count * static_cast<double>(ops) / (lanes * clock_hz);
      const double bytes = 2 * 2 * count;  // fp16, read and written
      const double expected_s = fixed_s + std::max(cores_s, bytes / bandwidth);
      EXPECT_NEAR(timing.time_s, expected_s, kRounding * expected_s) << elems << " x " << ops;
      EXPECT_NEAR(sum_of(timing.parts_s), timing.time_s, kRounding * timing.time_s);
      EXPECT_EQ(timing.hbm_bytes, bytes);
    }
  }
  constexpr int64_t kChannels = 96, kExtent = 56;
  const GemmTiming depthwise = model.time(depthwise_layer(kChannels, kExtent));
  const double outputs = 2.0 * kExtent * kExtent * kChannels;  // two images; stride 1: as inputs
  const double bytes = 2 * (2 * outputs + 3 * 3 * kChannels);
  const double cores_s = outputs * 3 * 3 / (lanes * clock_hz);
  EXPECT_EQ(depthwise.hbm_bytes, bytes);
  EXPECT_NEAR(depthwise.time_s, fixed_s + std::max(cores_s, bytes / bandwidth),
              kRounding * depthwise.time_s);
}

// 200 W leave 130 W beside the idle power: work of the cores slows down.
TEST(CudaCores, SlowDownUnderThePowerLimit) {
  GpuMachine machine = load_gpu("h100_sxm");
  const Layer layer = vector_layer(int64_t{1} << 26, 1024);
  const GemmTiming free = CudaCoreModel{machine}.time(layer);
  machine.power.limit_w = 200;
  const GemmTiming limited = CudaCoreModel{machine}.time(layer);
  EXPECT_LT(limited.clock_hz, free.clock_hz);
  EXPECT_GT(limited.part_s(TimePart::Clock), 0);
  EXPECT_NEAR(limited.power_w, machine.power.limit_w,
              2 * GpuEnergyModel::kClockTolerance * machine.power.limit_w);
  EXPECT_NEAR(sum_of(limited.parts_s), limited.time_s, kRounding * limited.time_s);
}

TEST(GpuNetwork, RunsTheKernelThatIsNamed) {
  const GemmModel model{load_gpu("a100_sxm")};
  const Scheme scheme = parse_scheme("w16a16-fp16");
  const Workload workload = workload_of({gemm_layer("linear", LayerKind::Linear, {256, 512, 768})});
  const KernelMenu& menu = model.menu(scheme);
  const double fastest_s = run_gpu_network(model, workload, scheme).total.timing.time_s;
  for (const GemmKernel* kernel : {&menu.kernels.front(), &menu.kernels.back()}) {
    GpuRunOptions options;
    options.library = menu.library;
    options.kernel = kernel->name;
    const GpuNetworkResult network = run_gpu_network(model, workload, scheme, options);
    EXPECT_EQ(network.results[0].timing.kernel, kernel->name);
    EXPECT_EQ(network.results[0].library, menu.library);
    EXPECT_GE(network.total.timing.time_s, fastest_s * (1 - kRounding));
  }
}

TEST(GpuNetwork, FallsBackForAttentionWhereTheLibraryHasNoKernels) {
  const GemmModel model{load_gpu("h100_sxm")};
  const Scheme scheme = parse_scheme("w4a16-ovp");
  GpuRunOptions options;
  options.library = "software_decode";
  const GpuNetworkResult network =
      run_gpu_network(model,
                      workload_of({gemm_layer("linear", LayerKind::Linear, {64, 64, 64}),
                                   gemm_layer("qk", LayerKind::Attention, {64, 64, 64, 12})}),
                      scheme, options);
  EXPECT_EQ(network.results[0].library, options.library);
  EXPECT_EQ(network.results[1].library, model.menu(parse_scheme("w16a16-fp16")).library);
}

// Of the scheme's kernels and of those that attention runs in.
TEST(GpuNetwork, RunsEveryGemmInTheTileOfTheUser) {
  const GemmModel model{load_gpu("h200_sxm")};
  const Workload workload =
      workload_of({gemm_layer("linear", LayerKind::Linear, {64, 64, 64}),
                   gemm_layer("qk", LayerKind::Attention, {64, 64, 64, 12}), vector_layer(64, 1)});
  GpuRunOptions options;
  options.tile = CtaTile{64, 64, 64, 2};
  const GpuNetworkResult network =
      run_gpu_network(model, workload, parse_scheme("w4a16-int4"), options);
  EXPECT_EQ(network.results[0].timing.kernel,
            "custom_wgmma.m64n64k16.fp16.rs_64x64x64_s2_swapped_w_mainloop");
  EXPECT_EQ(network.results[1].timing.kernel, "custom_wgmma.m64n64k16.fp16.ss_64x64x64_s2");
  EXPECT_EQ(network.results[2].timing.kernel, "elementwise");
  EXPECT_EQ(network.results[0].library, "weight_only");
  EXPECT_FALSE(network.results[0].is_calibrated);
  options.tile = CtaTile{64, 64, 24};
  EXPECT_THAT(problems_of(model, workload, "w4a16-int4", options),
              ElementsAre(HasSubstr("tile_k = 24: must be a multiple of 16"),
                          testing::AllOf(HasSubstr("tile_k = 24: must be a multiple of 16"),
                                         HasSubstr("layer qk has no weights"))));
}

TEST(GpuNetwork, RunsTheChosenKindsAlone) {
  const GemmModel model{load_gpu("h200_sxm")};
  const Workload workload = workload_of({gemm_layer("linear", LayerKind::Linear, {1, 1, 1}),
                                         vector_layer(1, 1), depthwise_layer(1, 1)});
  GpuRunOptions options;
  options.kinds = {LayerKind::Vector, LayerKind::DepthwiseConv2d};
  const GpuNetworkResult network =
      run_gpu_network(model, workload, parse_scheme("w8a8-int8"), options);
  EXPECT_EQ(network.workload.layers.size(), 2u);
  EXPECT_EQ(network.results[0].timing.kernel, "elementwise");
  EXPECT_EQ(network.results[1].timing.kernel, "depthwise_conv2d");
  options.kinds = {LayerKind::Head};
  EXPECT_THAT(problems_of(model, workload, "w8a8-int8", options),
              ElementsAre(HasSubstr("no layer of the chosen kinds")));
}

TEST(GpuNetworkBad, SchemesAreAllReported) {
  const GemmModel model{load_gpu("a100_sxm")};
  const Workload workload = workload_of({gemm_layer("linear", LayerKind::Linear, {64, 64, 64}),
                                         gemm_layer("qk", LayerKind::Attention, {64, 64, 64, 12}),
                                         gemm_layer("pv", LayerKind::Attention, {64, 64, 64, 12})});
  EXPECT_THAT(problems_of(model, workload, "w8a8-fp8-2:4"),
              ElementsAre(HasSubstr("w8a8-fp8-2:4"),
                          testing::AllOf(HasSubstr("w8a8-fp8"), HasSubstr("layer qk"))));
}

TEST(GpuNetworkBad, NamesAreUnknown) {
  const GemmModel model{load_gpu("h100_sxm")};
  const Workload workload = workload_of({gemm_layer("linear", LayerKind::Linear, {64, 64, 64})});
  const KernelMenu& menu = model.menu(parse_scheme("w8a8-int8"));
  GpuRunOptions options;
  options.kernel = menu.kernels.front().name + "x";
  EXPECT_THAT(problems_of(model, workload, "w8a8-int8", options),
              ElementsAre(HasSubstr("did you mean '" + menu.kernels.front().name + "'?")));
  options = {};
  options.library = "cublass";
  EXPECT_THAT(problems_of(model, workload, "w8a8-int8", options),
              ElementsAre(HasSubstr("cublass")));
}

}  // namespace
}  // namespace olivine
