// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// olivine sweep as a process: every verb on small sweeps.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/experiments/cli/sweep_cli.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class SweepCli : public testing::Test {
 protected:
  // Made once a test that needs it.
  void make(const std::string& database, const std::string& options = "") const {
    const CliResult result = run_cli(folder_.run_line(database, options));
    ASSERT_EQ(result.status, 0) << result.err;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

  SweepFolder folder_;
};

TEST_F(SweepCli, RunStoresEveryPointAndShowsTheFront) {
  const CliResult first = run_cli(folder_.run_line("a.db", "--threads 2"));
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.err, StartsWith("105 points in "));
  EXPECT_THAT(first.err, HasSubstr("105 new ("));
  EXPECT_THAT(first.err, HasSubstr("0 stored before, 0 failed, 0 excluded; front "));
  const std::vector<std::string> lines = lines_of(first.out);
  EXPECT_THAT(lines[0], StartsWith("array.rows  array.cols  memory.weight_buffer"));
  EXPECT_THAT(lines[0], HasSubstr("time_s"));
  EXPECT_LE(lines.size(), 1u + 20u + 2u);  // heading, rows, counts
  EXPECT_THAT(lines.back(), StartsWith("front: "));
  EXPECT_THAT(lines.back(), HasSubstr(" of 105 feasible, hypervolume 0."));
  const CliResult second = run_cli(folder_.run_line("a.db"));
  EXPECT_THAT(second.err, HasSubstr("0 new ("));
  EXPECT_THAT(second.err, HasSubstr("105 stored before"));
  EXPECT_EQ(second.out, first.out);
}

TEST_F(SweepCli, RunCallsTheDatabaseAsTheSweepUnlessItIsTold) {
  const std::string command =
      fmt::format("cd {} && {} sweep run sweep.yaml > out 2> err", path(""), cli_path());
  EXPECT_EQ(std::system(command.c_str()), 0) << read_text(path("err"));
  EXPECT_THAT(folder_.folder().names(),
              ElementsAre("err", "out", "shapes.db", "small.yaml", "sweep.yaml"));
}

TEST_F(SweepCli, DryRunCountsAndStoresNothing) {
  folder_.write_spec("sweep.yaml", "constraints: [array.rows <= 8]\n");
  const CliResult result = run_cli(folder_.run_line("a.db", "--dry-run"));
  ASSERT_EQ(result.status, 0) << result.err;
  const std::vector<std::string> lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 4u) << result.out;
  EXPECT_EQ(lines[0], "sweep shapes: 105 combinations");
  // Of 7 rows 3 are at most 8.
  EXPECT_THAT(lines[1], HasSubstr("60  excluded by \"array.rows <= 8\""));
  EXPECT_THAT(lines[2], HasSubstr("45  to evaluate"));
  EXPECT_THAT(lines[3], StartsWith("about "));
  EXPECT_THAT(lines[3], HasSubstr("points/s: 45 points timed"));
  EXPECT_FALSE(std::filesystem::exists(path("a.db")));
}

TEST_F(SweepCli, StatusSaysWhatIsThere) {
  folder_.write_spec("sweep.yaml", "constraints: [array.rows <= 8]\n");
  make("a.db");
  const CliResult text = run_cli("sweep status " + path("a.db"));
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, StartsWith("sweep shapes: 45 of 45 points, 100.0 %\n"));
  EXPECT_THAT(text.out, HasSubstr("\nbest:\n  time_s "));
  const json status = run_cli("sweep status " + path("a.db") + " --json").json();
  EXPECT_EQ(status["schema"], "olivine.sweep.status/1");
  EXPECT_EQ(status["members"], 45);
  EXPECT_EQ(status["failed"], 0);
  EXPECT_EQ(status["sweep"]["expected_points"], 45);
  ASSERT_EQ(status["models"].size(), 1u);
  EXPECT_EQ(status["models"][0]["ok"], 45);
  EXPECT_EQ(status["models"][0]["version"], status["model_version"]);
  EXPECT_TRUE(status["provenance"]["olivine_version"].is_string());
}

TEST_F(SweepCli, StatusCountsReasonsOfFailures) {
  folder_.write_spec("sweep.yaml");
  std::string spec = read_text(path("sweep.yaml"));
  const size_t at = spec.find("scheme: w4a4-ovp\n");
  spec.replace(at, 17, "").insert(spec.find("axes:\n") + 6, "  scheme: [w4a4-ovp, w16a16-fp16]\n");
  folder_.folder().write("sweep.yaml", spec);
  const CliResult run = run_cli(folder_.run_line("a.db"));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("105 failed"));
  EXPECT_THAT(run_cli("sweep status " + path("a.db")).out, HasSubstr("\n105 points failed:\n"));
  const json status = run_cli("sweep status " + path("a.db") + " --json").json();
  EXPECT_EQ(status["failed"], 105);
  uint64_t failed = 0;
  for (const json& failure : status["failures"]) failed += failure["points"].get<uint64_t>();
  EXPECT_EQ(failed, 105u);
  EXPECT_THAT(status["failures"][0]["reason"].get<std::string>(), HasSubstr("fp16"));
  const CliResult again = run_cli(folder_.run_line("a.db", "--retry-failed"));
  EXPECT_THAT(again.err, StartsWith("105 points failed before: tried again\n"));
  EXPECT_THAT(again.err, HasSubstr("105 new ("));
}

bool is_beaten(const json& point, const json& others) {
  return std::any_of(others.begin(), others.end(), [&](const json& other) {
    const json& a = point["objectives"];
    const json& b = other["objectives"];
    return b["time_s"] <= a["time_s"] && b["area_um2"] <= a["area_um2"] && a != b;
  });
}

TEST_F(SweepCli, FrontHasThePointsThatNothingBeats) {
  make("a.db");
  const json front = run_cli("sweep front " + path("a.db") + " --json --over-time").json();
  EXPECT_EQ(front["schema"], "olivine.sweep.front/1");
  EXPECT_EQ(front["members"], SweepFolder::kPoints);
  ASSERT_EQ(front["groups"].size(), 1u);
  const json& group = front["groups"][0];
  EXPECT_EQ(group["feasible"], SweepFolder::kPoints);
  ASSERT_GE(group["points"].size(), 2u);
  for (const json& point : group["points"]) {
    EXPECT_FALSE(is_beaten(point, group["points"])) << point;
    EXPECT_EQ(point["metrics"]["time_s"], point["objectives"]["time_s"]);
    EXPECT_EQ(point["hash"].get<std::string>().size(), 32u);
    EXPECT_TRUE(point["parameters"]["array.rows"].is_number_integer());
  }
  const json& growth = group["over_time"];
  EXPECT_EQ(growth.back()["points"], SweepFolder::kPoints);
  EXPECT_EQ(growth.back()["hypervolume"], group["hypervolume"]);
  const CliResult csv = run_cli("sweep front " + path("a.db") + " --csv");
  const std::vector<std::string> lines = lines_of(csv.out);
  EXPECT_THAT(lines[0], StartsWith("group,array.rows,array.cols,memory.weight_buffer,"));
  EXPECT_EQ(lines.size(), 1 + group["points"].size());
  const CliResult steps = run_cli("sweep front " + path("a.db") + " --csv --over-time");
  EXPECT_THAT(steps.out, StartsWith("group,points,hypervolume\n,1,"));
  EXPECT_EQ(lines_of(steps.out).size(), 1 + growth.size());
  const CliResult table = run_cli("sweep front " + path("a.db"));
  EXPECT_EQ(lines_of(table.out).size(), 1 + group["points"].size() + 1);
}

TEST_F(SweepCli, SensitivityRanksTheAxes) {
  make("a.db");
  const json effects = run_cli("sweep sensitivity " + path("a.db") + " --json").json();
  EXPECT_EQ(effects["schema"], "olivine.sweep.sensitivity/1");
  EXPECT_EQ(effects["is_balanced"], true);
  ASSERT_EQ(effects["objectives"].size(), 2u);
  for (const json& objective : effects["objectives"]) {
    ASSERT_EQ(objective["axes"].size(), 3u);
    double sum = 0;
    for (const json& axis : objective["axes"]) sum += axis["share"].get<double>();
    EXPECT_LE(sum, 1.0 + 1e-9);
  }
  const std::vector<std::string> rows =
      lines_of(run_cli("sweep sensitivity " + path("a.db") + " --csv").out);
  EXPECT_EQ(rows.size(), 1u + 2 * (7 + 5 + 3));
  const CliResult text = run_cli("sweep sensitivity " + path("a.db"));
  EXPECT_THAT(text.out, StartsWith("time_s, geometric means over 105 feasible points:\naxis"));
}

TEST_F(SweepCli, ExportIsTheSameToAFileAndInBothFormats) {
  make("a.db");
  const std::string csv = folder_.export_of("a.db");
  const CliResult result =
      run_cli(fmt::format("sweep export {} -o {}", path("a.db"), path("points.csv")));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "105 points written\n");
  EXPECT_EQ(read_text(path("points.csv")), csv);
  const std::vector<std::string> rows = lines_of(csv);
  ASSERT_EQ(rows.size(), 1 + SweepFolder::kPoints);
  const std::vector<std::string> lines =
      lines_of(run_cli("sweep export " + path("a.db") + " --format jsonl").out);
  ASSERT_EQ(lines.size(), SweepFolder::kPoints);
  EXPECT_EQ(json::parse(lines[0])["array.rows"], 4);
}

TEST_F(SweepCli, OneProcessAsManyThreadsAsSixteenShardsGiveTheSameBytes) {
  make("one.db", "--threads 1");
  make("eight.db", "--threads 8");
  std::string inputs;
  for (int shard = 0; shard < 16; ++shard) {
    const std::string name = fmt::format("shard{}.db", shard);
    make(name, fmt::format("--shard {}/16", shard));
    inputs += " " + path(name);
  }
  const CliResult merge = run_cli("sweep merge -o " + path("whole.db") + inputs);
  ASSERT_EQ(merge.status, 0) << merge.err;
  EXPECT_THAT(merge.out, HasSubstr("105 points, each once (0 in several inputs"));
  EXPECT_THAT(merge.out, HasSubstr("complete: none of 105 points is missing\n"));
  const std::string expected = folder_.export_of("one.db");
  EXPECT_EQ(lines_of(expected).size(), 1 + SweepFolder::kPoints);
  EXPECT_EQ(folder_.export_of("eight.db"), expected);
  EXPECT_EQ(folder_.export_of("whole.db"), expected);
}

TEST_F(SweepCli, MergeSaysWhatIsMissingAndRunComputesIt) {
  make("a.db", "--shard 0/3");
  make("b.db", "--shard 2/3");
  const CliResult merge =
      run_cli(fmt::format("sweep merge -o {} {} {}", path("whole.db"), path("a.db"), path("b.db")));
  EXPECT_EQ(merge.status, 1);
  EXPECT_THAT(merge.err, HasSubstr(" of 105 points missing; olivine sweep run SPEC --db "));
  make("whole.db");
  make("one.db");
  EXPECT_EQ(folder_.export_of("whole.db"), folder_.export_of("one.db"));
}

TEST_F(SweepCli, DiffFindsNothingInEqualResultsAndTellsWhatIsNew) {
  make("a.db");
  make("b.db", "--threads 3");
  const std::string both = path("a.db") + " " + path("b.db");
  const CliResult equal = run_cli("sweep diff --exit-code " + both);
  EXPECT_EQ(equal.status, 0) << equal.err;
  EXPECT_THAT(equal.out, HasSubstr("105 points in both, 105 of them identical; 0 only in a, 0"));
  const json diff = run_cli("sweep diff --json " + both).json();
  EXPECT_EQ(diff["schema"], "olivine.sweep.diff/1");
  EXPECT_EQ(diff["is_empty"], true);
  EXPECT_EQ(diff["common"], 105);
  folder_.write_spec("sweep.yaml", "", "[4, 6, 8]");
  make("c.db");
  const std::string part = path("a.db") + " " + path("c.db");
  EXPECT_EQ(run_cli("sweep diff --exit-code " + part).status, 1);
  EXPECT_EQ(run_cli("sweep diff " + part).status, 0);
  EXPECT_THAT(run_cli("sweep diff " + part).out, HasSubstr("60 only in a, 0 only in b"));
}

TEST_F(SweepCli, GcKeepsTheProgramsModelVersion) {
  make("a.db");
  const std::string before = folder_.export_of("a.db");
  const CliResult result = run_cli("sweep gc " + path("a.db"));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("0 points of other model versions removed"));
  EXPECT_EQ(folder_.export_of("a.db"), before);
}

// Enough points that a signal comes while they are evaluated.
TEST_F(SweepCli, InterruptedRunStoresWhatItHasAndGoesOn) {
  folder_.write_spec("sweep.yaml", "", "{from: 1, to: 1000, step: 1}");
  const CliResult result = run_cli_and_signal(
      folder_.run_line("a.db"), SIGINT, [&] { return std::filesystem::exists(path("a.db-wal")); });
  ASSERT_EQ(result.status, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("interrupted: "));
  EXPECT_THAT(result.err, HasSubstr(" stored; the same command goes on\n"));
  EXPECT_EQ(result.out, "");
  const json status = run_cli("sweep status " + path("a.db") + " --json").json();
  const uint64_t stored = status["members"].get<uint64_t>();
  EXPECT_LT(stored, 1000u * 15);
  const CliResult rest = run_cli(folder_.run_line("a.db"));
  ASSERT_EQ(rest.status, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("15,000 points in "));
}

TEST_F(SweepCli, HelpNamesVerbsAndMetricsAndItsExamplesRun) {
  const CliResult help = run_cli("sweep --help");
  ASSERT_EQ(help.status, 0);
  for (const char* verb :
       {"run", "status", "front", "sensitivity", "export", "diff", "merge", "gc", "submit"}) {
    EXPECT_THAT(help.out, HasSubstr(fmt::format(" olivine sweep {} ", verb)));
  }
  EXPECT_THAT(help.out, HasSubstr("\n  energy_pj             min  of the whole workload\n"));
  // The spec in the text is what its examples run.
  const size_t begin = help.out.find("  name: ");
  std::string spec;
  for (const std::string& line : lines_of(help.out.substr(begin))) {
    if (!line.starts_with("  ")) break;
    spec += line.substr(2) + "\n";
  }
  folder_.folder().write("sweep.yaml", spec);
  int examples = 0;
  for (const std::string& line : lines_of(help.out)) {
    if (!line.starts_with("olivine sweep ")) continue;
    const std::string command = fmt::format("cd {} && {} {} > out 2> err", path(""), cli_path(),
                                            line.substr(std::string{"olivine "}.size()));
    EXPECT_EQ(std::system(command.c_str()), 0) << line << "\n" << read_text(path("err"));
    ++examples;
  }
  EXPECT_GE(examples, 9);
}

}  // namespace
}  // namespace olivine::support
