// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What olivine sweep refuses: one clear line, exit status 2, nothing made or overwritten.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/experiments/cli/sweep_cli.h"

namespace olivine::support {
namespace {

using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

struct Wrong {
  const char* line;  // after "sweep"; @ stands for the folder
  const char* problem;
};

class SweepBadLine : public testing::TestWithParam<Wrong> {};

TEST_P(SweepBadLine, IsRefusedInOneLine) {
  const SweepFolder folder;
  folder.folder().write("text.db", "this is no database\n");
  std::string line = std::string{"sweep "} + GetParam().line;
  for (size_t at = line.find('@'); at != std::string::npos; at = line.find('@')) {
    line.replace(at, 1, folder.path(""));
  }
  const std::vector<std::string> before = folder.folder().names();
  const CliResult result = run_cli(line);
  EXPECT_EQ(result.status, 2) << line;
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = lines_of(result.err);
  ASSERT_EQ(lines.size(), 1u) << result.err;
  EXPECT_THAT(lines[0], testing::StartsWith("error: "));
  EXPECT_THAT(lines[0], HasSubstr(GetParam().problem));
  EXPECT_EQ(folder.folder().names(), before);
  EXPECT_EQ(read_text(folder.path("text.db")), "this is no database\n");
}

INSTANTIATE_TEST_SUITE_P(
    CommandLines, SweepBadLine,
    testing::Values(
        Wrong{"", "missing: what to do, run|status|front|"},
        Wrong{"rnu", "rnu: must be run|status|"}, Wrong{"rnu", "did you mean 'run'?"},
        Wrong{"run", "missing: SPEC of olivine sweep run"},
        Wrong{"run @sweep.yaml other", "other: unexpected word"},
        Wrong{"diff @a.db", "missing: A.db B.db of olivine sweep diff"},
        Wrong{"run @sweep.yaml --csv", "--csv: only for olivine sweep front|sensitivity|diff"},
        Wrong{"front @text.db --worst 3", "--worst: only for olivine sweep diff"},
        Wrong{"run @sweep.yaml --thraeds 2", "--thraeds: unknown option; did you mean '--threads'"},
        Wrong{"run @sweep.yaml --threads 0", "--threads = 0: must be 1..1024"},
        Wrong{"run @sweep.yaml --shard 2/2", "--shard = 2/2: must be I/N"},
        Wrong{"run @sweep.yaml --shard 1", "--shard = 1: must be I/N"},
        Wrong{"run @sweep.yaml --shard -1/2", "--shard = -1/2: must be I/N"},
        Wrong{"run @sweep.yaml --dry-run --retry-failed", "exclude each other"},
        Wrong{"run @none.yaml --db @a.db", "none.yaml"},
        Wrong{"run @sweep.yaml --db @nowhere/a.db", "nowhere/a.db"},
        Wrong{"run @sweep.yaml --db @text.db", "text.db"}, Wrong{"front @none.db", "none.db"},
        Wrong{"status @text.db", "text.db"},
        Wrong{"export @text.db --format xml", "--format = xml: must be csv|jsonl"},
        Wrong{"front @text.db --csv --json", "--json and --csv exclude each other"},
        Wrong{"diff @text.db @text.db --worst x", "--worst = x: must be 0..1000000"},
        Wrong{"merge @text.db", "missing: --output, the database to make"},
        Wrong{"merge -o @out.db @text.db", "text.db"}, Wrong{"gc @text.db", "text.db"}));

class SweepBad : public testing::Test {
 protected:
  // Runs the sweep with further lines in its file.
  [[nodiscard]] CliResult run_with(const std::string& more, const std::string& rows) const {
    folder_.write_spec("sweep.yaml", more, rows);
    return run_cli(folder_.run_line("a.db"));
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

  SweepFolder folder_;
};

TEST_F(SweepBad, AxisOfAnUnknownParameterIsNamedAtItsLine) {
  folder_.folder().write("sweep.yaml",
                         "name: shapes\nmachine: edge_16x16\nworkload: " + path("small.yaml") +
                             "\nscheme: w4a4-ovp\naxes:\n  array.rosw: [4, 8]\n"
                             "objectives: [time_s]\n");
  const CliResult result = run_cli(folder_.run_line("a.db"));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("sweep.yaml:6: "));
  EXPECT_THAT(result.err, HasSubstr("array.rosw"));
  EXPECT_THAT(result.err, HasSubstr("did you mean 'array.rows'?"));
  EXPECT_EQ(lines_of(result.err).size(), 1u);
  EXPECT_FALSE(fs::exists(path("a.db")));
}

TEST_F(SweepBad, ConstraintsThatLeaveNothingMakeNoDatabase) {
  const CliResult result = run_with("constraints: [array.rows < 4]\n", "[4, 8]");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err,
            "error: no point satisfies the constraints: of 30 combinations, \"array.rows < 4\" "
            "excludes 30\n");
  EXPECT_FALSE(fs::exists(path("a.db")));
  EXPECT_EQ(run_cli(folder_.run_line("a.db", "--dry-run")).err, result.err);
}

TEST_F(SweepBad, DatabaseOfAnotherSweepStaysAsItIs) {
  ASSERT_EQ(run_cli(folder_.run_line("a.db")).status, 0);
  const std::string before = folder_.export_of("a.db");
  std::string spec = read_text(path("sweep.yaml"));
  spec.replace(spec.find("w4a4-ovp"), 8, "w8a8-ovp");
  folder_.folder().write("sweep.yaml", spec);
  const CliResult result = run_cli(folder_.run_line("a.db"));
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  EXPECT_THAT(result.err, HasSubstr("a.db"));
  EXPECT_EQ(folder_.export_of("a.db"), before);
}

TEST_F(SweepBad, ModelVersionThatHasNoPointsIsRefusedWithThoseThere) {
  ASSERT_EQ(run_cli(folder_.run_line("a.db")).status, 0);
  for (const char* line : {"front {} --model 0.0.1-old", "status {} --model 0.0.1-old",
                           "export {} --model 0.0.1-old", "gc {} --keep 0.0.1-old"}) {
    const CliResult result = run_cli("sweep " + fmt::format(fmt::runtime(line), path("a.db")));
    EXPECT_EQ(result.status, 2) << line;
    EXPECT_THAT(result.err, HasSubstr("no points of model version 0.0.1-old; there are "));
    EXPECT_THAT(result.err, HasSubstr("(105 points): --"));
  }
}

TEST_F(SweepBad, MergeOverwritesNothing) {
  ASSERT_EQ(run_cli(folder_.run_line("a.db")).status, 0);
  folder_.folder().write("out.db", "mine\n");
  const CliResult result =
      run_cli(fmt::format("sweep merge -o {} {}", path("out.db"), path("a.db")));
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  EXPECT_EQ(read_text(path("out.db")), "mine\n");
}

TEST_F(SweepBad, DamagedDatabaseIsNamed) {
  ASSERT_EQ(run_cli(folder_.run_line("a.db")).status, 0);
  std::string bytes = read_text(path("a.db"));
  for (size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 37);
  folder_.folder().write("a.db", bytes);
  for (const std::string& line :
       {folder_.run_line("a.db"), "sweep front " + path("a.db"), "sweep export " + path("a.db")}) {
    const CliResult result = run_cli(line);
    EXPECT_EQ(result.status, 2) << line << result.out;
    EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("a.db"));
  }
  EXPECT_EQ(read_text(path("a.db")), bytes);
}

// A limit on the size of files is what a full disk looks like to the program.
TEST_F(SweepBad, FullDiskEndsTheRunAndKeepsWhatWasStored) {
  folder_.write_spec("sweep.yaml", "", "{from: 1, to: 1000, step: 1}");
  const std::string command =
      fmt::format("trap '' XFSZ; ulimit -f 400; {} {} > {} 2> {}", cli_path(),
                  folder_.run_line("a.db"), path("out"), path("err"));
  const int state = std::system(("bash -c \"" + command + "\"").c_str());
  EXPECT_EQ(WEXITSTATUS(state), 2);
  const std::vector<std::string> lines = lines_of(read_text(path("err")));
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), testing::StartsWith("error: "));
  EXPECT_THAT(lines.back(), HasSubstr("a.db"));
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& l) { return l.starts_with("error"); }), 1);
  const CliResult rest = run_cli(folder_.run_line("a.db"));
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("15,000 points in "));
}

TEST_F(SweepBad, FolderThatCannotBeWrittenIsNamed) {
  fs::create_directory(path("closed"));
  fs::permissions(path("closed"), fs::perms::owner_read | fs::perms::owner_exec);
  // Permissions do not stop root; nobody makes files in /proc.
  const std::string database = geteuid() == 0 ? "/proc/a.db" : path("closed/a.db");
  const CliResult result = run_cli({"sweep", "run", path("sweep.yaml"), "--db", database});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  EXPECT_THAT(result.err, HasSubstr(database));
}

TEST_F(SweepBad, EmptyPathIsRefused) {
  const CliResult result = run_cli({"sweep", "run", path("sweep.yaml"), "--db", ""});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err, "error: --db: must be the path of a file\n");
}

}  // namespace
}  // namespace olivine::support
