// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/store/merge.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "experiments/sweep/store/database_schema.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatch = 4096;  // points of one transaction

void refuse_existing(const std::string& output) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(output, error))) {
    throw ConfigError{fmt::format("{}: exists already: choose another name", output)};
  }
}

// A database under a name of its own until it is complete. The name has the process in it: no other
// merge writes to the same one.
class PartFile {
 public:
  explicit PartFile(std::string output)
      : output_(std::move(output)), path_(fmt::format("{}.part-{}", output_, getpid())) {
    refuse_existing(path_);
  }
  ~PartFile() {
    std::error_code ignored;  // after publish() there are none
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path_ + suffix, ignored);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // Contract: the database is closed.
  void publish() const {
    refuse_existing(output_);
    std::error_code error;
    fs::rename(path_, output_, error);
    if (error)
      throw ConfigError{fmt::format("{}: cannot be written: {}", output_, error.message())};
  }

 private:
  std::string output_, path_;
};

// Checks that `found` is of the same sweep as `header`, the first input's, and adds what it knows.
void join_headers(SweepHeader& header, const std::string& first, const Database& other) {
  SweepHeader found = other.header();
  if (const auto mismatch = sweep_mismatch(found, header)) {
    throw ConfigError{
        fmt::format("{}: holds {}: cannot be merged with {}", other.path(), *mismatch, first)};
  }
  const bool is_same_search = have_same_settings(found, header);
  found.search = header.search;  // different seeds, say, add to one sweep
  if (!have_same_settings(found, header)) {
    throw ConfigError{fmt::format(
        "{}: values of axes, constraints, objectives or quality are others than in {}: run the"
        " same file on both before",
        other.path(), first)};
  }
  header.expected_points =
      is_same_search ? std::max(header.expected_points, found.expected_points) : 0;
}

SweepHeader common_header(const std::vector<std::string>& inputs, const std::string& model) {
  std::optional<SweepHeader> header;
  std::set<std::string> versions;
  for (const std::string& input : inputs) {
    const Database database = Database::open_to_read(input);
    for (const ModelCount& count : database.models()) versions.insert(count.version);
    if (!header) {
      header = database.header();
    } else {
      join_headers(*header, inputs.front(), database);
    }
  }
  if (!header) throw ConfigError{"merge: no database given"};
  if (!versions.contains(model)) {
    throw ConfigError{fmt::format("{}: no points of model version {}{}{}", inputs.front(), model,
                                  versions.empty() ? "" : "; there are points of ",
                                  fmt::join(versions, ", "))};
  }
  return std::move(*header);
}

std::string point_text(const SweepHeader& header, const StoredPoint& point) {
  std::string text;
  for (size_t i = 0; i < header.columns.size(); ++i) {
    text += fmt::format("{}{} = {}", i == 0 ? "" : ", ", header.columns[i],
                        to_text(point.parameters[i]));
  }
  return text;
}

// "time_s = 1 and 2"
std::string difference_text(const Outcome& a, const Outcome& b) {
  const auto status = [](const Outcome& o) {
    return o.is_ok() ? std::string{"ran"} : fmt::format("failed ({})", o.failure);
  };
  if (a.failure != b.failure) return fmt::format("{} and {}", status(a), status(b));
  for (const MetricInfo& info : kMetrics) {
    const auto left = a.metrics.get(info.metric);
    const auto right = b.metrics.get(info.metric);
    if (left == right) continue;
    const auto text = [](std::optional<double> value) {
      return value ? to_text(Value{*value}) : "none";
    };
    return fmt::format("{} = {} and {}", info.name, text(left), text(right));
  }
  return "";
}

// One input after the other into a new database.
class Merge {
 public:
  Merge(const std::vector<std::string>& inputs, const std::string& path, const SweepHeader& header,
        const std::string& model)
      : inputs_(inputs), model_(model), merged_(Database::open_for_run(path, header)) {}

  MergeResult run() {
    for (size_t i = 0; i < inputs_.size(); ++i) add_input(i);
    return result_;
  }

 private:
  void add_input(size_t input) {
    const Database database = Database::open_to_read(inputs_[input]);
    std::vector<StoredPoint> batch;
    database.for_each(model_, RowOrder::Commit, [&](const StoredPoint& point) {
      batch.push_back(point);
      if (batch.size() == kBatch) {
        add_batch(input, batch);
        batch.clear();
      }
      return true;
    });
    add_batch(input, batch);
  }

  void add_batch(size_t input, const std::vector<StoredPoint>& batch) {
    const uint64_t added = merged_.add(batch, model_);
    result_.points += added;
    result_.duplicates += batch.size() - added;
    if (added == batch.size()) return;
    for (const StoredPoint& point : batch) {
      const std::optional<Outcome> there = merged_.find(point.hash, model_);
      OLV_CHECK(there.has_value(), "{}", point.hash.hex());
      if (*there != point.outcome) fail(input, point, *there);
    }
  }

  [[noreturn]] void fail(size_t input, const StoredPoint& point, const Outcome& there) const {
    size_t other = 0;
    while (other < input &&
           !Database::open_to_read(inputs_[other]).find(point.hash, model_).has_value()) {
      ++other;
    }
    throw ConfigError{fmt::format(
        "{} and {}: different outcomes, {}, of the point {}", inputs_[other], inputs_[input],
        difference_text(there, point.outcome), point_text(merged_.header(), point))};
  }

  const std::vector<std::string>& inputs_;
  const std::string& model_;
  Database merged_;
  MergeResult result_;
};

}  // namespace

MergeResult merge_databases(const std::vector<std::string>& inputs, const std::string& output,
                            const std::string& model) {
  refuse_existing(output);
  const SweepHeader header = common_header(inputs, model);
  const PartFile part{output};
  const MergeResult result = Merge{inputs, part.path(), header, model}.run();
  part.publish();
  return result;
}

}  // namespace olivine::sweep
