// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

#include "experiments/cli/arguments.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/regress.h"
#include "experiments/regress/report.h"
#include "experiments/regress/runner.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "sim/cosim/model_builder.h"

namespace olivine::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxJobs = 1024;
constexpr int64_t kDefaultTimeoutS = 120;
constexpr int64_t kMaxTimeoutS = 86'400;
constexpr int64_t kMaxCases = 1'000'000'000;
constexpr int64_t kMaxMutants = 100'000;

class RequestReader {
 public:
  explicit RequestReader(const Arguments& arguments) : arguments_(arguments) {}

  RegressRequest read() {
    read_selection();
    request_.rtl = arguments_.get("rtl").value_or(default_rtl_folder());
    request_.work = arguments_.get("work").value_or(kDefaultModelFolder);
    if (const auto rtl = arguments_.get("rtl")) {
      request_.extra_options = "--rtl " + regress::shell_word(*rtl);
    }
    const auto cores = static_cast<int64_t>(std::max(1u, std::thread::hardware_concurrency()));
    request_.jobs = static_cast<int>(integer("jobs", 1, kMaxJobs).value_or(cores));
    const int64_t timeout_s = integer("timeout", 1, kMaxTimeoutS).value_or(kDefaultTimeoutS);
    request_.patience = std::chrono::seconds{timeout_s};
    request_.has_coverage = arguments_.has("coverage");
    request_.has_wave = arguments_.has("wave");
    request_.is_verbose = arguments_.has("verbose");
    request_.is_json = arguments_.has("json");
    request_.output = arguments_.get("output");
    request_.mutants = integer("mutants", 1, kMaxMutants);
    const auto mutant_seed = integer("mutant-seed", 0, std::numeric_limits<int64_t>::max());
    request_.mutant_seed = static_cast<uint64_t>(mutant_seed.value_or(1));
    read_junit();
    choose();
    check_combinations();
    problems_.throw_if_any();
    return std::move(request_);
  }

 private:
  std::optional<int64_t> integer(const std::string& option, int64_t low, int64_t high) {
    return OptionReader{arguments_, problems_}.integer(option, low, high);
  }

  void read_selection() {
    regress::Selection& selection = request_.selection;
    if (const auto blocks = arguments_.get("block")) selection.blocks = split(*blocks, ',');
    selection.settings = arguments_.all("set");
    selection.is_long = arguments_.has("long");
    selection.cases = integer("cases", 1, kMaxCases);
    const auto seeds = arguments_.get("seeds");
    if (!seeds) return;
    selection.seeds = regress::parse_seeds(*seeds);
    if (!selection.seeds) {
      problems_.add(fmt::format("--seeds = {}: must be A..B or N, at most {} seeds", *seeds,
                                regress::kMaxSeeds));
    }
  }

  // Looked at now, so that a place that cannot be written costs no regression.
  void read_junit() {
    request_.junit = arguments_.get("junit").value_or("");
    if (!arguments_.has("junit")) return;
    const fs::path folder = fs::absolute(request_.junit).parent_path();
    std::error_code error;
    const bool is_folder = request_.junit.empty() || fs::is_directory(request_.junit, error);
    if (is_folder || access(folder.c_str(), W_OK) != 0) {
      problems_.add(fmt::format("--junit = {}: cannot be written", request_.junit));
    }
  }

  void choose() {
    try {
      request_.targets = regress::choose_targets(regress::all_benches(), request_.selection);
    } catch (const UserError& error) {
      for (const std::string& problem : error.problems()) problems_.add(problem);
    }
  }

  void check_combinations() {
    uint64_t seeds = 0;
    for (const regress::Target& target : request_.targets) seeds += target.seeds.count();
    if (request_.has_wave && seeds > regress::kMaxWaves) {
      problems_.add(
          fmt::format("--wave: writes a waveform a seed: {} seeds, at most {}; choose "
                      "with --block, --set and --seeds",
                      seeds, regress::kMaxWaves));
    }
    if (request_.has_wave && request_.has_coverage) {
      problems_.add("--wave and --coverage exclude each other");
    }
    if (!arguments_.has("mutants")) return;
    for (const char* option :
         {"set", "seeds", "cases", "long", "coverage", "wave", "junit", "json"}) {
      if (arguments_.has(option)) {
        problems_.add(fmt::format("--mutants and --{} exclude each other", option));
      }
    }
  }

  const Arguments& arguments_;
  RegressRequest request_;
  Problems problems_;
};

}  // namespace

RegressRequest read_regress_request(const Arguments& arguments) {
  return RequestReader{arguments}.read();
}

}  // namespace olivine::cli
