// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "models/base/enum_names.h"

namespace olivine::sweep {

inline constexpr uint64_t kMaxShards = 100'000;
inline constexpr int kMaxTaskThreads = 1024;

// A sweep spread over a Slurm cluster as a job array: task i evaluates the points whose hash is of
// shard i, into a database on the node, and moves it to the folder when it is complete. A task that
// is started again goes on from what it left on the node or, when it was told to stop, copied back.
struct SlurmOptions {
  uint64_t shards = 16;
  int threads = 1;                 // cores of a task
  std::string partition;           // "": the cluster's default
  std::string time_limit;          // as sbatch takes it; "": the cluster's default
  std::string memory = "1G";       // of a task
  uint64_t concurrent = 0;         // tasks at a time at most; 0: no limit
  std::string node_folder;         // on the node; "": $SLURM_TMPDIR, $TMPDIR or /tmp there
  std::vector<std::string> extra;  // further options, as in #SBATCH lines
};

// What lies in the folder of a submission: sweep.yaml (a copy of the spec), submission.json
// (olivine.submission/1: everything below), job.sh, logs/NNNN.log, shards/NNNN.db as tasks end, and
// NNNN.partial.db of those that were told to stop. It stays where it is: job.sh has its path.
struct Submission {
  std::string folder;             // absolute
  std::vector<uint64_t> job_ids;  // of the job array, then of each resubmission
  uint64_t shards = 0;
  uint64_t concurrent = 0;
  std::string model;      // version
  std::string program;    // absolute path
  std::string directory;  // where it was submitted. Relative paths in the spec (machine, workload)
                          // mean files from there, so that tasks run there, and so must whoever
                          // makes a DesignSpace of sweep.yaml
};

// The batch script. Tasks exit with 0 when their shard is complete, and are requeued when their
// node fails.
[[nodiscard]] std::string job_script(const SlurmOptions& options, const Submission& submission);

// Writes the folder and submits the array by sbatch. Throws ConfigError, leaving nothing behind:
// whatever DesignSpace finds wrong with the spec, the folder exists, sbatch is missing or refuses
// (its message), an option no sbatch takes, Method::Nsga2 (needs all answers in one place).
[[nodiscard]] Submission submit_to_slurm(const std::string& spec_path, const std::string& folder,
                                         const SlurmOptions& options, const std::string& program);

// Throws ConfigError: no submission's folder, or one whose submission.json was changed.
[[nodiscard]] Submission load_submission(const std::string& folder);

enum class ShardState : uint8_t { Unknown, Pending, Running, Done, Failed };
inline constexpr std::array kShardStateNames = {
    EnumName<ShardState>{ShardState::Unknown, "unknown"},
    EnumName<ShardState>{ShardState::Pending, "pending"},
    EnumName<ShardState>{ShardState::Running, "running"},
    EnumName<ShardState>{ShardState::Done, "done"},
    EnumName<ShardState>{ShardState::Failed, "failed"}};

struct ShardStatus {
  uint64_t shard = 0;
  ShardState state = ShardState::Unknown;
  uint64_t points = 0;  // in its database, as far as copied back
  std::string reason;   // of Pending and Failed, in Slurm's words
};

// By squeue and the files in the folder. A shard is Done when its database is there and of the
// submission's model version; else what the queue says; Failed where the queue does not have it any
// more; Unknown where squeue did not answer.
struct SubmissionStatus {
  Submission submission;
  bool is_slurm_reachable = false;
  std::string slurm_problem;  // why not
  std::vector<ShardStatus> shards;
};

// How long squeue is waited for: its own time limits are shorter, but without the cluster's
// authentication it hangs.
inline constexpr std::chrono::milliseconds kQueuePatience{20'000};
[[nodiscard]] SubmissionStatus submission_status(
    const std::string& folder, std::chrono::milliseconds patience = kQueuePatience);

// Submits the shards that are neither done nor in the queue again. Returns how many. Throws
// ConfigError when squeue does not answer, or when this program is of another model version.
uint64_t resubmit(const std::string& folder);

// Paths of the databases of all shards; throws ConfigError that lists the shards that have none.
[[nodiscard]] std::vector<std::string> finished_shards(const std::string& folder);

}  // namespace olivine::sweep
