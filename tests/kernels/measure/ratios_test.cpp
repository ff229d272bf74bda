// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/ratios.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/runtime/device.h"
#include "tests/kernels/measure/made_record.h"

namespace olivine::measure {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const NamedShape kSquare{"square", 8192, 8192, 8192};
const NamedShape kPrefill{"prefill", 2048, 4096, 4096};
const NamedShape kDecode{"decode", 16, 4096, 4096};

DeviceInfo h100() {
  DeviceInfo device;
  device.compute_capability = 90;
  device.sm_count = 132;
  device.memory_bus_bits = 5120;
  device.max_memory_clock_hz = 2'619'000'000;
  return device;
}

std::vector<RatioRecord> ratios(const std::vector<CaseRecord>& cases) {
  return acceptance_ratios(cases, h100());
}

TEST(AcceptanceRatios, CompareOwnInt8WithTheLibrary) {
  const auto all =
      ratios({timed_case(kSquare, "int8", 1000), timed_case(kSquare, "cublaslt-int8", 900)});
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].name, "int8");
  EXPECT_DOUBLE_EQ(*all[0].value, 0.9);
  EXPECT_TRUE(all[0].is_met());
  const auto missed =
      ratios({timed_case(kSquare, "int8", 1000), timed_case(kSquare, "cublaslt-int8", 849)});
  EXPECT_FALSE(missed[0].is_met());
  const auto just =
      ratios({timed_case(kSquare, "int8", 1000), timed_case(kSquare, "cublaslt-int8", 850)});
  EXPECT_TRUE(just[0].is_met());
}

TEST(AcceptanceRatios, CompareTwoFourWithTheLibraryElseWithOwnDense) {
  const std::vector<CaseRecord> with_library = {timed_case(kSquare, "int8-2:4", 600),
                                                timed_case(kSquare, "cusparselt-int8", 540)};
  ASSERT_THAT(ratios(with_library), SizeIs(1));
  EXPECT_DOUBLE_EQ(*ratios(with_library)[0].value, 0.9);
  EXPECT_DOUBLE_EQ(ratios(with_library)[0].required, 0.85);

  const auto without =
      ratios({timed_case(kSquare, "int8", 900), timed_case(kSquare, "int8-2:4", 600),
              refused_case(kSquare, "cusparselt-int8", "not found")});
  ASSERT_THAT(without, SizeIs(2));
  EXPECT_EQ(without[1].denominator, "int8");
  EXPECT_DOUBLE_EQ(*without[1].value, 1.5);
  EXPECT_DOUBLE_EQ(without[1].required, 1.4);
}

TEST(AcceptanceRatios, SayWhichSideIsMissing) {
  const auto no_library = ratios(
      {timed_case(kSquare, "int8", 1000), refused_case(kSquare, "cublaslt-int8", "not found")});
  EXPECT_FALSE(no_library[0].value);
  EXPECT_FALSE(no_library[0].is_met());
  EXPECT_EQ(no_library[0].reason, "cublaslt-int8: not found");
  EXPECT_EQ(ratios({timed_case(kSquare, "int8", 1000)})[0].reason,
            "cublaslt-int8 was not measured");
}

TEST(AcceptanceRatios, TakeTheBestKernelOfFourBitWeightsAtSmallM) {
  const auto all = ratios(
      {timed_case(kDecode, "w4a4-ovp", 9), timed_case(kDecode, "w4a8-ovp", 4),
       timed_case(kDecode, "w4a4-ovp:a-once", 5), timed_case(kDecode, "w4a4-ovp-2:4:a-once", 1),
       timed_case(kDecode, "w4a4-ovp:once", 1), timed_case(kDecode, "int8", 1)});
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].name, "small-m");
  EXPECT_EQ(all[0].numerator, "w4a8-ovp bytes");
  // 4-bit weights, 8-bit activations, int32 C in 4 us over 3.352 TB/s.
  const double bytes = 4096.0 * 4096 / 2 + 16 * 4096 + 16 * 4096 * 4;
  EXPECT_NEAR(*all[0].value, bytes / 4e-6 / 3.35232e12, 1e-6);
}

TEST(AcceptanceRatios, TakeTheGemmAloneWhereActivationsAreDecodedBefore) {
  CaseRecord once = timed_case(kDecode, "w4a4-ovp:a-once", 6);
  once.timed->steps = {{"decode", 2}, {"gemm", 3}};
  const auto all = ratios({timed_case(kDecode, "w4a4-ovp", 4), once});
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].numerator, "w4a4-ovp:a-once bytes, GEMM alone");
  const double bytes = 4096.0 * 4096 / 2 + 16 * 4096 + 16 * 4096 * 4;  // int8 activations
  EXPECT_NEAR(*all[0].value, bytes / 3e-6 / 3.35232e12, 1e-6);
}

TEST(AcceptanceRatios, AskForLargeMatricesAtSmallM) {
  EXPECT_THAT(ratios({timed_case({"", 16, 4096, 2048}, "w4a4-ovp", 4)}), IsEmpty());
  EXPECT_THAT(ratios({timed_case({"", 17, 4096, 4096}, "w4a4-ovp", 4)}), IsEmpty());
  EXPECT_THAT(ratios({timed_case({"", 1, 8192, 4096}, "w4a4-ovp", 4)}), SizeIs(1));
}

TEST(AcceptanceRatios, CompareDecodingOnceWithInt8FromM2048On) {
  const auto all =
      ratios({timed_case(kPrefill, "int8", 80), timed_case(kPrefill, "w4a4-ovp:once", 95)});
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].name, "once");
  EXPECT_DOUBLE_EQ(*all[0].value, 80.0 / 95);
  EXPECT_TRUE(all[0].is_met());
  const NamedShape below{"", 2047, 4096, 4096};
  EXPECT_THAT(ratios({timed_case(below, "int8", 80), timed_case(below, "w4a4-ovp:once", 95)}),
              IsEmpty());
}

TEST(Baselines, AreTheLibrarysOfTheSameShape) {
  std::vector<CaseRecord> cases = {
      timed_case(kSquare, "int8", 1000),          timed_case(kSquare, "w4a4-ovp", 3000),
      timed_case(kSquare, "int8-2:4", 600),       timed_case(kSquare, "cublaslt-int8", 900),
      timed_case(kSquare, "cublaslt-fp16", 1800), timed_case(kPrefill, "int8", 70)};
  set_baselines(cases);
  EXPECT_DOUBLE_EQ(*cases[0].speed_over_baseline, 0.9);
  EXPECT_DOUBLE_EQ(*cases[1].speed_over_baseline, 0.3);
  EXPECT_FALSE(cases[2].speed_over_baseline);  // no cuSPARSELt in this run
  EXPECT_DOUBLE_EQ(*cases[3].speed_over_baseline, 2);
  EXPECT_FALSE(cases[4].speed_over_baseline);  // it is the baseline
  EXPECT_FALSE(cases[5].speed_over_baseline);  // another shape
}

}  // namespace
}  // namespace olivine::measure
