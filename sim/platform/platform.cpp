// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <systemc>
#include <utility>

#include "models/base/error.h"
#include "sim/memory/make_memory.h"
#include "sim/memory/memory_model.h"
#include "sim/platform/accelerator_module.h"
#include "sim/platform/bus_module.h"
#include "sim/platform/host_module.h"
#include "sim/platform/job.h"
#include "sim/platform/memory_module.h"
#include "sim/platform/module_context.h"
#include "sim/platform/platform_config.h"
#include "sim/platform/platform_observer.h"
#include "sim/platform/platform_values.h"
#include "sim/platform/systemc_context.h"
#include "sim/platform/tlm_packet.h"
#include "sim/platform/vcd_file.h"

namespace olivine {
namespace {

constexpr int64_t kStepCycles = 1024;  // between two looks at the system
constexpr std::chrono::milliseconds kProgressInterval{50};

// A bound on the cycles of one tile without a packet: up to three are in the scratchpads.
int64_t quiet_cycles(const Job& job) {
  if (job.plan.kind == LayerKind::Vector) return 0;
  constexpr int64_t kTiles = 3;
  const Tiling& tiling = job.plan.tiling;
  const ArrayGeometry& geometry = job.plan.geometry;
  const int64_t m = tiling.at(Dim::M);
  const int64_t n = tiling.at(Dim::N);
  const int64_t k = tiling.at(Dim::K);
  const int64_t fold = geometry.stream_cycles(m, n, k) + 2 * geometry.rows + geometry.cols;
  return kTiles * geometry.folds(m, n, k) * fold;
}

}  // namespace

class Platform::Impl {
 public:
  Impl(const PlatformConfig& config, PlatformOptions options);
  ~Impl();
  PlatformRun run(std::span<const Job> jobs);

 private:
  void elaborate();
  void dismantle();
  void bind();
  void trace();
  void reset(std::span<const Job> jobs);
  void advance(int64_t patience_cycles);
  void report_progress();
  [[nodiscard]] std::unique_ptr<MemoryModel> make_model(const PlatformMemory& memory) const;
  [[nodiscard]] size_t memory_index(size_t accelerator) const;
  [[nodiscard]] PlatformRun results() const;
  [[nodiscard]] NoProgress no_progress() const;

  PlatformConfig config_;
  PlatformOptions options_;
  SystemcContext kernel_;
  // Everything below lives in the kernel; dismantle() takes it apart within its scope.
  std::unique_ptr<ModuleContext> context_;
  std::unique_ptr<PacketPool> pool_;
  std::unique_ptr<HostModule> host_;
  std::unique_ptr<BusModule> bus_;
  std::vector<std::unique_ptr<AcceleratorModule>> accelerators_;
  std::vector<std::unique_ptr<MemoryModule>> memories_;
  std::unique_ptr<PlatformValues> values_;
  std::unique_ptr<VcdFile> vcd_;
  std::chrono::steady_clock::time_point last_progress_;
};

Platform::Impl::Impl(const PlatformConfig& config, PlatformOptions options)
    : config_(config), options_(std::move(options)) {
  const SystemcContext::Scope scope{kernel_};
  try {
    elaborate();
  } catch (...) {
    dismantle();
    throw;
  }
}

Platform::Impl::~Impl() {
  const SystemcContext::Scope scope{kernel_};
  dismantle();
}

void Platform::Impl::elaborate() {
  context_ = std::make_unique<ModuleContext>(config_.clock_hz, !options_.vcd.empty());
  host_ = std::make_unique<HostModule>("host", *context_);
  bus_ = std::make_unique<BusModule>("bus", config_, *context_);
  for (const PlatformAccelerator& accelerator : config_.accelerators) {
    accelerators_.push_back(
        std::make_unique<AcceleratorModule>(("accelerator_" + accelerator.name).c_str(),
                                            accelerator, config_.bus.packet_bytes, *context_));
  }
  for (const PlatformMemory& memory : config_.memories) {
    memories_.push_back(std::make_unique<MemoryModule>(("memory_" + memory.name).c_str(), *context_,
                                                       config_.bus.latency_cycles));
  }
  bind();
  if (!options_.vcd.empty()) trace();
  reset({});
  sc_core::sc_start(context_->duration(1));
}

void Platform::Impl::dismantle() {
  vcd_.reset();
  accelerators_.clear();
  memories_.clear();
  bus_.reset();
  host_.reset();
}

void Platform::Impl::bind() {
  for (const auto& accelerator : accelerators_) {
    host_->doorbells(accelerator->doorbell);
    accelerator->interrupt(host_->interrupt);
    accelerator->socket.bind(bus_->initiators);
  }
  for (const auto& memory : memories_) {
    bus_->memories.bind(memory->socket);
    bus_->ready(memory->ready);
  }
}

void Platform::Impl::trace() {
  vcd_ = std::make_unique<VcdFile>(options_.vcd);
  host_->trace_to(vcd_->file());
  bus_->trace_to(vcd_->file());
  for (size_t i = 0; i < accelerators_.size(); ++i) {
    accelerators_[i]->trace_to(vcd_->file(),
                               "platform.accelerators." + config_.accelerators[i].name);
  }
  for (size_t i = 0; i < memories_.size(); ++i) {
    memories_[i]->trace_to(vcd_->file(), "platform.memories." + config_.memories[i].name);
  }
}

// An empty system, about to begin with `jobs`.
void Platform::Impl::reset(std::span<const Job> jobs) {
  context_->restart();
  PlatformObserver* observer = jobs.empty() ? nullptr : options_.observer;
  if (observer != nullptr) observer->run_began(jobs);
  bus_->reset(observer);
  for (size_t i = 0; i < memories_.size(); ++i) {
    std::unique_ptr<MemoryModel> model = make_model(config_.memories[i]);
    if (observer != nullptr) model->observe(observer->memory(i));
    memories_[i]->reset(std::move(model));
  }
  auto pool = std::make_unique<PacketPool>();
  for (const auto& accelerator : accelerators_) accelerator->reset(*pool, observer);
  pool_ = std::move(pool);
  values_ = std::make_unique<PlatformValues>(config_, jobs, options_.seed,
                                             [this](size_t accelerator) -> MemoryStore& {
                                               return memories_[memory_index(accelerator)]->store();
                                             });
  HostValues values;
  values.prepare = [this](size_t index) { return values_->prepare(index); };
  values.check = [this](size_t index) { values_->check(index); };
  host_->reset(jobs, config_.host.submit_cycles, std::move(values));
}

std::unique_ptr<MemoryModel> Platform::Impl::make_model(const PlatformMemory& memory) const {
  return options_.make_memory ? options_.make_memory(memory, config_.clock_hz)
                              : make_memory(memory.dram, config_.clock_hz);
}

size_t Platform::Impl::memory_index(size_t accelerator) const {
  const PlatformMemory& memory = memory_of(config_, config_.accelerators[accelerator]);
  return static_cast<size_t>(&memory - config_.memories.data());
}

PlatformRun Platform::Impl::run(std::span<const Job> jobs) {
  const SystemcContext::Scope scope{kernel_};
  reset(jobs);
  last_progress_ = std::chrono::steady_clock::now();
  int64_t quiet = 0;
  for (const Job& job : jobs) quiet = std::max(quiet, quiet_cycles(job));
  while (!host_->host().is_finished()) advance(options_.patience_cycles + quiet);
  PlatformRun run = results();
  if (options_.observer != nullptr && !jobs.empty()) options_.observer->run_ended(run);
  return run;
}

void Platform::Impl::advance(int64_t patience_cycles) {
  if (!sc_core::sc_pending_activity()) throw no_progress();
  sc_core::sc_start(
      std::max(context_->duration(kStepCycles), sc_core::sc_time_to_pending_activity()));
  context_->rethrow();
  for (const auto& accelerator : accelerators_) accelerator->report_life();
  if (context_->now() - context_->last_move() > patience_cycles) throw no_progress();
  report_progress();
}

void Platform::Impl::report_progress() {
  if (!options_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_progress_ < kProgressInterval) return;
  last_progress_ = now;
  options_.progress(context_->now());
}

PlatformRun Platform::Impl::results() const {
  PlatformRun run;
  run.cycles = host_->host().end();
  run.jobs = host_->host().results();
  for (size_t i = 0; i < accelerators_.size(); ++i) {
    run.initiators.push_back(bus_->bus().stats(i));
  }
  for (const auto& memory : memories_) run.memories.push_back(memory->model().stats());
  return run;
}

NoProgress Platform::Impl::no_progress() const {
  std::string text = fmt::format("no progress since cycle {} (now {})\n  host: {}",
                                 context_->last_move(), context_->now(), host_->host().describe());
  for (size_t i = 0; i < accelerators_.size(); ++i) {
    text += fmt::format("\n  {}: {}", config_.accelerators[i].name, accelerators_[i]->describe());
  }
  text += fmt::format("\n  bus: {}", bus_->bus().describe());
  for (size_t i = 0; i < memories_.size(); ++i) {
    text += fmt::format("\n  {}: {}", config_.memories[i].name, memories_[i]->model().describe());
  }
  return NoProgress{text};
}

Platform::Platform(const PlatformConfig& config, PlatformOptions options)
    : impl_(std::make_unique<Impl>(config, std::move(options))) {}

Platform::~Platform() = default;

PlatformRun Platform::run(std::span<const Job> jobs) { return impl_->run(jobs); }

bool has_systemc() { return true; }

}  // namespace olivine
