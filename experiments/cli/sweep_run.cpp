// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/interrupt.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/sweep.h"
#include "experiments/cli/sweep_report.h"
#include "experiments/cli/text_table.h"
#include "experiments/sweep/evaluate.h"
#include "experiments/sweep/fronts.h"
#include "experiments/sweep/runner.h"
#include "experiments/sweep/slurm.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

using sweep::RunProgress;
using Clock = std::chrono::steady_clock;

constexpr int64_t kMaxThreads = 1024;
constexpr auto kMaxShards = static_cast<int64_t>(sweep::kMaxShards);
constexpr size_t kShownRows = 20;  // of the front at the end

volatile std::sig_atomic_t is_interrupted = 0;

extern "C" void on_sweep_interrupt(int) { is_interrupted = 1; }

// Unlike other commands this one has points in flight to store. A second signal ends it at once;
// what was committed stays then too.
void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_sweep_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

struct RunRequest {
  std::string spec;
  std::optional<std::string> database;
  sweep::RunOptions options;
  bool is_dry_run = false;
  bool is_retrying = false;
};

// "3/16": part 3 of 16, the first is 0.
void read_shard(const std::string& text, sweep::RunOptions& options, Problems& problems) {
  const std::vector<std::string> parts = split(text, '/');
  const auto shard = parts.size() == 2 ? parse_int(parts[0]) : std::nullopt;
  const auto shards = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
  const bool is_legal =
      shard && shards && *shards >= 1 && *shards <= kMaxShards && *shard >= 0 && *shard < *shards;
  if (!is_legal) {
    problems.add(
        fmt::format("--shard = {}: must be I/N with N 1..{} and I 0..N-1", text, kMaxShards));
    return;
  }
  options.shard = static_cast<uint64_t>(*shard);
  options.shards = static_cast<uint64_t>(*shards);
}

RunRequest read_request(const Arguments& arguments) {
  Problems problems;
  RunRequest request;
  request.spec = arguments.positional()[1];
  request.database = arguments.get("db");
  if (request.database && request.database->empty()) {
    problems.add("--db: must be the path of a file");
  }
  request.options.threads = static_cast<int>(
      OptionReader{arguments, problems}.integer("threads", 1, kMaxThreads).value_or(0));
  if (const auto shard = arguments.get("shard")) read_shard(*shard, request.options, problems);
  request.is_dry_run = arguments.has("dry-run");
  request.is_retrying = arguments.has("retry-failed");
  if (request.is_dry_run && request.is_retrying) {
    problems.add("--dry-run and --retry-failed exclude each other");
  }
  problems.throw_if_any();
  return request;
}

int print_dry_run(const sweep::DesignSpace& space, const sweep::RunOptions& options) {
  const sweep::DryRun dry = sweep::dry_run(space, options);
  const sweep::SweepHeader& header = space.header();
  std::string text =
      fmt::format("sweep {}: {}\n", header.name, count_text(dry.size, "combination"));
  for (size_t i = 0; i < dry.excluded_by.size(); ++i) {
    text += fmt::format("  {:>14}  excluded by \"{}\"\n", with_separators(dry.excluded_by[i]),
                        header.constraints[i]);
  }
  text += fmt::format("  {:>14}  to evaluate\n", with_separators(dry.points));
  if (!dry.is_exact) text += "counts are estimated from a sample of the space\n";
  const double rate = dry.seconds > 0 ? static_cast<double>(dry.points) / dry.seconds : 0;
  text +=
      fmt::format("about {}, {} points/s: {} timed\n", time_text(dry.seconds),
                  with_separators(static_cast<uint64_t>(rate)), count_text(dry.samples, "point"));
  fmt::print("{}", text);
  return 0;
}

// "best time_s 0.0012, energy_pj 4.1e+09; front 12".
std::string progress_label(const sweep::SweepHeader& header, const RunProgress& progress) {
  std::string text;
  for (size_t i = 0; i < progress.best.size(); ++i) {
    if (!progress.best[i]) continue;
    text += fmt::format("{}{} {}", text.empty() ? "best " : ", ", header.objectives[i].name,
                        figure_text(*progress.best[i]));
  }
  return text + fmt::format("{}front {}", text.empty() ? "" : "; ", progress.front);
}

std::string summary_text(const RunProgress& progress, double elapsed_s) {
  const double rate = static_cast<double>(progress.computed) / elapsed_s;
  return fmt::format(
      "{} in {}: {} new ({}/s), {} stored before, {} failed, {} excluded; front {}\n",
      count_text(progress.points, "point"), time_text(elapsed_s),
      with_separators(progress.computed), with_separators(static_cast<uint64_t>(rate)),
      with_separators(progress.repeated), with_separators(progress.failed),
      with_separators(progress.excluded), with_separators(progress.front));
}

uint64_t stored_points(const sweep::Database& database, std::string_view model) {
  for (const sweep::ModelCount& count : database.models()) {
    if (count.version == model) return count.ok + count.failed;
  }
  return 0;
}

sweep::RunResult run_with_progress(const sweep::DesignSpace& space, sweep::Database& database,
                                   sweep::RunOptions options) {
  const sweep::SweepHeader& header = space.header();
  std::optional<Progress> progress;
  options.is_cancelled = [] { return is_interrupted != 0; };
  options.on_progress = [&](const RunProgress& now) {
    if (!progress) progress.emplace("points", now.budget);
    progress->set_label(progress_label(header, now));
    progress->update(now.asked);
  };
  return run_sweep(space, database, options);
}

// A database in the current folder, called as the sweep is.
std::string default_database(const std::string& name) {
  if (name.find('/') == std::string::npos) return name + ".db";
  throw ConfigError{fmt::format("name = {}: is no name of a file; --db says where to store", name)};
}

}  // namespace

// olivine sweep run: load, check, open, run, report.
int sweep_run(const Arguments& arguments) {
  const RunRequest request = read_request(arguments);
  const sweep::DesignSpace space{sweep::load_spec(request.spec)};
  if (request.is_dry_run) return print_dry_run(space, request.options);
  const std::string path =
      request.database ? *request.database : default_database(space.header().name);
  sweep::check_has_points(space, request.options);
  const std::string model{sweep::model_version()};
  catch_interrupts();
  sweep::Database database = sweep::Database::open_for_run(path, space.header());
  if (request.is_retrying) {
    fmt::print(stderr, "{} failed before: tried again\n",
               count_text(database.remove_failed(model), "point"));
  }
  const auto start = Clock::now();
  const sweep::RunResult result = run_with_progress(space, database, request.options);
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
  fmt::print(stderr, "{}", summary_text(result.progress, elapsed_s));
  if (!result.is_complete) {
    fmt::print(stderr, "interrupted: {} stored; the same command goes on\n",
               count_text(stored_points(database, model), "point"));
    return kInterruptedStatus;
  }
  fmt::print("{}", front_table(space.header(), sweep::find_fronts(database, model), kShownRows,
                               is_stdout_colored()));
  return 0;
}

}  // namespace olivine::cli
