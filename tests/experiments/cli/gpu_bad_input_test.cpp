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
        BadInput{OLV_GEMM "--order mnk", {"--order: not with a GPU: "}},
        BadInput{OLV_GEMM "--weight-density 0.5",
                 {"--weight-density: not with a GPU: its kernels read weights dense or 2:4"}},
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

#define OLV_BF16 "run -m h100_sxm -s w16a16-bf16 -g 512x512x512 "

INSTANTIATE_TEST_SUITE_P(
    Tiles, GpuBadInputs,
    testing::Values(
        BadInput{OLV_BF16 "--tile 256x256x64",
                 {"tile 256x256x64 for w16a16-bf16 on h100_sxm: 256 x 256 takes 296 registers a "
                  "thread in 12 warps, a thread has at most 255 and an SM 65536; nearest: 128 x "
                  "256"}},
        BadInput{OLV_BF16 "--tile 128x256x64 --stages 8",
                 {"stages = 8 take 393216 bytes of shared memory, a CTA has at most 232448; "
                  "nearest: stages = 4"}},
        BadInput{OLV_BF16 "--tile 96x100x64",
                 {"tile_n = 100: must be a multiple of 8 (wgmma.m64n8k16.bf16.ss); nearest: 104; "
                  "tile_m = 96: must be a multiple of 64 "}},
        BadInput{OLV_BF16 "--tile 64x64x24", {"tile_k = 24: must be a multiple of 16 "}},
        BadInput{"explain -m h100_sxm -s w16a16-bf16 -g 8x8x8 --tile 64x64x24",
                 {"tile_k = 24: must be a multiple of 16 "}},
        BadInput{"run -m h100_sxm -s w4a4-int4 -g 8x8x8 --tile 128x128x64",
                 {"h100_sxm has no instruction for the operands of w4a4-int4; did you mean"}},
        BadInput{OLV_BF16 "--tile 5000x64x0",
                 {"--tile = 5000x64x0: k = 0: must be 1..",
                  "--tile = 5000x64x0: m = 5000: must be 1..4096"}},
        BadInput{OLV_BF16 "--tile 64x64", {"--tile = 64x64: must be MxNxK"}},
        BadInput{OLV_BF16 "--tile 64x64x64 --stages 0", {"--stages = 0: must be 1..4096"}},
        BadInput{OLV_BF16 "--stages 3", {"--stages: needs --tile"}},
        BadInput{OLV_BF16 "--tile 64x64x64 --kernel wgmma_128x256x64_s4",
                 {"--tile and --kernel exclude each other"}},
        BadInput{"run -m edge_16x16 -s w8a8-int8 -g 8x8x8 --stages 3", {"--stages: needs a GPU"}},
        BadInput{"run -p quad_olive_32x32 -s w8a8-int8 -g 8x8x8 --stages 3",
                 {"--stages: not with --platform: "}}));

// The reason is that of the smallest kernel.
INSTANTIATE_TEST_SUITE_P(
    SmallMachines, GpuBadInputs,
    testing::Values(
        BadInput{"run -m h200_sxm -s w8a8-int8 -g 512x512x512 --set sm.shared_memory_per_cta=8KiB",
                 {"no kernel of smoothquant takes m = 512: the smallest of smoothquant that does "
                  "not fit is mma_32x128x64_s3: stages = 3 take 30720 bytes of shared memory, a "
                  "CTA has at most 8192; nearest: stages = 1"}},
        BadInput{OLV_BF16 "--set sm.shared_memory_per_cta=2KiB",
                 {"no kernel for w16a16-bf16 fits h100_sxm: the smallest of cublas that does not "
                  "fit is wgmma_64x8x64_s2: stages = 2 take 18432 bytes of shared memory"}},
        BadInput{OLV_BF16 "--set sm.registers=1024", {"a thread has at most 255 and an SM 1024"}},
        BadInput{OLV_BF16 "--set sm.shared_memory_per_cta=2KiB --library cublas",
                 {"no kernel for w16a16-bf16 fits h100_sxm: the smallest of cublas"}}));

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
