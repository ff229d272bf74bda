// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/case_work.h"

#include <gtest/gtest.h>

#include "kernels/measure/peaks.h"
#include "kernels/runtime/device.h"

namespace olivine::measure {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

const NamedShape kShape{"", 64, 96, 128};

CaseWork work(const char* variant) { return work_of(*find_variant(variant), kShape); }

TEST(CaseWork, CountsEveryOperandOnceInItsStoredForm) {
  const CaseWork int8 = work("int8");
  EXPECT_DOUBLE_EQ(int8.ops, 2.0 * 64 * 96 * 128);
  EXPECT_EQ(int8.weight_bytes, 96 * 128);
  EXPECT_EQ(int8.activation_bytes, 64 * 128);
  EXPECT_EQ(int8.c_bytes, 64 * 96 * 4);
  EXPECT_EQ(int8.moved_bytes(), 96 * 128 + 64 * 128 + 64 * 96 * 4);
  EXPECT_EQ(int8.footprint_bytes(), int8.moved_bytes());

  const CaseWork sparse = work("int8-2:4");  // half the codes, 4 bits for every group of 4
  EXPECT_EQ(sparse.weight_bytes, 96 * 128 / 2 + 96 * 128 / 4 / 2);
  EXPECT_DOUBLE_EQ(sparse.ops, int8.ops);

  EXPECT_EQ(work("w4a4-ovp").weight_bytes, 96 * 128 / 2);
  EXPECT_EQ(work("w4a4-ovp").activation_bytes, 64 * 128 / 2);
  EXPECT_EQ(work("w4a8-ovp").activation_bytes, 64 * 128);
  EXPECT_EQ(work("w4a4-ovp-2:4").weight_bytes, 96 * 128 / 4 + 96 * 128 / 4 / 2);
}

TEST(CaseWork, CountsDecodedOperandsAsWrittenAndReadAgain) {
  const CaseWork once = work("w4a4-ovp:once");
  EXPECT_EQ(once.decoded_bytes, 96 * 128 + 64 * 128);
  EXPECT_EQ(once.moved_bytes(), work("w4a4-ovp").moved_bytes() + 2 * (96 * 128 + 64 * 128));
  EXPECT_EQ(work("w4a8-ovp:once").decoded_bytes, 96 * 128 + 2 * 64 * 128);  // two planes
  EXPECT_EQ(work("w4a4-ovp:a-once").decoded_bytes, 64 * 128);
  EXPECT_EQ(work("w4a4-ovp").decoded_bytes, 0);
}

TEST(CaseWork, KnowsTheFormatsOfLibraries) {
  EXPECT_EQ(work("cublaslt-int8").moved_bytes(), work("int8").moved_bytes());
  EXPECT_EQ(work("cublaslt-fp16").weight_bytes, 2 * 96 * 128);
  EXPECT_EQ(work("cublaslt-fp16").c_bytes, 2 * 64 * 96);
  EXPECT_EQ(work("cublaslt-fp8").c_bytes, 2 * 64 * 96);  // bf16
  EXPECT_EQ(work("cusparselt-fp16").weight_bytes, 96 * 128 + 96 * 128 / 4 / 2);
}

TEST(Rotation, TakesMoreThanTwiceTheCache) {
  const int64_t l2 = 50 * kMiB;
  EXPECT_EQ(rotation_of(l2, l2).sets, 3);      // two are exactly twice the cache
  EXPECT_EQ(rotation_of(l2 + 1, l2).sets, 2);  // two are more
  EXPECT_EQ(rotation_of(40 * l2, l2).sets, 2);
  for (const int64_t set : {int64_t{1} << 18, int64_t{3'000'017}, l2 - 1, l2, l2 + 1}) {
    const Rotation rotation = rotation_of(set, l2);
    EXPECT_TRUE(rotation.is_cold) << set;
    EXPECT_EQ(rotation.bytes, rotation.sets * set);
    EXPECT_GT(rotation.bytes, 2 * l2) << set;
    EXPECT_LE(rotation.bytes, std::max(2 * l2 + set, 2 * set)) << set;  // and no set too many
  }
}

TEST(Rotation, SaysWhereOperandsAreTooSmallForIt) {
  const Rotation rotation = rotation_of(256, 50 * kMiB);
  EXPECT_EQ(rotation.sets, kMaxRotationSets);
  EXPECT_FALSE(rotation.is_cold);
}

TEST(GraphLaunches, AreWholeTurnsThatLastLongEnough) {
  for (const double launch_us : {0.7, 3.0, 41.0, 5000.0}) {
    for (const int64_t sets : {2, 3, 17, 1024}) {
      const int64_t launches = graph_launches(launch_us, 2000, sets);
      EXPECT_EQ(launches % sets, 0);
      EXPECT_GE(static_cast<double>(launches) * launch_us, 2000) << launch_us;
      EXPECT_LE(launches, kMaxGraphLaunches);
    }
  }
  EXPECT_EQ(graph_launches(5000, 2000, 2), 2);
  EXPECT_EQ(graph_launches(100, 2000, 3), 21);  // 20 would do, whole turns of 3 are 21
  EXPECT_LE(graph_launches(0.01, 1e6, 1024), kMaxGraphLaunches);
}

DeviceInfo h100() {
  DeviceInfo device;
  device.compute_capability = 90;
  device.sm_count = 132;
  device.memory_bus_bits = 5120;
  device.max_memory_clock_hz = 2'619'000'000;
  return device;
}

TEST(Peaks, AreThoseOfTheDataSheets) {
  const Peaks dense = peaks_of(*find_variant("int8"), h100());
  EXPECT_NEAR(dense.bytes_per_s, 3.352e12, 1e9);              // 3.35 TB/s
  EXPECT_NEAR(*dense.ops_per_cycle * 1.83e9, 1979e12, 1e12);  // at 1,830 MHz
  EXPECT_DOUBLE_EQ(*peaks_of(*find_variant("int8-2:4"), h100()).ops_per_cycle,
                   2 * *dense.ops_per_cycle);
  EXPECT_NEAR(*peaks_of(*find_variant("cublaslt-fp16"), h100()).ops_per_cycle * 1.83e9, 989.4e12,
              1e12);
  DeviceInfo a100 = h100();
  a100.compute_capability = 80;
  a100.sm_count = 108;
  EXPECT_NEAR(*peaks_of(*find_variant("w4a4-ovp"), a100).ops_per_cycle * 1.41e9, 624e12, 1e12);
  EXPECT_FALSE(peaks_of(*find_variant("cublaslt-fp8"), a100).ops_per_cycle);
}

TEST(Peaks, GiveTheLongerOfComputingAndMoving) {
  const Variant& variant = *find_variant("int8");
  const Peaks peaks = peaks_of(variant, h100());
  const NamedShape large{"", 8192, 8192, 8192};
  EXPECT_NEAR(*roofline_us(work_of(variant, large), peaks, 1.83e9),
              2.0 * 8192 * 8192 * 8192 / 1979e12 * 1e6, 1);
  const NamedShape thin{"", 1, 8192, 8192};
  EXPECT_NEAR(*roofline_us(work_of(variant, thin), peaks, 1.83e9),
              (8192.0 * 8192 + 8192 + 4 * 8192) / 3.352e12 * 1e6, 0.01);
  EXPECT_FALSE(roofline_us(work_of(variant, thin), {}, 1.83e9));
}

}  // namespace
}  // namespace olivine::measure
