// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/sweep/cluster/fake_slurm.h"

namespace olivine {
namespace {

using support::CliResult;
using support::run_cli;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The program with made-up sbatch and squeue. A task is the line of job.sh that runs the program.
class SweepSubmit : public sweep::FakeSlurm {
 protected:
  void SetUp() override {
    write(spec_,
          "name: tiny\n"
          "machine: edge_16x16\n"
          "workload: bert_base\n"
          "scheme: w4a4-ovp\n"
          "axes:\n"
          "  array.rows: [8, 12, 16]\n"
          "objectives: [time_s, energy_pj]\n");
    make_program("sbatch", "echo 42");
    make_program("squeue", "true");
  }

  CliResult submit(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"sweep", "submit", spec_, "--slurm", folder_};
    words.insert(words.end(), more.begin(), more.end());
    return run_cli(words);
  }
  void run_task(int shard) {
    const std::string task = fmt::format(
        "SLURM_ARRAY_JOB_ID=42 SLURM_ARRAY_TASK_ID={} bash '{}/job.sh' >'{}/task.log' 2>&1", shard,
        folder_, root_);
    EXPECT_EQ(std::system(task.c_str()), 0) << read(root_ + "/task.log");
  }

  const std::string spec_ = root_ + "/tiny.yaml";
  const std::string folder_ = root_ + "/submitted";
};

TEST_F(SweepSubmit, SubmitsTasksThatRunThisProgram) {
  const CliResult result =
      submit({"--shards", "3", "--threads", "2", "--partition", "main", "--time", "1:00:00",
              "--memory", "2G", "--concurrent", "5", "--node-folder", root_ + "/node"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, fmt::format("job 42: 3 shards in {}\n", folder_));
  EXPECT_THAT(words_of("sbatch"), Contains("--array=0-2%5"));
  const std::string script = read(folder_ + "/job.sh");
  const std::string program = std::filesystem::canonical(support::cli_path()).string();
  for (const std::string& line :
       {std::string{"#SBATCH --cpus-per-task=2"}, std::string{"#SBATCH --partition=main"},
        std::string{"#SBATCH --time=1:00:00"}, std::string{"#SBATCH --mem=2G"},
        fmt::format("program='{}'", program), fmt::format("node='{}/node'", root_)}) {
    EXPECT_THAT(script, HasSubstr("\n" + line + "\n"));
  }
}

TEST_F(SweepSubmit, GoesFromSubmissionToMergedDatabase) {
  ASSERT_EQ(submit({"--shards", "2", "--node-folder", root_ + "/node"}).status, 0);
  run_task(1);
  make_program("squeue", "echo '42|0|PENDING|Priority'");
  const CliResult half = run_cli({"sweep", "status", folder_});
  EXPECT_EQ(half.status, 0);
  EXPECT_THAT(half.out, HasSubstr("pending       0  Priority\n"));
  EXPECT_THAT(half.out, HasSubstr("1 of 2 shards done, 1 pending; "));
  const std::vector<std::string> merge = {"sweep", "merge", folder_, "--output",
                                          root_ + "/merged.db"};
  const CliResult early = run_cli(merge);
  EXPECT_EQ(early.status, 2);
  EXPECT_THAT(early.err, HasSubstr("1 of 2 shards are not done: 0; olivine sweep status says"));

  run_task(0);
  const auto json = run_cli({"sweep", "status", folder_, "--json"}).json();
  EXPECT_EQ(json["schema"], "olivine.sweep.submission/1");
  EXPECT_EQ(json["job_ids"], (std::vector<int>{42}));
  EXPECT_EQ(json["is_slurm_reachable"], true);
  EXPECT_EQ(json["points"], 3);  // one a value of the only axis
  EXPECT_EQ(json["states"]["done"], 2);
  EXPECT_EQ(json["states"]["pending"], 0);
  EXPECT_EQ(json["shards"][1]["state"], "done");
  const CliResult merged = run_cli(merge);
  EXPECT_EQ(merged.status, 0) << merged.err;
  EXPECT_THAT(merged.out, HasSubstr("complete: none of 3 points is missing"));
}

TEST_F(SweepSubmit, SubmitsWhatFailedAgain) {
  ASSERT_EQ(submit({"--shards", "3"}).status, 0);
  make_program("squeue", "echo '42|1|FAILED|NonZeroExitCode'; echo '42|0|RUNNING|None'");
  const CliResult status = run_cli({"sweep", "status", folder_});
  EXPECT_THAT(status.out, HasSubstr("FAILED (NonZeroExitCode); see "));
  EXPECT_THAT(status.out, HasSubstr("0 of 3 shards done, 1 running, 2 failed; 0 points stored\n"));
  EXPECT_THAT(status.err, HasSubstr("olivine sweep submit --resubmit --slurm " + folder_));
  make_program("sbatch", "echo 50");
  const CliResult again = run_cli({"sweep", "submit", "--resubmit", "--slurm", folder_});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, "job 50: 2 shards\n");
  EXPECT_THAT(words_of("sbatch"), Contains("--array=1-2"));
  make_program("squeue", "for i in 0 1 2; do echo \"50|$i|RUNNING|None\"; done");
  EXPECT_EQ(run_cli({"sweep", "submit", "--resubmit", "--slurm", folder_}).out,
            "nothing to submit: all shards are done or in the queue\n");
}

TEST_F(SweepSubmit, TellsWhatItCannotKnow) {
  ASSERT_EQ(submit({"--shards", "2"}).status, 0);
  make_program("squeue", "echo 'squeue: error: no controller' >&2; exit 1");
  const CliResult result = run_cli({"sweep", "status", folder_});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "squeue: no controller\n");
  EXPECT_THAT(result.out, HasSubstr("0 of 2 shards done, 2 unknown; 0 points stored\n"));
}

TEST_F(SweepSubmit, RefusesWrongOptionsBad) {
  const auto refused = [](const std::vector<std::string>& words) {
    const CliResult result = run_cli(words);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    return support::lines_of(result.err);
  };
  EXPECT_THAT(refused({"sweep", "submit"}),
              ElementsAre("error: missing: SPEC of olivine sweep submit",
                          "error: missing: --slurm, the folder of the submission"));
  EXPECT_THAT(refused({"sweep", "submit", spec_, "--slurm", folder_, "--shards", "0", "--threads",
                       "-1", "--concurrent", "x"}),
              ElementsAre("error: --shards = 0: must be 1..100000",
                          "error: --concurrent = x: must be 1..100000",
                          "error: --threads = -1: must be 1..1024"));
  EXPECT_THAT(refused({"sweep", "submit", spec_, "--slurm", folder_, "--partition", "a b"}),
              ElementsAre("error: partition = a b: must be one word, as sbatch takes it"));
  EXPECT_THAT(refused({"sweep", "submit", spec_, "--resubmit", "--slurm", folder_, "--time", "5"}),
              ElementsAre(fmt::format("error: {}: --resubmit takes no spec", spec_),
                          "error: --time and --resubmit exclude each other"));
  EXPECT_THAT(refused({"sweep", "submit", "--resubmit", "--slurm", root_}),
              ElementsAre(HasSubstr("not the folder of a submission")));
  EXPECT_THAT(refused({"sweep", "status", root_}),
              ElementsAre(HasSubstr("not the folder of a submission")));
  EXPECT_THAT(refused({"sweep", "status", root_, "--model", "x"}),
              ElementsAre(HasSubstr("--model: a submission has one model version")));
  EXPECT_THAT(words_of("sbatch"), IsEmpty());
}

}  // namespace
}  // namespace olivine
