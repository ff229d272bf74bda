// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/compare/split.h"
#include "sim/tensor_core/calibration.h"
#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kHeader = "device,source,library,M,N,K,dtype,sparse,value,unit,note\n";

// 36 shapes of no real GPU: 6 us, 1.2 TB/s of operands and 400 TOPS; times this factor where the
// shape is held out.
std::string measurements(uint64_t seed = compare::kDefaultSplitSeed, double held_out_factor = 1) {
  std::string text = kHeader;
  for (const int64_t m : {1, 64, 1024, 4096}) {
    for (const int64_t n : {512, 1536, 4096}) {
      for (const int64_t k : {512, 2048, 8192}) {
        const auto work = static_cast<double>(m * n * k);
        const auto bytes = static_cast<double>(n * k + m * k + 2 * m * n);
        const bool is_fit = compare::in_fit_half({m, n, k, 1}, seed);
        const double us = 6 + bytes / 1.2e6 + 2 * work / 400e6;
        text += fmt::format("A100-SXM4-80GB,lab,SmoothQuantGemm,{},{},{},int8,dense,{},us,\n", m, n,
                            k, is_fit ? us : us * held_out_factor);
      }
    }
  }
  return text;
}

int64_t fit_shapes() {
  int64_t count = 0;
  for (const int64_t m : {1, 64, 1024, 4096}) {
    for (const int64_t n : {512, 1536, 4096}) {
      for (const int64_t k : {512, 2048, 8192}) {
        count += compare::in_fit_half({m, n, k, 1}, compare::kDefaultSplitSeed) ? 1 : 0;
      }
    }
  }
  return count;
}

class CalibrateCli : public testing::Test {
 protected:
  [[nodiscard]] CliResult calibrate(const std::string& text, const std::string& options) const {
    return run_cli("calibrate --measured " + scratch.write("m.csv", text) + " " + options);
  }

  ScratchFolder scratch;
};

const std::string kOptions = "--machine a100_sxm --library smoothquant --starts 1 ";

TEST_F(CalibrateCli, WritesConstantsThatCanBeReadAndUsed) {
  const std::string path = scratch.path("c.yaml");
  const CliResult result = calibrate(measurements(), kOptions + "-o " + path);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, HasSubstr(fmt::format("to {} points, split seed 1", fit_shapes())));
  EXPECT_THAT(result.err, HasSubstr("start 1 iteration 0: MAPE "));
  EXPECT_THAT(result.err, Not(HasSubstr("start 2")));
  EXPECT_THAT(scratch.names(), ElementsAre("c.yaml", "m.csv"));
  const LibraryCalibration calibration = parse_calibration(read_text(path), path);
  EXPECT_EQ(calibration.machine, "a100_sxm");
  EXPECT_EQ(calibration.library, "smoothquant");
  EXPECT_EQ(calibration.fit.seed, 1);
  EXPECT_EQ(calibration.fit.shapes, fit_shapes());
  EXPECT_LT(calibration.fit.mape_pct, 15);
  EXPECT_TRUE(calibration.harnesses.contains("lab"));

  // A machine names its file, relative to its own folder.
  const std::string machine =
      scratch.write("mine.yaml", "kind: gpu\nbase: a100_sxm\nname: mine\ncalibration: c.yaml\n");
  const CliResult run =
      run_cli("run --machine " + machine + " --workload bert_base --scheme w8a8-int8 --csv");
  EXPECT_EQ(run.status, 0) << run.err;
}

TEST_F(CalibrateCli, HeldOutShapesChangeNothingButTheChecksum) {
  const CliResult one = calibrate(measurements(), kOptions + "--seed 2");
  const CliResult other = calibrate(measurements(2, 3), kOptions + "--seed 2");
  ASSERT_EQ(one.status, 0) << one.err;
  ASSERT_EQ(other.status, 0) << other.err;
  LibraryCalibration first = parse_calibration(one.out, "stdout");
  const LibraryCalibration second = parse_calibration(other.out, "stdout");
  EXPECT_EQ(first.fit.seed, 2);
  EXPECT_THAT(one.err, HasSubstr("split seed 2"));
  EXPECT_NE(first.fit.checksum, second.fit.checksum);
  first.fit.checksum = second.fit.checksum;
  EXPECT_EQ(first, second);
}

TEST_F(CalibrateCli, MissingOptionsAreSaidAtOnce) {
  const CliResult result = run_cli("calibrate --starts 0");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(lines_of(result.err),
              ElementsAre("error: missing: --measured", "error: missing: --machine",
                          "error: missing: --library", "error: --starts = 0: must be 1..100"));
}

TEST_F(CalibrateCli, UnknownNamesAreRefusedWithTheNearest) {
  const CliResult library =
      calibrate(measurements(), "--machine a100_sxm --library smothquant --starts 1");
  EXPECT_EQ(library.status, 2);
  EXPECT_THAT(
      library.err,
      AllOf(StartsWith("error: m.csv: nothing to fit smothquant on a100_sxm to"),
            HasSubstr("did you mean 'smoothquant'?"), HasSubstr("(of that machine: smoothquant)")));
  const CliResult machine = calibrate(measurements(), "--machine a100_smx --library smoothquant");
  EXPECT_EQ(machine.status, 2);
  EXPECT_THAT(machine.err, HasSubstr("did you mean 'a100_sxm'?"));
  const CliResult absent = calibrate(measurements(), "--machine h100_sxm --library smoothquant");
  EXPECT_EQ(absent.status, 2);
  EXPECT_THAT(absent.err, HasSubstr("nothing to fit smoothquant on h100_sxm to"));
}

TEST_F(CalibrateCli, NothingIsWrittenOnAnError) {
  const std::string output = "-o " + scratch.path("c.yaml");
  const std::vector<std::string> files = {
      "device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note\n", "", "nonsense\n", kHeader,
      kHeader + "A100-SXM4-80GB,lab,SmoothQuantGemm,0,1,1,int8,dense,1,us,\n"};
  for (const std::string& text : files) {
    SCOPED_TRACE(text);
    const CliResult result = calibrate(text, kOptions + output);
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_THAT(result.err, StartsWith("error: "));
    EXPECT_THAT(scratch.names(), ElementsAre("m.csv"));
  }
  const CliResult missing =
      run_cli("calibrate --measured " + scratch.path("none.csv") + " " + kOptions + output);
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("none.csv"));
  EXPECT_THAT(scratch.names(), ElementsAre("m.csv"));
}

TEST_F(CalibrateCli, AnOutputThatCannotBeWrittenIsSaidBeforeTheFit) {
  const CliResult result = calibrate(measurements(), kOptions + "-o " + scratch.path("no/c.yaml"));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, StartsWith("error: --output: "));
  EXPECT_THAT(result.err, Not(HasSubstr("iteration")));
}

}  // namespace
}  // namespace olivine::support
