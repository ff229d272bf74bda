// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "experiments/compare/regime.h"
#include "experiments/compare/roofline.h"
#include "experiments/compare/split.h"
#include "experiments/compare/statistics.h"
#include "models/base/rng.h"
#include "sim/tensor_core/gemm_timing.h"

namespace olivine::compare {
namespace {

TEST(Split, IsInHalves) {
  constexpr int kShapes = 4096;
  for (const uint64_t seed : {0u, 1u, 7u}) {
    int fit = 0;
    for (int i = 0; i < kShapes; ++i) {
      const GemmShape shape{1 << (i % 8), 256 * (1 + i / 8 % 16), 512 * (1 + i / 128)};
      fit += in_fit_half(shape, seed) ? 1 : 0;
    }
    // Four standard deviations of a fair coin: sqrt(n) / 2 each.
    EXPECT_NEAR(fit, kShapes / 2, 4 * std::sqrt(kShapes) / 2) << "seed " << seed;
  }
}

TEST(Split, DependsOnEachExtentAndTheSeedOnly) {
  int changes = 0;
  for (int64_t i = 1; i <= 64; ++i) {
    const GemmShape shape{i, 2 * i, 3 * i};
    const bool half = in_fit_half(shape, 1);
    EXPECT_EQ(in_fit_half({i, 2 * i, 3 * i, 5}, 1), half);
    changes += in_fit_half({i + 1, 2 * i, 3 * i}, 1) != half;
    changes += in_fit_half({i, 2 * i + 1, 3 * i}, 1) != half;
    changes += in_fit_half({i, 2 * i, 3 * i + 1}, 1) != half;
    changes += in_fit_half(shape, 2) != half;
    changes += in_fit_half({2 * i, i, 3 * i}, 1) != half;
  }
  // 320 coins, five standard deviations of sqrt(320) / 2.
  EXPECT_NEAR(changes, 160, 5 * std::sqrt(320) / 2);
}

// The split that shipped constants were fitted with: another hash would make their errors wrong.
TEST(Split, StaysWhatCalibrationsWereFittedWith) {
  const auto halves = [](uint64_t seed) {
    std::string text;
    for (int64_t i = 1; i <= 16; ++i) text += in_fit_half({i, i, i}, seed) ? 'f' : 'h';
    return text;
  };
  // hash = seed; for each of m, n, k: hash = SplitMix64(hash xor extent); fit where the top bit is
  // 0. Computed by a program of its own.
  EXPECT_EQ(halves(1), "fhhhffhhhhfffhhh");
  EXPECT_EQ(halves(2), "ffffhhhfhfhfhfhh");
}

// A timing of 100 us with these parts, the rest on the tensor cores.
GemmTiming timing_of(std::initializer_list<std::pair<TimePart, double>> parts_us) {
  GemmTiming timing;
  timing.time_s = 100e-6;
  double rest = timing.time_s;
  for (const auto& [part, us] : parts_us) {
    timing.parts_s[static_cast<size_t>(part)] = us * 1e-6;
    rest -= us * 1e-6;
  }
  timing.parts_s[static_cast<size_t>(TimePart::Tensor)] += rest;
  return timing;
}

TEST(Regime, ChangesAtItsShare) {
  using enum TimePart;
  EXPECT_EQ(regime_of(timing_of({})), Regime::Compute);
  EXPECT_EQ(regime_of(timing_of({{Launch, 50.01}})), Regime::Launch);
  EXPECT_EQ(regime_of(timing_of({{Launch, 49.99}})), Regime::Compute);
  EXPECT_EQ(regime_of(timing_of({{Launch, 20}, {Latency, 30.01}})), Regime::Launch);
  EXPECT_EQ(regime_of(timing_of({{Clock, 2.01}})), Regime::Power);
  EXPECT_EQ(regime_of(timing_of({{Clock, 1.99}})), Regime::Compute);
  EXPECT_EQ(regime_of(timing_of({{Hbm, 10.01}})), Regime::Memory);
  EXPECT_EQ(regime_of(timing_of({{Hbm, 9.99}})), Regime::Compute);
  EXPECT_EQ(regime_of(timing_of({{Tail, 15.01}})), Regime::Wave);
  EXPECT_EQ(regime_of(timing_of({{Tail, 14.99}})), Regime::Compute);
}

TEST(Regime, IsTheFirstThatHolds) {
  using enum TimePart;
  EXPECT_EQ(regime_of(timing_of({{Launch, 60}, {Clock, 5}, {Hbm, 20}})), Regime::Launch);
  EXPECT_EQ(regime_of(timing_of({{Clock, 5}, {Hbm, 20}, {Tail, 20}})), Regime::Power);
  EXPECT_EQ(regime_of(timing_of({{Hbm, 20}, {Tail, 20}})), Regime::Memory);
  EXPECT_EQ(regime_of(timing_of({{L2, 60}, {Tail, 20}})), Regime::Wave);
}

TEST(RegimeDeathTest, NeedsATime) { EXPECT_DEATH((void)regime_of(GemmTiming{}), "time 0"); }

TEST(Statistics, QuantilesAreLinearBetweenValues) {
  EXPECT_DOUBLE_EQ(quantile({3}, 0.9), 3);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0), 1);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 1), 4);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.5), (2 + 3) / 2.0);
  EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.9), 3 + 0.7 * (4 - 3));  // place 0.9 x 3 = 2.7
}

TEST(Statistics, SumsUpSizesOfErrorsAndTheirBias) {
  const std::vector<double> errors = {-0.1, 0.2, -0.3};
  const auto summary = summarize(errors);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->count, 3u);
  EXPECT_DOUBLE_EQ(summary->mape, (0.1 + 0.2 + 0.3) / 3);
  EXPECT_DOUBLE_EQ(summary->median, 0.2);
  EXPECT_DOUBLE_EQ(summary->p90, 0.2 + 0.8 * (0.3 - 0.2));  // place 0.9 x 2 = 1.8
  EXPECT_DOUBLE_EQ(summary->bias, -0.1);
  EXPECT_FALSE(summarize(std::vector<double>{}));
}

// Points of a roofline with known constants, on both sides of its ridge and near its launch time.
std::vector<RooflinePoint> points_of(const Roofline& roofline, uint64_t seed, double noise) {
  Rng rng{seed};
  std::vector<RooflinePoint> points;
  for (int i = 0; i < 400; ++i) {
    RooflinePoint point;
    point.flops = std::exp(14 + 14 * rng.unit());
    point.bytes = point.flops / std::exp(3 + 5 * rng.unit());
    point.time_s = roofline.time_s(point) * (1 + noise * (2 * rng.unit() - 1));
    points.push_back(point);
  }
  return points;
}

TEST(Roofline, FindsTheConstantsOfExactPoints) {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    for (const Roofline& roofline :
         {Roofline{700e12, 2.8e12, 3e-6}, Roofline{200e12, 1.5e12, 12e-6}}) {
      const auto fitted = fit_roofline(points_of(roofline, seed, 0));
      ASSERT_TRUE(fitted);
      EXPECT_NEAR(fitted->flops_per_s / roofline.flops_per_s, 1, 1e-3);
      EXPECT_NEAR(fitted->bytes_per_s / roofline.bytes_per_s, 1, 1e-3);
      EXPECT_NEAR(fitted->launch_s / roofline.launch_s, 1, 1e-3);
    }
  }
}

TEST(Roofline, IsNoWorseThanTheTruthOnNoisyPoints) {
  const Roofline truth{700e12, 2.8e12, 3e-6};
  const std::vector<RooflinePoint> points = points_of(truth, 5, 0.2);
  const auto error_of = [&](const Roofline& roofline) {
    double sum = 0;
    for (const RooflinePoint& point : points) {
      sum += std::abs(roofline.time_s(point) / point.time_s - 1);
    }
    return sum / static_cast<double>(points.size());
  };
  const auto fitted = fit_roofline(points);
  ASSERT_TRUE(fitted);
  EXPECT_LE(error_of(*fitted), error_of(truth));
}

TEST(Roofline, NeedsMorePointsThanItHasConstants) {
  const std::vector<RooflinePoint> points = points_of({700e12, 2.8e12, 3e-6}, 1, 0);
  EXPECT_FALSE(fit_roofline({}));
  EXPECT_FALSE(fit_roofline(std::span{points}.first(kMinRooflinePoints - 1)));
  EXPECT_TRUE(fit_roofline(std::span{points}.first(kMinRooflinePoints)));
}

TEST(Roofline, IsTheSlowerOfComputeAndMemoryAfterTheLaunch) {
  const Roofline roofline{1e12, 1e9, 1e-6};
  EXPECT_DOUBLE_EQ(roofline.time_s({1e6, 1, 1}), 1e6 / 1e12 + 1e-6);
  EXPECT_DOUBLE_EQ(roofline.time_s({1, 1e6, 1}), 1e6 / 1e9 + 1e-6);
}

}  // namespace
}  // namespace olivine::compare
