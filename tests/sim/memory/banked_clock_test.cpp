// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"
#include "sim/memory/banked_memory_clock.h"
#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

__extension__ using Wide = __int128;

// Both sides of each boundary, by cross-multiplication: cycle a of f_a hertz begins at a / f_a, so
// it is not before cycle b of f_b where a f_b >= b f_a.
void expect_exact(int64_t requester_hz, int64_t dram_hz, int64_t cycle) {
  SCOPED_TRACE(fmt::format("cycle {}", cycle));
  const ClockRatio clocks{static_cast<double>(requester_hz), static_cast<double>(dram_hz)};
  const Wide requester = requester_hz;
  const Wide dram = dram_hz;
  const int64_t in_dram = clocks.to_dram(cycle);
  EXPECT_TRUE(in_dram * requester >= cycle * dram);
  EXPECT_TRUE((in_dram - 1) * requester < cycle * dram);
  const int64_t in_requester = clocks.to_requester(cycle);
  EXPECT_TRUE(in_requester * dram >= cycle * requester);
  EXPECT_TRUE((in_requester - 1) * dram < cycle * requester);
  const int64_t after = clocks.after(cycle);
  EXPECT_TRUE(after * dram > cycle * requester);
  EXPECT_TRUE((after - 1) * dram <= cycle * requester);
  // What was issued in `cycle` has been simulated in requester cycle `after`, not one before.
  EXPECT_GT(clocks.to_dram(after), cycle);
  EXPECT_LE(clocks.to_dram(after - 1), cycle);
}

TEST(ClockRatio, IsExactForEveryPresetAndClock) {
  for (const DramPreset preset : kEveryPreset) {
    const auto dram_hz = static_cast<int64_t>(dram_device(preset).clock_hz);
    for (const int64_t requester_hz :
         {int64_t{500'000'000}, int64_t{1'000'000'000}, int64_t{333'333'333}, int64_t{1'000'000},
          int64_t{10'000'000'000}}) {
      SCOPED_TRACE(fmt::format("{} Hz and {} Hz", requester_hz, dram_hz));
      for (int64_t cycle = 0; cycle < 50; ++cycle) expect_exact(requester_hz, dram_hz, cycle);
      Rng rng{7};
      SCOPED_TRACE("seed 7");
      for (int i = 0; i < 100; ++i) {
        expect_exact(requester_hz, dram_hz, rng.uniform(0, int64_t{1} << 48));
      }
    }
  }
}

TEST(ClockRatio, KeepsEqualClocksTogether) {
  const ClockRatio clocks{1.6e9, 1.6e9};
  for (const int64_t cycle : {int64_t{0}, int64_t{1}, int64_t{1} << 62}) {
    EXPECT_EQ(clocks.to_dram(cycle), cycle);
    EXPECT_EQ(clocks.to_requester(cycle), cycle);
    EXPECT_EQ(clocks.after(cycle), cycle + 1);
  }
}

}  // namespace
}  // namespace olivine
