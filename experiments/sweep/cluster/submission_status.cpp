// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "experiments/sweep/cluster/slurm.h"
#include "experiments/sweep/cluster/slurm_queue.h"
#include "experiments/sweep/cluster/submission.h"
#include "experiments/sweep/store/database.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

namespace fs = std::filesystem;

bool is_there(const std::string& path) {
  std::error_code ignored;  // what cannot be looked at is not there
  return fs::exists(path, ignored);
}

// What a database of a shard holds.
struct ShardFile {
  uint64_t points = 0;  // of the submission's model version
  std::string problem;  // why it cannot stand for the shard
};

ShardFile read_shard(const std::string& path, const std::string& model) {
  ShardFile file;
  try {
    const Database database = Database::open_to_read(path);
    const std::vector<ModelCount> models = database.models();
    for (const ModelCount& count : models) {
      if (count.version == model) file.points = count.ok + count.failed;
    }
    // A shard that no point falls into is done without any.
    if (file.points == 0 && !models.empty()) {
      file.problem =
          fmt::format("{}: of model version {}, not {}", path, models.back().version, model);
    }
  } catch (const ConfigError& error) {
    file.problem = error.problems().front();
  }
  return file;
}

// Of a shard whose database is not there, or cannot stand for it.
ShardStatus queue_status(const Submission& submission, const Queue& queue, uint64_t shard,
                         const std::string& file_problem) {
  ShardStatus status;
  status.shard = shard;
  if (!queue.is_reachable) return status;
  const auto task = queue.tasks.find(shard);
  if (task != queue.tasks.end()) {
    status.state = task->second.state;
    status.reason = task->second.reason;
  } else {
    status.state = ShardState::Failed;
    status.reason = "not in the queue any more";
  }
  if (status.state == ShardState::Failed && !file_problem.empty()) status.reason = file_problem;
  if (status.state == ShardState::Failed && file_problem.empty()) {
    status.reason += fmt::format("; see {}/logs/{:04}.log", submission.folder, shard);
  }
  return status;
}

ShardStatus shard_status(const Submission& submission, const Queue& queue, uint64_t shard) {
  const std::string path = shard_path(submission, shard);
  std::string problem;
  if (is_there(path)) {
    const ShardFile file = read_shard(path, submission.model);
    if (file.problem.empty()) return {shard, ShardState::Done, file.points, ""};
    problem = file.problem;
  }
  ShardStatus status = queue_status(submission, queue, shard, problem);
  const std::string partial = partial_path(submission, shard);
  if (is_there(partial)) status.points = read_shard(partial, submission.model).points;
  return status;
}

}  // namespace

SubmissionStatus submission_status(const std::string& folder, std::chrono::milliseconds patience) {
  SubmissionStatus status;
  status.submission = load_submission(folder);
  // Before the files: a task that ends in between is done then, not failed.
  const Queue queue = read_queue(status.submission, patience);
  status.is_slurm_reachable = queue.is_reachable;
  status.slurm_problem = queue.problem;
  for (uint64_t shard = 0; shard < status.submission.shards; ++shard) {
    status.shards.push_back(shard_status(status.submission, queue, shard));
  }
  return status;
}

}  // namespace olivine::sweep
