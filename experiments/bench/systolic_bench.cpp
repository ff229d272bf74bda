// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// PE updates a second of the cycle-stepped array: every PE of every simulated cycle counts as one,
// as in the figures published for other simulators.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/analytic/tiling.h"
#include "models/numerics/random_operand.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"

namespace olivine {
namespace {

void run_layer(benchmark::State& state, Dataflow dataflow, const char* scheme_name) {
  MachineConfig machine;
  machine.array.rows = state.range(0);
  machine.array.cols = state.range(0);
  machine.array.dataflow = dataflow;
  machine.dram.model = DramModel::Ideal;
  const Scheme& scheme = parse_scheme(scheme_name);
  const ArrayGeometry geometry = make_geometry(machine, scheme);
  const GemmWork work{{512, 256, 768, 1}, scheme, std::nullopt};
  Rng rng{1};
  LayerOperands operands;
  operands.activations.push_back(
      decode(random_packed(scheme.activations, Pattern::Dense, work.shape.m, work.shape.k, rng)));
  operands.weights.push_back(decode(
      random_packed(scheme.weights, scheme.weight_pattern, work.shape.n, work.shape.k, rng)));
  uint64_t cycles = 0;
  for (auto _ : state) {
    LayerEngine engine{geometry, machine.dram, work, whole_layer(work), operands};
    cycles += engine.run().cycles;
    benchmark::DoNotOptimize(engine.outputs().data());
  }
  const auto pes = static_cast<double>(machine.array.rows * machine.array.cols);
  state.counters["pe_updates_per_s"] =
      benchmark::Counter(pes * static_cast<double>(cycles), benchmark::Counter::kIsRate);
  state.counters["cycles_per_s"] =
      benchmark::Counter(static_cast<double>(cycles), benchmark::Counter::kIsRate);
}

// The yardstick: the bare loop of an output-stationary INT8 array, without formats, controller,
// memory or results. No array model of this kind can be faster.
void bare_int8_array(benchmark::State& state) {
  constexpr size_t kSide = 64;
  std::vector<int8_t> left(kSide * kSide, 3), top(kSide * kSide, -2);
  std::vector<int32_t> sum(kSide * kSide);
  for (auto _ : state) {
    for (size_t r = kSide; r-- > 0;) {
      int8_t* a = left.data() + r * kSide;
      int8_t* b = top.data() + r * kSide;
      int32_t* c = sum.data() + r * kSide;
      for (size_t i = kSide; i-- > 1;) a[i] = a[i - 1];
      if (r > 0) std::copy_n(b - kSide, kSide, b);
      for (size_t i = 0; i < kSide; ++i) c[i] += a[i] * b[i];
    }
    benchmark::DoNotOptimize(sum.data());
    benchmark::ClobberMemory();
  }
  state.counters["pe_updates_per_s"] = benchmark::Counter(
      static_cast<double>(kSide * kSide) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK(bare_int8_array);

BENCHMARK_CAPTURE(run_layer, os_w4a4_ovp, Dataflow::OutputStationary, "w4a4-ovp")
    ->Arg(16)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_layer, ws_w4a4_ovp, Dataflow::WeightStationary, "w4a4-ovp")
    ->Arg(16)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_layer, os_w8a8_int8, Dataflow::OutputStationary, "w8a8-int8")
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_layer, os_w4a4_ovp_2_4, Dataflow::OutputStationary, "w4a4-ovp-2:4")
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_layer, ws_w4a4_ovp_2_4, Dataflow::WeightStationary, "w4a4-ovp-2:4")
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace olivine
