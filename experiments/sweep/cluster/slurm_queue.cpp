// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/cluster/slurm_queue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <utility>

#include "experiments/sweep/cluster/child_process.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

using std::string_view;

constexpr std::chrono::milliseconds kSubmitPatience{60'000};
constexpr string_view kNotInstalled =
    "cannot be started: {} (olivine sweep submit runs where Slurm's commands are)";

// Slurm's words for a job that is in the queue; all others mean that it ended.
constexpr std::array kLiveStates = {std::pair{string_view{"PENDING"}, ShardState::Pending},
                                    std::pair{string_view{"REQUEUED"}, ShardState::Pending},
                                    std::pair{string_view{"REQUEUE_FED"}, ShardState::Pending},
                                    std::pair{string_view{"REQUEUE_HOLD"}, ShardState::Pending},
                                    std::pair{string_view{"RESV_DEL_HOLD"}, ShardState::Pending},
                                    std::pair{string_view{"SPECIAL_EXIT"}, ShardState::Pending},
                                    std::pair{string_view{"COMPLETING"}, ShardState::Running},
                                    std::pair{string_view{"CONFIGURING"}, ShardState::Running},
                                    std::pair{string_view{"RESIZING"}, ShardState::Running},
                                    std::pair{string_view{"RUNNING"}, ShardState::Running},
                                    std::pair{string_view{"SIGNALING"}, ShardState::Running},
                                    std::pair{string_view{"STAGE_OUT"}, ShardState::Running},
                                    std::pair{string_view{"STOPPED"}, ShardState::Running},
                                    std::pair{string_view{"SUSPENDED"}, ShardState::Running}};

// What a client printed, without the "sbatch: error: " that each line begins with.
std::string message_of(const ChildResult& result) {
  std::vector<std::string> lines;
  for (const std::string& text : split(result.err, '\n')) {
    string_view line = trim(text);
    for (const string_view prefix : {"sbatch:", "squeue:", "slurm_load_jobs", "error:", "fatal:"}) {
      if (line.starts_with(prefix)) line = trim(line.substr(prefix.size()));
    }
    if (!line.empty()) lines.emplace_back(line);
  }
  if (lines.empty()) return fmt::format("exit status {}", result.status);
  return fmt::format("{}", fmt::join(lines, "; "));
}

// Why a client has no answer, or nothing.
std::optional<std::string> problem_of(const ChildResult& result, std::chrono::milliseconds limit) {
  if (!result.is_started) return fmt::format(kNotInstalled, result.err);
  if (result.is_timed_out) {
    return fmt::format("no answer in {} s; is the cluster up, with its authentication?",
                       static_cast<double>(limit.count()) / 1000.0);
  }
  if (result.status != 0) return message_of(result);
  return std::nullopt;
}

std::string refusal(const std::string& message, size_t shards) {
  std::string line = fmt::format("sbatch: {}", message);
  if (message.find("Invalid job array specification") != std::string::npos) {
    line += fmt::format(
        ": the cluster may allow fewer than {} shards (MaxArraySize of scontrol show config)",
        shards);
  }
  return line;
}

// Slurm replaces what follows a percent sign in names of files.
std::string file_pattern(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    pattern += c;
    if (c == '%') pattern += c;
  }
  return pattern;
}

// "RUNNING" or "TIMEOUT (TimeLimit)".
QueuedTask task_of(string_view state, string_view reason) {
  const bool has_reason = !reason.empty() && reason != "None";
  for (const auto& [name, meaning] : kLiveStates) {
    if (name == state) return {meaning, has_reason ? std::string{reason} : ""};
  }
  return {ShardState::Failed,
          has_reason ? fmt::format("{} ({})", state, reason) : std::string{state}};
}

ConfigError unexpected(const std::string& line) {
  return ConfigError{fmt::format("squeue: '{}': must be job|index|state|reason", line)};
}

}  // namespace

std::string range_text(const std::vector<uint64_t>& numbers) {
  std::vector<std::string> ranges;
  for (size_t first = 0; first < numbers.size();) {
    size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    ranges.push_back(first == last ? fmt::format("{}", numbers[first])
                                   : fmt::format("{}-{}", numbers[first], numbers[last]));
    first = last + 1;
  }
  return fmt::format("{}", fmt::join(ranges, ","));
}

uint64_t submit_array(const Submission& submission, const std::vector<uint64_t>& shards) {
  std::string array = range_text(shards);
  if (submission.concurrent != 0) array += fmt::format("%{}", submission.concurrent);
  std::vector<std::string> words = {
      "sbatch",
      "--parsable",
      fmt::format("--array={}", array),
      fmt::format("--chdir={}", submission.directory),
      fmt::format("--output={}/logs/%4a.log", file_pattern(submission.folder)),
      fmt::format("{}/job.sh", submission.folder)};
  if (!submission.job_ids.empty()) words.push_back(fmt::format("{}", submission.job_ids.front()));
  const ChildResult result = run_child(words, kSubmitPatience);
  if (const auto problem = problem_of(result, kSubmitPatience)) {
    throw ConfigError{refusal(*problem, shards.size())};
  }
  // "123", or "123;cluster".
  const std::string_view answer = trim(result.out);
  const auto number = parse_int(answer.substr(0, answer.find(';')));
  if (!number || *number < 1) {
    throw ConfigError{fmt::format("sbatch: no job number in its answer '{}'", answer)};
  }
  return static_cast<uint64_t>(*number);
}

Queue read_queue(const Submission& submission, std::chrono::milliseconds patience) {
  const ChildResult result =
      run_child({"squeue", "--array", "--noheader", "--states=all", "--format=%F|%K|%T|%r",
                 fmt::format("--jobs={}", fmt::join(submission.job_ids, ","))},
                patience);
  Queue queue;
  const auto problem = problem_of(result, patience);
  // Jobs that ended some minutes ago are unknown to Slurm.
  const bool is_forgotten = problem && problem->find("Invalid job id") != std::string::npos;
  if (problem && !is_forgotten) {
    queue.problem = fmt::format("squeue: {}", *problem);
    return queue;
  }
  queue.is_reachable = true;
  queue.tasks = parse_queue(result.out);
  return queue;
}

std::map<uint64_t, QueuedTask> parse_queue(std::string_view text) {
  std::map<uint64_t, QueuedTask> tasks;
  std::map<uint64_t, int64_t> jobs;  // that the tasks are of
  for (const std::string& line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    const std::vector<std::string> fields = split(line, '|');
    if (fields.size() != 4) throw unexpected(line);
    const auto job = parse_int(trim(fields[0]));
    const auto index = parse_int(trim(fields[1]));
    if (!job || !index || *index < 0) throw unexpected(line);
    const auto shard = static_cast<uint64_t>(*index);
    QueuedTask task = task_of(trim(fields[2]), trim(fields[3]));
    const bool is_live = task.state != ShardState::Failed;
    const auto known = tasks.find(shard);
    const bool is_known_live = known != tasks.end() && known->second.state != ShardState::Failed;
    if (known != tasks.end() && (is_known_live != is_live ? is_known_live : jobs[shard] > *job)) {
      continue;
    }
    jobs[shard] = *job;
    tasks[shard] = std::move(task);
  }
  return tasks;
}

}  // namespace olivine::sweep
