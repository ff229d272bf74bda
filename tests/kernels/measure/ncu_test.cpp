// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/ncu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace olivine::measure {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Ncu, AsksHopperForCountersOfWgmmaToo) {
  EXPECT_THAT(ncu_metrics(90), Contains(HasSubstr("gmma")));
  EXPECT_THAT(ncu_metrics(80), Not(Contains(HasSubstr("gmma"))));
  EXPECT_THAT(ncu_metrics(80), Contains("gpu__time_duration.sum"));
}

TEST(Ncu, LeavesClocksAsTheyAre) {
  const std::vector<std::string> command =
      ncu_command("/opt/ncu", {"a.sum", "b.avg"}, {"mma_gemm_kernel", {"olivine", "measure"}});
  const std::string text = shell_text(command);
  EXPECT_THAT(text, testing::StartsWith("/opt/ncu --csv "));
  EXPECT_THAT(text, HasSubstr(" --clock-control none "));
  EXPECT_THAT(text, HasSubstr(" --kernel-name mma_gemm_kernel --launch-count 1 "));
  EXPECT_THAT(text, testing::EndsWith(" --metrics a.sum,b.avg olivine measure"));
}

TEST(Ncu, KnowsTheFunctionOfADemangledName) {
  EXPECT_EQ(function_name("void olivine::mma_gemm_kernel<(int)3>(olivine::MmaParams)"),
            "mma_gemm_kernel");
  EXPECT_EQ(function_name("olivine::(anonymous namespace)::decode(int)"), "decode");
  EXPECT_EQ(function_name("kernel"), "kernel");
}

TEST(Ncu, QuotesWordsForAShell) {
  EXPECT_EQ(shell_text({"a", "b c", "", "it's", "x;y", "--w=1,2"}),
            "a 'b c' '' 'it'\\''s' 'x;y' --w=1,2");
}

TEST(Ncu, ReadsCountersBetweenOtherOutput) {
  const std::string text =
      "==PROF== Connected to process 1\n"
      "checks: 1 of 1 kernels exact\n"
      "==PROF== Disconnected\n"
      "\"ID\",\"Kernel Name\",\"Device\",\"gpu__time_duration.sum\",\"dram__bytes_read.sum\"\n"
      "\"\",\"\",\"\",\"ns\",\"byte\"\n"
      "\"0\",\"mma<3>(A, B)\",\"0\",\"1,234,567\",\"42.5\"\n"
      "\"1\",\"mma<3>(A, B)\",\"0\",\"9\",\"9\"\n";
  std::map<std::string, double> counters;
  ASSERT_TRUE(parse_ncu_csv(text, counters));
  EXPECT_THAT(counters, UnorderedElementsAre(Pair("gpu__time_duration.sum", 1234567),
                                             Pair("dram__bytes_read.sum", 42.5)));
}

TEST(Ncu, PassesOnWhyThereAreNoneBad) {
  std::map<std::string, double> counters;
  EXPECT_EQ(parse_ncu_csv("==WARNING== odd\n==ERROR== ERR_NVGPUCTRPERM - no permission\n", counters)
                .reason(),
            "ncu: ==ERROR== ERR_NVGPUCTRPERM - no permission");
  EXPECT_EQ(parse_ncu_csv("==WARNING== No kernels were profiled.\n", counters).reason(),
            "ncu: ==WARNING== No kernels were profiled.");
  EXPECT_EQ(parse_ncu_csv("", counters).reason(), "ncu: no counters in its output");
}

// A program that answers as ncu does.
TEST(Ncu, IsFoundInAPathAndRun) {
  const std::filesystem::path folder = testing::TempDir() + "ncu_test";
  std::filesystem::create_directories(folder);
  std::ofstream{folder / "ncu"} << "#!/bin/sh\n"
                                   "echo '\"ID\",\"sm__cycles_active.avg\"'\n"
                                   "echo '\"0\",\"77\"'\n";
  std::filesystem::permissions(folder / "ncu", std::filesystem::perms::owner_all);
  const auto ncu = find_ncu("/does/not/exist:" + folder.string());
  ASSERT_TRUE(ncu);
  EXPECT_EQ(*ncu, (folder / "ncu").string());
  std::map<std::string, double> counters;
  ASSERT_TRUE(run_ncu({*ncu, "--csv"}, counters));
  EXPECT_THAT(counters, ElementsAre(Pair("sm__cycles_active.avg", 77)));
}

}  // namespace
}  // namespace olivine::measure
