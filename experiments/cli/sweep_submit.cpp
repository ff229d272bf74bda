// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/cli/text_table.h"
#include "experiments/sweep/cluster/slurm.h"
#include "models/base/error.h"

namespace olivine::cli {
namespace {

using nlohmann::ordered_json;
using sweep::ShardState;
using sweep::ShardStatus;
using sweep::SlurmOptions;
using sweep::Submission;
using sweep::SubmissionStatus;

// Tasks run the program that submits them.
std::string running_program() {
  std::error_code error;
  std::string path = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error || !std::filesystem::exists(path, error)) {
    throw ConfigError{fmt::format("{}: this program is no file any more, which tasks could run",
                                  path.empty() ? "/proc/self/exe" : path)};
  }
  return path;
}

SlurmOptions read_options(const Arguments& arguments) {
  Problems problems;
  OptionReader options{arguments, problems};
  SlurmOptions slurm;
  const auto count = [&](const char* option, uint64_t fallback) {
    const auto number = options.integer(option, 1, static_cast<int64_t>(sweep::kMaxShards));
    return number ? static_cast<uint64_t>(*number) : fallback;
  };
  slurm.shards = count("shards", slurm.shards);
  slurm.concurrent = count("concurrent", slurm.concurrent);
  slurm.threads = static_cast<int>(
      options.integer("threads", 1, sweep::kMaxTaskThreads).value_or(slurm.threads));
  slurm.partition = arguments.get("partition").value_or(slurm.partition);
  slurm.time_limit = arguments.get("time").value_or(slurm.time_limit);
  slurm.memory = arguments.get("memory").value_or(slurm.memory);
  slurm.node_folder = arguments.get("node-folder").value_or(slurm.node_folder);
  problems.throw_if_any();
  return slurm;
}

// A resubmission runs the job script that is in the folder: nothing of it can be chosen again.
int resubmit(const Arguments& arguments, const std::string& folder) {
  Problems problems;
  const std::vector<std::string>& words = arguments.positional();
  if (words.size() > 1) problems.add(fmt::format("{}: --resubmit takes no spec", words[1]));
  for (const char* option :
       {"shards", "threads", "partition", "time", "memory", "concurrent", "node-folder"}) {
    if (arguments.has(option)) {
      problems.add(fmt::format("--{} and --resubmit exclude each other", option));
    }
  }
  problems.throw_if_any();
  const uint64_t shards = sweep::resubmit(folder);
  if (shards == 0) {
    fmt::print("nothing to submit: all shards are done or in the queue\n");
    return 0;
  }
  const Submission submission = sweep::load_submission(folder);
  fmt::print("job {}: {}\n", submission.job_ids.back(), count_text(shards, "shard"));
  return 0;
}

// How many shards are in each state.
using StateCounts = std::map<ShardState, uint64_t>;

StateCounts count_states(const SubmissionStatus& status) {
  StateCounts counts;
  for (const ShardStatus& shard : status.shards) ++counts[shard.state];
  return counts;
}

uint64_t stored_points(const SubmissionStatus& status) {
  uint64_t points = 0;
  for (const ShardStatus& shard : status.shards) points += shard.points;
  return points;
}

std::string state_name(ShardState state) {
  return std::string{name_of<ShardState>(sweep::kShardStateNames, state)};
}

// "14 of 16 shards done, 1 running, 1 failed; 12,345 points".
std::string summary_line(const SubmissionStatus& status) {
  const StateCounts counts = count_states(status);
  const auto done = counts.find(ShardState::Done);
  std::string line =
      fmt::format("{} of {} done", with_separators(done == counts.end() ? 0 : done->second),
                  count_text(status.shards.size(), "shard"));
  for (const auto& [state, count] : counts) {
    if (state == ShardState::Done) continue;
    line += fmt::format(", {} {}", with_separators(count), state_name(state));
  }
  return line + fmt::format("; {} stored\n", count_text(stored_points(status), "point"));
}

std::string status_text(const SubmissionStatus& status) {
  TextTable table;
  table.column("shard").column("state", Align::Left).column("points");
  table.column("reason", Align::Left);
  for (const ShardStatus& shard : status.shards) {
    table.row({fmt::format("{}", shard.shard), state_name(shard.state),
               with_separators(shard.points), shard.reason});
  }
  return table.render(is_stdout_colored()) + summary_line(status);
}

std::string status_json(const SubmissionStatus& status) {
  const Submission& submission = status.submission;
  ordered_json json = {{"schema", "olivine.sweep.submission/1"},
                       {"model", submission.model},
                       {"provenance", provenance()},
                       {"folder", submission.folder},
                       {"job_ids", submission.job_ids},
                       {"is_slurm_reachable", status.is_slurm_reachable},
                       {"slurm_problem", status.slurm_problem},
                       {"points", stored_points(status)}};
  const StateCounts counts = count_states(status);
  for (const auto& [state, name] : sweep::kShardStateNames) {
    const auto count = counts.find(state);
    json["states"][std::string{name}] = count == counts.end() ? 0 : count->second;
  }
  json["shards"] = ordered_json::array();
  for (const ShardStatus& shard : status.shards) {
    json["shards"].push_back({{"shard", shard.shard},
                              {"state", state_name(shard.state)},
                              {"points", shard.points},
                              {"reason", shard.reason}});
  }
  return json_text(json);
}

// What to do next, for people.
std::string advice(const SubmissionStatus& status) {
  const StateCounts counts = count_states(status);
  const std::string& folder = status.submission.folder;
  if (counts.contains(ShardState::Failed)) {
    return fmt::format("olivine sweep submit --resubmit --slurm {}  submits what failed again\n",
                       folder);
  }
  if (counts.size() == 1 && counts.contains(ShardState::Done)) {
    return fmt::format("olivine sweep merge {} --output FILE  makes one database of them\n",
                       folder);
  }
  return "";
}

}  // namespace

// olivine sweep submit: check, write the folder, hand it to Slurm.
int sweep_submit(const Arguments& arguments) {
  const bool is_again = arguments.has("resubmit");
  const std::vector<std::string>& words = arguments.positional();
  Problems problems;
  if (!is_again && words.size() < 2) problems.add("missing: SPEC of olivine sweep submit");
  if (arguments.get("slurm").value_or("").empty()) {
    problems.add("missing: --slurm, the folder of the submission");
  }
  problems.throw_if_any();
  const std::string folder = *arguments.get("slurm");
  if (is_again) return resubmit(arguments, folder);
  const Submission submission =
      sweep::submit_to_slurm(words[1], folder, read_options(arguments), running_program());
  fmt::print("job {}: {} in {}\n", submission.job_ids.back(),
             count_text(submission.shards, "shard"), submission.folder);
  return 0;
}

// olivine sweep status of the folder of a submission.
int sweep_submission_status(const Arguments& arguments) {
  if (arguments.has("model")) {
    throw ConfigError{"--model: a submission has one model version; a database may have several"};
  }
  const SubmissionStatus status = sweep::submission_status(arguments.positional()[1]);
  if (!status.is_slurm_reachable) fmt::print(stderr, "{}\n", status.slurm_problem);
  if (arguments.has("json")) {
    fmt::print("{}", status_json(status));
    return 0;
  }
  fmt::print("{}", status_text(status));
  fmt::print(stderr, "{}", advice(status));
  return 0;
}

}  // namespace olivine::cli
