// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/runtime/device_monitor.h"

namespace olivine {
namespace {

using testing::ElementsAre;

TEST(Device, LimitsAreThoseOfItsDescription) {
  DeviceInfo info;
  info.compute_capability = 90;
  info.sm_count = 132;
  info.shared_bytes_per_block = 227 * 1024;
  info.l2_bytes = int64_t{50} << 20;
  const DeviceLimits limits = limits_of(info);
  EXPECT_EQ(limits.compute_capability, kH100Limits.compute_capability);
  EXPECT_EQ(limits.sm_count, kH100Limits.sm_count);
  EXPECT_EQ(limits.shared_bytes_per_block, kH100Limits.shared_bytes_per_block);
  EXPECT_EQ(limits.l2_bytes, kH100Limits.l2_bytes);
}

TEST(Device, VersionsReadAsPeopleWriteThem) {
  EXPECT_EQ(version_text(13000), "13.0");
  EXPECT_EQ(version_text(12090), "12.9");
}

TEST(Device, ComputeModesHaveNames) {
  EXPECT_STREQ(name_of(ComputeMode::Default), "default");
  EXPECT_STREQ(name_of(ComputeMode::ExclusiveProcess), "exclusive_process");
  EXPECT_STREQ(name_of(ComputeMode::Prohibited), "prohibited");
}

TEST(CudaError, SaysPlaceExpressionAndName) {
  const CudaError error{"cudaMalloc(&data, bytes)", "memory.cu:14", "cudaErrorMemoryAllocation"};
  EXPECT_STREQ(error.what(), "memory.cu:14: cudaMalloc(&data, bytes): cudaErrorMemoryAllocation");
  EXPECT_EQ(error.error_name(), "cudaErrorMemoryAllocation");
}

TEST(Throttle, ReasonsAreNamedInTheOrderOfTheirBits) {
  EXPECT_THAT(throttle_names(0), ElementsAre());
  EXPECT_THAT(throttle_names(throttle::kHardwareThermal | throttle::kSoftwarePowerCap),
              ElementsAre("software_power_cap", "hardware_thermal_slowdown"));
}

TEST(Throttle, EveryKnownReasonHasANameOfItsOwnAndUnknownOnesTheirBit) {
  constexpr int kKnownReasons = 11;
  const std::vector<std::string> names = throttle_names((uint64_t{1} << (kKnownReasons + 1)) - 1);
  ASSERT_EQ(names.size(), 12U);
  for (size_t i = 0; i < kKnownReasons; ++i) {
    EXPECT_EQ(names[i].find("bit_"), std::string::npos) << i;
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(names[i], names[j]);
    }
  }
  EXPECT_EQ(names.back(), "bit_11");
  EXPECT_THAT(throttle_names(uint64_t{1} << 63), ElementsAre("bit_63"));
}

TEST(Throttle, APowerCapAloneIsNoReasonToStop) {
  EXPECT_EQ(throttle::kUnfit & throttle::kSoftwarePowerCap, 0U);
  EXPECT_EQ(throttle::kUnfit & throttle::kGpuIdle, 0U);
  EXPECT_NE(throttle::kUnfit & throttle::kHardwareThermal, 0U);
}

}  // namespace
}  // namespace olivine
