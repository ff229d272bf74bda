// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/sweep/cluster/slurm.h"

namespace olivine::sweep {

// Numbers in ascending order as Slurm writes them: {3, 7, 8, 9} is "3,7-9".
[[nodiscard]] std::string range_text(const std::vector<uint64_t>& numbers);

// Submits job.sh for the given shards. Returns the job's number; throws ConfigError with what
// sbatch said, in one line.
[[nodiscard]] uint64_t submit_array(const Submission& submission,
                                    const std::vector<uint64_t>& shards);

// A task as Slurm knows it, for some minutes after its end too.
struct QueuedTask {
  ShardState state = ShardState::Unknown;  // Failed: ended, well or not
  std::string reason;
};

struct Queue {
  bool is_reachable = false;
  std::string problem;                   // why not
  std::map<uint64_t, QueuedTask> tasks;  // by shard; of several tasks of a shard, the live one or
                                         // else the last
};

[[nodiscard]] Queue read_queue(const Submission& submission, std::chrono::milliseconds patience);

// What squeue prints, a task a line: job|index|state|reason. Throws ConfigError at anything else.
[[nodiscard]] std::map<uint64_t, QueuedTask> parse_queue(std::string_view text);

}  // namespace olivine::sweep
