// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace olivine::measure {

class Bench;
struct MeasureRecord;
struct Plan;

// What a run asks and tells the outside while it goes on.
struct SessionHooks {
  // True ends the run after the step it is in.
  std::function<bool()> should_stop = [] { return false; };
  // A step begins that ends within `limit_s`, or something hangs.
  std::function<void(const std::string& step, double limit_s)> begin_step = [](const std::string&,
                                                                               double) {};
  // The record has grown by something worth keeping.
  std::function<void()> checkpoint = [] {};
};

struct SessionOptions {
  uint64_t seed = 1;
  int threads = 1;                    // of the CPU, for operands and expected outputs
  std::vector<std::string> kernels;   // own kernels with one of these in their names; all if empty
  std::vector<std::string> excluded;  // own kernels to leave out, by name
  std::optional<double> budget_s;     // shapes that would begin later are left out
  bool runs_micro = false;
  double power_s = 2;  // of a sustained load of the micro-measurements
};

// Does what `plan` says on `bench` and writes it down in `record`, which holds what was found so
// far at any time: checks first; then shape by shape, correct kernels only; then instructions.
// Throws what the device throws (CudaError).
void run_session(Bench& bench, const Plan& plan, const SessionOptions& options,
                 const SessionHooks& hooks, MeasureRecord& record);

}  // namespace olivine::measure
