// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

#include "experiments/sweep/cluster/slurm.h"

namespace olivine::sweep {

// Files in the folder of a submission.
[[nodiscard]] std::string spec_path(const Submission& submission);
[[nodiscard]] std::string shard_path(const Submission& submission, uint64_t shard);
[[nodiscard]] std::string partial_path(const Submission& submission, uint64_t shard);

// Writes a file that appears as a whole. Throws ConfigError.
void write_whole_file(const std::string& path, const std::string& text);
// Writes submission.json.
void save_submission(const Submission& submission);

}  // namespace olivine::sweep
