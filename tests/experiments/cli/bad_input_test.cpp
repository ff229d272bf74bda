// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
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

void PrintTo(const BadInput& input, std::ostream* stream) {
  *stream << (*input.line == '\0' ? "(nothing)" : input.line);
}

class BadInputs : public testing::TestWithParam<BadInput> {};

// One line a problem, each with its prefix; nothing on stdout; exit 2.
void check_refused(const CliResult& result, const std::vector<const char*>& messages) {
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = lines_of(result.err);
  EXPECT_EQ(lines.size(), messages.size()) << result.err;
  EXPECT_THAT(lines, Each(StartsWith("error: ")));
  for (const char* message : messages) EXPECT_THAT(result.err, HasSubstr(message));
}

TEST_P(BadInputs, AreRefusedWithTheReason) {
  SCOPED_TRACE(GetParam().line);
  check_refused(run_cli(std::string{GetParam().line}), GetParam().messages);
}

// The start of a command line without other problems.
#define OLV_GEMM "run -m edge_16x16 -s w4a4-ovp -g 8x8x8 "
#define OLV_BERT "run -m edge_16x16 -s w4a4-ovp -w bert_base "

INSTANTIATE_TEST_SUITE_P(
    CommandLine, BadInputs,
    testing::Values(
        BadInput{"", {"missing: a command"}},
        BadInput{"rum", {"rum: unknown command; did you mean 'run'?"}},
        BadInput{"run", {"missing: --machine, --workload or --gemm, --scheme"}},
        BadInput{"run -m edge_16x16", {"missing: --workload or --gemm, --scheme"}},
        BadInput{"run --dump-config", {"missing: --machine"}},
        BadInput{"run -m edge_16x16 --dump-config -s w4a4-ovo", {"did you mean 'w4a4-ovp'?"}},
        BadInput{"run -m edge_16x16 --dump-config --set workload.batch=4",
                 {"--set workload.batch = 4: needs --workload"}},
        BadInput{OLV_GEMM "-w bert_base", {"--workload and --gemm exclude each other"}},
        BadInput{OLV_GEMM "--dataflo os",
                 {"--dataflo: unknown option; did you mean '--dataflow'?"}},
        BadInput{OLV_GEMM "--mac", {"--mac: unknown option"}},
        BadInput{OLV_GEMM "-x", {"-x: unknown option"}},
        BadInput{OLV_GEMM "extra", {"extra: unexpected word"}},
        BadInput{OLV_GEMM "-m olive_64x64", {"--machine: given twice"}},
        BadInput{OLV_GEMM "--seed", {"--seed"}},
        BadInput{"run --machine --scheme w4a4-ovp", {"--machine: needs a value, not --scheme"}},
        BadInput{OLV_GEMM "--json --csv", {"--json and --csv exclude each other"}},
        BadInput{OLV_GEMM "--json=1", {"--json"}},
        BadInput{
            "list",
            {"missing: what to list, machines|platforms|workloads|schemes|formats|keys|kernels"}},
        BadInput{"list machine", {"did you mean 'machines'?"}},
        BadInput{"list machines --markdown", {"--markdown: only for olivine list keys"}},
        BadInput{"completion", {"missing: the shell, bash"}},
        BadInput{"completion fish", {"fish: unknown shell; must be bash"}},
        BadInput{"explain -m edge_16x16 -s w4a4-ovp -w bert_base", {"missing: --layer"}},
        BadInput{"explain -m edge_16x16 -s w4a4-ovp -w bert_base --layer encoder.0.quer",
                 {"no such layer; did you mean 'encoder.0.query'?"}},
        BadInput{"explain -m edge_16x16 -s w4a4-ovp -g 8x8x8 --layer x", {"--layer: a GEMM"}}));

INSTANTIATE_TEST_SUITE_P(
    Values, BadInputs,
    testing::Values(
        BadInput{OLV_GEMM "--seed -1", {"--seed = -1: must be 0..9223372036854775807"}},
        BadInput{OLV_GEMM "--seed x", {"--seed = x"}},
        BadInput{OLV_GEMM "--engine rtl", {"--engine = rtl: must be closed|event|cycle"}},
        BadInput{OLV_GEMM "--dataflow rs", {"--dataflow: array.dataflow = rs: must be ws|os|is"}},
        BadInput{OLV_GEMM "--pipelining none", {"must be serial|overlapped"}},
        BadInput{OLV_GEMM "--dram ddr4", {"dram.model = ddr4: must be ideal|bandwidth|banked"}},
        BadInput{OLV_GEMM "--order mmk", {"--order = mmk: must be mnk|"}},
        BadInput{OLV_GEMM "--weight-density 0",
                 {"--weight-density = 0: must be 0.001..1, with at most three digits"}},
        BadInput{OLV_GEMM "--weight-density 1.5", {"--weight-density = 1.5: must be 0.001..1"}},
        BadInput{OLV_GEMM "--weight-density half", {"--weight-density = half: must be 0.001..1"}},
        BadInput{OLV_GEMM "--weight-density 0.33333", {"at most three digits after the point"}},
        BadInput{OLV_GEMM "--set decompressor.elements_per_cycle=-1",
                 {"decompressor.elements_per_cycle = -1: must be 0..65536"}},
        BadInput{OLV_GEMM "--tile 8x8", {"--tile = 8x8: must be MxNxK"}},
        BadInput{OLV_GEMM "--tile 8x0x8", {"n = 0: must be 1..2147483648"}},
        BadInput{OLV_GEMM "--layers linaer",
                 {
                     "--layers = linaer: must be",
                 }},
        BadInput{OLV_GEMM "--layers vector", {"no layer of the chosen kinds"}},
        BadInput{OLV_GEMM "--set array.row=8", {"unknown key; did you mean 'array.rows'?"}},
        BadInput{OLV_GEMM "--set array.rows=0", {"array.rows = 0: must be 1..1024"}},
        BadInput{OLV_GEMM "--set array.rows=-1", {"array.rows = -1: must be 1..1024"}},
        BadInput{OLV_GEMM "--set array.rows=0x10", {"array.rows = 0x10: must be 1..1024"}},
        BadInput{OLV_GEMM "--set array.rows", {"--set array.rows: must be KEY=VALUE"}},
        BadInput{OLV_GEMM "--set array.rows=8 --set array.rows=8", {"array.rows is set twice"}},
        BadInput{OLV_GEMM "--set array.dataflow=os --dataflow os",
                 {"--dataflow and --set both set array.dataflow"}},
        BadInput{OLV_GEMM "--set array.pe=ovp5", {"array.pe = ovp5"}},
        BadInput{OLV_GEMM "--set array.pe_operand_bits=5", {"must be 4 or 8"}},
        BadInput{OLV_GEMM "--set workload.batch=4", {"a GEMM has no parameters"}},
        BadInput{OLV_BERT "--set workload.bach=4", {"bach = 4: no such parameter"}},
        BadInput{OLV_BERT "--set workload.batch=0", {"batch = 0: must be an integer 1.."}},
        BadInput{OLV_GEMM "--tile 8x8x8 -o /no/such/folder/x", {"cannot be written"}},
        BadInput{OLV_GEMM "-o /", {"--output: /: not a regular file"}}));

INSTANTIATE_TEST_SUITE_P(
    Things, BadInputs,
    testing::Values(
        BadInput{"run -m edge_16x17 -s w4a4-ovp -g 8x8x8", {"did you mean 'edge_16x16'?"}},
        BadInput{"run -m b300_sxm -s w4a4-ovp -g 8x8x8", {"unknown machine"}},
        BadInput{"run -m none.yaml -s w4a4-ovp -g 8x8x8", {"none.yaml"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovo -g 8x8x8", {"did you mean 'w4a4-ovp'?"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -w bert_bas", {"did you mean 'bert_base'?"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -w none.csv", {"none.csv"}},
        BadInput{"run -m edge_16x16 -s w16a16-fp16 -g 8x8x8",
                 {"its integer PEs have no fp16 arithmetic"}},
        BadInput{
            OLV_GEMM "--weight-density 0.5",
            {"--weight-density: machine edge_16x16 cannot run w4a4-ovp with weights of density "
             "0.5: it has no decompressor (decompressor.elements_per_cycle = 0)"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp-2:4 -g 8x8x8 --weight-density 0.5 "
                 "--set decompressor.elements_per_cycle=8",
                 {"with weights of density 0.5: 2:4 weights are stored by position already"}},
        BadInput{"run -m ant_64x64 -s w4a4-ovp -g 8x8x8", {"no outlier-victim pair decoders"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp-2:4 -g 8x8x8 --dataflow is",
                 {"in dataflow is the activations are stationary"}},
        BadInput{"run -m adafloat_32x28 -s w8a8-fp8 -g 8x8x8 --engine cycle",
                 {"--engine = cycle: it computes integers"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 8x8", {"must be MxNxK or MxNxKxBATCH"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 8x8x8x8x8", {"must be MxNxK or MxNxKxBATCH"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 0x8x8", {"m = 0: must be 1..2147483648"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 8x-8x8", {"n = -8: must be 1..2147483648"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 8x8xk", {"k = k: must be 1..2147483648"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 8x8x2147483649",
                 {"k = 2147483649: must be 1..2147483648"}},
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 8x8x99999999999999999999",
                 {"k = 99999999999999999999: must be"}},
        // 2^31 * 2^31 * 2^31 MACs would wrap in 64 bits.
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 2147483648x2147483648x2147483648",
                 {"18014398509481984"}},  // kMaxLayerMacs, 2^54
        BadInput{"run -m edge_16x16 -s w4a4-ovp -g 64x64x64 --tile 4096x4096x4096 --set "
                 "memory.activation_buffer=2KiB",
                 {"does not fit"}}));

TEST(BadInputs, AreAllReportedTogether) {
  const CliResult result = run_cli(
      "run -m edge_16x17 -g 0x-1x8 -s w4a4-ovo --set array.row=4 --set clock=fast --engine rtl "
      "--order x --seed -3");
  check_refused(result, {"edge_16x16", "m = 0", "n = -1", "w4a4-ovp", "array.rows", "clock = fast",
                         "--engine = rtl", "--order = x", "--seed = -3"});
}

TEST(BadInputs, OfAFileCarryFileAndLine) {
  const ScratchFolder folder;
  const std::string machine =
      folder.write("bad.yaml", "name: bad\narray:\n  rows: 0\n  colums: 4\n");
  check_refused(run_cli({"run", "-m", machine, "-g", "8x8x8", "-s", "w4a4-ovp"}),
                {"bad.yaml:3: array.rows = 0: must be 1..1024", "bad.yaml:4: array.colums = 4"});
  const std::string topology = folder.write("bad.csv", "Layer, M, N, K,\nfirst, 8, 0, 8,\n");
  check_refused(run_cli({"run", "-m", "edge_16x16", "-w", topology, "-s", "w4a4-ovp"}),
                {"bad.csv:2: "});
}

TEST(BadInputs, OnAFullDiskAreNoSuccess) {
  const std::string command = cli_path() + " list keys > /dev/full 2> /dev/null";
  EXPECT_NE(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace
}  // namespace olivine::support
