// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/experiments/cli/platform_cli.h"

namespace olivine::support {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// One line a problem, each with its prefix; nothing on stdout; exit 2.
void check_refused(const CliResult& result, const std::vector<std::string>& messages) {
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = lines_of(result.err);
  EXPECT_EQ(lines.size(), messages.size()) << result.err;
  EXPECT_THAT(lines, Each(StartsWith("error: ")));
  for (const std::string& message : messages) EXPECT_THAT(result.err, HasSubstr(message));
}

const std::string kGemm = "run -p quad_olive_32x32 -g 64x64x64 -s w4a4-ovp ";

TEST(BadPlatformOptions, AreRefusedWithTheReason) {
  check_refused(run_cli("run -p quad_olive_32x32"), {"missing: --workload or --gemm, --scheme"});
  check_refused(run_cli("run -p quad_olive_32x31 -g 8x8x8 -s w4a4-ovp"),
                {"did you mean 'quad_olive_32x32'?"});
  check_refused(run_cli("run -p none/none.yaml -g 8x8x8 -s w4a4-ovp"), {"none/none.yaml"});
  check_refused(run_cli(kGemm + "--partition rows"), {"must be data|output|layer"});
  check_refused(run_cli(kGemm + "--inputs 0"), {"inputs = 0: must be 1.."});
  check_refused(run_cli(kGemm + "--seed -1"), {"--seed = -1"});
  check_refused(run_cli(kGemm + "--set bus.packets=64"), {"did you mean 'bus.packet'?"});
  check_refused(run_cli(kGemm + "--set array.rows=8"), {"array.rows = 8: unknown key"});
  check_refused(run_cli(kGemm + "--partition data --set partition=data"),
                {"--partition and --set both set partition"});
  check_refused(run_cli(kGemm + "--set memories.dram.dram.model=ideal"),
                {"dram.model = ideal: must be bandwidth|banked"});
  check_refused(run_cli(kGemm + "--json --csv"), {"--json and --csv exclude each other"});
  check_refused(run_cli(kGemm + "-o /no/such/folder/x"), {"cannot be written"});
  check_refused(run_cli(kGemm + "--vcd /no/such/folder/x.vcd"),
                {"--vcd = /no/such/folder/x.vcd: no such folder: /no/such/folder"});
  check_refused(run_cli(kGemm + "--vcd /dev/null"), {"--vcd = /dev/null: not a regular file"});
  check_refused(run_cli(kGemm + "--vcd same -o same"), {"--vcd = same: is the file of --output"});
  check_refused(run_cli("run -m edge_16x16 -g 8x8x8 -s w4a4-ovp --vcd x --inputs 2"),
                {"--vcd: needs --platform", "--inputs: needs --platform"});
  check_refused(run_cli("run -m edge_16x16 -g 8x8x8 -s w4a4-ovp --dram banked --engine closed"),
                {"--engine = closed: no closed form exists for dram.model = banked: use event or "
                 "cycle"});
}

TEST(BadPlatformOptions, OfOneMachineSayWhereAPlatformHasThem) {
  check_refused(
      run_cli(kGemm + "-m olive_64x64 --dataflow ws --pipelining serial --dram banked --tile "
                      "8x8x8 --order mnk --engine cycle --weight-density 0.5"),
      {"--machine: not with --platform: the platform's file names",
       "--dataflow: not with --platform: ", "set: {array.dataflow: ...}",
       "--dram: not with --platform: ", "--tile: not", "--order: not",
       "--weight-density: not with --platform: its memories hold the values of dense weights",
       "--engine: not with --platform: each accelerator has its own: --set "
       "accelerators.NAME.model=..."});
}

TEST(BadPlatformFiles, CarryFileAndLineAllAtOnce) {
  const ScratchFolder folder;
  const std::string out = folder.path("result");
  const std::string file = folder.write("bad.yaml", R"(name: bad
bus: {bytes_per_cycle: 8, packet: 12}
memories:
  - name: a
    base: 0x0
    size: 1MiB
  - name: b
    base: 0x80000
    size: 1MiB
accelerators:
  - name: acc
    machine: olive_64x64
  - name: other
    machine: olive_64x64
    memory: c
    modle: cycle
)");
  check_refused(
      run_cli({"run", "-p", file, "-g", "8x8x8", "-s", "w4a4-ovp", "-o", out}),
      {"bad.yaml:2: bus.packet = 12B: must be a multiple of bus.bytes_per_cycle = 8",
       "bad.yaml:8: memory b (0x80000..0x17ffff) overlaps memory a (0x0..0xfffff",
       "bad.yaml:11: memory: is missing: must be a|b", "bad.yaml:15: memory = c: must be a|b",
       "bad.yaml:16: modle: unknown key; did you mean 'model'?"});
  EXPECT_THAT(folder.names(), ElementsAre("bad.yaml"));
}

TEST(BadPlatformFiles, ThatCannotBeCutSayWhichLayer) {
  const ScratchFolder folder;
  const std::string out = folder.path("result");
  const CliResult run = run_cli("run -p quad_olive_32x32 -g 64x6x64 -s w4a4-ovp -o " + out);
  check_refused(run, {"partition = output on 4 accelerators: layer gemm: batch = 1 and n = 6"});
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(Platforms, NeedSystemC) {
  if (has_systemc_cli()) GTEST_SKIP() << "SKIPPED (SystemC is there)";
  check_refused(run_cli(kGemm), {"this build has no SystemC"});
}

// An RTL whose accelerator never takes a fold: every module says what it waits for.
TEST(Platforms, ThatStandStillExitWithTheStateOfEveryModule) {
  skip_without_systemc();
  if (testing::Test::IsSkipped()) return;
  if (std::system("verilator --version > /dev/null 2>&1") != 0) {  // NOLINT
    GTEST_SKIP() << "SKIPPED (no verilator)";
  }
  const ScratchFolder folder;
  std::filesystem::copy(OLV_SOURCE_DIR "/rtl", folder.path("rtl"),
                        std::filesystem::copy_options::recursive);
  std::string text = read_text(folder.path("rtl/accelerator/accelerator.sv"));
  const std::string offered = ".fold_valid_i  (fold_valid_i),";
  const size_t at = text.find(offered);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, offered.size(), ".fold_valid_i  (fold_valid_i && 1'b0),");
  folder.write("rtl/accelerator/accelerator.sv", text);
  const std::string file = folder.write("stuck.yaml", small_platform("rtl", 1) + "    rtl: rtl\n");
  const CliResult run =
      run_cli({"run", "-p", file, "-g", "4x4x4", "-s", "w4a4-ovp", "-o", folder.path("result")});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("no progress: "));  // below lines of progress
  for (const char* module : {"host", "acc", "bus", "dram"}) {
    EXPECT_THAT(run.err, HasSubstr(module));
  }
  EXPECT_GE(lines_of(run.err).size(), 4u) << run.err;
  EXPECT_THAT(folder.names(), ElementsAre("rtl", "stuck.yaml"));
}

TEST(Platforms, InterruptedLeaveNothingHalfWritten) {
  skip_without_systemc();
  if (testing::Test::IsSkipped()) return;
  const ScratchFolder folder;
  const std::string old = folder.write("result.json", "old");
  // Long enough to be interrupted at any speed: 2^30 MACs, every register stepped.
  std::string line = "run -p quad_olive_32x32 -g 1024x1024x1024 -s w8a8-int8 --json -o " + old +
                     " --vcd " + folder.path("out.vcd");
  for (const char* name : {"acc0", "acc1", "acc2", "acc3"}) {
    line += std::string{" --set accelerators."} + name + ".model=cycle";
  }
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto has_started = [&] { return folder.names().size() >= 3; };  // both unfinished files
    const CliResult result = run_cli_and_signal(line, signal, has_started);
    EXPECT_EQ(result.status, 130);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("interrupted: no result was written\n"));
    EXPECT_EQ(read_text(old), "old");
    EXPECT_THAT(folder.names(), ElementsAre("result.json"));
  }
}

}  // namespace
}  // namespace olivine::support
