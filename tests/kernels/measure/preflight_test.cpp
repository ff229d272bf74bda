// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/measure/record.h"
#include "tests/kernels/measure/fake_bench.h"

namespace olivine::measure {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PreflightCheck : public testing::Test {
 protected:
  PreflightCheck() {
    device_.name = "H100";
    device_.compute_capability = 90;
  }

  [[nodiscard]] std::string refusal(bool checks_only = false) {
    slept_s_ = 0;
    const auto sleep_s = [this](double seconds) {
      slept_s_ += seconds;
      if (on_sleep_) on_sleep_();
    };
    return check_device(device_, monitor_, checks_only, sleep_s, preflight_).reason();
  }

  DeviceInfo device_;
  FakeMonitor monitor_;
  Preflight preflight_;
  double slept_s_ = 0;
  std::function<void()> on_sleep_;
};

TEST_F(PreflightCheck, AcceptsAnIdleDeviceAtOnce) {
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(slept_s_, 0);
  EXPECT_THAT(preflight_.notes, IsEmpty());
  EXPECT_EQ(preflight_.mode.driver_version, "580.65.06");
}

TEST_F(PreflightCheck, RefusesCapabilitiesWithoutKernelsBad) {
  for (const int capability : {70, 75, 100, 120}) {
    device_.compute_capability = capability;
    EXPECT_THAT(refusal(), HasSubstr("kernels are built for 8.x and 9.0")) << capability;
    EXPECT_NE(refusal(true), "") << capability;
  }
  for (const int capability : {80, 86, 89, 90}) {
    device_.compute_capability = capability;
    EXPECT_EQ(refusal(), "") << capability;
  }
}

TEST_F(PreflightCheck, RefusesAProhibitedDeviceBad) {
  monitor_.mode.compute_mode = ComputeMode::Prohibited;
  EXPECT_THAT(refusal(), HasSubstr("compute mode prohibited"));
  EXPECT_THAT(refusal(true), HasSubstr("compute mode prohibited"));
  monitor_.mode.compute_mode.reset();
  device_.compute_mode = ComputeMode::Prohibited;
  EXPECT_THAT(refusal(), HasSubstr("compute mode prohibited"));
  monitor_.mode.compute_mode = ComputeMode::ExclusiveProcess;
  EXPECT_EQ(refusal(), "");
}

TEST_F(PreflightCheck, RefusesMigUnlessOnlyOutputsCountBad) {
  monitor_.mode.is_mig = true;
  EXPECT_THAT(refusal(), HasSubstr("MIG is on"));
  EXPECT_EQ(refusal(true), "");
}

TEST_F(PreflightCheck, RefusesADeviceThatOthersUseBad) {
  monitor_.processes = {{4711, int64_t{300} << 20}, {4712, std::nullopt}};
  EXPECT_EQ(refusal(), "H100: busy: process 4711 (300 MiB), process 4712");
  EXPECT_GE(slept_s_, kRestSeconds);
  EXPECT_EQ(refusal(true), "");
}

TEST_F(PreflightCheck, RefusesADeviceUnderLoadBad) {
  monitor_.utilization.gpu_pct = kIdleUtilizationPercent;
  EXPECT_EQ(refusal(), "");
  monitor_.utilization.gpu_pct = kIdleUtilizationPercent + 1;
  EXPECT_EQ(refusal(), "H100: busy: utilization 6 %, must be at most 5 %");
}

TEST_F(PreflightCheck, WaitsForADeviceThatComesToRest) {
  monitor_.utilization.gpu_pct = 100;
  on_sleep_ = [this] {
    if (slept_s_ > 1) monitor_.utilization.gpu_pct = 0;
  };
  EXPECT_EQ(refusal(), "");
  EXPECT_GT(slept_s_, 1);
  EXPECT_LT(slept_s_, 2);
}

TEST_F(PreflightCheck, RefusesClocksHeldDownByHeatOrSupplyBad) {
  monitor_.sample.temperature_c = 91;
  for (const uint64_t reason : {throttle::kHardwareSlowdown, throttle::kSoftwareThermal,
                                throttle::kHardwareThermal, throttle::kPowerBrake}) {
    monitor_.sample.throttle_reasons = reason | throttle::kGpuIdle;
    EXPECT_THAT(refusal(), AllOf(HasSubstr("clocks are held down"), HasSubstr("at 91 C"),
                                 HasSubstr(throttle_names(reason).front())))
        << reason;
  }
  for (const uint64_t reason : {throttle::kGpuIdle, throttle::kSoftwarePowerCap, uint64_t{0}}) {
    monitor_.sample.throttle_reasons = reason;
    EXPECT_EQ(refusal(), "") << reason;
  }
}

TEST_F(PreflightCheck, NotesWhatAReaderShouldKnow) {
  monitor_.sample.throttle_reasons = throttle::kApplicationClocks;
  monitor_.mode.is_persistent = false;
  EXPECT_EQ(refusal(), "");
  EXPECT_THAT(preflight_.notes, ElementsAre(HasSubstr("clocks were set by somebody"),
                                            HasSubstr("persistence mode is off")));
}

TEST_F(PreflightCheck, GivesTheRecordWhatItSaw) {
  monitor_.mode.power_limit_mw = 700'000;
  monitor_.sample.throttle_reasons = throttle::kGpuIdle;
  EXPECT_EQ(refusal(), "");
  device_.driver_version = 13000;
  const DeviceRecord record = make_device_record(device_, preflight_);
  EXPECT_EQ(record.name, "H100");
  EXPECT_EQ(record.cuda_driver_version, "13.0");
  EXPECT_EQ(record.power_limit_w, 700);
  EXPECT_EQ(record.temperature_c, 60);
  EXPECT_THAT(record.throttle_reasons, ElementsAre("gpu_idle"));
}

}  // namespace
}  // namespace olivine::measure
