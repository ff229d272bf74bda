// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/regress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/interrupt.h"
#include "experiments/cli/output.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/text_table.h"
#include "experiments/regress/junit.h"
#include "experiments/regress/mutation.h"
#include "experiments/regress/regression_tree.h"
#include "experiments/regress/report.h"
#include "experiments/regress/runner.h"
#include "experiments/regress/runner_models.h"
#include "models/base/error.h"

namespace olivine::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t is_interrupted = 0;

extern "C" void on_regress_interrupt(int) { is_interrupted = 1; }

// Unlike other commands this one has workers to stop and results to show.
void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_regress_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw ConfigError{fmt::format("--work: {}: {}", path, error.message())};
}

// Feeds one bar for the builds and one for the seeds.
class ProgressEvents {
 public:
  regress::RunnerEvents events() {
    regress::RunnerEvents events;
    events.is_cancelled = [] { return is_interrupted != 0; };
    events.on_build = [this](uint64_t done, uint64_t total, const std::string& name) {
      show("models", done, total, name);
    };
    events.on_seed = [this](uint64_t done, uint64_t total, const std::string& name) {
      show("seeds", done, total, name);
    };
    return events;
  }
  void finish() { progress_.reset(); }

 private:
  void show(const char* unit, uint64_t done, uint64_t total, const std::string& name) {
    if (progress_ == nullptr || unit_ != unit) {
      progress_ = std::make_unique<Progress>(unit, total);
      unit_ = unit;
    }
    progress_->set_label(name);
    progress_->update(done);
  }

  std::unique_ptr<Progress> progress_;
  std::string unit_;
};

// What a regression found, ready to be printed.
struct RegressReport {
  const RegressRequest& request;
  const regress::Runner& runner;
  double elapsed_s = 0.0;
  CoverageResult coverage;
};

std::string json_text(const RegressReport& report) {
  const auto& [request, runner, elapsed_s, coverage] = report;
  nlohmann::ordered_json json = {{"schema", "olivine.regress/1"},
                                 {"rtl", request.rtl},
                                 {"is_interrupted", is_interrupted != 0},
                                 {"provenance", provenance()},
                                 {"time_s", elapsed_s}};
  json["results"] =
      regress::results_json(runner.targets(), runner.results(), request.extra_options);
  if (!coverage.json.is_null()) json["coverage"] = coverage.json;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string report_text(const RegressReport& report, bool is_colored) {
  const auto& [request, runner, elapsed_s, coverage] = report;
  if (request.is_json) return json_text(report);
  std::string text = regress_table(runner.targets(), runner.results(), elapsed_s, is_colored);
  for (size_t i = 0; i < runner.targets().size(); ++i) {
    const regress::TargetResult& result = runner.results()[i];
    if (!result.failure) continue;
    text += "\n" + regress::failure_text(runner.targets()[i], result, request.extra_options);
  }
  return coverage.text.empty() ? text : text + "\n" + coverage.text;
}

// Contract: the regression ran to its end.
int finish(const RegressReport& report, Output& output, bool is_colored) {
  output.commit(report_text(report, is_colored));
  const RegressRequest& request = report.request;
  const auto& targets = report.runner.targets();
  const auto& results = report.runner.results();
  if (!request.junit.empty()) {
    regress::write_text_file(request.junit,
                             regress::junit_xml(targets, results, request.extra_options));
  }
  for (const std::string& problem : report.coverage.problems) {
    fmt::print(stderr, "error: {}\n", problem);
  }
  const int status = regress::exit_status(results);
  return status == 0 && !report.coverage.problems.empty() ? 1 : status;
}

int run_regression(const RegressRequest& request) {
  Output output{request.output};
  make_folder(request.work);
  catch_interrupts();
  const auto start = Clock::now();
  ProgressEvents progress;
  const regress::VerilatedSource source{request.rtl, request.work};
  const regress::RunnerOptions options{request.work, request.jobs, request.patience,
                                       request.has_coverage, request.has_wave};
  regress::Runner runner{request.targets, source, options, progress.events()};
  const bool is_complete = runner.build() && runner.run() && runner.explain();
  progress.finish();
  RegressReport report{
      request, runner, std::chrono::duration<double>(Clock::now() - start).count(), {}};
  const bool is_colored = !output.is_file() && is_stdout_colored();
  if (!is_complete) {
    if (!output.is_file()) output.commit(report_text(report, is_colored));
    fmt::print(stderr, "interrupted: the figures are those until then\n");
    return kInterruptedStatus;
  }
  if (request.has_coverage) {
    report.coverage = summarize_coverage(request, runner.coverage_files(), is_colored);
  }
  return finish(report, output, is_colored);
}

// The blocks the user chose, or all.
std::vector<regress::BlockBench> chosen_benches(const RegressRequest& request) {
  std::vector<regress::BlockBench> benches;
  for (const regress::BlockBench& bench : regress::all_benches()) {
    const auto& names = request.selection.blocks;
    const bool is_chosen = names.empty() || std::ranges::count(names, bench.block) > 0;
    if (is_chosen) benches.push_back(bench);
  }
  return benches;
}

int run_mutation_check(const RegressRequest& request) {
  Output output{request.output};
  make_folder(request.work);
  catch_interrupts();
  Progress progress{"mutants", static_cast<uint64_t>(*request.mutants)};
  regress::MutationOptions options;
  options.rtl = request.rtl;
  options.work = request.work;
  options.jobs = request.jobs;
  options.patience = std::min(options.patience, request.patience);
  options.count = *request.mutants;
  options.seed = request.mutant_seed;
  options.is_cancelled = [] { return is_interrupted != 0; };
  options.on_mutant = [&](uint64_t done, uint64_t, const std::string& name) {
    progress.set_label(name);
    progress.update(done);
  };
  const std::vector<regress::BlockBench> benches = chosen_benches(request);
  const regress::MutationResult result = regress::run_mutants(benches, options);
  progress.finish();
  const bool is_colored = !output.is_file() && is_stdout_colored();
  if (result.is_complete || !output.is_file()) {
    output.commit(mutation_text(result, is_colored, request.is_verbose));
  }
  for (const std::string& problem : result.problems) fmt::print(stderr, "error: {}\n", problem);
  if (!result.is_complete) {
    fmt::print(stderr, "interrupted: the figures are those until then\n");
    return kInterruptedStatus;
  }
  const bool is_good =
      result.problems.empty() && result.count(regress::MutantOutcome::Survived) == 0;
  return is_good ? 0 : 1;
}

}  // namespace

// olivine regress: choose, build, run, report.
int run_regress(const Arguments& arguments) {
  if (arguments.has("list")) {
    fmt::print("{}", block_listing());
    return 0;
  }
  const RegressRequest request = read_regress_request(arguments);
  return request.mutants ? run_mutation_check(request) : run_regression(request);
}

}  // namespace olivine::cli
