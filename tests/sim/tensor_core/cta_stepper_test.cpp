// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Plans small enough that every time is a formula.
#include "sim/tensor_core/cta_stepper.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "sim/tensor_core/cta_walk.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
namespace {

using testing::ElementsAre;

constexpr std::array kSchedules = {Schedule::DataParallel, Schedule::SplitK, Schedule::Persistent,
                                   Schedule::StreamK};

// One CTA, a multiple of the slots, one less, one more, prime.
constexpr std::array kRows = {1, 5, 6, 7, 11, 23, 24, 25, 97};

struct Size {
  int64_t sms = 1;
  int64_t ctas_per_sm = 1;
  int64_t rows = 1;
  int64_t stages = 1;
};

// Everything is free but what a test sets.
CtaPlan free_plan(const Size& size) {
  CtaPlan plan;
  plan.sms = size.sms;
  plan.ctas_per_sm = size.ctas_per_sm;
  plan.rows = size.rows;
  plan.columns = plan.batch = 1;
  plan.stages = size.stages;
  plan.tensor_cycles.assign(static_cast<size_t>(size.ctas_per_sm), 0);
  return plan;
}

int64_t ceil_quotient(int64_t numerator, int64_t denominator) {
  return (numerator + denominator - 1) / denominator;
}

double total_cycles(const CtaPlan& plan) { return step_ctas(plan).total_cycles; }

template <class Check>
void for_each_size(const Check& check) {
  for (const int64_t sms : {1, 2, 3}) {
    for (const int64_t ctas_per_sm : {1, 2, 4}) {
      for (const int64_t rows : kRows) {
        for (const int64_t stages : {1, 2, 3, 4, 7}) {
          SCOPED_TRACE(
              fmt::format("{} SMs x {}, {} CTAs of {} stages", sms, ctas_per_sm, rows, stages));
          check(Size{sms, ctas_per_sm, rows, stages});
        }
      }
    }
  }
}

TEST(CtaStepper, OneResourceOfAnSmTakesTheTimeOfTheBusiestSm) {
  constexpr int64_t kCycles = 10;
  constexpr double kBytes = 640;
  for_each_size([&](const Size& size) {
    const int64_t on_sm = ceil_quotient(size.rows, size.sms);
    const auto expected = static_cast<double>(on_sm * size.stages * kCycles);
    for (const Schedule schedule : {Schedule::DataParallel, Schedule::Persistent}) {
      CtaPlan tensor = free_plan(size);
      tensor.schedule = schedule;
      CtaPlan shared = tensor;
      CtaPlan decode = tensor;
      CtaPlan port = tensor;
      CtaPlan store = tensor;
      tensor.tensor_cycles.assign(tensor.tensor_cycles.size(), kCycles);
      shared.shared_cycles = decode.decode_cycles = store.store_cycles = kCycles;
      port.load_bytes = kBytes;
      port.port_bytes_per_clk = kBytes / kCycles;
      for (const CtaPlan& plan : {tensor, shared, decode, port}) {
        EXPECT_EQ(total_cycles(plan), expected);
      }
      EXPECT_EQ(total_cycles(store), static_cast<double>(on_sm * kCycles));
    }
  });
}

TEST(CtaStepper, AResourceOfAllSmsIsNeverIdle) {
  for_each_size([](const Size& size) {
    for (const Schedule schedule : kSchedules) {
      CtaPlan plan = free_plan(size);
      plan.schedule = schedule;
      plan.columns = 3;
      plan.batch = 2;
      plan.load_bytes = 64;
      plan.output_bytes = 16;
      const auto ctas = static_cast<double>(plan.cta_count());
      const auto stages = static_cast<double>(plan.stage_count());
      CtaPlan hbm = plan;
      plan.l2_bytes_per_clk = 8;
      const double l2_bytes = stages * 64 + ctas * 16;
      EXPECT_EQ(total_cycles(plan), l2_bytes / 8);

      hbm.hbm_bytes_per_clk = 4;
      hbm.row_panel_bytes = 12;
      hbm.column_panel_bytes = 20;
      hbm.again_bytes = 4;
      hbm.written_bytes = 8;
      const auto k_panels = static_cast<double>(size.stages * hbm.batch);
      const double rows = static_cast<double>(size.rows) * 12;
      const double hbm_bytes = k_panels * (rows + 3 * 20) + stages * 4 + ctas * 8;
      const CtaSteps steps = step_ctas(hbm);
      EXPECT_EQ(steps.total_cycles, hbm_bytes / 4);
      EXPECT_EQ(steps.hbm_bytes, hbm_bytes);
      EXPECT_EQ(steps.l2_bytes, l2_bytes);
    }
  });
}

// As many loads on their way as there are buffers; each round of CTAs begins anew.
TEST(CtaStepper, LatencyIsPaidOnceForTheBuffersOfACta) {
  constexpr double kLatency = 100;
  for_each_size([&](const Size& size) {
    for (const int64_t buffers : {1, 2, 3, 8}) {
      CtaPlan plan = free_plan(size);
      plan.buffers = buffers;
      plan.latency_cycles = kLatency;
      const int64_t slots = size.sms * size.ctas_per_sm;
      const int64_t rounds = ceil_quotient(size.rows, slots);
      const auto paid = [&](int64_t ctas, int64_t stages) {
        return static_cast<double>(ctas * ceil_quotient(stages, buffers)) * kLatency;
      };
      EXPECT_EQ(total_cycles(plan), paid(rounds, size.stages));
      plan.schedule = Schedule::Persistent;
      EXPECT_EQ(total_cycles(plan), paid(1, rounds * size.stages));
      plan.schedule = Schedule::StreamK;
      EXPECT_EQ(total_cycles(plan), paid(1, ceil_quotient(size.rows * size.stages, slots)));
    }
  });
}

TEST(CtaStepper, WhatACtaCannotOverlapAddsUpByRounds) {
  for_each_size([](const Size& size) {
    CtaPlan plan = free_plan(size);
    plan.interval_cycles = 30;
    plan.epilogue_cycles = 200;
    plan.launch_cycles = 5000;
    plan.reduction_cycles = 700;
    const int64_t rounds = ceil_quotient(size.rows, size.sms * size.ctas_per_sm);
    const auto expected = static_cast<double>(rounds * ((size.stages - 1) * 30 + 200));
    EXPECT_EQ(total_cycles(plan), 5000 + expected + 700);
    plan.schedule = Schedule::Persistent;
    EXPECT_EQ(total_cycles(plan), 5000 + expected + 700);
  });
}

TEST(CtaStepper, NoCtasLeaveTheLaunch) {
  for (const Schedule schedule : kSchedules) {
    CtaPlan plan;
    plan.schedule = schedule;
    plan.launch_cycles = 5000;
    const CtaSteps steps = step_ctas(plan);
    EXPECT_EQ(steps.total_cycles, 5000);
    EXPECT_EQ(steps.ctas, 0);
    EXPECT_TRUE(steps.timeline.empty());
  }
}

// Stages computed while `buffers` - 1 others are on their way hide the latency if they take as
// long: both sides of the boundary, and the boundary.
TEST(CtaStepper, ComputingTheOtherBuffersHidesTheLatency) {
  constexpr int64_t kTensor = 10;
  for (const int64_t buffers : {1, 2, 3, 5}) {
    for (const int64_t stages : {1, 2, 4, 5, 6, 13}) {
      for (const int64_t latency :
           {(buffers - 1) * kTensor, (buffers - 1) * kTensor + 1, 7 * kTensor}) {
        CtaPlan plan = free_plan({1, 1, 1, stages});
        plan.buffers = buffers;
        plan.latency_cycles = static_cast<double>(latency);
        plan.tensor_cycles = {static_cast<double>(kTensor)};
        const bool is_hidden = latency <= (buffers - 1) * kTensor;
        const int64_t last = stages - 1;
        const int64_t last_begin =
            is_hidden ? latency + last * kTensor
                      : latency + last / buffers * (latency + kTensor) + last % buffers * kTensor;
        const CtaSteps steps = step_ctas(plan);
        EXPECT_EQ(steps.total_cycles, static_cast<double>(last_begin + kTensor))
            << buffers << " buffers, " << stages << " stages, latency " << latency;
        EXPECT_EQ(steps.stalled(CtaStall::Load),
                  static_cast<double>(last_begin - latency - last * kTensor));
      }
    }
  }
}

TEST(CtaStepper, ASecondCtaOnTheSmComputesWhileTheFirstWaits) {
  constexpr double kCycles = 10;  // of the tensor cores, and of latency
  constexpr int64_t kStages = 9;
  CtaPlan plan = free_plan({1, 2, 1, kStages});
  plan.buffers = 1;
  plan.latency_cycles = kCycles;
  plan.tensor_cycles = {kCycles, kCycles};
  EXPECT_EQ(total_cycles(plan), kStages * 2 * kCycles);
  plan.rows = 2;
  EXPECT_EQ(total_cycles(plan), kCycles + 2 * kStages * kCycles);
}

TEST(CtaStepper, TensorCoresAreAsQuickAsTheCtasOnTheSmAllow) {
  constexpr int64_t kStages = 5;
  constexpr double kOne = 10;  // cycles of a stage, one CTA on the SM
  constexpr double kTwo = 6;
  CtaPlan plan = free_plan({1, 2, 3, kStages});
  plan.tensor_cycles = {kOne, kTwo};
  // The first CTA ends one stage before the second one; by then the third has begun its first.
  EXPECT_EQ(total_cycles(plan), (2 * kStages + 1) * kTwo + (kStages - 1) * kOne);
}

TEST(CtaStepper, WhoAsksForAPanelOnItsWayWaitsForIt) {
  CtaPlan plan = free_plan({2, 1, 1, 1});
  plan.columns = 2;
  plan.hbm_bytes_per_clk = 1;
  plan.row_panel_bytes = 100;
  plan.column_panel_bytes = 10;
  const CtaSteps steps = step_ctas(plan, 1);
  // Memory sends the row's panel with the first column's, then the second column's.
  EXPECT_EQ(steps.total_cycles, 100 + 10 + 10);
  plan.column_panel_bytes = 0;
  EXPECT_EQ(step_ctas(plan, 1).prologue_cycles, 100 + 100);
}

// Two tiles one after the other. Loads take 5 cycles and are hidden but for the first; outputs
// leave 7 + 3 cycles after the last stage.
TEST(CtaStepper, TracesTheCtasOfAnSm) {
  CtaPlan plan = free_plan({1, 1, 2, 3});
  plan.tensor_cycles = {10};
  plan.latency_cycles = 5;
  plan.epilogue_cycles = 7;
  plan.store_cycles = 3;
  plan.launch_cycles = 100;
  EXPECT_THAT(step_ctas(plan).timeline, ElementsAre(CtaSpan{0, CtaPhase::Prologue, 100, 105},
                                                    CtaSpan{0, CtaPhase::Mainloop, 105, 135},
                                                    CtaSpan{0, CtaPhase::Epilogue, 135, 145},
                                                    CtaSpan{1, CtaPhase::Prologue, 145, 150},
                                                    CtaSpan{1, CtaPhase::Mainloop, 150, 180},
                                                    CtaSpan{1, CtaPhase::Epilogue, 180, 190}));
  // The second tile was loaded during the first one's end, and is computed while outputs leave.
  plan.schedule = Schedule::Persistent;
  const CtaSteps steps = step_ctas(plan);
  EXPECT_THAT(steps.timeline, ElementsAre(CtaSpan{0, CtaPhase::Prologue, 100, 105},
                                          CtaSpan{0, CtaPhase::Mainloop, 105, 135},
                                          CtaSpan{0, CtaPhase::Epilogue, 135, 145},
                                          CtaSpan{1, CtaPhase::Mainloop, 142, 172},
                                          CtaSpan{1, CtaPhase::Epilogue, 172, 182}));
  EXPECT_EQ(steps.total_cycles, 182);
  EXPECT_EQ(steps.rounds, 2);
  EXPECT_EQ(steps.busy_share(CtaResource::Tensor), 60.0 / 182);
}

TEST(CtaStepper, StreamKDealsStagesEvenly) {
  constexpr int64_t kTensor = 10;
  for_each_size([&](const Size& size) {
    CtaPlan plan = free_plan(size);
    plan.schedule = Schedule::StreamK;
    plan.tensor_cycles.assign(plan.tensor_cycles.size(), kTensor);
    const int64_t all = size.rows * size.stages;
    const int64_t walks = std::min(all, size.sms * size.ctas_per_sm);
    int64_t on_first_sm = 0;  // its CTAs are never those that get one stage less
    for (int64_t walk = 0; walk < walks; walk += size.sms) {
      on_first_sm += all / walks + (walk < all % walks ? 1 : 0);
    }
    EXPECT_EQ(total_cycles(plan), static_cast<double>(on_first_sm * kTensor));
  });
}

TEST(CtaRaster, EveryStageIsComputedOnce) {
  for (const Schedule schedule : kSchedules) {
    for (const int64_t block_rows : {1, 2, 3, 5}) {
      CtaPlan plan = free_plan({2, 2, 5, 3});
      plan.schedule = schedule;
      plan.columns = 3;
      plan.batch = 2;
      plan.splits = 2;
      plan.block_rows = block_rows;
      const CtaRaster raster{plan};
      std::set<std::pair<size_t, size_t>> seen;
      for (int64_t i = 0; i < raster.walks(); ++i) {
        for (CtaWalk walk = raster.walk(i); walk.left > 0; raster.advance(walk)) {
          const CtaPanels panels = raster.panels(walk);
          EXPECT_TRUE(seen.insert({panels.row, panels.column}).second);
          const int64_t k_stages = plan.splits * plan.stages;
          EXPECT_EQ(panels.row % static_cast<size_t>(k_stages),
                    panels.column % static_cast<size_t>(k_stages));
          EXPECT_LT(panels.row, static_cast<size_t>(plan.batch * plan.rows * k_stages));
          EXPECT_LT(panels.column, static_cast<size_t>(plan.batch * plan.columns * k_stages));
        }
      }
      EXPECT_EQ(std::ssize(seen), plan.stage_count());
    }
  }
}

TEST(CtaRaster, AWaveIsABlockOfTiles) {
  CtaPlan plan = free_plan({1, 1, 5, 1});
  plan.columns = 2;
  plan.block_rows = 2;
  const CtaRaster raster{plan};
  std::vector<std::pair<size_t, size_t>> tiles;  // row, column
  for (int64_t i = 0; i < raster.walks(); ++i) {
    const CtaPanels panels = raster.panels(raster.walk(i));
    tiles.emplace_back(panels.row, panels.column);
  }
  using Tile = std::pair<size_t, size_t>;
  EXPECT_THAT(tiles, ElementsAre(Tile{0, 0}, Tile{1, 0}, Tile{0, 1}, Tile{1, 1},  //
                                 Tile{2, 0}, Tile{3, 0}, Tile{2, 1}, Tile{3, 1},  //
                                 Tile{4, 0}, Tile{4, 1}));
}

TEST(CtaStepper, RefusesMoreStagesThanItCanStep) {
  CtaPlan plan = free_plan({1, 1, kMaxCtaStages / 100, 100});
  EXPECT_EQ(refuse_step(plan), std::nullopt);
  ++plan.rows;
  EXPECT_EQ(refuse_step(plan), "5e+07 stages of CTAs: must be at most 5e+07");
  plan.rows = plan.columns = plan.batch = plan.stages = int64_t{1} << 30;  // 2^120
  EXPECT_EQ(refuse_step(plan), "1.33e+36 stages of CTAs: must be at most 5e+07");
}

}  // namespace
}  // namespace olivine
