// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/cluster/slurm.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/sweep/cluster/slurm_queue.h"
#include "experiments/sweep/space/evaluate.h"
#include "experiments/sweep/space/space.h"
#include "experiments/sweep/store/database.h"
#include "models/base/error.h"
#include "tests/experiments/sweep/cluster/fake_slurm.h"

namespace olivine::sweep {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The problems of the ConfigError that `action` throws.
std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return fmt::format("{}", fmt::join(error.problems(), "\n"));
  }
  return "no error";
}

class Slurm : public FakeSlurm {
 protected:
  void SetUp() override {
    write(spec_, spec_text());
    folder_ = root_ + "/submitted 100%a";
    make_program("sbatch", "echo 42");
    make_program("squeue", "true");
  }

  static std::string spec_text(const std::string& more = "") {
    return "name: tiny\n"
           "machine: edge_16x16\n"
           "workload: bert_base\n"
           "scheme: w4a4-ovp\n"
           "axes:\n"
           "  array.rows: [8, 16]\n"
           "objectives: [time_s, energy_pj]\n" +
           more;
  }

  Submission submit(uint64_t shards, uint64_t concurrent = 0) {
    SlurmOptions options;
    options.shards = shards;
    options.concurrent = concurrent;
    return submit_to_slurm(spec_, folder_, options, "/opt/olivine");
  }

  // A database as a task leaves it, of one point of a model version.
  void finish(const std::string& name, const std::string& model = std::string{model_version()}) {
    const DesignSpace space{load_spec(spec_)};
    Database database =
        Database::open_for_run(fmt::format("{}/shards/{}", folder_, name), space.header());
    if (model.empty()) return;
    const auto point = space.resolve(0);
    StoredPoint stored{point->hash, point->parameters, {}};
    stored.outcome.failure = "made up";
    EXPECT_EQ(database.add(std::vector{stored}, model), 1u);
  }
  void squeue_says(const std::string& lines) {
    make_program("squeue", fmt::format("printf '%s' '{}'", lines));
  }
  // One letter a shard: p, r, d, f or u.
  static std::string states_of(const SubmissionStatus& status) {
    std::string letters;
    for (const ShardStatus& shard : status.shards) {
      letters += name_of<ShardState>(kShardStateNames, shard.state).front();
    }
    return letters;
  }

  const std::string spec_ = root_ + "/tiny.yaml";
  std::string folder_;
};

TEST_F(Slurm, SubmitsTheFolderAsAnArray) {
  const Submission submission = submit(16, 4);
  EXPECT_THAT(submission.job_ids, ElementsAre(42u));
  // In names of files Slurm replaces % and what follows.
  EXPECT_THAT(
      words_of("sbatch"),
      ElementsAre("--parsable", "--array=0-15%4",
                  "--chdir=" + std::filesystem::current_path().string(),
                  "--output=" + root_ + "/submitted 100%%a/logs/%4a.log", folder_ + "/job.sh"));
  EXPECT_THAT(names_in(folder_),
              ElementsAre("job.sh", "logs", "shards", "submission.json", "sweep.yaml"));
  EXPECT_EQ(read(folder_ + "/sweep.yaml"), spec_text());
  EXPECT_THAT(read(folder_ + "/job.sh"), HasSubstr("\nprogram='/opt/olivine'\n"));

  const Submission loaded = load_submission(folder_);
  EXPECT_EQ(loaded.folder, folder_);
  EXPECT_EQ(loaded.job_ids, submission.job_ids);
  EXPECT_EQ(loaded.shards, 16u);
  EXPECT_EQ(loaded.concurrent, 4u);
  EXPECT_EQ(loaded.model, model_version());
  EXPECT_EQ(loaded.program, "/opt/olivine");
  EXPECT_EQ(loaded.directory, std::filesystem::current_path());
}

TEST_F(Slurm, SubmitsAnyNumberOfShards) {
  submit(1);
  EXPECT_EQ(words_of("sbatch")[1], "--array=0");
}

TEST_F(Slurm, KnowsTheClusterInAnAnswer) {
  make_program("sbatch", "echo '7;west'");
  EXPECT_THAT(submit(2).job_ids, ElementsAre(7u));
}

TEST_F(Slurm, LeavesNothingWhereSbatchRefusesBad) {
  make_program("sbatch",
               "echo 'sbatch: error: invalid partition specified: x' >&2\n"
               "echo 'sbatch: error: Batch job submission failed: Invalid partition' >&2; exit 1");
  EXPECT_EQ(error_of([&] { submit(2); }),
            "sbatch: invalid partition specified: x; Batch job submission failed: Invalid "
            "partition");
  EXPECT_FALSE(is_there(folder_));
}

TEST_F(Slurm, SaysThatAnArrayMayBeTooLargeBad) {
  make_program("sbatch",
               "echo 'sbatch: error: Batch job submission failed: Invalid job array "
               "specification' >&2; exit 1");
  EXPECT_THAT(error_of([&] { submit(5000); }),
              HasSubstr("Invalid job array specification: the cluster may allow fewer than 5000 "
                        "shards (MaxArraySize"));
}

TEST_F(Slurm, RefusesAnAnswerWithoutJobBad) {
  make_program("sbatch", "echo hello");
  EXPECT_EQ(error_of([&] { submit(2); }), "sbatch: no job number in its answer 'hello'");
  EXPECT_FALSE(is_there(folder_));
}

TEST_F(Slurm, SaysThatSlurmIsNotInstalledBad) {
  set_path(root_);
  EXPECT_THAT(error_of([&] { submit(2); }),
              HasSubstr("sbatch: cannot be started: No such file or directory"));
  EXPECT_FALSE(is_there(folder_));
}

TEST_F(Slurm, RefusesAFolderThatExistsBad) {
  submit(2);
  const std::string before = read(folder_ + "/submission.json");
  EXPECT_THAT(error_of([&] { submit(3); }), HasSubstr("submitted 100%a: exists; choose another"));
  EXPECT_EQ(read(folder_ + "/submission.json"), before);
  EXPECT_EQ(words_of("sbatch").size(), 5u);  // of the first one alone
  folder_ = root_ + "/no/parent";
  EXPECT_THAT(error_of([&] { submit(3); }), HasSubstr("cannot be made: No such file"));
  folder_ = root_ + "/back\\slash";
  EXPECT_THAT(error_of([&] { submit(3); }), HasSubstr("no backslash or control character"));
}

TEST_F(Slurm, RefusesASpecThatTasksCouldNotRunBad) {
  write(spec_, spec_text("constraints: [\"array.rwos < 9\"]\n"));
  EXPECT_THAT(error_of([&] { submit(2); }), HasSubstr("array.rwos"));
  write(spec_, spec_text("search: {method: nsga2, points: 2, population: 4}\n"));
  EXPECT_THAT(error_of([&] { submit(2); }),
              HasSubstr("search.method = nsga2: cannot be split into shards"));
  EXPECT_FALSE(is_there(folder_));
  EXPECT_THAT(words_of("sbatch"), IsEmpty());
}

TEST_F(Slurm, RefusesOptionsThatSbatchWouldReadOtherwiseBad) {
  SlurmOptions options;
  options.shards = 0;
  options.threads = kMaxTaskThreads + 1;
  options.partition = "main --uid=0";
  options.time_limit = "1\n#SBATCH --uid=0";
  options.memory = "1G;rm";
  options.node_folder = "scratch";
  options.extra = {"account", "--account=a\nb"};
  const std::string error =
      error_of([&] { (void)submit_to_slurm(spec_, folder_, options, "/opt/olivine"); });
  for (const char* part :
       {"shards = 0: must be 1..100000", "threads = 1025: must be 1..1024",
        "partition = main --uid=0: must be one word", "time = 1", "memory = 1G;rm",
        "node folder = scratch: must be an absolute path", "account: must be an option"}) {
    EXPECT_THAT(error, HasSubstr(part));
  }
  EXPECT_FALSE(is_there(folder_));
}

TEST_F(Slurm, RefusesWhatIsNoSubmissionBad) {
  EXPECT_THAT(error_of([&] { (void)load_submission(root_); }),
              HasSubstr("not the folder of a submission"));
  submit(2);
  const std::string path = folder_ + "/submission.json";
  const nlohmann::json good = nlohmann::json::parse(read(path));
  write(path, "{");
  EXPECT_THAT(error_of([&] { (void)load_submission(folder_); }),
              HasSubstr("submission.json: must be JSON of schema olivine.submission/1"));
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, nlohmann::json>>{{"schema", "olivine.run/1"},
                                                           {"shards", "many"},
                                                           {"shards", 0},
                                                           {"shards", kMaxShards + 1},
                                                           {"job_ids", nlohmann::json::array()},
                                                           {"directory", 3}}) {
    nlohmann::json bad = good;
    bad[key] = value;
    write(path, bad.dump());
    EXPECT_THAT(error_of([&] { (void)load_submission(folder_); }), HasSubstr("submission.json: "))
        << key;
  }
}

TEST_F(Slurm, TellsTheStateOfEveryShard) {
  submit(7);
  finish("0000.db");
  finish("0001.db", "");  // a shard that no point falls into
  finish("0004.partial.db");
  squeue_says(
      "42|1|COMPLETED|None\n42|2|PENDING|JobArrayTaskLimit\n42|3|RUNNING|None\n"
      "42|4|TIMEOUT|TimeLimit\n42|5|COMPLETING|None\n");
  const SubmissionStatus status = submission_status(folder_);
  EXPECT_TRUE(status.is_slurm_reachable);
  EXPECT_EQ(states_of(status), "ddprfrf");
  EXPECT_EQ(status.shards[0].points, 1u);
  EXPECT_EQ(status.shards[1].points, 0u);
  EXPECT_EQ(status.shards[2].reason, "JobArrayTaskLimit");
  EXPECT_EQ(status.shards[3].reason, "");
  EXPECT_EQ(status.shards[4].points, 1u);  // what it copied back
  EXPECT_THAT(status.shards[4].reason, HasSubstr("TIMEOUT (TimeLimit); see "));
  EXPECT_THAT(status.shards[6].reason, HasSubstr("not in the queue any more; see "));
  EXPECT_THAT(status.shards[6].reason, HasSubstr("logs/0006.log"));
  EXPECT_THAT(words_of("squeue"), testing::Contains("--jobs=42"));
}

TEST_F(Slurm, KnowsOfNoQueueWhereJobsAreForgotten) {
  submit(2);
  finish("0001.db");
  make_program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  const SubmissionStatus status = submission_status(folder_);
  EXPECT_TRUE(status.is_slurm_reachable);
  EXPECT_EQ(states_of(status), "fd");
}

TEST_F(Slurm, ToldByFilesAloneWhereSqueueFails) {
  submit(2);
  finish("0001.db");
  make_program("squeue", "echo 'slurm_load_jobs error: Unable to contact controller' >&2; exit 1");
  const SubmissionStatus status = submission_status(folder_);
  EXPECT_FALSE(status.is_slurm_reachable);
  EXPECT_EQ(status.slurm_problem, "squeue: Unable to contact controller");
  EXPECT_EQ(states_of(status), "ud");
  EXPECT_EQ(status.shards[0].reason, "");
  EXPECT_THAT(error_of([&] { resubmit(folder_); }), HasSubstr("which shards still run is unknown"));
}

TEST_F(Slurm, DoesNotWaitForASqueueThatHangs) {
  submit(2);
  make_program("squeue", "exec sleep 60");
  const auto start = std::chrono::steady_clock::now();
  const SubmissionStatus status = submission_status(folder_, milliseconds{500});
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds{10'000});
  EXPECT_FALSE(status.is_slurm_reachable);
  EXPECT_THAT(status.slurm_problem, HasSubstr("squeue: no answer in 0.5 s"));
  EXPECT_EQ(states_of(status), "uu");
}

TEST_F(Slurm, DoesNotTakeAWrongDatabaseForADoneShard) {
  submit(3);
  write(folder_ + "/shards/0000.db", "no database");
  finish("0001.db", "0.0.1-other");
  finish("0002.db");
  const SubmissionStatus status = submission_status(folder_);
  EXPECT_EQ(states_of(status), "ffd");
  EXPECT_THAT(status.shards[0].reason, HasSubstr("0000.db"));
  EXPECT_THAT(status.shards[1].reason, HasSubstr("of model version 0.0.1-other, not "));
  EXPECT_EQ(resubmit(folder_), 2u);
  EXPECT_TRUE(is_there(folder_ + "/shards/0000.db.old"));  // set aside: the task starts anew
  EXPECT_FALSE(is_there(folder_ + "/shards/0000.db"));
  EXPECT_FALSE(is_there(folder_ + "/shards/0001.db"));
  EXPECT_TRUE(is_there(folder_ + "/shards/0002.db"));
}

TEST_F(Slurm, ResubmitsWhatIsMissingAlone) {
  submit(12, 3);
  for (const char* name : {"0000.db", "0001.db", "0002.db", "0006.db"}) finish(name);
  squeue_says("42|4|RUNNING|None\n42|5|PENDING|Resources\n42|8|FAILED|NonZeroExitCode\n");
  make_program("sbatch", "echo 50");
  EXPECT_EQ(resubmit(folder_), 6u);
  const std::vector<std::string> words = words_of("sbatch");
  EXPECT_THAT(words, testing::Contains("--array=3,7-11%3"));
  EXPECT_EQ(words.back(), "42");  // whose databases on the nodes the tasks go on from
  EXPECT_THAT(load_submission(folder_).job_ids, ElementsAre(42u, 50u));

  squeue_says("42|8|FAILED|NonZeroExitCode\n50|8|RUNNING|None\n");
  EXPECT_EQ(states_of(submission_status(folder_)), "dddfffdfrfff");
  EXPECT_THAT(words_of("squeue"), testing::Contains("--jobs=42,50"));
}

TEST_F(Slurm, ResubmitsNothingWhereAllIsDoneOrQueued) {
  submit(2);
  finish("0000.db");
  squeue_says("42|1|PENDING|Priority\n");
  make_program("sbatch", "echo 50");
  EXPECT_EQ(resubmit(folder_), 0u);
  EXPECT_THAT(load_submission(folder_).job_ids, ElementsAre(42u));
}

TEST_F(Slurm, RefusesToMixModelVersionsBad) {
  submit(2);
  const std::string path = folder_ + "/submission.json";
  nlohmann::json json = nlohmann::json::parse(read(path));
  json["model"] = "0.0.1-other";
  write(path, json.dump());
  EXPECT_THAT(error_of([&] { resubmit(folder_); }),
              HasSubstr("its shards are of model version 0.0.1-other, and this program is "));
}

TEST_F(Slurm, ListsFinishedShardsOrThoseThatAreMissing) {
  submit(4);
  finish("0001.db");
  EXPECT_THAT(error_of([&] { (void)finished_shards(folder_); }),
              HasSubstr("3 of 4 shards are not done: 0,2-3; olivine sweep status says why"));
  for (const char* name : {"0000.db", "0002.db", "0003.db"}) finish(name);
  const std::string shards = folder_ + "/shards/";
  EXPECT_THAT(finished_shards(folder_), ElementsAre(shards + "0000.db", shards + "0001.db",
                                                    shards + "0002.db", shards + "0003.db"));
  // A path with a slash at its end names the same folder.
  EXPECT_EQ(finished_shards(folder_ + "/"), finished_shards(folder_));
}

TEST(SlurmQueue, WritesRangesAsSlurmDoes) {
  EXPECT_EQ(range_text({}), "");
  EXPECT_EQ(range_text({5}), "5");
  EXPECT_EQ(range_text({0, 1}), "0-1");
  EXPECT_EQ(range_text({3, 7, 8, 9, 11, 13, 14}), "3,7-9,11,13-14");
}

TEST(SlurmQueue, PrefersTheLiveTaskAndThenTheLaterJob) {
  const auto tasks = parse_queue(
      "5|0|RUNNING|None\n9|0|FAILED|NonZeroExitCode\n"
      "5|1|FAILED|NonZeroExitCode\n9|1|PENDING|Resources\n"
      "9|2|TIMEOUT|TimeLimit\n5|2|FAILED|NonZeroExitCode\n"
      "5|3|COMPLETED|None\n9|3|CANCELLED|None\n");
  EXPECT_EQ(tasks.at(0).state, ShardState::Running);
  EXPECT_EQ(tasks.at(1).state, ShardState::Pending);
  EXPECT_EQ(tasks.at(2).reason, "TIMEOUT (TimeLimit)");
  EXPECT_EQ(tasks.at(3).reason, "CANCELLED");
}

TEST(SlurmQueue, RefusesLinesOfAnotherFormBad) {
  for (const char* line : {"5|N/A|RUNNING|None", "5|[2-5]|PENDING|None", "5|1|RUNNING", "hello",
                           "x|1|RUNNING|None", "5|-1|RUNNING|None", "5|1|RUNNING|a|b"}) {
    EXPECT_THAT(error_of([&] { (void)parse_queue(line); }), HasSubstr(line)) << line;
  }
  EXPECT_THAT(parse_queue(""), IsEmpty());
  EXPECT_THAT(parse_queue("\n 5 | 1 | RUNNING | None \n"), Not(IsEmpty()));
}

}  // namespace
}  // namespace olivine::sweep
