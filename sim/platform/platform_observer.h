// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace olivine {

class LayerObserver;
class MemoryObserver;
struct Job;
struct PlatformRun;

// A packet on the path from an accelerator to a memory, in cycles from .. until - 1.
struct BusGrant {
  size_t memory = 0;
  size_t accelerator = 0;
  int64_t bytes = 0;
  int64_t from = 0;
  int64_t until = 0;
};

// Watches a platform: one run of jobs after the other.
class PlatformObserver {
 public:
  PlatformObserver() = default;
  virtual ~PlatformObserver() = default;
  PlatformObserver(const PlatformObserver&) = delete;
  PlatformObserver& operator=(const PlatformObserver&) = delete;

  // From an empty system. The jobs outlive the run.
  virtual void run_began(std::span<const Job> jobs) = 0;
  virtual void run_ended(const PlatformRun& run) = 0;

  // Who watches a memory in the run that has begun; null: nobody. The cycles are those in which the
  // memory itself moves something.
  virtual MemoryObserver* memory(size_t index) = 0;
  // An array job begins; who watches it. Null: nobody.
  virtual LayerObserver* job_began(size_t index, int64_t begin) = 0;
  virtual void granted(const BusGrant& grant) = 0;
};

}  // namespace olivine
