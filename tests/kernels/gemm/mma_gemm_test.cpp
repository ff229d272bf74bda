// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/launch/mma_configs.h"
#include "models/base/error.h"
#include "models/numerics/gemm.h"
#include "tests/kernels/gemm/mma_case.h"

namespace olivine::testing {
namespace {

class MmaGemm : public ::testing::TestWithParam<std::string> {
 protected:
  static void expect_exact(const MmaCase& work) {
    SCOPED_TRACE(work.describe());
    const MmaOperandPair operands = make_operands(work);
    MmaResult result;
    ASSERT_NO_THROW(result = run_on_emulator(work, operands));
    EXPECT_EQ(first_difference(work, result.c, expected_c(work, operands)), "");
    report_ = result.report;
  }

  static inline EmulatorReport report_;
};

TEST_P(MmaGemm, IsExactForEveryNumberOfTilesAlongK) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  const std::array<int64_t, 5> tiles = {1, 2, kernel.stages - 1, kernel.stages, kernel.stages + 3};
  uint64_t seed = 100;
  for (const int64_t count : tiles) {
    expect_exact({&kernel, 17, 37, count * kernel.tile_k, OutputForm::Int32, 0, ++seed});
  }
}

TEST_P(MmaGemm, IsExactForEveryResidueOfK) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  const int64_t tile = kernel.tile_k;
  uint64_t seed = 200;
  for (const int64_t k : {int64_t{1}, int64_t{3}, int64_t{4}, int64_t{31}, int64_t{33}, tile - 1,
                          tile + 1, 2 * tile + 67}) {
    expect_exact({&kernel, 9, 20, k, OutputForm::Int32, 0, ++seed});
  }
}

TEST_P(MmaGemm, WritesZerosWhereKIsEmpty) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  for (const OutputForm output : {OutputForm::Int32, OutputForm::Int8, OutputForm::Fp16}) {
    expect_exact({&kernel, 5, 70, 0, output, 2, 300});
  }
}

TEST_P(MmaGemm, IsExactForEveryResidueOfMAndN) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  const int64_t m = kernel.tile_m;
  const int64_t n = kernel.tile_n;
  uint64_t seed = 400;
  for (const auto& [rows, columns] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {m, n}, {m - 1, n + 1}, {m + 1, n - 1}, {67, 131}, {2, 2 * n + 64}}) {
    expect_exact({&kernel, rows, columns, 70, OutputForm::Int32, seed % 2 == 0 ? 0 : 3, ++seed});
  }
}

// More tiles along n than one group of the raster, the last group narrower.
TEST_P(MmaGemm, CoversCWhateverTheRaster) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  expect_exact({&kernel, kernel.tile_m + 1, 10 * kernel.tile_n + 1, 3, OutputForm::Int32, 0, 500});
}

TEST_P(MmaGemm, RequantizesToTheBit) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  expect_exact({&kernel, 19, kernel.tile_n - 1, 150, OutputForm::Int8, 1, 601});
  expect_exact({&kernel, 33, kernel.tile_n, 150, OutputForm::Int8, 0, 602});
}

TEST_P(MmaGemm, RoundsToHalfPrecision) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  expect_exact({&kernel, 19, kernel.tile_n - 1, 150, OutputForm::Fp16, 1, 701});
  expect_exact({&kernel, 33, kernel.tile_n, 150, OutputForm::Fp16, 0, 702});
}

// The seed decides the order of threads and when copies arrive.
TEST_P(MmaGemm, HasNoRaces) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  for (uint64_t seed = 800; seed < 804; ++seed) {
    expect_exact(
        {&kernel, 40, 80, (kernel.stages + 1) * kernel.tile_k + 5, OutputForm::Int32, 0, seed});
  }
}

TEST_P(MmaGemm, AccessesSharedMemoryWithoutConflicts) {
  const GemmKernel& kernel = *find_gemm_kernel(GetParam());
  expect_exact({&kernel, kernel.tile_m, kernel.tile_n, 2 * kernel.tile_k, OutputForm::Int32, 0, 9});
  EXPECT_GT(report_.matrix_loads.requests, 0);
  EXPECT_EQ(report_.matrix_loads.wavefronts, report_.matrix_loads.ideal_wavefronts);
  EXPECT_EQ(report_.loads.wavefronts, report_.loads.ideal_wavefronts);
  EXPECT_EQ(report_.stores.wavefronts, report_.stores.ideal_wavefronts);
  const MmaConfig& config = kMmaConfigs[static_cast<size_t>(kernel.index)];
  EXPECT_EQ(report_.loads.requests > 0,
            decodes_weights(config) || decodes_activations(config) || is_sparse(config.weights));
}

INSTANTIATE_TEST_SUITE_P(Kernels, MmaGemm, ::testing::ValuesIn(mma_kernel_names()),
                         [](const auto& kernel) { return kernel.param; });

// Every pair at its largest outlier, 96 by 30720: half of 2048 elements sum up to 3.02e9.
TEST(MmaGemmSums, WrapAroundAt32Bits) {
  const GemmKernel* kernel = find_gemm_kernel("gemm_ovp4_ovp8_n128m128k64_sm80");
  ASSERT_NE(kernel, nullptr);
  const MmaCase work{kernel, 3, 5, 2048, OutputForm::Int32, 0, 1};
  MmaOperandPair operands = make_operands(work);
  std::fill(operands.weights.codes.begin(), operands.weights.codes.end(), uint8_t{0x87});
  for (size_t i = 0; i < operands.activations.codes.size(); ++i) {
    operands.activations.codes[i] = i % 2 == 0 ? 0x3F : 0x80;
  }
  const int64_t sum = work.k / 2 * 96 * 30720;
  ASSERT_GT(sum, int64_t{INT32_MAX});
  const IntegerGemm golden = gemm_functional(operands.activations, operands.weights);
  EXPECT_EQ(golden.overflow_count, static_cast<uint64_t>(work.m * work.n));
  EXPECT_EQ(golden.c[0], static_cast<int32_t>(static_cast<uint32_t>(sum)));
  EXPECT_EQ(first_difference(work, run_on_emulator(work, operands).c, expected_c(work, operands)),
            "");
}

}  // namespace
}  // namespace olivine::testing
