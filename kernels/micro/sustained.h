// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/status.h"
#include "kernels/micro/issue_operands.h"
#include "kernels/micro/loop_timing.h"
#include "kernels/micro/micro_plan.h"

namespace olivine {

// A load that keeps every tensor core of the chip busy: for the power drawn, and the clock that is
// left, with operands that toggle wires or do not.
struct SustainedOptions {
  MicroInstruction instruction = MicroInstruction::MmaS8;
  int n = 256;                  // of wgmma: one of those that are measured (micro_plan.h)
  bool a_in_registers = false;  // of wgmma
  OperandData data = OperandData::Random;
  double seconds = 2;
  uint64_t seed = 1;
};

// One launch of it.
struct SustainedInterval {
  double start_s = 0;      // since the load began, by the device's timer
  double tera_ops = 0;     // multiplications and additions a second, dense equivalents
  double sm_clock_hz = 0;  // cycles over time: median of the SMs
};
inline constexpr double kSustainedLaunchSeconds = 0.02;

// Rate and clock: medians of the second half. Clocks settle within about 3 s.
struct SustainedResult {
  double tera_ops = 0;
  double sm_clock_hz = 0;
  double seconds = 0;  // by the device's timer
  std::vector<SustainedInterval> intervals;
};

// The loop that it runs, on every SM.
[[nodiscard]] IssueCase sustained_case(const SustainedOptions& options);
// Operations of one launch.
[[nodiscard]] double sustained_operations(const IssueCase& issue, int64_t blocks, int iterations);
[[nodiscard]] Status check_sustained(const SustainedOptions& options, const DeviceLimits& device);

// `spans`: [launch][block]. Contract: at least one launch.
[[nodiscard]] SustainedResult summarize_sustained(std::span<const TimedSpan> spans, int64_t blocks,
                                                  double operations_of_launch);

}  // namespace olivine
