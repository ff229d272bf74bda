// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// GEMMs a second of the GPU model, each with the search of its library's menu, the power-to-clock
// loop and the energy; and of one kernel alone.
#include <benchmark/benchmark.h>

#include <vector>

#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

constexpr int kProblems = 1024;  // distinct ones: nothing is to be found in a cache

std::vector<GemmProblem> random_problems(const Scheme& scheme) {
  Rng rng{1};
  const auto extent = [&] { return int64_t{1} << rng.uniform(0, 13) | rng.uniform(0, 4096); };
  std::vector<GemmProblem> problems;
  for (int i = 0; i < kProblems; ++i)
    problems.push_back({{extent(), extent(), extent(), 1}, scheme});
  return problems;
}

void count_gemms(benchmark::State& state) {
  state.counters["gemms_per_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void search_menu(benchmark::State& state, const char* machine, const char* scheme_name) {
  const GemmModel model{load_gpu(machine)};
  const Scheme& scheme = parse_scheme(scheme_name);
  const KernelMenu& menu = model.menu(scheme);
  const std::vector<GemmProblem> problems = random_problems(scheme);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(model.best(menu, problems[next]).time_s);
    next = (next + 1) % problems.size();
  }
  count_gemms(state);
  state.counters["kernels"] = static_cast<double>(menu.kernels.size());
}

void time_one_kernel(benchmark::State& state, const char* machine, const char* scheme_name) {
  const GemmModel model{load_gpu(machine)};
  const Scheme& scheme = parse_scheme(scheme_name);
  const GemmKernel& kernel = model.menu(scheme).kernels.front();
  const std::vector<GemmProblem> problems = random_problems(scheme);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(model.time(kernel, problems[next]).time_s);
    next = (next + 1) % problems.size();
  }
  count_gemms(state);
}

BENCHMARK_CAPTURE(search_menu, h100_bf16, "h100_sxm", "w16a16-bf16")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(search_menu, a100_bf16, "a100_sxm", "w16a16-bf16")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(search_menu, a100_int8, "a100_sxm", "w8a8-int8")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(search_menu, h100_int4_weights, "h100_sxm", "w4a16-int4")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(search_menu, h100_mmaovp, "h100_sxm_mmaovp", "w4a4-ovp")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(time_one_kernel, h100_bf16, "h100_sxm", "w16a16-bf16")
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace olivine
