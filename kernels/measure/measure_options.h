// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine::measure {

// How much is measured.
enum class Extent : uint8_t { Quick, Full };

// How a case is timed: rounds, with the other cases of its shape in between, each of warming up and
// then samples; a sample is one graph of launches of at least that duration.
struct TimingOptions {
  int rounds = 3;
  int samples = 8;  // of a round
  double sample_us = 2000;
  double warmup_us = 100'000;      // of a round: at least
  double max_warmup_us = 500'000;  // and at most, until times stand still
  double screening_us = 20'000;    // of a candidate, to choose the fastest of a case
};

// Energy of a case: trials of a window each, under constant load.
struct EnergyOptions {
  int trials = 2;
  double settle_s = 1;
  double window_s = 2;
};

}  // namespace olivine::measure
