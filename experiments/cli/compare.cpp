// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <thread>

#include "experiments/cli/arguments.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/compare_microbenchmark.h"
#include "experiments/cli/compare_timer.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/output.h"
#include "experiments/cli/progress.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "experiments/compare/gzip_text.h"
#include "experiments/compare/scatter_svg.h"
#include "experiments/compare/summary.h"
#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/microbenchmark.h"

namespace olivine::cli {
namespace {

constexpr int64_t kMaxJobs = 1024;

compare::Half read_half(const Arguments& arguments, Problems& problems) {
  const std::string text = arguments.get("half").value_or("held-out");
  const auto half = value_of<compare::Half>(compare::kHalfNames, text);
  if (half) return *half;
  problems.add(fmt::format("--half = {}: must be {}", text,
                           joined_names<compare::Half>(compare::kHalfNames)));
  return compare::Half::HeldOut;
}

// The machines that stand in the result, as their files would say.
nlohmann::ordered_json machines_json(const compare::Comparison& comparison,
                                     const ModelTimer& timer) {
  std::set<std::string> names;
  for (const compare::Collection& collection : comparison.collections) {
    names.insert(collection.machine);
  }
  nlohmann::ordered_json machines = nlohmann::ordered_json::object();
  for (const std::string& name : names) machines[name] = gpu_table().to_json(timer.machine(name));
  return machines;
}

// Nothing was simulated: every selected row was dropped, or the chosen half is empty.
ConfigError nothing_compared(const CompareReport& report) {
  std::vector<std::string> problems;
  for (const compare::Dropped& dropped : report.comparison.dropped) {
    problems.push_back(fmt::format("{}:{}: {} ({} rows)", report.file, dropped.first_line,
                                   dropped.reason, dropped.rows));
  }
  if (problems.empty()) {
    problems.push_back(
        fmt::format("{}: no shape is in the {}", report.file, half_text(report.comparison)));
  }
  return ConfigError{problems};
}

constexpr int kIndent = 2;
constexpr int kOneLine = -1;  // columns of ten thousand numbers are not for reading

// File names may be no UTF-8, which JSON is.
std::string json_text(const nlohmann::ordered_json& json, int indent = kIndent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string report_text(const CompareRequest& request, const CompareReport& report,
                        bool is_colored) {
  if (request.is_json) {
    return json_text(compare_json(report, request.has_points),
                     request.has_points ? kOneLine : kIndent);
  }
  if (request.is_csv) return compare_csv(report);
  return compare_table(report, {is_colored, request.is_verbose});
}

CompareReport compare_file(const CompareRequest& request, const compare::MeasuredFile& file,
                           const GpuMachine* chosen) {
  ModelTimer timer{chosen};
  CompareReport report;
  report.file = file.name;
  report.comparison = compare::join(file, request.selection, timer);
  Progress progress{"GEMMs", report.comparison.points.size()};
  compare::simulate(report.comparison, timer, request.jobs,
                    [&](size_t done, size_t) { progress.update(done); });
  progress.finish();
  report.summaries = compare::summarize(report.comparison, request.jobs);
  report.machines = machines_json(report.comparison, timer);
  if (report.summaries.empty()) throw nothing_compared(report);
  return report;
}

int run_gemms(CompareRequest& request, const std::string& text) {
  std::optional<GpuMachine> chosen;
  if (request.machine) {
    chosen = load_gpu(*request.machine);
    request.selection.machine = chosen->name;
  }
  const compare::MeasuredFile file = compare::parse_measurements(text, request.measured);
  Output output{request.output};
  std::optional<Output> picture;
  if (request.svg) picture.emplace(request.svg, "--svg", Unfinished::Picture);
  const CompareReport report = compare_file(request, file, chosen ? &*chosen : nullptr);
  output.commit(report_text(request, report, !output.is_file() && is_stdout_colored()));
  if (picture) {
    picture->commit(
        compare::scatter_svg(report.comparison, report.summaries,
                             fmt::format("{}: {}", report.file, half_text(report.comparison))));
  }
  return 0;
}

int run_microbenchmarks(const CompareRequest& request, const std::string& text) {
  Output output{request.output};
  const std::vector<MicrobenchmarkResult> results = compare_microbenchmark_text(text, request);
  const std::string file = std::filesystem::path{request.measured}.filename().string();
  if (request.is_json) {
    output.commit(json_text(microbenchmark_json(results, file)));
  } else if (request.is_csv) {
    output.commit(microbenchmark_csv(results));
  } else {
    const bool is_colored = !output.is_file() && is_stdout_colored();
    output.commit(microbenchmark_table(results, file, is_colored));
  }
  return 0;
}

}  // namespace

CompareRequest read_compare_request(const Arguments& arguments) {
  Problems problems;
  OptionReader options{arguments, problems};
  CompareRequest request;
  request.measured = arguments.get("measured").value_or("");
  if (!arguments.has("measured")) problems.add("missing: --measured");
  request.machine = arguments.get("machine");
  request.selection.library = arguments.get("library");
  request.selection.dtype = arguments.get("dtype");
  request.selection.half = read_half(arguments, problems);
  if (const auto seed = options.integer("seed", 0, std::numeric_limits<int64_t>::max())) {
    request.selection.split_seed = static_cast<uint64_t>(*seed);
  }
  const auto cores = static_cast<int64_t>(std::max(1u, std::thread::hardware_concurrency()));
  request.jobs = static_cast<unsigned>(options.integer("jobs", 1, kMaxJobs).value_or(cores));
  request.is_json = arguments.has("json");
  request.is_csv = arguments.has("csv");
  request.has_points = arguments.has("points");
  request.is_verbose = arguments.has("verbose");
  if (request.is_json && request.is_csv) problems.add("--json and --csv exclude each other");
  if (request.has_points && !request.is_json) problems.add("--points: needs --json");
  request.output = arguments.get("output");
  request.svg = arguments.get("svg");
  problems.throw_if_any();
  return request;
}

std::string half_text(const compare::Comparison& comparison) {
  std::set<uint64_t> seeds;
  for (const compare::Collection& collection : comparison.collections) {
    seeds.insert(collection.split_seed);
  }
  const std::string split = fmt::format("split seed {}", fmt::join(seeds, " and "));
  switch (comparison.half) {
    case compare::Half::HeldOut:
      return "held-out half of the shapes, " + split;
    case compare::Half::Fit:
      return "half of the shapes that constants are fitted on, " + split;
    case compare::Half::All:
      break;
  }
  return "all shapes, those that constants are fitted on too";
}

// olivine compare: read, join, simulate, report.
int run_compare(const Arguments& arguments) {
  CompareRequest request = read_compare_request(arguments);
  const std::string text = compare::read_text_or_gzip(request.measured);
  return compare::has_microbenchmarks(text) ? run_microbenchmarks(request, text)
                                            : run_gemms(request, text);
}

}  // namespace olivine::cli
