// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>

#include "sim/cosim/rtl_model.h"

namespace olivine::regress {

// The side of a stream that the bench plays: data stay from valid to ready.
struct AcceleratorStream {
  const RtlSignal* valid = nullptr;
  const RtlSignal* ready = nullptr;
  double chance = 1.0;
  bool is_shown = false;

  [[nodiscard]] bool is_taken() const { return is_shown && ready->value() != 0; }
};

// The two halves of a scratchpad: one is held from its last beat until the last line has read it.
class HeldHalves {
 public:
  // In the cycle of the last read.
  void release_at(int64_t cycle) { releases_.push_back(cycle); }
  // In the cycle of the last beat.
  void fill() { ++held_; }
  // Whether a beat can be taken in cycle `now`, in which nothing has been filled yet.
  [[nodiscard]] bool is_ready(int64_t now) {
    while (!releases_.empty() && releases_.front() < now) {
      releases_.pop_front();
      --held_;
    }
    return held_ != 2;
  }

 private:
  std::deque<int64_t> releases_;
  int64_t held_ = 0;
};

}  // namespace olivine::regress
