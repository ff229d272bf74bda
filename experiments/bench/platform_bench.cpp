// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Speed of platforms: simulated cycles a second of arrays that are stepped with values, beside the
// same layers stepped without a platform; packets a second of the event model; bursts a second of
// the banked DRAM; cycles a second of the RTL in a platform.
#include <benchmark/benchmark.h>

#include <ctime>
#include <string>
#include <vector>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/numerics/random_operand.h"
#include "sim/memory/make_memory.h"
#include "sim/memory/memory_model.h"
#include "sim/platform/job.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform.h"
#include "sim/platform/platform_config.h"
#include "sim/systolic/layer_engine.h"
#include "sim/systolic/layer_operands.h"

namespace olivine {
namespace {

// Of this process: machines are shared.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

PlatformConfig make_platform(int64_t count, int64_t side, AcceleratorModel model) {
  PlatformConfig platform;
  platform.name = "bench";
  PlatformMemory memory;
  memory.name = "dram";
  platform.memories.push_back(memory);
  for (int64_t i = 0; i < count; ++i) {
    PlatformAccelerator accelerator;
    accelerator.name = "acc" + std::to_string(i);
    accelerator.machine_name = "olive_64x64";
    accelerator.machine = load_machine("olive_64x64");
    accelerator.machine.array.rows = side;
    accelerator.machine.array.cols = side;
    accelerator.model = model;
    accelerator.memory = memory.name;
    platform.accelerators.push_back(accelerator);
  }
  validate(platform);
  return platform;
}

// The jobs of one GEMM, cut by output features.
std::vector<Job> make_jobs(const PlatformConfig& platform, const GemmShape& shape,
                           const char* scheme) {
  return partition_network(platform, parse_scheme(scheme), single_gemm(shape)).phases.front().jobs;
}

// Seconds and cycles of the same jobs, one after the other, each alone on its memory.
std::pair<double, uint64_t> step_alone(const PlatformConfig& platform,
                                       const std::vector<Job>& jobs) {
  double seconds = 0;
  uint64_t cycles = 0;
  for (const Job& job : jobs) {
    const GemmWork& work = job.plan.work;
    const PlatformAccelerator& accelerator = platform.accelerators[job.accelerator];
    Rng rng{1};
    LayerOperands operands;
    operands.activations.push_back(decode(
        random_packed(work.scheme.activations, Pattern::Dense, work.shape.m, work.shape.k, rng),
        job.plan.geometry.left_lanes));
    operands.weights.push_back(decode(random_packed(work.scheme.weights, work.scheme.weight_pattern,
                                                    work.shape.n, work.shape.k, rng),
                                      job.plan.geometry.top_lanes));
    const double start = cpu_seconds();
    LayerEngine engine{job.plan.geometry, mapper_dram(platform, accelerator), work, job.plan.tiling,
                       operands};
    cycles += engine.run().cycles;
    benchmark::DoNotOptimize(engine.outputs().data());
    seconds += cpu_seconds() - start;
  }
  return {seconds, cycles};
}

// Arrays stepped register by register, with values through the memory and every check.
void step_platform(benchmark::State& state) {
  const int64_t count = state.range(0);
  const PlatformConfig platform = make_platform(count, 64, AcceleratorModel::Cycle);
  const std::vector<Job> jobs = make_jobs(platform, {512, 256 * count, 768, 1}, "w4a4-ovp");
  Platform system{platform, {}};
  double platform_seconds = 0, alone_seconds = 0;
  uint64_t cycles = 0;        // of the platform
  uint64_t array_cycles = 0;  // of all its accelerators
  uint64_t alone_cycles = 0;
  for (auto _ : state) {
    const double start = cpu_seconds();
    const PlatformRun run = system.run(jobs);
    platform_seconds += cpu_seconds() - start;
    cycles += static_cast<uint64_t>(run.cycles);
    for (const JobResult& job : run.jobs) array_cycles += job.timing.cycles;
    state.PauseTiming();
    const auto [seconds, alone] = step_alone(platform, jobs);
    alone_seconds += seconds;
    alone_cycles += alone;
    state.ResumeTiming();
  }
  const auto per_second = [](uint64_t count_of, double seconds) {
    return static_cast<double>(count_of) / seconds;
  };
  state.counters["cycles_per_s"] = per_second(cycles, platform_seconds);
  state.counters["accelerator_cycles_per_s"] = per_second(array_cycles, platform_seconds);
  state.counters["alone_cycles_per_s"] = per_second(alone_cycles, alone_seconds);
  state.counters["slowdown"] =
      per_second(alone_cycles, alone_seconds) / per_second(array_cycles, platform_seconds);
}
BENCHMARK(step_platform)->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond);

// Tiles as events: what a packet costs.
void run_events(benchmark::State& state, DramModel model) {
  PlatformConfig platform = make_platform(state.range(0), 64, AcceleratorModel::Event);
  platform.memories.front().dram.model = model;
  platform.memories.front().dram.banked.preset = DramPreset::Hbm2;
  platform.memories.front().dram.banked.channels = 4;
  const std::vector<Job> jobs = make_jobs(platform, {64, 16384, 4096, 1}, "w8a8-int8");
  Platform system{platform, {}};
  uint64_t packets = 0;
  uint64_t cycles = 0;
  for (auto _ : state) {
    const PlatformRun run = system.run(jobs);
    for (const InitiatorStats& initiator : run.initiators) packets += initiator.packets;
    cycles += static_cast<uint64_t>(run.cycles);
  }
  state.counters["packets_per_s"] =
      benchmark::Counter(static_cast<double>(packets), benchmark::Counter::kIsRate);
  state.counters["cycles_per_s"] =
      benchmark::Counter(static_cast<double>(cycles), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(run_events, bandwidth, DramModel::Bandwidth)
    ->Arg(1)
    ->Arg(8)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_events, banked, DramModel::Banked)
    ->Arg(1)
    ->Arg(8)
    ->Unit(benchmark::kMillisecond);

// Reads as fast as the memory takes them, in address order.
void stream_banked(benchmark::State& state, DramPreset preset) {
  constexpr int64_t kPacketBytes = 256;
  constexpr int64_t kPackets = 100'000;
  DramConfig dram;
  dram.model = DramModel::Banked;
  dram.banked.preset = preset;
  uint64_t bursts = 0;
  for (auto _ : state) {
    const auto memory = make_memory(dram, 1e9);
    int64_t now = 0;
    int64_t answered = 0;
    for (int64_t sent = 0; answered < kPackets;) {
      memory->advance(now);
      while (memory->take_response()) ++answered;
      MemoryRequest request;
      request.address = static_cast<uint64_t>(sent * kPacketBytes);
      request.bytes = kPacketBytes;
      request.tag = static_cast<uint64_t>(sent);
      int64_t next = memory->next_event();
      if (sent < kPackets) {
        const int64_t accept_at = memory->earliest_accept(request, now);
        if (accept_at == now) {
          memory->accept(request, now);
          ++sent;
          continue;
        }
        next = std::min(next, accept_at);
      }
      if (answered < kPackets) now = std::max(now + 1, next);
    }
    const MemoryStats& stats = memory->stats();
    bursts += stats.row_hits + stats.row_misses + stats.row_conflicts;
  }
  state.counters["bursts_per_s"] =
      benchmark::Counter(static_cast<double>(bursts), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(stream_banked, ddr4_2400, DramPreset::Ddr4_2400)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(stream_banked, lpddr4_3200, DramPreset::Lpddr4_3200)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(stream_banked, hbm2, DramPreset::Hbm2)->Unit(benchmark::kMillisecond);

// rtl/accelerator and its stream model behind the same bus.
void run_accelerator(benchmark::State& state, AcceleratorModel model) {
  const PlatformConfig platform = make_platform(1, state.range(0), model);
  const std::vector<Job> jobs = make_jobs(platform, {64, 64, 256, 1}, "w4a4-ovp");
  try {
    Platform system{platform, {}};
    uint64_t cycles = 0;
    for (auto _ : state) cycles += static_cast<uint64_t>(system.run(jobs).cycles);
    state.counters["cycles_per_s"] =
        benchmark::Counter(static_cast<double>(cycles), benchmark::Counter::kIsRate);
  } catch (const UserError& error) {  // no Verilator
    state.SkipWithError(error.what());
  }
}
BENCHMARK_CAPTURE(run_accelerator, stream, AcceleratorModel::Stream)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_accelerator, rtl, AcceleratorModel::Rtl)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace olivine

// Not that of benchmark_main: the SystemC library has a main() too, and the first one linked wins.
BENCHMARK_MAIN();
