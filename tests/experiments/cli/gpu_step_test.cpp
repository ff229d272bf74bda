// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// olivine explain --step on a GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(GpuStep, StandsBesideTheModelOfWaves) {
  const json explained =
      run_cli("explain -m h100_sxm -g 1024x1024x1024 -s w16a16-bf16 --step --json").json();
  const json& stepped = explained["stepped"];
  const json& figures = explained["figures"];
  const double clock_s = figures["waterfall_s"].value("clock", 0.0);
  const double waves_s = stepped["waves_s"].get<double>();
  EXPECT_NEAR(waves_s, figures["time_s"].get<double>() - clock_s, 1e-9 * waves_s);
  EXPECT_NEAR(stepped["time_s"].get<double>() * stepped["clock_hz"].get<double>(),
              stepped["cycles"].get<double>(), 1e-9 * stepped["cycles"].get<double>());
  EXPECT_NEAR(stepped["l2_bytes"].get<double>(), figures["l2_bytes"].get<double>(), 1);
  for (const auto& [resource, share] : stepped["busy_ratio"].items()) {
    EXPECT_GE(share.get<double>(), 0) << resource;
    EXPECT_LE(share.get<double>(), 1) << resource;
  }
  for (const json& span : stepped["timeline"]) {
    EXPECT_LT(span["begin_cycles"].get<double>(), span["end_cycles"].get<double>());
    EXPECT_LE(span["end_cycles"].get<double>(), stepped["cycles"].get<double>());
  }
  EXPECT_FALSE(
      run_cli("explain -m h100_sxm -g 8x8x8 -s w16a16-bf16 --json").json().contains("stepped"));
}

TEST(GpuStep, ShowsTheFirstAndTheLastCtasOfAnSm) {
  const CliResult result = run_cli("explain -m h100_sxm -g 8192x8192x1024 -s w16a16-bf16 --step");
  ASSERT_EQ(result.status, 0) << result.err;
  size_t at = 0;
  for (const char* part : {"\nCTAs, stepped\n", "by the model of waves", "rounds", "\n  tensor ",
                           "mainloops: tensor cores ", "CTAs of SM 0", "0  prologue", "mainloop",
                           "epilogue", "...  ", "more", "epilogue"}) {
    at = result.out.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << "\n" << result.out;
  }
}

TEST(GpuStep, SaysWhyThereIsNothingToStep) {
  struct Refused {
    const char* line;
    const char* message;
  };
  for (const Refused& refused : {Refused{"-m h100_sxm -g 200000x200000x200000 -s w8a8-int8",
                                         "stages of CTAs: must be at most 5e+07"},
                                 {"-m h100_sxm -w bert_base -l encoder.0.softmax -s w8a8-int8",
                                  "--step: encoder.0.softmax runs on CUDA cores"},
                                 {"-m edge_16x16 -g 8x8x8 -s w8a8-int8", "--step: needs a GPU"}}) {
    const CliResult result = run_cli(std::string{"explain "} + refused.line + " --step");
    EXPECT_EQ(result.status, 2) << refused.line;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr(refused.message));
  }
}

}  // namespace
}  // namespace olivine::support
