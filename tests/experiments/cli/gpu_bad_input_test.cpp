// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::StartsWith;

struct BadInput {
  const char* line;
  std::vector<const char*> messages;  // each a part of one line of stderr
};

void PrintTo(const BadInput& input, std::ostream* stream) { *stream << input.line; }

class GpuBadInputs : public testing::TestWithParam<BadInput> {};

// One line a problem, each with its prefix; nothing on stdout; exit 2.
TEST_P(GpuBadInputs, AreRefusedWithTheReason) {
  SCOPED_TRACE(GetParam().line);
  const CliResult result = run_cli(std::string{GetParam().line});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = lines_of(result.err);
  EXPECT_EQ(lines.size(), GetParam().messages.size()) << result.err;
  EXPECT_THAT(lines, Each(StartsWith("error: ")));
  for (const char* message : GetParam().messages) EXPECT_THAT(result.err, HasSubstr(message));
}

// The start of a command line without other problems.
#define OLV_GEMM "run -m h100_sxm -s w8a8-int8 -g 8x8x8 "

INSTANTIATE_TEST_SUITE_P(
    Options, GpuBadInputs,
    testing::Values(
        BadInput{OLV_GEMM "--dataflow ws", {"--dataflow: not with a GPU: tensor cores have no"}},
        BadInput{OLV_GEMM "--pipelining serial", {"--pipelining: not with a GPU: "}},
        BadInput{OLV_GEMM "--dram ideal", {"--dram: not with a GPU: "}},
        BadInput{OLV_GEMM "--engine cycle", {"--engine: not with a GPU: "}},
        BadInput{OLV_GEMM "--tile 8x8x8", {"--tile: not with a GPU: a kernel has its own tile"}},
        BadInput{OLV_GEMM "--order mnk", {"--order: not with a GPU: "}},
        BadInput{OLV_GEMM "--seed 1", {"--seed: not with a GPU: "}},
        BadInput{OLV_GEMM "--partition data", {"--partition: not with a GPU: needs --platform"}},
        BadInput{"explain -m a100_sxm -s w8a8-int8 -g 8x8x8 --dataflow ws", {"--dataflow: not"}},
        BadInput{OLV_GEMM "--json --csv", {"--json and --csv exclude each other"}},
        BadInput{OLV_GEMM "--set array.rows=8", {"array.rows = 8: unknown key"}},
        BadInput{OLV_GEMM "--set sm.cuont=8", {"unknown key; did you mean 'sm.count'?"}},
        BadInput{OLV_GEMM "--set sm.count=0", {"sm.count = 0: must be 1.."}},
        BadInput{OLV_GEMM "--set power.idle_w=900", {"power.idle_w = 900: must be below"}},
        BadInput{OLV_GEMM "--set energy.table=gpu_5nm", {"did you mean"}},
        BadInput{OLV_GEMM "--layers vector", {"no layer of the chosen kinds"}},
        BadInput{"run -m edge_16x16 -s w8a8-int8 -g 8x8x8 --kernel x", {"--kernel: needs a GPU"}},
        BadInput{"run -p quad_olive_32x32 -s w8a8-int8 -g 8x8x8 --library x",
                 {"--library: not with --platform: "}}));

INSTANTIATE_TEST_SUITE_P(
    Things, GpuBadInputs,
    testing::Values(
        BadInput{"run -m h100_sxn -s w8a8-int8 -g 8x8x8", {"did you mean 'h100_sxm'?"}},
        BadInput{"run -m h100_sxm -s w8a8-int8 -g 0x8x8", {"m = 0: must be 1..2147483648"}},
        BadInput{"run -m h100_sxm -s w4a4-int4 -g 8x8x8", {"did you mean 'w4a"}},
        BadInput{"run -m rtx2080ti -s w16a16-bf16 -g 8x8x8", {"did you mean 'w16a16-fp16'?"}},
        BadInput{"run -m rtx2080ti -s w8a8-int8-2:4 -g 8x8x8", {"w8a8-int8-2:4"}},
        BadInput{OLV_GEMM "--library cublass", {"cublass"}},
        BadInput{OLV_GEMM "--kernel none", {"kernel = none: "}},
        BadInput{"list kernels", {"missing: --machine, --scheme"}},
        BadInput{"list kernels -m h100_sxm", {"missing: --scheme"}},
        BadInput{"list kernels -m edge_16x16 -s w8a8-int8", {"edge_16x16: is a systolic machine"}},
        BadInput{"list kernels -m h100_sxm -s w4a4-int4", {"w4a4-int4"}},
        BadInput{"list kernels -m h100_sxn -s w4a4-ovo",
                 {"did you mean 'h100_sxm'?", "did you mean 'w4a4-ovp'?"}},
        BadInput{"list machines -m h100_sxm", {"--machine: only for olivine list kernels|schemes"}},
        BadInput{"list schemes --set sm.count=1", {"--set: needs --machine"}},
        BadInput{"explain -m h100_sxm -s w8a8-int8 -w bert_base", {"missing: --layer"}}));

TEST(GpuBadInputs, AreAllReportedTogether) {
  const CliResult result = run_cli(
      "run -m a100_sxm -w bert_base -s w8a8-fp8-2:4 --dataflow ws --layers linaer --seed 3");
  EXPECT_EQ(result.status, 2);
  for (const char* message :
       {"--dataflow: not with a GPU", "--seed: not with a GPU", "--layers = linaer", "w8a8-fp8-2:4",
        "layer encoder.0.qk has no weights"}) {
    EXPECT_THAT(result.err, HasSubstr(message));
  }
}

TEST(GpuBadInputs, OfAFileCarryFileAndLine) {
  const ScratchFolder folder;
  const std::string machine =
      folder.write("bad.yaml", "kind: gpu\nname: bad\nsm:\n  count: 0\n  cuont: 4\n");
  const CliResult result = run_cli({"run", "-m", machine, "-g", "8x8x8", "-s", "w8a8-int8"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("bad.yaml:4: sm.count = 0: must be 1.."));
  EXPECT_THAT(result.err, HasSubstr("bad.yaml:5: sm.cuont = 4"));
}

}  // namespace
}  // namespace olivine::support
