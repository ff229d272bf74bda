// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace olivine {

// What a warp read before and after its loop: the SM's cycle counter, and the device's timer.
struct TimedSpan {
  uint64_t first_cycle = 0;
  uint64_t last_cycle = 0;
  uint64_t first_ns = 0;
  uint64_t last_ns = 0;
};

// From the first warp's beginning to the last one's end. Cycles: of warps of one SM.
// Contract: not empty.
[[nodiscard]] double elapsed_cycles(std::span<const TimedSpan> warps);
[[nodiscard]] double elapsed_ns(std::span<const TimedSpan> warps);
// Of the SM, over the span.
[[nodiscard]] double clock_hz(const TimedSpan& span);

// A loop is run with two numbers of iterations: the difference has neither its beginning nor its
// end in it.
struct IterationPair {
  int few = 0;
  int many = 0;
};

// Cycles of an iteration, one sample a repetition; the first repetition only warms up.
// `spans`: [repetition][few, many][warp]. Contract: at least two repetitions.
[[nodiscard]] std::vector<double> cycles_per_iteration(std::span<const TimedSpan> spans, int warps,
                                                       const IterationPair& iterations);

}  // namespace olivine
