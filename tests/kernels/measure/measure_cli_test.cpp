// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MeasureCli, PlansTheLayersOfANetworkOnceEach) {
  const CliResult result =
      run_cli("measure --dry-run --workload bert_base --scheme w4a4-ovp --no-energy");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, HasSubstr("x768x768 ("));
  EXPECT_THAT(result.out, HasSubstr(": w4a4-ovp w4a4-ovp:a-once w4a4-ovp:once\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("cublaslt")));
  EXPECT_THAT(result.err, HasSubstr("bert_base: "));
  EXPECT_THAT(result.err, HasSubstr("layers without weights are not measured\n"));
}

TEST(MeasureCli, ListsOwnKernels) {
  const CliResult result = run_cli("measure --list-kernels");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, HasSubstr("gemm_s8_s8_"));
}

TEST(MeasureCli, ExplainsItsOptions) {
  const CliResult result = run_cli("measure --help");
  EXPECT_EQ(result.status, 0);
  for (const char* option : {"--workload", "--gemm", "--check-only", "--ncu", "--dry-run"}) {
    EXPECT_THAT(result.out, HasSubstr(option));
  }
}

TEST(MeasureCli, NamesEveryProblemBad) {
  const CliResult result = run_cli("measure --gemm 1x2 --seed x --budget 0");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("error: --gemm = 1x2: must be MxNxK\n"));
  EXPECT_THAT(result.err, HasSubstr("error: --seed = x: must be 0.."));
  EXPECT_THAT(result.err, HasSubstr("error: --budget = 0: must be 0.2..86400\n"));
}

TEST(MeasureCli, RefusesAWorkloadBesideShapesBad) {
  const CliResult result = run_cli("measure --gemm 1x2x3 --workload bert_base --dry-run");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--workload excludes --gemm and --shapes"));
}

// With CUDA and a GPU, without a GPU, and without CUDA: there is never one of that index.
TEST(MeasureCli, StopsWhereThereIsNoSuchDeviceBad) {
  const CliResult result = run_cli("measure --quick --device 1023");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("error: "));
}

}  // namespace
}  // namespace olivine::support
