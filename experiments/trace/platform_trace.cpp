// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/platform_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>

#include "experiments/trace/accelerator_tracks.h"
#include "experiments/trace/layer_recorder.h"
#include "models/base/error.h"
#include "sim/platform/job.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform.h"
#include "sim/platform/platform_config.h"

namespace olivine::trace {

// One distinct phase of a program, as it ran.
struct PhaseRecord {
  std::span<const Job> jobs;
  PlatformRun run;
  std::vector<std::unique_ptr<LayerRecorder>> layers;  // by job; null for the vector unit's
  std::vector<std::unique_ptr<MemoryRecorder>> memories;
  std::vector<ByteRate> bus;  // by memory, then accelerator
};

namespace {

constexpr size_t kWindows = 20'000;
constexpr size_t kMinWindows = 64;
constexpr size_t kMaxWindows = 4096;

bool is_vector(const Job& job) { return job.plan.kind == LayerKind::Vector; }

// Under layer partition one phase holds all layers; else every layer has its own, once an input.
std::vector<size_t> phases_in_time(const PlatformProgram& program) {
  const Phase& first = program.phases.front();
  if (first.jobs.front().layer != first.jobs.back().layer) return {0};
  const std::vector<size_t>& of_layer = program.phase_of_layer;
  const auto layers = std::count(of_layer.begin(), of_layer.end(), of_layer.front());
  std::vector<size_t> phases;
  const uint64_t occurrences = program.phases[of_layer.front()].occurrences;
  for (uint64_t input = 0; input < occurrences / static_cast<uint64_t>(layers); ++input) {
    phases.insert(phases.end(), of_layer.begin(), of_layer.end());
  }
  return phases;
}

// Indices of jobs as accelerators begin them.
std::vector<size_t> by_begin(const PhaseRecord& phase) {
  std::vector<size_t> order(phase.jobs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return phase.run.jobs[a].begin < phase.run.jobs[b].begin;
  });
  return order;
}

// Cycles before a job in which its accelerator waits: for others, then for the host.
struct Wait {
  int64_t from = 0;
  int64_t startable = 0;
  int64_t begin = 0;
};

Wait wait_before(const JobResult& times, int64_t free_at) {
  return {free_at, std::max(free_at, times.ready), times.begin};
}

class PlatformTrace {
 public:
  PlatformTrace(const TraceWriter::Sink& sink, const PlatformConfig& platform,
                const PlatformProgram& program, const PlatformRecorder& recorder,
                const TraceOptions& options)
      : platform_(platform),
        phases_(recorder.phases()),
        order_(phases_in_time(program)),
        choice_(choose_details(options, count(), order_)),
        writer_(sink, trace_metadata(options, choice_.summary)) {
    add_rows();
  }

  TraceSummary write() {
    for (size_t i = 0; i < order_.size(); ++i) {
      add_phase(phases_[order_[i]], choice_.of_layer[i]);
    }
    for (const Counter counter : bandwidth_) writer_.sample(counter, now_, {0.0});
    for (const Counter counter : bus_) writer_.sample(counter, now_, {0.0});
    writer_.finish();
    OLV_CHECK(writer_.slices() == choice_.summary.slices, "{} slices, {} foreseen",
              writer_.slices(), choice_.summary.slices);
    return choice_.summary;
  }

 private:
  void add_rows() {
    const int host = writer_.add_process("host");
    for (const PlatformAccelerator& accelerator : platform_.accelerators) {
      host_.emplace_back(host, "for " + accelerator.name);
    }
    for (const PlatformAccelerator& accelerator : platform_.accelerators) {
      accelerators_.emplace_back(writer_, accelerator.name, "jobs");
    }
    const int bus = writer_.add_process("bus");
    for (const PlatformMemory& memory : platform_.memories) {
      for (const PlatformAccelerator& accelerator : platform_.accelerators) {
        bus_.push_back(writer_.add_counter(
            bus, fmt::format("{} - {}", accelerator.name, memory.name), {"bytes_per_cycle"}));
      }
    }
    for (const PlatformMemory& memory : platform_.memories) {
      const int process = writer_.add_process("memory " + memory.name);
      memories_.push_back(writer_.add_track(process, "data path"));
      bandwidth_.push_back(writer_.add_counter(process, "bandwidth", {"bytes_per_cycle"}));
    }
  }

  void add_phase(const PhaseRecord& phase, Detail detail) {
    std::vector<int64_t> free_at(platform_.accelerators.size(), 0);
    for (const size_t index : by_begin(phase)) {
      const Job& job = phase.jobs[index];
      const JobResult& times = phase.run.jobs[index];
      add_wait(job.accelerator, wait_before(times, free_at[job.accelerator]));
      add_job(phase, index, detail);
      free_at[job.accelerator] = times.end;
    }
    for (size_t i = 0; i < free_at.size(); ++i) {
      accelerators_[i].add_wait("idle", now_ + free_at[i], now_ + phase.run.cycles);
    }
    add_host(phase);
    add_memories(phase, detail);
    now_ += phase.run.cycles;
  }

  void add_wait(size_t accelerator, const Wait& wait) {
    accelerators_[accelerator].add_wait("idle", now_ + wait.from, now_ + wait.startable);
    accelerators_[accelerator].add_wait("host", now_ + wait.startable, now_ + wait.begin);
  }

  void add_job(const PhaseRecord& phase, size_t index, Detail detail) {
    const Job& job = phase.jobs[index];
    const JobResult& times = phase.run.jobs[index];
    AcceleratorTracks& accelerator = accelerators_[job.accelerator];
    if (is_vector(job)) {
      accelerator.add_vector_layer(job.name, now_ + times.begin, times.end - times.begin,
                                   job.plan.vector_ops);
    } else {
      accelerator.add_layer(job.name, now_ + times.begin, phase.layers[index]->record(), detail);
    }
  }

  // What the host sets up, several jobs at a time.
  void add_host(const PhaseRecord& phase) {
    const int64_t cycles = platform_.host.submit_cycles;
    if (cycles == 0) return;
    std::vector<size_t> order(phase.jobs.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return phase.run.jobs[a].ready < phase.run.jobs[b].ready;
    });
    for (const size_t index : order) {
      const Job& job = phase.jobs[index];
      const int64_t ready = now_ + phase.run.jobs[index].ready;
      host_[job.accelerator].add(writer_, {job.name, "submit", "yellow", ready, ready + cycles},
                                 Args{}.add("job", static_cast<int64_t>(index)));
    }
  }

  void add_memories(const PhaseRecord& phase, Detail detail) {
    const int64_t end = now_ + phase.run.cycles;
    for (size_t i = 0; i < memories_.size(); ++i) {
      const MemoryRecorder& memory = *phase.memories[i];
      add_rate(writer_, bandwidth_[i], now_, end, memory.rate());
      if (detail == Detail::Layer) continue;
      for (const BusyIntervals::Interval& busy : memory.busy().intervals()) {
        writer_.slice(memories_[i],
                      {"busy", "dram", "rail_load", now_ + busy.from, now_ + busy.until},
                      Args{}.add("bytes", busy.bytes));
      }
    }
    for (size_t i = 0; i < bus_.size(); ++i) add_rate(writer_, bus_[i], now_, end, phase.bus[i]);
  }

  [[nodiscard]] std::vector<SliceCounts> count() const {
    std::vector<SliceCounts> counts;
    for (const PhaseRecord& phase : phases_) {
      SliceCounts& slices = counts.emplace_back();
      for (const auto& entry : kDetailNames) {
        slices[static_cast<size_t>(entry.value)] = count(phase, entry.value);
      }
    }
    return counts;
  }

  [[nodiscard]] uint64_t count(const PhaseRecord& phase, Detail detail) const {
    uint64_t slices = platform_.host.submit_cycles == 0 ? 0 : phase.jobs.size();
    std::vector<int64_t> free_at(platform_.accelerators.size(), 0);
    for (const size_t index : by_begin(phase)) {
      const size_t accelerator = phase.jobs[index].accelerator;
      const Wait wait = wait_before(phase.run.jobs[index], free_at[accelerator]);
      slices += (wait.startable > wait.from ? 1U : 0U) + (wait.begin > wait.startable ? 1U : 0U);
      slices += count_job(phase, index, detail);
      free_at[accelerator] = phase.run.jobs[index].end;
    }
    for (const int64_t at : free_at) slices += at < phase.run.cycles ? 1 : 0;
    if (detail == Detail::Layer) return slices;
    for (const auto& memory : phase.memories) slices += memory->busy().intervals().size();
    return slices;
  }

  static uint64_t count_job(const PhaseRecord& phase, size_t index, Detail detail) {
    if (is_vector(phase.jobs[index])) return 2;
    const LayerRecord& layer = phase.layers[index]->record();
    if (!layer.has_tiles && detail != Detail::Layer) return kNotKept;
    return count_layer_slices(layer, detail);
  }

  const PlatformConfig& platform_;
  const std::vector<PhaseRecord>& phases_;
  std::vector<size_t> order_;
  DetailChoice choice_;
  TraceWriter writer_;
  std::vector<Lanes> host_;  // by accelerator
  std::vector<AcceleratorTracks> accelerators_;
  std::vector<Counter> bus_;  // by memory, then accelerator
  std::vector<Track> memories_;
  std::vector<Counter> bandwidth_;
  int64_t now_ = 0;
};

}  // namespace

PlatformRecorder::PlatformRecorder(const PlatformConfig& platform, const PlatformProgram& program,
                                   const TraceOptions& options)
    : platform_(&platform),
      options_(&options),
      windows_(std::clamp(kWindows / phases_in_time(program).size(), kMinWindows, kMaxWindows)) {}

PlatformRecorder::~PlatformRecorder() = default;

void PlatformRecorder::run_began(std::span<const Job> jobs) {
  uint64_t tiles = 0;
  for (const Job& job : jobs) tiles += is_vector(job) ? 0 : count_tiles(job.plan);
  keeps_tiles_ = keeps_tiles(*options_, tiles);
  PhaseRecord& phase = phases_.emplace_back();
  phase.jobs = jobs;
  phase.layers.resize(jobs.size());
  for (size_t i = 0; i < platform_->memories.size(); ++i) {
    phase.memories.push_back(std::make_unique<MemoryRecorder>(windows_, windows_));
  }
  phase.bus.assign(platform_->memories.size() * platform_->accelerators.size(), ByteRate{windows_});
}

void PlatformRecorder::run_ended(const PlatformRun& run) {
  PhaseRecord& phase = phases_.back();
  phase.run = run;
  for (size_t i = 0; i < phase.layers.size(); ++i) {
    if (phase.layers[i] != nullptr) phase.layers[i]->finish(run.jobs[i].timing);
  }
}

MemoryObserver* PlatformRecorder::memory(size_t index) {
  return phases_.back().memories[index].get();
}

LayerObserver* PlatformRecorder::job_began(size_t index, int64_t begin) {
  PhaseRecord& phase = phases_.back();
  phase.layers[index] =
      std::make_unique<LayerRecorder>(phase.jobs[index].plan.geometry, begin, keeps_tiles_);
  return phase.layers[index].get();
}

void PlatformRecorder::granted(const BusGrant& grant) {
  const size_t row = grant.memory * platform_->accelerators.size() + grant.accelerator;
  phases_.back().bus[row].add(grant.bytes, grant.from, grant.until);
}

TraceSummary write_platform_trace(const TraceWriter::Sink& sink, const PlatformConfig& platform,
                                  const PlatformProgram& program, const PlatformRecorder& recorder,
                                  const TraceOptions& options) {
  return PlatformTrace{sink, platform, program, recorder, options}.write();
}

}  // namespace olivine::trace
