// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/loop_timing.h"

#include <algorithm>

namespace olivine {

double elapsed_cycles(std::span<const TimedSpan> warps) {
  uint64_t first = warps.front().first_cycle;
  uint64_t last = warps.front().last_cycle;
  for (const TimedSpan& warp : warps) {
    first = std::min(first, warp.first_cycle);
    last = std::max(last, warp.last_cycle);
  }
  return static_cast<double>(last - first);
}

double elapsed_ns(std::span<const TimedSpan> warps) {
  uint64_t first = warps.front().first_ns;
  uint64_t last = warps.front().last_ns;
  for (const TimedSpan& warp : warps) {
    first = std::min(first, warp.first_ns);
    last = std::max(last, warp.last_ns);
  }
  return static_cast<double>(last - first);
}

double clock_hz(const TimedSpan& span) {
  constexpr double kNanosecondsPerSecond = 1e9;
  const auto cycles = static_cast<double>(span.last_cycle - span.first_cycle);
  return cycles / static_cast<double>(span.last_ns - span.first_ns) * kNanosecondsPerSecond;
}

std::vector<double> cycles_per_iteration(std::span<const TimedSpan> spans, int warps,
                                         const IterationPair& iterations) {
  const auto stride = static_cast<size_t>(warps);
  std::vector<double> samples;
  for (size_t at = 2 * stride; at < spans.size(); at += 2 * stride) {
    const double few = elapsed_cycles(spans.subspan(at, stride));
    const double many = elapsed_cycles(spans.subspan(at + stride, stride));
    samples.push_back((many - few) / static_cast<double>(iterations.many - iterations.few));
  }
  return samples;
}

}  // namespace olivine
