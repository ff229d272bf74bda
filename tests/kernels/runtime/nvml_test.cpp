// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/runtime/dynamic_library.h"
#include "tests/kernels/runtime/fake_nvml.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr const char* kFake = OLV_FAKE_NVML;
constexpr const char* kOldFake = OLV_FAKE_NVML_OLD;
constexpr const char* kEmpty = OLV_FAKE_EMPTY;
constexpr const char* kAddress = "0000:17:00.0";

// The stand-in stays loaded for as long as its state is set and read.
class Nvml : public testing::Test {
 protected:
  void SetUp() override { reset(kFake); }
  void reset(const char* path) {
    ASSERT_TRUE(DynamicLibrary::open({path}, library_));
    FakeNvmlState* (*find_state)() = nullptr;
    ASSERT_TRUE(library_.load("fake_nvml_state", find_state));
    state_ = find_state();
    *state_ = {};
  }
  void open(const char* path = kFake) {
    const Status status = open_nvml(kAddress, monitor_, path);
    ASSERT_TRUE(status) << status.reason();
  }

  DynamicLibrary library_;
  FakeNvmlState* state_ = nullptr;
  std::unique_ptr<DeviceMonitor> monitor_;
};

TEST_F(Nvml, InitializesOnceAndShutsDown) {
  open();
  EXPECT_EQ(state_->init_count, 1);
  monitor_.reset();
  EXPECT_EQ(state_->init_count, 0);
}

TEST_F(Nvml, ReadsTheEnergyCounterBeyond32Bits) {
  state_->energy_mj = 0x1'2345'6789ULL;
  open();
  uint64_t energy_mj = 0;
  ASSERT_TRUE(monitor_->read_energy_mj(energy_mj));
  EXPECT_EQ(energy_mj, 0x1'2345'6789ULL);
}

TEST_F(Nvml, ReadsASampleInTheUnitsOfItsNames) {
  state_->power_mw = 689'500;
  state_->sm_clock_mhz = 1755;
  state_->memory_clock_mhz = 2619;
  state_->temperature_c = 61;
  state_->clock_event_reasons = throttle::kSoftwarePowerCap | throttle::kSoftwareThermal;
  open();
  DeviceSample sample;
  ASSERT_TRUE(monitor_->read_sample(sample));
  EXPECT_EQ(sample.power_mw, 689'500);
  EXPECT_EQ(sample.sm_clock_hz, 1'755'000'000);
  EXPECT_EQ(sample.memory_clock_hz, 2'619'000'000);
  EXPECT_EQ(sample.temperature_c, 61);
  EXPECT_EQ(sample.throttle_reasons, 0x24U);
}

TEST_F(Nvml, LeavesOutPowerWhereOnlyItsFieldIsUnsupported) {
  state_->field_result = 3;
  state_->sm_clock_mhz = 1410;
  open();
  DeviceSample sample;
  ASSERT_TRUE(monitor_->read_sample(sample));
  EXPECT_FALSE(sample.power_mw.has_value());
  EXPECT_EQ(sample.sm_clock_hz, 1'410'000'000);
}

TEST_F(Nvml, ReadsTheModeOfTheCard) {
  state_->compute_mode = 3;
  state_->mig_current = 1;
  open();
  DeviceMode mode;
  ASSERT_TRUE(monitor_->read_mode(mode));
  EXPECT_EQ(mode.power_limit_mw, 700'000);
  EXPECT_EQ(mode.max_sm_clock_hz, 1'980'000'000);
  EXPECT_EQ(mode.max_memory_clock_hz, 2'619'000'000);
  EXPECT_EQ(mode.is_persistent, true);
  EXPECT_EQ(mode.is_mig, true);
  EXPECT_EQ(mode.compute_mode, ComputeMode::ExclusiveProcess);
  EXPECT_EQ(mode.driver_version, "580.65.06");
}

TEST_F(Nvml, MapsEveryComputeMode) {
  open();
  DeviceMode mode;
  ASSERT_TRUE(monitor_->read_mode(mode));
  EXPECT_EQ(mode.compute_mode, ComputeMode::Default);
  state_->compute_mode = 2;
  ASSERT_TRUE(monitor_->read_mode(mode));
  EXPECT_EQ(mode.compute_mode, ComputeMode::Prohibited);
}

TEST_F(Nvml, ListsNoProcessesOnAnIdleDevice) {
  open();
  std::vector<ComputeProcess> processes(1);
  ASSERT_TRUE(monitor_->read_processes(processes));
  EXPECT_TRUE(processes.empty());
}

TEST_F(Nvml, ListsMoreProcessesThanItFirstHasRoomFor) {
  state_->process_count = 131;
  open();
  std::vector<ComputeProcess> processes;
  ASSERT_TRUE(monitor_->read_processes(processes));
  ASSERT_EQ(processes.size(), 131U);
  EXPECT_EQ(processes.front().pid, 100);
  EXPECT_EQ(processes.back().pid, 230);
  EXPECT_FALSE(processes[1].memory_bytes.has_value());
  EXPECT_EQ(processes.back().memory_bytes, int64_t{130} << 20);
}

TEST_F(Nvml, ReadsUtilization) {
  open();
  DeviceUtilization utilization;
  ASSERT_TRUE(monitor_->read_utilization(utilization));
  EXPECT_EQ(utilization.gpu_pct, 97);
  EXPECT_EQ(utilization.memory_pct, 41);
}

TEST_F(Nvml, TakesUnsupportedValuesForMissingOnes) {
  open();
  state_->result = 3;
  DeviceSample sample;
  ASSERT_TRUE(monitor_->read_sample(sample));
  EXPECT_FALSE(sample.sm_clock_hz.has_value());
  EXPECT_FALSE(sample.throttle_reasons.has_value());
  DeviceMode mode;
  ASSERT_TRUE(monitor_->read_mode(mode));
  EXPECT_FALSE(mode.is_mig.has_value());
  uint64_t energy_mj = 0;
  EXPECT_EQ(monitor_->read_energy_mj(energy_mj).reason(),
            "NVML: nvmlDeviceGetTotalEnergyConsumption: Not Supported");
}

TEST_F(Nvml, TakesWhatAContainerHidesForMissing) {
  open();
  for (const int hidden : {4, 999}) {  // no permission, unknown
    state_->result = hidden;
    DeviceSample sample;
    ASSERT_TRUE(monitor_->read_sample(sample)) << hidden;
    EXPECT_FALSE(sample.sm_clock_hz.has_value());
    std::vector<ComputeProcess> processes;
    EXPECT_FALSE(monitor_->read_processes(processes)) << hidden;
  }
}

TEST_F(Nvml, SaysWhichCallFailedWhenTheDeviceIsLost) {
  open();
  state_->result = 15;
  DeviceSample sample;
  EXPECT_EQ(monitor_->read_sample(sample).reason(), "NVML: nvmlDeviceGetFieldValues: GPU is lost");
  DeviceMode mode;
  EXPECT_THAT(monitor_->read_mode(mode).reason(), HasSubstr("GPU is lost"));
  std::vector<ComputeProcess> processes;
  EXPECT_THAT(monitor_->read_processes(processes).reason(), HasSubstr("GPU is lost"));
}

TEST_F(Nvml, ManagesWithWhatAnOldDriverHas) {
  reset(kOldFake);
  state_->clock_event_reasons = throttle::kGpuIdle;
  open(kOldFake);
  DeviceSample sample;
  ASSERT_TRUE(monitor_->read_sample(sample));
  EXPECT_EQ(sample.throttle_reasons, throttle::kGpuIdle);  // under its older name
  EXPECT_FALSE(sample.power_mw.has_value());
  DeviceMode mode;
  ASSERT_TRUE(monitor_->read_mode(mode));
  EXPECT_EQ(mode.driver_version, "");
  uint64_t energy_mj = 0;
  EXPECT_EQ(monitor_->read_energy_mj(energy_mj).reason(),
            "NVML: nvmlDeviceGetTotalEnergyConsumption: Function Not Found");
}

TEST_F(Nvml, WithoutItsLibraryIsRefusedBad) {
  EXPECT_THAT(open_nvml(kAddress, monitor_, "/no/such/libnvidia-ml.so.1").reason(),
              testing::StartsWith("NVML: library not found: /no/such/libnvidia-ml.so.1"));
  EXPECT_EQ(monitor_, nullptr);
}

TEST_F(Nvml, WithoutItsFunctionsIsRefusedBad) {
  EXPECT_EQ(open_nvml(kAddress, monitor_, kEmpty).reason(),
            std::string{"NVML: function nvmlInit_v2 is missing: "} + kEmpty);
}

TEST_F(Nvml, WithoutADriverIsRefusedBad) {
  state_->init_result = 9;
  EXPECT_EQ(open_nvml(kAddress, monitor_, kFake).reason(), "NVML: nvmlInit_v2: Driver Not Loaded");
  EXPECT_EQ(state_->init_count, 0);
}

TEST_F(Nvml, WithoutThatDeviceIsRefusedBad) {
  EXPECT_EQ(open_nvml("0000:18:00.0", monitor_, kFake).reason(),
            "NVML: device 0000:18:00.0: Invalid Argument");
  EXPECT_EQ(state_->init_count, 0);  // shut down again
}

}  // namespace
}  // namespace olivine
