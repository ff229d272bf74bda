// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/cluster/slurm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <numeric>
#include <string_view>
#include <utility>

#include "experiments/sweep/cluster/slurm_queue.h"
#include "experiments/sweep/cluster/submission.h"
#include "experiments/sweep/space/evaluate.h"
#include "experiments/sweep/space/space.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

namespace fs = std::filesystem;

// What can stand in a line of a script or in one of Slurm's file names.
bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return std::iscntrl(static_cast<uint8_t>(c)); });
}

// A value of an option of sbatch: one word that no shell or script reads otherwise.
bool is_plain_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<uint8_t>(c)) ||
           std::string_view{"_.,:+-"}.find(c) != std::string_view::npos;
  });
}

void check_options(const SlurmOptions& options) {
  Problems problems;
  if (options.shards < 1 || options.shards > kMaxShards) {
    problems.add(fmt::format("shards = {}: must be 1..{}", options.shards, kMaxShards));
  }
  if (options.threads < 1 || options.threads > kMaxTaskThreads) {
    problems.add(fmt::format("threads = {}: must be 1..{}", options.threads, kMaxTaskThreads));
  }
  for (const auto& [name, value] :
       {std::pair{"partition", &options.partition}, std::pair{"time", &options.time_limit},
        std::pair{"memory", &options.memory}}) {
    if (is_plain_word(*value)) continue;
    problems.add(fmt::format("{} = {}: must be one word, as sbatch takes it", name, *value));
  }
  if (!options.node_folder.empty() && !options.node_folder.starts_with('/')) {
    problems.add(fmt::format("node folder = {}: must be an absolute path", options.node_folder));
  }
  for (const std::string& option : options.extra) {
    if (option.starts_with("-") && is_line(option)) continue;
    problems.add(fmt::format("{}: must be an option of sbatch", option));
  }
  problems.throw_if_any();
}

// Reads the sweep as a task will, so that what is wrong with it is said now and once.
std::string checked_spec_text(const std::string& path) {
  const SweepSpec spec = load_spec(path);
  if (spec.search.method == Method::Nsga2) {
    throw ConfigError{fmt::format(
        "{}: search.method = nsga2: cannot be split into shards: each generation needs the results "
        "of the one before",
        path)};
  }
  const DesignSpace space{spec};
  return spec.text;
}

std::string absolute_folder(const std::string& folder) {
  std::string path = fs::absolute(folder).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  // sbatch takes a backslash in the path of a log as the end of its patterns.
  if (!is_line(path) || path.find('\\') != std::string::npos) {
    throw ConfigError{
        fmt::format("{}: the path of a submission has no backslash or control character", folder)};
  }
  return path;
}

void make_folder(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error)) {
    throw ConfigError{fmt::format(
        "{}: exists; choose another folder, or submit what it lacks by --resubmit", path)};
  }
  for (const char* folder : {"", "/logs", "/shards"}) {
    if (!error) fs::create_directory(path + folder, error);
  }
  if (error) throw ConfigError{fmt::format("{}: cannot be made: {}", path, error.message())};
}

// Removes what was made of a submission that came to nothing.
class FolderGuard {
 public:
  explicit FolderGuard(std::string path) : path_(std::move(path)) {}
  ~FolderGuard() {
    std::error_code ignored;  // nothing more can be done
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  FolderGuard(const FolderGuard&) = delete;
  FolderGuard& operator=(const FolderGuard&) = delete;
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

// A job that is in the queue must not be lost: what it is goes into the message.
void save_with_job(const Submission& submission) {
  try {
    save_submission(submission);
  } catch (const ConfigError& error) {
    const uint64_t job = submission.job_ids.back();
    throw ConfigError{
        fmt::format("{}; job {} is in the queue: scancel {}", error.what(), job, job)};
  }
}

// A database that is damaged or of another model version would stand for a shard that is done.
void set_aside(const Submission& submission, uint64_t shard) {
  const std::string path = shard_path(submission, shard);
  std::error_code error;
  if (!fs::exists(path, error)) return;
  fs::rename(path, path + ".old", error);
  if (error) throw ConfigError{fmt::format("{}: cannot be renamed: {}", path, error.message())};
}

}  // namespace

Submission submit_to_slurm(const std::string& spec_path, const std::string& folder,
                           const SlurmOptions& options, const std::string& program) {
  check_options(options);
  const std::string text = checked_spec_text(spec_path);
  Submission submission;
  submission.folder = absolute_folder(folder);
  submission.shards = options.shards;
  submission.concurrent = options.concurrent;
  submission.model = model_version();
  submission.program = fs::absolute(program).string();
  submission.directory = fs::current_path().string();
  make_folder(submission.folder);
  FolderGuard guard{submission.folder};
  write_whole_file(sweep::spec_path(submission), text);
  write_whole_file(submission.folder + "/job.sh", job_script(options, submission));
  std::vector<uint64_t> shards(options.shards);
  std::iota(shards.begin(), shards.end(), uint64_t{0});
  submission.job_ids.push_back(submit_array(submission, shards));
  guard.keep();
  save_with_job(submission);
  return submission;
}

uint64_t resubmit(const std::string& folder) {
  SubmissionStatus status = submission_status(folder);
  Submission& submission = status.submission;
  if (!status.is_slurm_reachable) {
    throw ConfigError{fmt::format("{}: which shards still run is unknown", status.slurm_problem)};
  }
  if (submission.model != model_version()) {
    throw ConfigError{
        fmt::format("{}: its shards are of model version {}, and this program is {}: submit to "
                    "another folder",
                    folder, submission.model, model_version())};
  }
  std::vector<uint64_t> shards;
  for (const ShardStatus& shard : status.shards) {
    if (shard.state == ShardState::Failed) shards.push_back(shard.shard);
  }
  if (shards.empty()) return 0;
  for (const uint64_t shard : shards) set_aside(submission, shard);
  submission.job_ids.push_back(submit_array(submission, shards));
  save_with_job(submission);
  return shards.size();
}

}  // namespace olivine::sweep
