// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "experiments/sweep/cluster/child_process.h"
#include "experiments/sweep/cluster/slurm.h"
#include "tests/experiments/sweep/cluster/fake_slurm.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Tasks of job 7, run as Slurm would: bash, the variables of a task, job.sh. In the made-up program
// $5 is the database.
class JobScript : public FakeSlurm {
 protected:
  // Signs that shells and printf read, in every path.
  static constexpr const char* kOdd = R"(a  'b' "c" $d `e` %f *{g};h&)";

  void SetUp() override {
    submission_.folder = root_ + "/folder " + kOdd;
    submission_.directory = root_ + "/from " + kOdd;
    submission_.shards = 16;
    node_ = root_ + "/node " + kOdd;
    for (const std::string& folder : {submission_.folder, submission_.directory}) {
      std::filesystem::create_directories(folder + "/shards");
    }
    options_.node_folder = node_;
  }

  // Runs task `shard`; its program runs `body`.
  ChildResult run_task(uint64_t shard, const std::string& body, const std::string& first_job = "") {
    submission_.program = make_program(std::string{"olivine "} + kOdd, body);
    const std::string script = root_ + "/spooled";
    write(script, job_script(options_, submission_));
    std::vector<std::string> words = {"env", "SLURM_ARRAY_JOB_ID=7",
                                      fmt::format("SLURM_ARRAY_TASK_ID={}", shard), "bash", script};
    if (!first_job.empty()) words.push_back(first_job);
    return run_child(words, std::chrono::milliseconds{30'000});
  }
  [[nodiscard]] std::vector<std::string> program_words() const {
    return words_of(std::string{"olivine "} + kOdd);
  }
  [[nodiscard]] std::string local(const std::string& name = "olivine-7-0003.db") const {
    return node_ + "/" + name;
  }
  [[nodiscard]] std::string shard(const std::string& name = "0003.db") const {
    return submission_.folder + "/shards/" + name;
  }

  SlurmOptions options_;
  Submission submission_;
  std::string node_;
};

TEST_F(JobScript, HasItsOptionsBeforeTheFirstCommand) {
  options_.threads = 5;
  options_.partition = "main";
  options_.time_limit = "1-02:03:04";
  options_.memory = "3G";
  options_.extra = {"--account=physics"};
  const std::string script = job_script(options_, submission_);
  EXPECT_TRUE(script.starts_with("#!/usr/bin/env bash\n"));
  const size_t command = script.find("\nset -euo pipefail\n");
  for (const char* option :
       {"cpus-per-task=5", "mem=3G", "time=1-02:03:04", "partition=main", "requeue",
        "open-mode=append", "signal=B:TERM@60", "account=physics", "job-name=olivine-sweep"}) {
    EXPECT_LT(script.find(fmt::format("\n#SBATCH --{}\n", option)), command) << option;
  }
  EXPECT_THAT(script, Not(HasSubstr("# <")));  // a line that nothing replaced
}

TEST_F(JobScript, LeavesTheClusterItsDefaults) {
  options_.memory = "";
  const std::string script = job_script(options_, submission_);
  for (const char* option : {"--mem", "--time", "--partition"}) {
    EXPECT_THAT(script, Not(HasSubstr(option)));
  }
}

TEST_F(JobScript, RunsItsShardAndPublishesItsDatabase) {
  options_.threads = 2;
  const ChildResult result = run_task(3, "pwd; echo points >\"$5\"");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(program_words(), ElementsAre("sweep", "run", submission_.folder + "/sweep.yaml",
                                           "--db", local(), "--threads", "2", "--shard", "3/16"));
  EXPECT_THAT(result.out, HasSubstr(submission_.directory + "\n"));  // where relative paths start
  EXPECT_EQ(read(shard()), "points\n");
  EXPECT_THAT(names_in(submission_.folder + "/shards"), ElementsAre("0003.db"));
  EXPECT_THAT(names_in(node_), IsEmpty());
}

TEST_F(JobScript, TakesTheNodesOwnTemporaryFolder) {
  options_.node_folder = "";
  for (const char* variable : {"TMPDIR", "SLURM_TMPDIR"}) {  // the second one goes first
    const std::string folder = root_ + "/" + variable;
    setenv(variable, folder.c_str(), 1);
    run_task(3, "echo \"$5\"; exit 1");
    EXPECT_TRUE(is_there(folder)) << variable;
  }
  unsetenv("TMPDIR");
  unsetenv("SLURM_TMPDIR");
}

TEST_F(JobScript, DoesNothingWhereTheShardIsDone) {
  write(shard(), "done before\n");
  EXPECT_EQ(run_task(3, "echo other >\"$5\"").status, 0);
  EXPECT_THAT(program_words(), IsEmpty());
  EXPECT_EQ(read(shard()), "done before\n");
}

TEST_F(JobScript, SavesWhatIsCommittedWhenToldToStop) {
  // Slurm's SIGTERM, here to the script alone, as --signal=B: does. The program is asked once.
  const ChildResult result = run_task(3, R"(
    echo some >"$5"
    trap 'echo committed >>"$5"; kill -TERM $PPID; sleep 0.2; exit 130' INT
    kill -TERM $PPID
    for ((i = 0; i < 100; ++i)); do sleep 0.1; done
    exit 1)");
  EXPECT_EQ(result.status, 130) << result.err;
  EXPECT_EQ(read(shard("0003.partial.db")), "some\ncommitted\n");
  EXPECT_THAT(names_in(submission_.folder + "/shards"), ElementsAre("0003.partial.db"));
  EXPECT_THAT(names_in(node_), IsEmpty());
}

TEST_F(JobScript, WaitsForAProgramThatTakesItsTimeToStop) {
  // A SIGTERM ends bash's wait, further ones do nothing; the shard is complete all the same.
  const ChildResult result = run_task(3, R"(
    trap '' INT
    for i in 1 2 3; do kill -TERM $PPID; sleep 0.2; done
    echo complete >"$5")");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(read(shard()), "complete\n");
}

TEST_F(JobScript, GoesOnFromWhatWasSaved) {
  write(shard("0003.partial.db"), "saved\n");
  EXPECT_EQ(run_task(3, "echo more >>\"$5\"").status, 0);
  EXPECT_EQ(read(shard()), "saved\nmore\n");
  EXPECT_THAT(names_in(submission_.folder + "/shards"), ElementsAre("0003.db"));
}

TEST_F(JobScript, KilledGoesOnFromTheLocalDatabase) {
  write(shard("0003.partial.db"), "older\n");
  EXPECT_EQ(run_task(3, "echo some >>\"$5\"; kill -9 $PPID; exit 1").status, 128 + SIGKILL);
  EXPECT_EQ(read(local()), "older\nsome\n");
  EXPECT_EQ(read(shard("0003.partial.db")), "older\n");
  EXPECT_EQ(run_task(3, "echo more >>\"$5\"").status, 0);
  EXPECT_EQ(read(shard()), "older\nsome\nmore\n");
  EXPECT_THAT(names_in(submission_.folder + "/shards"), ElementsAre("0003.db"));
  EXPECT_THAT(names_in(node_), IsEmpty());
}

TEST_F(JobScript, ResubmittedGoesOnFromTheFirstJobsDatabase) {
  std::filesystem::create_directories(node_);
  write(local("olivine-5-0003.db"), "of job 5\n");
  EXPECT_EQ(run_task(3, "echo more >>\"$5\"", "5").status, 0);
  EXPECT_EQ(read(shard()), "of job 5\nmore\n");
}

TEST_F(JobScript, FoldsTheLogOfAKilledProgramIntoTheDatabase) {
  const ChildResult result = run_task(3, R"(
    if [[ "$2" == gc ]]; then cat "$3-wal" >>"$3"; : >"$3-wal"; exit; fi
    echo some >"$5"
    echo logged >"$5-wal"
    kill -9 $$)");
  EXPECT_EQ(result.status, 128 + SIGKILL);
  EXPECT_EQ(read(shard("0003.partial.db")), "some\nlogged\n");
  EXPECT_THAT(names_in(node_), IsEmpty());
}

TEST_F(JobScript, KeepsTheLocalDatabaseWhereItCannotBeFolded) {
  write(shard("0003.partial.db"), "older\n");
  const ChildResult result = run_task(3, R"(
    [[ "$2" == run ]] || exit 2
    echo some >>"$5"
    echo logged >"$5-wal"
    exit 2)");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(read(shard("0003.partial.db")), "older\n");
  EXPECT_EQ(read(local()), "older\nsome\n");
  EXPECT_EQ(read(local("olivine-7-0003.db-wal")), "logged\n");
  EXPECT_THAT(names_in(submission_.folder + "/shards"), ElementsAre("0003.partial.db"));
}

TEST_F(JobScript, PublishesNoHalfFile) {
  write(shard("0003.partial.db"), "older\n");
  make_program("cp", "head -c 3 -- \"$2\" >\"$3\"; exit 1");  // cp -- FROM TO, on a full disk
  std::filesystem::create_directories(node_);
  write(local(), "older\n");
  EXPECT_NE(run_task(3, "echo more >>\"$5\"").status, 0);
  EXPECT_NE(run_task(3, "echo more >>\"$5\"; exit 130").status, 0);
  EXPECT_EQ(words_of("cp").size(), 6u);  // was called twice
  EXPECT_THAT(names_in(submission_.folder + "/shards"), ElementsAre("0003.partial.db"));
  EXPECT_EQ(read(shard("0003.partial.db")), "older\n");
  EXPECT_EQ(read(local()), "older\nmore\nmore\n");
}

TEST_F(JobScript, FailsWhereTheDatabaseCannotBePublished) {
  // The folder's name is taken by a file: no copy can be made, whoever runs this.
  const ChildResult result = run_task(
      3, fmt::format("echo points >\"$5\"; rmdir '{}'/folder*/shards && touch '{}'/folder*/shards",
                     root_, root_));
  EXPECT_NE(result.status, 0);
  EXPECT_EQ(read(local()), "points\n");
}

TEST_F(JobScript, ReportsThatThereIsNoProgram) {
  run_task(3, "");
  std::filesystem::remove(submission_.program);
  std::filesystem::remove(shard());
  const ChildResult result = run_child(
      {"env", "SLURM_ARRAY_JOB_ID=7", "SLURM_ARRAY_TASK_ID=3", "bash", root_ + "/spooled"},
      std::chrono::milliseconds{30'000});
  EXPECT_EQ(result.status, 127);
  EXPECT_FALSE(is_there(shard()));
}

}  // namespace
}  // namespace olivine::sweep
