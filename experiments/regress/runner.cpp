// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "experiments/regress/coverage.h"
#include "experiments/regress/regression_tree.h"
#include "experiments/regress/runner_seed.h"
#include "experiments/regress/wave.h"
#include "experiments/regress/worker.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

namespace fs = std::filesystem;

// No build takes this long; a compiler sends no signs of life in between.
constexpr std::chrono::hours kBuildPatience{2};
// Toggle counters make wide models slow to compile and to run (at 8x8: 70 s and a tenth).
constexpr int64_t kMostPesWithToggles = 16;

bool is_small(const Parameters& parameters) {
  int64_t pes = 1;
  for (const char* name : {"Rows", "Cols"}) {
    const auto found = parameters.find(name);
    if (found != parameters.end()) pes *= found->second;
  }
  return pes <= kMostPesWithToggles;
}

// The worker's side of a build: "=what open() needs" or a problem a line.
void answer_build(const std::function<std::string()>& build, const Send& send) {
  try {
    send("=" + build());
  } catch (const UserError& error) {
    for (std::string problem : error.problems()) {
      std::ranges::replace(problem, '\n', ' ');
      send("!" + problem);
    }
  }
}

}  // namespace

Runner::Runner(std::vector<Target> targets, const ModelSource& source, RunnerOptions options,
               RunnerEvents events)
    : targets_(std::move(targets)),
      source_(source),
      options_(std::move(options)),
      events_(std::move(events)),
      built_(targets_.size()),
      results_(targets_.size()) {}

Instruments Runner::instruments_of(const Target& target) const {
  if (options_.has_wave) return Instruments::Trace;
  if (!options_.has_coverage) return Instruments::None;
  return is_small(target.parameters) ? Instruments::LineAndToggleCoverage
                                     : Instruments::LineCoverage;
}

bool Runner::build() {
  WorkerJob prepare;
  std::vector<std::string> problems;
  prepare.count = 1;
  prepare.is_cancelled = events_.is_cancelled;
  prepare.folder = options_.work;
  prepare.work = [&](size_t, const Send& send) {
    answer_build([&] { return source_.prepare(), std::string{}; }, send);
  };
  prepare.on_line = [&](size_t, const std::string& line) {
    if (line.starts_with('!')) problems.push_back(line.substr(1));
  };
  if (!run_workers(prepare, {1, kBuildPatience})) return false;
  if (!problems.empty()) throw ConfigError{problems};
  std::vector<Build> builds;
  for (size_t i = 0; i < targets_.size(); ++i) builds.push_back({i, instruments_of(targets_[i])});
  return build_all(builds, built_);
}

// Contract: built.size() == builds.size(). Builds of the same top and parameters are made once.
bool Runner::build_all(const std::vector<Build>& builds, std::vector<std::string>& built) {
  std::map<std::string, std::vector<size_t>> users;  // of one model: indices into builds
  std::vector<size_t> first_users;
  for (size_t i = 0; i < builds.size(); ++i) {
    const Target& target = targets_[builds[i].target];
    auto& list = users[fmt::format("{} {} {}", target.bench->top, to_string(target.parameters),
                                   static_cast<int>(builds[i].instruments))];
    list.push_back(i);
    if (list.size() == 1) first_users.push_back(i);
  }
  std::map<size_t, std::vector<std::string>> problems;  // by model, the first first
  uint64_t done = 0;
  WorkerJob job;
  job.count = first_users.size();
  job.folder = options_.work;
  job.is_cancelled = events_.is_cancelled;
  job.is_wanted = [&](size_t) { return problems.empty(); };
  job.work = [&](size_t model, const Send& send) {
    const Build& build = builds[first_users[model]];
    answer_build([&] { return source_.build(targets_[build.target], build.instruments); }, send);
  };
  job.on_line = [&](size_t model, const std::string& line) {
    if (line.starts_with('!')) problems[model].push_back(line.substr(1));
    if (line.starts_with('=')) built[first_users[model]] = line.substr(1);
  };
  job.on_end = [&](size_t model, const WorkerEnd& end) {
    const Target& target = targets_[builds[first_users[model]].target];
    if (end.kind != WorkerEnd::Kind::Finished) {
      problems[model].push_back(fmt::format("{}: building its model: {}", name_of(target),
                                            describe(end, kBuildPatience)));
    }
    if (events_.on_build) events_.on_build(++done, first_users.size(), name_of(target));
  };
  if (!run_workers(job, {options_.jobs, kBuildPatience})) return false;
  if (!problems.empty()) throw ConfigError{problems.begin()->second};
  for (const auto& [key, list] : users) {
    for (const size_t user : list) built[user] = built[list.front()];
  }
  return true;
}

// In a worker: every seed of an item until one fails.
void Runner::run_item(const WorkItem& item, const std::string& coverage_file,
                      const std::function<void(const std::string&)>& send) const {
  const Target& target = targets_[item.target];
  const std::string& built = built_[item.target];
  CoverageCounts counts;
  for (uint64_t i = 0; i < item.seeds.count(); ++i) {
    const uint64_t seed = item.seeds.first + i;
    const auto model = source_.open(built, seed);
    if (options_.has_wave) model->trace_from(wave_path(item.target, seed), 0);
    const SeedResult result = run_seed(target, seed, target.cases, *model);
    model->close_trace();
    if (!coverage_file.empty()) {
      model->write_coverage(coverage_file);
      add_coverage(read_text_file(coverage_file), coverage_file, counts);
    }
    send(to_line(result));
    if (result.failure) break;
  }
  if (!coverage_file.empty()) write_text_file(coverage_file, coverage_text(counts));
}

bool Runner::run() {
  const std::vector<WorkItem> items = divide(targets_);
  std::vector<uint64_t> answered(items.size());
  uint64_t total = 0;
  uint64_t done = 0;
  for (const WorkItem& item : items) total += item.seeds.count();
  const auto coverage_file = [&](size_t index) {
    return options_.has_coverage ? fmt::format("{}/coverage/{}.dat", options_.work, index) : "";
  };
  if (options_.has_coverage) {
    fs::remove_all(fs::path{options_.work} / "coverage");
    fs::create_directories(fs::path{options_.work} / "coverage");
  }
  if (options_.has_wave) fs::create_directories(fs::path{options_.work} / "waves");
  WorkerJob job;
  job.count = items.size();
  job.is_cancelled = events_.is_cancelled;
  job.is_wanted = [&](size_t index) {
    const WorkItem& item = items[index];
    const auto& failure = results_[item.target].failure;
    const bool is_wanted = !failure || failure->seed > item.seeds.first;
    if (!is_wanted) done += item.seeds.count();
    return is_wanted;
  };
  job.work = [&](size_t index, const Send& send) {
    run_item(items[index], coverage_file(index), send);
  };
  job.on_line = [&](size_t index, const std::string& line) {
    results_[items[index].target].add(parse_seed_result(line));
    ++answered[index];
    if (events_.on_seed) events_.on_seed(++done, total, name_of(targets_[items[index].target]));
  };
  job.on_end = [&](size_t index, const WorkerEnd& end) {
    const WorkItem& item = items[index];
    done += item.seeds.count() - answered[index];
    if (end.kind == WorkerEnd::Kind::Finished) {
      if (options_.has_coverage) coverage_files_.push_back(coverage_file(index));
      return;
    }
    const auto kind = end.kind == WorkerEnd::Kind::Silent   ? FailureKind::Silence
                      : end.kind == WorkerEnd::Kind::Signal ? FailureKind::Crash
                                                            : FailureKind::Error;
    record(item, answered[index],
           {kind, 0, targets_[item.target].cases, {}, describe(end, options_.patience)});
  };
  return run_workers(job, {options_.jobs, options_.patience});
}

// The failure of the seed that was running when a worker ended.
void Runner::record(const WorkItem& item, uint64_t answered, Failure failure) {
  SeedResult result;
  result.seed = item.seeds.first + std::min(answered, item.seeds.count() - 1);
  failure.seed = result.seed;
  result.failure = std::move(failure);
  results_[item.target].add(result);
}

}  // namespace olivine::regress
