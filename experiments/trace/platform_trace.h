// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "experiments/trace/trace_options.h"
#include "experiments/trace/trace_writer.h"
#include "sim/platform/platform_observer.h"

namespace olivine {
struct PlatformConfig;
struct PlatformProgram;
}  // namespace olivine

namespace olivine::trace {

struct PhaseRecord;

// Keeps every phase of a program: PlatformOptions::observer of run_program().
class PlatformRecorder final : public PlatformObserver {
 public:
  // Contract: platform, program and options outlive the recorder.
  PlatformRecorder(const PlatformConfig& platform, const PlatformProgram& program,
                   const TraceOptions& options);
  ~PlatformRecorder() override;

  void run_began(std::span<const Job> jobs) override;
  void run_ended(const PlatformRun& run) override;
  MemoryObserver* memory(size_t index) override;
  LayerObserver* job_began(size_t index, int64_t begin) override;
  void granted(const BusGrant& grant) override;

  // In the order of the program's phases.
  [[nodiscard]] const std::vector<PhaseRecord>& phases() const { return phases_; }

 private:
  const PlatformConfig* platform_;
  const TraceOptions* options_;
  size_t windows_;
  bool keeps_tiles_ = true;  // of the phase that runs
  std::vector<PhaseRecord> phases_;
};

// Writes the trace of a run: a process each for the host, every accelerator, the bus and every
// memory, every phase at its place in time, equal ones from one record. On an accelerator the
// slices of array and vector unit with those of host and idle add up to its cycles. Contract:
// run_program() has run the program with this recorder.
TraceSummary write_platform_trace(const TraceWriter::Sink& sink, const PlatformConfig& platform,
                                  const PlatformProgram& program, const PlatformRecorder& recorder,
                                  const TraceOptions& options);

}  // namespace olivine::trace
