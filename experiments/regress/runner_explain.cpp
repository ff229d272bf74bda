// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// What the runner does with failures: fewer cases, waveforms.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "experiments/regress/regression_tree.h"
#include "experiments/regress/runner.h"
#include "experiments/regress/runner_seed.h"
#include "experiments/regress/wave.h"
#include "experiments/regress/worker.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostExplained = 8;  // waveforms of one regression
// A hang is cut by the patience, so a doubling search ends; cases beyond this fail as they are.
constexpr int64_t kMostTriedCases = 1 << 20;

std::string file_stem(const Target& target, uint64_t seed) {
  std::string name{target.bench->block};
  for (const auto& [parameter, value] : target.parameters) {
    name += fmt::format("_{}{}", parameter, value);
  }
  return fmt::format("{}_seed{}", name, seed);
}

// A few cycles with the last inputs, so that the divergence is not at the edge of the window.
void run_on(RtlModel& model) {
  for (int64_t i = 0; i < kCyclesAfter; ++i) {
    model.settle();
    model.edge();
  }
}

}  // namespace

std::string Runner::wave_path(size_t target, uint64_t seed) const {
  return fmt::format("{}/waves/{}.fst", options_.work, file_stem(targets_[target], seed));
}

// Tries 1, 2, 4 ... cases until one fails.
bool Runner::minimise(size_t target) {
  Failure& failure = *results_[target].failure;
  std::optional<Failure> smaller;
  for (int64_t cases = 1; cases < std::min(failure.cases, kMostTriedCases) && !smaller;
       cases *= 2) {
    WorkerJob job;
    job.count = 1;
    job.is_cancelled = events_.is_cancelled;
    job.work = [&](size_t, const Send& send) {
      const auto model = source_.open(built_[target], failure.seed);
      send(to_line(run_seed(targets_[target], failure.seed, cases, *model)));
    };
    job.on_line = [&](size_t, const std::string& line) {
      smaller = parse_seed_result(line).failure;
    };
    if (!run_workers(job, {1, options_.patience})) return false;
  }
  if (smaller) failure = *smaller;
  return true;
}

// In a worker: the failing seed again, traced. Sends the divergence it finds.
void Runner::trace(size_t target, const std::string& built) {
  const Failure& failure = *results_[target].failure;
  const Divergence& divergence = *failure.divergence;
  const std::string path = wave_path(target, failure.seed);
  const std::string temporary = path + ".tmp";
  const int64_t first =
      options_.has_wave ? 0 : std::max<int64_t>(0, divergence.cycle - kCyclesBefore);
  const auto model = source_.open(built, failure.seed);
  model->trace_from(temporary, first);
  const SeedResult again = run_seed(targets_[target], failure.seed, failure.cases, *model);
  run_on(*model);
  model->close_trace();
  const bool is_same = again.failure && again.failure->divergence &&
                       again.failure->divergence->cycle == divergence.cycle;
  if (!is_same) throw ConfigError{"the traced model does not diverge there"};
  const std::string save_file = fs::path{path}.replace_extension(".gtkw").string();
  const auto signals = wave_signals(*targets_[target].bench, divergence, *model);
  write_text_file(save_file,
                  save_file_text(fs::absolute(path).string(), signals, first, divergence));
  fs::rename(temporary, path);
}

bool Runner::explain() {
  std::vector<Build> builds;
  for (size_t i = 0; i < targets_.size(); ++i) {
    auto& result = results_[i];
    if (!result.failure) continue;
    if (!minimise(i)) return false;
    if (!result.failure->divergence) {
      result.evidence.remark = "none: no cycle is known";
    } else if (builds.size() == kMostExplained) {
      result.evidence.remark =
          fmt::format("none: only of the first {} failures; replay it", kMostExplained);
    } else {
      builds.push_back({i, Instruments::Trace});
    }
  }
  if (builds.empty()) return true;
  std::vector<std::string> built(builds.size());
  try {
    if (!build_all(builds, built)) return false;
  } catch (const ConfigError& error) {
    for (const Build& build : builds) {
      results_[build.target].evidence.remark = fmt::format("none: {}", error.what());
    }
    return true;
  }
  fs::create_directories(fs::path{options_.work} / "waves");
  WorkerJob job;
  job.count = builds.size();
  job.is_cancelled = events_.is_cancelled;
  job.work = [&](size_t index, const Send&) { trace(builds[index].target, built[index]); };
  job.on_end = [&](size_t index, const WorkerEnd& end) {
    TargetResult& result = results_[builds[index].target];
    const std::string path = wave_path(builds[index].target, result.failure->seed);
    if (end.kind == WorkerEnd::Kind::Finished) {
      result.evidence.waveform = path;
      result.evidence.save_file = fs::path{path}.replace_extension(".gtkw").string();
      return;
    }
    result.evidence.remark = "none: " + describe(end, options_.patience);
  };
  const bool is_complete = run_workers(job, {options_.jobs, options_.patience});
  for (const Build& build : builds) {
    const std::string path = wave_path(build.target, results_[build.target].failure->seed);
    std::error_code ignored;
    for (const char* ending : {".tmp", ".tmp.hier"}) fs::remove(path + ending, ignored);
  }
  return is_complete;
}

}  // namespace olivine::regress
