// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "kernels/measure/plan.h"
#include "kernels/measure/run_measure.h"
#include "models/base/error.h"

namespace olivine::measure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

MeasureRequest request(const std::vector<std::string>& words) {
  return read_request(parse_words(words));
}

std::vector<std::string> problems_of(const std::vector<std::string>& words) {
  try {
    static_cast<void>(request(words));
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(Request, IsQuickWithEnergyByDefault) {
  const MeasureRequest quick = request({});
  EXPECT_EQ(quick.extent, Extent::Quick);
  EXPECT_EQ(quick.budget_s, kQuickBudgetSeconds);
  EXPECT_TRUE(quick.takes_energy);
  EXPECT_TRUE(quick.runs_gemms);
  EXPECT_FALSE(quick.runs_micro);
  EXPECT_EQ(quick.seed, 1);
  EXPECT_FALSE(request({"--full"}).budget_s);
  EXPECT_EQ(request({"--full", "--budget=60"}).budget_s, 60);
}

TEST(Request, ReadsEveryOption) {
  const std::string file = testing::TempDir() + "request_test_shapes.csv";
  std::ofstream{file} << "4,5,6,layer\n";
  const MeasureRequest all = request({"--gemm=1x2x3,7x8x9",
                                      "--shapes",
                                      file,
                                      "--scheme",
                                      "w4a4-ovp,cublaslt-int8",
                                      "--kernels",
                                      "sm90a, smallm",
                                      "--exclude",
                                      "gemm_x",
                                      "--no-energy",
                                      "--micro",
                                      "--ncu",
                                      "--seconds",
                                      "0.5",
                                      "--device",
                                      "3",
                                      "--seed",
                                      "42",
                                      "--output",
                                      "/tmp/r.json",
                                      "--json",
                                      "--dry-run"});
  EXPECT_THAT(all.shapes, ElementsAre(NamedShape{"1x2x3", 1, 2, 3}, NamedShape{"7x8x9", 7, 8, 9},
                                      NamedShape{"layer", 4, 5, 6}));
  EXPECT_THAT(all.schemes, ElementsAre("w4a4-ovp", "cublaslt-int8"));
  EXPECT_THAT(all.kernels, ElementsAre("sm90a", "smallm"));
  EXPECT_THAT(all.excluded, ElementsAre("gemm_x"));
  EXPECT_FALSE(all.takes_energy);
  EXPECT_TRUE(all.runs_micro);
  EXPECT_TRUE(all.runs_ncu);
  EXPECT_EQ(all.energy_window_s, 0.5);
  EXPECT_EQ(all.device, 3);
  EXPECT_EQ(all.seed, 42);
  EXPECT_EQ(all.output, "/tmp/r.json");
  EXPECT_TRUE(all.is_json);
  EXPECT_TRUE(all.is_dry_run);
  // What the record says of it: no folders.
  EXPECT_THAT(all.text, HasSubstr("--gemm 1x2x3,7x8x9 --shapes request_test_shapes.csv "));
  EXPECT_THAT(all.text, testing::Not(HasSubstr("/")));
}

TEST(Request, NamesEveryWordThatIsNoOptionBad) {
  EXPECT_THAT(problems_of({"--gem", "1x2x3", "--quick=1", "--seed"}),
              ElementsAre("--gem: unknown option; did you mean '--gemm'?", "1x2x3: unknown option",
                          "--quick takes no value", "--seed: missing N"));
  EXPECT_THAT(problems_of({"--seed", "1", "--seed", "2"}), ElementsAre("--seed is given twice"));
}

TEST(Request, NamesEveryValueOutOfRangeBad) {
  EXPECT_THAT(
      problems_of({"--seed", "-1", "--device", "x", "--seconds", "0", "--budget", "inf", "--gemm",
                   "1x2", "--shapes", "/does/not/exist.csv"}),
      ElementsAre("--gemm = 1x2: must be MxNxK", HasSubstr("/does/not/exist.csv: cannot be read"),
                  "--device = x: must be 0..1023", "--seed = -1: must be 0..9223372036854775807",
                  "--seconds = 0: must be 0.2..86400", "--budget = inf: must be 0.2..86400"));
}

TEST(Request, RefusesOptionsThatContradictEachOtherBad) {
  EXPECT_THAT(problems_of({"--quick", "--full"}),
              ElementsAre("--quick and --full exclude each other"));
  EXPECT_THAT(problems_of({"--micro-only", "--gemm", "1x2x3"}),
              ElementsAre("--micro-only excludes --gemm, --shapes and --check-only"));
}

TEST(Request, IsExplainedLineByLine) {
  const std::string help = options_help();
  for (const MeasureOption& option : measure_option_table()) {
    EXPECT_THAT(help, HasSubstr(std::string{"  --"} + option.name));
  }
}

TEST(RunMeasure, PrintsThePlanOfADryRunWithoutADevice) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_measure(request({"--dry-run", "--gemm", "64x64x64"}), out, err), 0);
  EXPECT_THAT(out.str(), HasSubstr("time  64x64x64"));
  EXPECT_EQ(err.str(), "");
}

TEST(RunMeasure, ListsOwnKernels) {
  std::ostringstream out;
  EXPECT_EQ(run_measure(request({"--list-kernels"}), out, out), 0);
  EXPECT_THAT(out.str(), HasSubstr("_sm90a\n"));
  EXPECT_THAT(out.str(), HasSubstr("_sm80\n"));
}

TEST(RunMeasure, NamesAnUnknownSchemeBad) {
  std::ostringstream out;
  EXPECT_THROW(run_measure(request({"--scheme", "w3a3", "--dry-run"}), out, out), ConfigError);
}

}  // namespace
}  // namespace olivine::measure
