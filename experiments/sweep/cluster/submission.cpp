// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/cluster/submission.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "experiments/sweep/cluster/slurm_queue.h"
#include "models/base/error.h"
#include "models/base/yaml_file.h"

namespace olivine::sweep {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kSchema = "olivine.submission/1";
constexpr size_t kMaxJsonBytes = size_t{1} << 20;

std::string json_path(const std::string& folder) { return folder + "/submission.json"; }

Submission submission_of(const json& value) {
  Submission submission;
  value.at("job_ids").get_to(submission.job_ids);
  value.at("shards").get_to(submission.shards);
  value.at("concurrent").get_to(submission.concurrent);
  value.at("model").get_to(submission.model);
  value.at("program").get_to(submission.program);
  value.at("directory").get_to(submission.directory);
  return submission;
}

}  // namespace

std::string spec_path(const Submission& submission) { return submission.folder + "/sweep.yaml"; }

std::string shard_path(const Submission& submission, uint64_t shard) {
  return fmt::format("{}/shards/{:04}.db", submission.folder, shard);
}

std::string partial_path(const Submission& submission, uint64_t shard) {
  return fmt::format("{}/shards/{:04}.partial.db", submission.folder, shard);
}

void write_whole_file(const std::string& path, const std::string& text) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  std::FILE* file = std::fopen(temporary.c_str(), "wx");
  bool is_written = file != nullptr;
  int error = errno;
  if (file != nullptr) {
    is_written =
        std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
    error = errno;
    std::fclose(file);
  }
  if (is_written && std::rename(temporary.c_str(), path.c_str()) == 0) return;
  if (is_written) error = errno;
  if (file != nullptr) std::remove(temporary.c_str());
  throw ConfigError{fmt::format("{}: cannot be written: {}", path, std::strerror(error))};
}

void save_submission(const Submission& submission) {
  const nlohmann::ordered_json value = {
      {"schema", kSchema},
      {"job_ids", submission.job_ids},
      {"shards", submission.shards},
      {"concurrent", submission.concurrent},
      {"model", submission.model},
      {"program", submission.program},
      {"directory", submission.directory},
  };
  write_whole_file(json_path(submission.folder),
                   value.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Submission load_submission(const std::string& folder) {
  const std::string path = json_path(folder);
  std::error_code ignored;  // what cannot be looked at cannot be read either, with the reason
  if (!fs::exists(path, ignored)) {
    throw ConfigError{
        fmt::format("{}: not the folder of a submission: it has no submission.json", folder)};
  }
  const json value = json::parse(read_text_file(path, kMaxJsonBytes), nullptr, false);
  if (!value.is_object() || value.value("schema", json{}) != kSchema) {
    throw ConfigError{fmt::format("{}: must be JSON of schema {}", path, kSchema)};
  }
  Submission submission;
  try {
    submission = submission_of(value);
  } catch (const json::exception& error) {
    throw ConfigError{fmt::format("{}: {}", path, error.what())};
  }
  if (submission.job_ids.empty() || submission.shards < 1 || submission.shards > kMaxShards) {
    throw ConfigError{fmt::format("{}: must have job_ids and 1 to {} shards", path, kMaxShards)};
  }
  submission.folder = fs::absolute(folder).lexically_normal().string();
  if (submission.folder.ends_with('/')) submission.folder.pop_back();
  return submission;
}

std::vector<std::string> finished_shards(const std::string& folder) {
  const Submission submission = load_submission(folder);
  std::vector<std::string> paths;
  std::vector<uint64_t> missing;
  for (uint64_t shard = 0; shard < submission.shards; ++shard) {
    paths.push_back(shard_path(submission, shard));
    std::error_code ignored;  // what cannot be looked at is not there
    if (!fs::exists(paths.back(), ignored)) missing.push_back(shard);
  }
  if (missing.empty()) return paths;
  throw ConfigError{
      fmt::format("{}: {} of {} shards are not done: {}; olivine sweep status says why", folder,
                  missing.size(), submission.shards, range_text(missing))};
}

}  // namespace olivine::sweep
