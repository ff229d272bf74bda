// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/memory/memory_stats.h"
#include "sim/platform/bus_stats.h"
#include "sim/platform/job_result.h"

namespace olivine {

class MemoryModel;
class PlatformObserver;
struct Job;
struct PlatformConfig;
struct PlatformMemory;

struct PlatformRun {
  int64_t cycles = 0;  // end of the last job
  std::vector<JobResult> jobs;
  std::vector<InitiatorStats> initiators;  // by accelerator
  std::vector<MemoryStats> memories;
};

// Makes the memory model of a platform's memory; tests put their own in its place.
using MemoryFactory =
    std::function<std::unique_ptr<MemoryModel>(const PlatformMemory&, double clock_hz)>;

struct PlatformOptions {
  std::string vcd;            // VCD file of the modules' signals, whole when the platform is gone;
                              // empty: none
  uint64_t seed = 1;          // of the values that cycle, stream and rtl accelerators carry
  MemoryFactory make_memory;  // empty: bandwidth or banked, as configured
  PlatformObserver* observer = nullptr;  // outlives the platform; null: nobody watches
  int64_t patience_cycles = 1'000'000;   // without a packet, fold or job moving: a deadlock
  // Called now and then with the cycles of the phase that is running.
  std::function<void(int64_t cycles)> progress;
};

// A system in SystemC: a host that submits jobs, accelerators with DMA engines (TLM-2.0 initiators,
// approximately timed), a bus, memories. One process may make several, one after the other.
class Platform {
 public:
  // Elaborates. Throws ConfigError if a model cannot be made (RTL that does not build).
  Platform(const PlatformConfig& config, PlatformOptions options);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  // Runs jobs from an empty system. With values: operands travel through the memories, and outputs
  // and what lies in memory afterwards are compared with the functional GEMM.
  // Throws NoProgress with the state of every module, CheckFailed with the first output that
  // differs.
  [[nodiscard]] PlatformRun run(std::span<const Job> jobs);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether this build has SystemC; without it Platform's constructor throws ConfigError.
[[nodiscard]] bool has_systemc();

}  // namespace olivine
