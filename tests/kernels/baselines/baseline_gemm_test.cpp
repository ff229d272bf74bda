// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/baselines/baseline_gemm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "kernels/baselines/column_major.h"

namespace olivine {
namespace {

constexpr std::array kSchemes = {BaselineScheme::Fp16,        BaselineScheme::Bf16,
                                 BaselineScheme::Fp8ToBf16,   BaselineScheme::Fp8ToFp16,
                                 BaselineScheme::Int8ToInt32, BaselineScheme::Int8ToInt8};

// Every element of our row-major matrices lies where the column-major description says.
TEST(ColumnMajor, DescribesRowMajorMatricesWithoutMovingThem) {
  BaselinePlan plan = packed_plan(BaselineScheme::Fp16, 5, 7, 11);
  plan.activation_stride = 13;
  plan.weight_stride = 12;
  plan.c_stride = 9;
  const ColumnMajorGemm gemm = column_major(plan);
  for (int64_t k = 0; k < plan.k; ++k) {
    for (int64_t n = 0; n < plan.n; ++n) {
      EXPECT_EQ(gemm.a.offset(k, n), n * plan.weight_stride + k);
    }
    for (int64_t m = 0; m < plan.m; ++m) {
      EXPECT_EQ(gemm.b.offset(k, m), m * plan.activation_stride + k);
    }
  }
  for (int64_t m = 0; m < plan.m; ++m) {
    for (int64_t n = 0; n < plan.n; ++n) {
      EXPECT_EQ(gemm.d.offset(n, m), m * plan.c_stride + n);
    }
  }
}

// transpose(A) * B in column-major terms is C of our definition.
TEST(ColumnMajor, TransposedFirstOperandTimesSecondIsOurProduct) {
  const BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 3, 4, 5);
  const ColumnMajorGemm gemm = column_major(plan);
  EXPECT_EQ(gemm.a.rows, gemm.b.rows);     // both run along k
  EXPECT_EQ(gemm.a.columns, gemm.d.rows);  // n
  EXPECT_EQ(gemm.b.columns, gemm.d.columns);
  const auto weight = [](int64_t at) { return static_cast<int>(at * 7 % 13) - 6; };
  const auto activation = [](int64_t at) { return static_cast<int>(at * 5 % 11) - 5; };
  for (int64_t m = 0; m < plan.m; ++m) {
    for (int64_t n = 0; n < plan.n; ++n) {
      int ours = 0;
      int theirs = 0;
      for (int64_t k = 0; k < plan.k; ++k) {
        ours += activation(m * plan.k + k) * weight(n * plan.k + k);
        theirs += weight(gemm.a.offset(k, n)) * activation(gemm.b.offset(k, m));
      }
      EXPECT_EQ(ours, theirs);
    }
  }
}

TEST(BaselinePlan, SchemesHaveNamesOfTheirOwnAndTheBytesOfTheirTypes) {
  std::vector<std::string_view> names;
  for (const BaselineScheme scheme : kSchemes) {
    names.push_back(name_of(scheme));
  }
  EXPECT_THAT(names, testing::ElementsAre("fp16", "bf16", "fp8_e4m3-bf16", "fp8_e4m3-fp16",
                                          "int8-int32", "int8-int8"));
  EXPECT_EQ(operand_bytes(BaselineScheme::Bf16), 2);
  EXPECT_EQ(operand_bytes(BaselineScheme::Fp8ToFp16), 1);
  EXPECT_EQ(result_bytes(BaselineScheme::Fp8ToFp16), 2);
  EXPECT_EQ(result_bytes(BaselineScheme::Int8ToInt32), 4);
  EXPECT_EQ(result_bytes(BaselineScheme::Int8ToInt8), 1);
}

TEST(BaselinePlan, BothLibrariesTakeEverySchemeAtExtentsOfTheirMultiples) {
  for (const BaselineScheme scheme : kSchemes) {
    const BaselinePlan plan = packed_plan(scheme, 16, 32, 64);
    EXPECT_TRUE(check_cublaslt_plan(plan)) << name_of(scheme);
    EXPECT_TRUE(check_cusparselt_plan(plan)) << name_of(scheme);
  }
}

TEST(BaselinePlan, CublasLtTakesAnyExtentOfFp16AndAnyRowsOfActivations) {
  EXPECT_TRUE(check_cublaslt_plan(packed_plan(BaselineScheme::Fp16, 1, 1, 1)));
  EXPECT_TRUE(check_cublaslt_plan(packed_plan(BaselineScheme::Bf16, 17, 31, 1009)));
  EXPECT_TRUE(check_cublaslt_plan(packed_plan(BaselineScheme::Int8ToInt32, 1, 4, 4)));
  EXPECT_TRUE(check_cublaslt_plan(packed_plan(BaselineScheme::Fp8ToBf16, 1, 16, 16)));
}

// One more and one less than a multiple, of every extent and stride that has one.
TEST(BaselinePlan, ExtentsBesideAMultipleAreRefusedBad) {
  for (const int64_t off : {-1, 1}) {
    BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 16, 32 + off, 64);
    EXPECT_EQ(
        check_cublaslt_plan(plan).reason(),
        "n = " + std::to_string(32 + off) + ": must be a multiple of 4 for int8-int32 in cuBLASLt");
    EXPECT_EQ(check_cusparselt_plan(plan).reason(),
              "n = " + std::to_string(32 + off) +
                  ": must be a multiple of 32 for int8-int32 in cuSPARSELt");
    plan = packed_plan(BaselineScheme::Fp8ToBf16, 16, 32, 64 + off);
    EXPECT_EQ(check_cublaslt_plan(plan).reason(),
              "k = " + std::to_string(64 + off) +
                  ": must be a multiple of 16 for fp8_e4m3-bf16 in cuBLASLt");
    plan = packed_plan(BaselineScheme::Fp16, 16 + off, 32, 64);
    EXPECT_EQ(
        check_cusparselt_plan(plan).reason(),
        "m = " + std::to_string(16 + off) + ": must be a multiple of 8 for fp16 in cuSPARSELt");
  }
}

TEST(BaselinePlan, StridesBesideAMultipleAreRefusedBad) {
  BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt8, 16, 32, 64);
  plan.weight_stride = 66;
  EXPECT_EQ(check_cublaslt_plan(plan).reason(),
            "weight_stride = 66: must be a multiple of 4 for int8-int8 in cuBLASLt");
  plan = packed_plan(BaselineScheme::Int8ToInt8, 16, 32, 64);
  plan.c_stride = 40;
  EXPECT_TRUE(check_cublaslt_plan(plan));
  EXPECT_EQ(check_cusparselt_plan(plan).reason(),
            "c_stride = 40: must be a multiple of 16 for int8-int8 in cuSPARSELt");
  plan = packed_plan(BaselineScheme::Fp8ToFp16, 16, 32, 64);
  plan.activation_stride = 72;
  EXPECT_EQ(check_cublaslt_plan(plan).reason(),
            "activation_stride = 72: must be a multiple of 16 for fp8_e4m3-fp16 in cuBLASLt");
}

TEST(BaselinePlan, EmptyAndOverlappingMatricesAreRefusedBad) {
  const std::string most = std::to_string(std::numeric_limits<int32_t>::max());
  EXPECT_EQ(check_cublaslt_plan(packed_plan(BaselineScheme::Fp16, 0, 8, 8)).reason(),
            "m = 0: must be 1.." + most);
  EXPECT_EQ(check_cusparselt_plan(packed_plan(BaselineScheme::Fp16, 8, 8, 0)).reason(),
            "k = 0: must be 1.." + most);
  EXPECT_EQ(check_cublaslt_plan(packed_plan(BaselineScheme::Fp16, 8, int64_t{1} << 31, 8)).reason(),
            "n = 2147483648: must be 1.." + most);
  BaselinePlan plan = packed_plan(BaselineScheme::Fp16, 8, 8, 8);
  plan.weight_stride = 7;
  EXPECT_EQ(check_cublaslt_plan(plan).reason(), "weight_stride = 7: must be 8.." + most);
  plan = packed_plan(BaselineScheme::Fp16, 8, 8, 8);
  plan.c_stride = 7;
  EXPECT_EQ(check_cublaslt_plan(plan).reason(), "c_stride = 7: must be 8.." + most);
}

TEST(BaselineOperands, MissingAndMisalignedAddressesAreRefusedBad) {
  alignas(256) std::array<char, 512> memory{};
  BaselineOperands operands{.weights = memory.data(), .activations = memory.data()};
  EXPECT_EQ(check_baseline_operands(operands).reason(), "c: no address");
  operands.c = memory.data() + 256;
  EXPECT_TRUE(check_baseline_operands(operands));
  operands.activations = memory.data() + 128;
  EXPECT_EQ(check_baseline_operands(operands).reason(),
            "activations: address must be a multiple of 256");
}

}  // namespace
}  // namespace olivine
