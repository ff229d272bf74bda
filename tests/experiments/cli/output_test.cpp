// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kEdge = "run -m edge_16x16 -g 64x48x100 -s w4a4-ovp ";

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields{""};
  for (const char c : line) {
    if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

TEST(Csv, HasARowALayerAndTheFiguresOfTheJson) {
  const std::string line = "run -m edge_16x16 -w bert_base -s w4a4-ovp --set workload.batch=1 ";
  const CliResult csv = run_cli(line + "--csv");
  ASSERT_EQ(csv.status, 0) << csv.err;
  const nlohmann::json result = run_cli(line + "--json").json();
  const std::vector<std::string> lines = lines_of(csv.out);
  ASSERT_EQ(lines.size(), result["layers"].size() + 2);
  const std::vector<std::string> names = fields_of(lines[0]);
  for (size_t row = 1; row < lines.size(); ++row) {
    const std::vector<std::string> values = fields_of(lines[row]);
    ASSERT_EQ(values.size(), names.size()) << lines[row];
    std::map<std::string, std::string> fields;
    for (size_t i = 0; i < names.size(); ++i) fields[names[i]] = values[i];
    const bool is_total = row == lines.size() - 1;
    EXPECT_EQ(fields["row"], is_total ? "total" : "layer");
    const nlohmann::json& figures = is_total ? result["total"] : result["layers"][row - 1];
    EXPECT_EQ(fields["name"], is_total ? "" : figures["name"]);
    for (const char* name : {"macs", "cycles", "array_cycles", "vector_cycles", "folds", "tiles"}) {
      EXPECT_EQ(fields[name], figures[name].dump()) << name;
    }
    EXPECT_EQ(fields["stall_cycles"], figures["stall_cycles"]["total"].dump());
    EXPECT_EQ(fields["dram_weights_bytes"], figures["dram_bytes"]["weights"].dump());
    EXPECT_DOUBLE_EQ(std::stod(fields["energy_pj"]), figures["energy_pj"]["total"].get<double>());
    EXPECT_DOUBLE_EQ(std::stod(fields["utilization"]), figures["utilization"].get<double>());
  }
}

TEST(Table, ShowsRepeatedLayersOnceAndFitsAPage) {
  const CliResult result = run_cli("run -m olive_64x64 -w bert_base -s w4a4-ovp");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("encoder.*.query x12"));
  EXPECT_THAT(result.out, Not(HasSubstr("encoder.3.query")));
  EXPECT_THAT(result.out, HasSubstr("simulated"));
  const std::vector<std::string> lines = lines_of(result.out);
  for (size_t i = 0; i < 20; ++i) EXPECT_LE(lines[i].size(), 120u) << lines[i];
  const CliResult verbose = run_cli("run -m olive_64x64 -w bert_base -s w4a4-ovp --verbose");
  EXPECT_THAT(lines_of(verbose.out)[2], HasSubstr("tile  order"));
}

TEST(Output, HasNoEscapeCodesWhereItIsNoTerminal) {
  for (const std::string& line :
       {kEdge, kEdge + "--engine cycle", std::string{"list machines"}, std::string{"demo"},
        std::string{"explain -m edge_16x16 -g 9x9x9 -s w4a4-ovp"}, std::string{"--help"}}) {
    const CliResult result = run_cli(line);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ((result.out + result.err).find('\033'), std::string::npos) << line;
  }
}

TEST(Output, ToAFileIsTheSameAsToStdout) {
  const ScratchFolder folder;
  std::vector<std::string> words = words_of(kEdge + "--csv");
  const CliResult to_stdout = run_cli(words);
  words.insert(words.end(), {"-o", folder.path("result.csv")});
  const CliResult to_file = run_cli(words);
  EXPECT_EQ(to_file.status, 0) << to_file.err;
  EXPECT_EQ(to_file.out, "");
  EXPECT_EQ(read_text(folder.path("result.csv")), to_stdout.out);
  EXPECT_THAT(folder.names(), ElementsAre("result.csv"));
}

TEST(Output, OfAFailedRunLeavesNoFile) {
  const ScratchFolder folder;
  std::vector<std::string> words = words_of(kEdge + "--tile 4096x4096x4096");
  words.insert(words.end(), {"--set", "memory.output_buffer=2KiB", "-o", folder.path("result")});
  EXPECT_EQ(run_cli(words).status, 2);
  EXPECT_THAT(folder.names(), IsEmpty());
}

// The link stays and the file it names is written, whether that file exists or not.
TEST(Output, FollowsSymbolicLinks) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder.path("real"));
  const std::string old = folder.write("real/old", "old");
  const std::string fresh = folder.path("real/fresh");
  const std::string relative_link = folder.path("to_old");
  const std::string link = folder.path("to_fresh");
  const std::string link_to_link = folder.path("to_to_fresh");
  std::filesystem::create_symlink("real/old", relative_link);
  std::filesystem::create_symlink(fresh, link);
  std::filesystem::create_symlink("to_fresh", link_to_link);
  const std::string expected = run_cli(kEdge + "--csv").out;
  for (const std::string& path : {relative_link, link_to_link}) {
    const CliResult result = run_cli(kEdge + "--csv -o " + path);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_TRUE(std::filesystem::is_symlink(path)) << path;
  }
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(read_text(old), expected);
  EXPECT_EQ(read_text(fresh), expected);
  EXPECT_THAT(folder.names(), ElementsAre("real", "to_fresh", "to_old", "to_to_fresh"));
}

TEST(Output, RefusesWhatIsNoRegularFile) {
  const ScratchFolder folder;
  const std::string fifo = folder.path("fifo");
  const std::string link = folder.path("link");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::filesystem::create_symlink("fifo", link);
  for (const std::string& path : {fifo, link, folder.path("")}) {
    const CliResult result = run_cli(kEdge + "-o " + path);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "error: --output: " + path + ": not a regular file\n");
  }
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_THAT(folder.names(), ElementsAre("fifo", "link"));
}

TEST(Output, ThroughALinkToItselfIsRefused) {
  const ScratchFolder folder;
  const std::string loop = folder.path("loop");
  std::filesystem::create_symlink("loop", loop);
  const CliResult result = run_cli(kEdge + "-o " + loop);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("error: --output: " + loop + ": cannot be written: "));
  EXPECT_THAT(folder.names(), ElementsAre("loop"));
}

// Long enough to be interrupted at any speed: 2^30 MACs on 256 PEs.
const std::string kLong = "run -m edge_16x16 -g 1024x1024x1024 -s w8a8-int8 --engine cycle ";

TEST(Interrupt, EndsCleanly) {
  const ScratchFolder folder;
  const std::string old = folder.write("result.json", "old");
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto has_started = [&] { return folder.names().size() == 2; };  // the unfinished file
    const CliResult result = run_cli_and_signal(kLong + "--json -o " + old, signal, has_started);
    EXPECT_EQ(result.status, 130);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("interrupted: no result was written\n"));
    EXPECT_EQ(read_text(old), "old");
    EXPECT_THAT(folder.names(), ElementsAre("result.json"));
  }
}

TEST(DumpConfig, LoadsBackToTheSameConfig) {
  const ScratchFolder folder;
  const std::string changes =
      " -g 8x8x8 -s w4a4-int4 --dataflow ws --pipelining serial --dram ideal "
      "--set clock=333.25MHz --set array.cols=24 --set mapper.slack_pct=0.3 "
      "--set memory.weight_buffer=33000 --set array.ovp_decoders=false ";
  for (const char* machine : {"olive_64x64", "tpu_like_128x128", "edge_16x16", "ant_64x64"}) {
    const std::string line = std::string{"run -m "} + machine + changes;
    const std::string file = folder.path("dumped.yaml");
    const CliResult dumped = run_cli(line + "--dump-config -o " + file);
    ASSERT_EQ(dumped.status, 0) << dumped.err;
    const CliResult again = run_cli("run -g 8x8x8 -s w4a4-int4 --json -m " + file);
    ASSERT_EQ(again.status, 0) << again.err;
    const nlohmann::json original = run_cli(line + "--json").json();
    EXPECT_EQ(again.json()["config"], original["config"]);
    EXPECT_EQ(again.json()["total"], original["total"]);
  }
}

TEST(DumpConfig, NeedsOnlyAMachine) {
  const CliResult alone = run_cli("run -m edge_16x16 --set array.cols=24 --dump-config");
  ASSERT_EQ(alone.status, 0) << alone.err;
  EXPECT_THAT(alone.out, HasSubstr("  cols: 24\n"));
  EXPECT_EQ(alone.out, run_cli("run -m edge_16x16 --set array.cols=24 -g 8x8x8 -s w4a4-ovp "
                               "--dump-config")
                           .out);
}

}  // namespace
}  // namespace olivine::support
