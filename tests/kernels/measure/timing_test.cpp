// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/timing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/measure/energy.h"
#include "kernels/measure/expectation.h"
#include "kernels/measure/variants.h"
#include "tests/kernels/measure/fake_bench.h"

namespace olivine::measure {
namespace {

// Runner of int8 kernels whose launches take what `bench.launch_us` says.
class Timing : public testing::Test {
 protected:
  Timing() {
    operands_ = make_operands({"", 64, 64, 64}, parse_scheme("w8a8-int8"), 1, 1);
    const ReferenceGemm none = [](const PackedMatrix&, const PackedMatrix&) {
      return std::vector<int32_t>{};
    };
    EXPECT_TRUE(make_expectation(operands_, none, 1, expectation_));
    const CaseInputs inputs{find_variant("int8"), &operands_, &operands_, &expectation_};
    EXPECT_TRUE(bench_.make_runner(inputs, runner_));
    runner_->rotate();
  }

  FakeBench bench_;
  Operands operands_;
  Expectation expectation_;
  std::unique_ptr<CaseRunner> runner_;
  TimingOptions options_;
};

constexpr int64_t kSets = 3;

TEST_F(Timing, ScreensTheTimeOfOneLaunch) {
  bench_.launch_us = [](const std::string&, double) { return 12.5; };
  EXPECT_NEAR(screened_us(*runner_, 0, kSets, options_), 12.5, 1e-6);
}

TEST_F(Timing, TakesTheSamplesThatWereAskedFor) {
  bench_.launch_us = [](const std::string&, double) { return 10.0; };
  CaseTimer timer{*runner_, 0, 10, kSets, options_};
  for (int round = 0; round < options_.rounds; ++round) timer.run_round();
  EXPECT_EQ(timer.rounds(), 3);
  EXPECT_EQ(timer.graph_launches(), 201);  // 2,000 us of 10 us, in turns of 3
  EXPECT_EQ(timer.spread().samples, options_.rounds * options_.samples);
  EXPECT_NEAR(timer.spread().median, 10, 1e-6);
  EXPECT_TRUE(timer.did_settle());
  EXPECT_TRUE(timer.spread().is_steady());
}

TEST_F(Timing, WaitsForClocksToSettle) {
  // Fast at first, then slower, as a card that reaches its power limit.
  bench_.launch_us = [](const std::string&, double at_s) {
    return 20.0 - 10.0 * std::exp(-at_s / 0.05);
  };
  options_.warmup_us = 40'000;
  options_.max_warmup_us = 2e6;
  CaseTimer timer{*runner_, 0, 10, kSets, options_};
  timer.run_round();
  EXPECT_TRUE(timer.did_settle());
  EXPECT_NEAR(timer.spread().median, 20, 0.5);
}

TEST_F(Timing, SaysWhereTimesNeverStoodStill) {
  int calls = 0;
  bench_.launch_us = [&](const std::string&, double) { return ++calls % 2 == 0 ? 10.0 : 12.0; };
  CaseTimer timer{*runner_, 0, 10, kSets, options_};
  timer.run_round();
  EXPECT_FALSE(timer.did_settle());
}

TEST_F(Timing, FlagsRoundsThatDiffer) {
  double us = 10;
  bench_.launch_us = [&](const std::string&, double) { return us; };
  CaseTimer timer{*runner_, 0, 10, kSets, options_};
  timer.run_round();
  us = 10.3;
  timer.run_round();
  EXPECT_NEAR(timer.spread().round_drift(), 0.03, 1e-9);
  EXPECT_FALSE(timer.spread().is_steady());
}

class Energy : public Timing {
 protected:
  Energy() {
    bench_.launch_us = [](const std::string&, double) { return 100.0; };
    runner_->capture(0, 10);
    load_ = {runner_.get(), 10, 1000};
    energy_.settle_s = 0.5;
    energy_.window_s = 1;
    energy_.trials = 3;
  }

  [[nodiscard]] Status measure(EnergyResult& result, double idle_w = FakeGpu::kIdleWatts) {
    return measure_energy(
        bench_, load_, energy_, idle_w, [this] { return should_stop_; }, result);
  }

  EnergyLoad load_;
  EnergyOptions energy_;
  bool should_stop_ = false;
};

TEST_F(Energy, OfTheIdleDeviceIsItsIdlePower) {
  double idle_w = 0;
  ASSERT_TRUE(measure_idle_w(bench_, 1, idle_w));
  EXPECT_NEAR(idle_w, FakeGpu::kIdleWatts, 0.01 * FakeGpu::kIdleWatts);
}

TEST_F(Energy, IsPowerTimesTimeInSpiteOfTheCountersSteps) {
  EnergyResult result;
  ASSERT_TRUE(measure(result));
  ASSERT_EQ(result.trial_power_w.size(), 3);
  // Windows end at steps of the counter, seen within one chunk of 5 ms.
  for (const double watts : result.trial_power_w) {
    EXPECT_NEAR(watts, FakeGpu::kLoadWatts, 0.01 * FakeGpu::kLoadWatts);
  }
  EXPECT_NEAR(result.power_w, FakeGpu::kLoadWatts, 0.01 * FakeGpu::kLoadWatts);
  EXPECT_NEAR(result.energy_uj, FakeGpu::kLoadWatts * 100, 0.02 * FakeGpu::kLoadWatts * 100);
  EXPECT_NEAR(result.net_energy_uj, result.energy_uj - FakeGpu::kIdleWatts * 100, 100);
  EXPECT_GE(result.measured_s, 3);
  EXPECT_NEAR(static_cast<double>(result.launches) * 100e-6, result.measured_s, 0.05);
  EXPECT_DOUBLE_EQ(result.sm_clock_hz, 1'755'000'000);
  EXPECT_EQ(result.temperature_c, 60);
  EXPECT_GT(bench_.fake_monitor.sample_calls, 20);
}

TEST_F(Energy, CollectsThrottleReasonsOfTheWholeLoad) {
  bench_.fake_monitor.on_sample = [](FakeMonitor& monitor) {
    monitor.sample.throttle_reasons =
        monitor.sample_calls == 7 ? throttle::kSoftwarePowerCap : uint64_t{0};
  };
  EnergyResult result;
  ASSERT_TRUE(measure(result));
  EXPECT_EQ(result.throttle_reasons, throttle::kSoftwarePowerCap);
}

TEST_F(Energy, IsRefusedWithoutACounterBad) {
  EnergyResult result;
  bench_.fake_monitor.has_energy = false;
  EXPECT_EQ(measure(result).reason(), "NVML: not supported");
  bench_.fake_monitor.has_energy = true;
  bench_.fake_monitor.is_stuck = true;
  EXPECT_EQ(measure(result).reason(), "the energy counter stands still");
}

TEST_F(Energy, EndsWhenInterruptedBad) {
  should_stop_ = true;
  EnergyResult result;
  EXPECT_EQ(measure(result).reason(), "interrupted");
  EXPECT_LT(bench_.now_s(), 0.5);
}

}  // namespace
}  // namespace olivine::measure
