// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/sustained.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_result.h"

namespace olivine {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kTera = 1e12;
constexpr double kLongestSeconds = 60;

SustainedInterval interval_of(std::span<const TimedSpan> blocks, uint64_t begin_ns,
                              double operations) {
  const auto first = std::min_element(
      blocks.begin(), blocks.end(),
      [](const TimedSpan& a, const TimedSpan& b) { return a.first_ns < b.first_ns; });
  std::vector<double> clocks;
  for (const TimedSpan& block : blocks) clocks.push_back(clock_hz(block));
  SustainedInterval interval;
  interval.start_s = static_cast<double>(first->first_ns - begin_ns) / kNanosecondsPerSecond;
  interval.tera_ops = operations / elapsed_ns(blocks) * kNanosecondsPerSecond / kTera;
  interval.sm_clock_hz = median_of(std::move(clocks));
  return interval;
}

}  // namespace

IssueCase sustained_case(const SustainedOptions& options) {
  constexpr int kMmaChains = 4;
  if (info(options.instruction).is_wgmma) {
    return {options.instruction, 2 * kWarpgroupWarps, 1, options.n, options.a_in_registers};
  }
  return {options.instruction, kIssueWarps.back(), kMmaChains};
}

double sustained_operations(const IssueCase& issue, int64_t blocks, int iterations) {
  const bool is_wgmma = info(issue.instruction).is_wgmma;
  const int issuers = is_wgmma ? issue.warps / kWarpgroupWarps : issue.warps;
  const double instructions = static_cast<double>(issue_instructions(issue, is_wgmma)) * issuers *
                              static_cast<double>(blocks) * iterations;
  return 2 * macs_of(issue.instruction, issue.n) * instructions;
}

Status check_sustained(const SustainedOptions& options, const DeviceLimits& device) {
  if (!(options.seconds > 0 && options.seconds <= kLongestSeconds)) {
    return Status::refuse(fmt::format("seconds = {}: must be above 0 and at most {}",
                                      options.seconds, kLongestSeconds));
  }
  return check(sustained_case(options), device);
}

SustainedResult summarize_sustained(std::span<const TimedSpan> spans, int64_t blocks,
                                    double operations_of_launch) {
  const auto stride = static_cast<size_t>(blocks);
  uint64_t begin_ns = spans.front().first_ns;
  for (const TimedSpan& block : spans.first(stride)) begin_ns = std::min(begin_ns, block.first_ns);
  SustainedResult result;
  for (size_t at = 0; at < spans.size(); at += stride) {
    result.intervals.push_back(
        interval_of(spans.subspan(at, stride), begin_ns, operations_of_launch));
  }
  std::vector<double> rates;
  std::vector<double> clocks;
  for (size_t i = result.intervals.size() / 2; i < result.intervals.size(); ++i) {
    rates.push_back(result.intervals[i].tera_ops);
    clocks.push_back(result.intervals[i].sm_clock_hz);
  }
  result.tera_ops = median_of(std::move(rates));
  result.sm_clock_hz = median_of(std::move(clocks));
  result.seconds = elapsed_ns(spans) / kNanosecondsPerSecond;
  return result;
}

}  // namespace olivine
