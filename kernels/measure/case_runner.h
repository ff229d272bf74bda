// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/status.h"
#include "kernels/measure/case_work.h"
#include "kernels/measure/output_check.h"

namespace olivine::measure {

// One way to run a case: an own kernel, or an algorithm of a library.
struct Candidate {
  std::string name;  // "gemm_s8_s8_n128m128k128_sm80"
  std::string tile;  // "n128m128k128, 4 stages, cluster 1"; of libraries what they tell
};

// C with its guards, as one run left it. The bytes stay until the runner, or another one of the
// same device, gives others.
struct GuardedOutput {
  OutputLayout layout;
  std::span<const uint8_t> bytes;
};

// One case with its operands on a device. The interface lets everything above it be tested without
// one.
class CaseRunner {
 public:
  CaseRunner() = default;
  virtual ~CaseRunner() = default;
  CaseRunner(const CaseRunner&) = delete;
  CaseRunner& operator=(const CaseRunner&) = delete;
  CaseRunner(CaseRunner&&) = delete;
  CaseRunner& operator=(CaseRunner&&) = delete;

  // Those that can run the case, the likeliest first; at least one.
  [[nodiscard]] virtual const std::vector<Candidate>& candidates() const = 0;

  // Runs a candidate once, into memory that was filled with kPoison. Libraries have one form, and
  // no guard columns.
  virtual GuardedOutput run_guarded(size_t candidate, OutputForm form, GuardColumns columns) = 0;

  // Makes the copies of the operands that timed launches take in turns.
  virtual Rotation rotate() = 0;
  // The rest, contract: after rotate(), and with a candidate captured.
  //
  // One graph of so many launches of the candidate, int32 output, takes the place of the last one.
  virtual void capture(size_t candidate, int64_t launches) = 0;
  // Runs the graph once, then so often, back to back, and waits; microseconds of the latter by the
  // device's clock.
  virtual double run_us(int64_t graphs) = 0;
  // Queues runs without waiting for them, but until only those of a few calls are under way.
  virtual void enqueue(int64_t graphs) = 0;
  virtual void drain() = 0;

  // Whether C of timed launches is the one that was checked: float libraries are timed with other
  // operands.
  [[nodiscard]] virtual bool is_timed_output_checked() const = 0;
  // C of the last timed launch, without gaps; stays as the bytes of run_guarded() do.
  virtual std::span<const uint8_t> timed_output() = 0;
  // Names of the kernels that a launch of the candidate starts; empty where nobody tells.
  virtual std::vector<std::string> kernel_names(size_t candidate) = 0;

  // What a launch consists of where it is more than one kernel: "decode", "gemm".
  [[nodiscard]] virtual const std::vector<std::string>& steps() const = 0;
  // As capture(), of one step of the candidate alone.
  virtual void capture_step(size_t candidate, size_t step, int64_t launches) = 0;
};

}  // namespace olivine::measure
