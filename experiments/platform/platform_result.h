// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/analytic/layer_result.h"
#include "sim/platform/platform.h"

namespace olivine {

struct PlatformProgram;

// One accelerator over the whole run. Its cycles add up exactly to those of the platform:
// work.array_cycles + work.vector_cycles + sum(work.stalls) + host_cycles + idle_cycles.
struct AcceleratorResult {
  LayerResult work;          // of its jobs; energy: leakage over the whole run, DRAM background
                             // shared equally by the accelerators of one memory
  uint64_t host_cycles = 0;  // a job could have begun, but the host was submitting it
  uint64_t idle_cycles = 0;  // waiting for other accelerators, or nothing left to do
  InitiatorStats bus;
};

// What one accelerator did for one layer, over all inputs.
struct SliceResult {
  const Job* job = nullptr;  // the first of them; belongs to the program
  LayerResult work;          // cycles: while it ran, without host and idle cycles
};

struct LayerOnPlatform {
  // From the first job's begin to the last one's end, added over inputs.
  uint64_t cycles = 0;
  std::vector<SliceResult> slices;  // of the accelerators that have a part, in their order

  [[nodiscard]] const SliceResult& slowest() const;
  [[nodiscard]] LayerResult total() const;
};

// A workload on a platform, over all inputs.
struct PlatformResult {
  uint64_t cycles = 0;
  LayerResult total;  // all accelerators added up, but for cycles, which are the platform's
  std::vector<AcceleratorResult> accelerators;
  std::vector<MemoryStats> memories;
  std::vector<LayerOnPlatform> layers;  // by layer of the program's workload
};

// Called now and then: the phase that is running, and all cycles done so far.
using ProgramProgress = std::function<void(const std::string& phase, uint64_t cycles)>;

// Runs every distinct phase of a program on one platform and adds them up. Throws as Platform and
// Platform::run(), and CheckFailed where an accelerator's waiting or its traffic does not add up.
// Contract: the program is one of `platform` and outlives the result; options.progress is unused.
[[nodiscard]] PlatformResult run_program(const PlatformConfig& platform,
                                         const PlatformProgram& program, PlatformOptions options,
                                         const ProgramProgress& progress = {});

// Roughly the cycles that run_program() will simulate, for progress bars.
[[nodiscard]] uint64_t estimated_cycles(const PlatformConfig& platform,
                                        const PlatformProgram& program);

// Useful PE operations over PE-cycles of the accelerators, by the platform's cycles.
[[nodiscard]] double platform_utilization(const PlatformConfig& platform,
                                          const PlatformResult& result);

}  // namespace olivine
