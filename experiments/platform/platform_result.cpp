// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/platform/platform_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "models/analytic/layer_timing.h"
#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/energy/energy_model.h"
#include "sim/platform/job.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform_config.h"

namespace olivine {
namespace {

// Results of one simulated phase, once.
struct PhaseResult {
  uint64_t cycles = 0;
  std::vector<AcceleratorResult> accelerators;
  std::vector<MemoryStats> memories;
  std::map<size_t, LayerOnPlatform> layers;  // by Job::layer
};

LayerResult result_of(const PlatformConfig& platform, const PlatformProgram& program,
                      const Job& job, const JobResult& result) {
  const EnergyModel& energy = *program.energy[job.accelerator];
  if (job.plan.kind != LayerKind::Vector) return layer_result(energy, job.plan, result.timing);
  const MachineConfig& machine = platform.accelerators[job.accelerator].machine;
  return vector_result(energy, job.plan, machine.vector.ops_per_cycle);
}

void check_equal(const std::string& what, uint64_t a, uint64_t b) {
  if (a != b) throw CheckFailed{fmt::format("{}: {}, but its parts add up to {}", what, a, b)};
}

// Adds a job to its accelerator, whose last job ended in cycle `free_at`; returns its own end.
int64_t add_job(AcceleratorResult& accelerator, const Job& job, const JobResult& times,
                const LayerResult& work, int64_t free_at) {
  const int64_t startable = std::max(free_at, times.ready);
  OLV_CHECK(startable <= times.begin && times.begin <= times.end, "{}: ready {} begin {} end {}",
            job.name, times.ready, times.begin, times.end);
  accelerator.idle_cycles += static_cast<uint64_t>(startable - free_at);
  accelerator.host_cycles += static_cast<uint64_t>(times.begin - startable);
  accelerator.work.add(work);
  check_equal(fmt::format("cycles of {}", job.name), static_cast<uint64_t>(times.end - times.begin),
              work.cycles);
  return times.end;
}

void add_slice(LayerOnPlatform& layer, const Job& job, const LayerResult& work) {
  for (SliceResult& slice : layer.slices) {
    if (slice.job->accelerator != job.accelerator) continue;
    slice.work.add(work);
    return;
  }
  layer.slices.push_back({&job, work});
}

// First begin and last end of a layer's jobs, by layer and input.
using Spans = std::map<std::pair<size_t, int64_t>, std::pair<int64_t, int64_t>>;

void widen(Spans& spans, const Job& job, const JobResult& times) {
  const auto [at, is_new] =
      spans.try_emplace(std::pair{job.layer, job.input}, times.begin, times.end);
  at->second.first = std::min(at->second.first, times.begin);
  at->second.second = std::max(at->second.second, times.end);
}

uint64_t cycles_of(const AcceleratorResult& accelerator) {
  return accelerator.work.cycles + accelerator.host_cycles + accelerator.idle_cycles;
}

uint64_t bytes_of(const LayerResult& work) {
  return std::accumulate(work.dram_bytes.begin(), work.dram_bytes.end(), uint64_t{0});
}

PhaseResult summarize(const PlatformConfig& platform, const PlatformProgram& program,
                      const Phase& phase, const PlatformRun& run) {
  PhaseResult result;
  result.cycles = static_cast<uint64_t>(run.cycles);
  result.accelerators.resize(platform.accelerators.size());
  result.memories = run.memories;
  std::vector<int64_t> free_at(platform.accelerators.size(), 0);
  Spans spans;
  // Where inputs are pipelined, an accelerator begins a job of a later input before one of an
  // earlier input that had to wait for others.
  std::vector<size_t> order(phase.jobs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return run.jobs[a].begin < run.jobs[b].begin; });
  for (const size_t i : order) {
    const Job& job = phase.jobs[i];
    const LayerResult work = result_of(platform, program, job, run.jobs[i]);
    int64_t& free = free_at[job.accelerator];
    free = add_job(result.accelerators[job.accelerator], job, run.jobs[i], work, free);
    add_slice(result.layers[job.layer], job, work);
    widen(spans, job, run.jobs[i]);
  }
  for (const auto& [key, span] : spans) {
    result.layers[key.first].cycles += static_cast<uint64_t>(span.second - span.first);
  }
  for (size_t a = 0; a < result.accelerators.size(); ++a) {
    AcceleratorResult& accelerator = result.accelerators[a];
    const std::string& name = platform.accelerators[a].name;
    accelerator.bus = run.initiators[a];
    accelerator.idle_cycles += static_cast<uint64_t>(run.cycles - free_at[a]);
    check_equal(fmt::format("{}: cycles of {}", phase.name, name), result.cycles,
                cycles_of(accelerator));
    check_equal(fmt::format("{}: bytes of {}", phase.name, name),
                accelerator.bus.read_bytes + accelerator.bus.write_bytes,
                bytes_of(accelerator.work));
  }
  return result;
}

void add_phase(PlatformResult& total, const PhaseResult& phase, uint64_t times) {
  total.cycles += times * phase.cycles;
  for (size_t a = 0; a < phase.accelerators.size(); ++a) {
    AcceleratorResult& accelerator = total.accelerators[a];
    accelerator.work.add(phase.accelerators[a].work, times);
    accelerator.host_cycles += times * phase.accelerators[a].host_cycles;
    accelerator.idle_cycles += times * phase.accelerators[a].idle_cycles;
    accelerator.bus.add(phase.accelerators[a].bus, times);
  }
  for (size_t m = 0; m < phase.memories.size(); ++m) {
    total.memories[m].add(phase.memories[m], times);
  }
}

LayerOnPlatform repeated(const LayerOnPlatform& layer, uint64_t times) {
  LayerOnPlatform result;
  result.cycles = times * layer.cycles;
  for (const SliceResult& slice : layer.slices) {
    result.slices.push_back({slice.job, LayerResult{}.add(slice.work, times)});
  }
  std::sort(result.slices.begin(), result.slices.end(),
            [](const auto& a, const auto& b) { return a.job->accelerator < b.job->accelerator; });
  return result;
}

// A phase of one layer stands for all that are equal to it, so often for each.
void add_layers(PlatformResult& total, const PlatformProgram& program,
                const std::vector<PhaseResult>& phases) {
  std::vector<uint64_t> layers_of_phase(phases.size(), 0);
  for (const size_t phase : program.phase_of_layer) ++layers_of_phase[phase];
  for (size_t layer = 0; layer < program.phase_of_layer.size(); ++layer) {
    const size_t index = program.phase_of_layer[layer];
    const PhaseResult& phase = phases[index];
    const uint64_t occurrences = program.phases[index].occurrences;
    if (phase.layers.size() == 1) {
      total.layers.push_back(
          repeated(phase.layers.begin()->second, occurrences / layers_of_phase[index]));
    } else {
      total.layers.push_back(repeated(phase.layers.at(layer), occurrences));
    }
  }
}

// Energy of the whole run, in place of the sum over jobs: leakage does not pause between them.
void set_energy(const PlatformConfig& platform, const PlatformProgram& program,
                PlatformResult& result) {
  for (size_t a = 0; a < result.accelerators.size(); ++a) {
    LayerResult& work = result.accelerators[a].work;
    const std::string& memory = platform.accelerators[a].memory;
    const auto sharers =
        std::count_if(platform.accelerators.begin(), platform.accelerators.end(),
                      [&](const PlatformAccelerator& other) { return other.memory == memory; });
    work.energy = program.energy[a]->energy(work.counts, Cycles{result.cycles});
    work.energy.dram_background_pj /= static_cast<double>(sharers);
    result.total.add(work);
  }
  result.total.cycles = result.cycles;
}

}  // namespace

const SliceResult& LayerOnPlatform::slowest() const {
  return *std::max_element(slices.begin(), slices.end(), [](const auto& a, const auto& b) {
    return a.work.cycles < b.work.cycles;
  });
}

LayerResult LayerOnPlatform::total() const {
  LayerResult total;
  for (const SliceResult& slice : slices) total.add(slice.work);
  return total;
}

PlatformResult run_program(const PlatformConfig& platform, const PlatformProgram& program,
                           PlatformOptions options, const ProgramProgress& progress) {
  PlatformResult result;
  result.accelerators.resize(platform.accelerators.size());
  result.memories.resize(platform.memories.size());
  uint64_t done = 0;
  std::string name;
  if (progress) {
    options.progress = [&](int64_t cycles) {
      progress(name, done + static_cast<uint64_t>(cycles));
    };
  }
  Platform system{platform, std::move(options)};
  std::vector<PhaseResult> phases;
  for (const Phase& phase : program.phases) {
    name = phase.name;
    phases.push_back(summarize(platform, program, phase, system.run(phase.jobs)));
    add_phase(result, phases.back(), phase.occurrences);
    done += phases.back().cycles;
    if (progress) progress(name, done);
  }
  add_layers(result, program, phases);
  set_energy(platform, program, result);
  return result;
}

uint64_t estimated_cycles(const PlatformConfig& platform, const PlatformProgram& program) {
  uint64_t total = 0;
  for (const Phase& phase : program.phases) {
    std::vector<uint64_t> busy(platform.accelerators.size(), 0);
    for (const Job& job : phase.jobs) {
      const PlatformAccelerator& accelerator = platform.accelerators[job.accelerator];
      const LayerPlan& plan = job.plan;
      const auto rate = static_cast<uint64_t>(accelerator.machine.vector.ops_per_cycle);
      busy[job.accelerator] += plan.kind == LayerKind::Vector
                                   ? ceil_div(plan.vector_ops, rate)
                                   : time_layer(plan.geometry, mapper_dram(platform, accelerator),
                                                plan.work, plan.tiling)
                                         .cycles;
    }
    total += *std::max_element(busy.begin(), busy.end());
  }
  return total;
}

double platform_utilization(const PlatformConfig& platform, const PlatformResult& result) {
  double pes = 0;
  for (const PlatformAccelerator& accelerator : platform.accelerators) {
    const ArrayConfig& array = accelerator.machine.array;
    pes += static_cast<double>(array.rows * array.cols);
  }
  const double pe_cycles = pes * static_cast<double>(result.cycles);
  return pe_cycles == 0 ? 0 : static_cast<double>(result.total.counts.pe_ops) / pe_cycles;
}

}  // namespace olivine
