// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <set>

#include "experiments/calibrate/fit.h"
#include "experiments/cli/arguments.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/option_reader.h"
#include "experiments/cli/output.h"
#include "experiments/compare/gzip_text.h"
#include "experiments/compare/measured_file.h"
#include "experiments/compare/measured_names.h"
#include "experiments/compare/split.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/gpu.h"

namespace olivine::cli {
namespace {

constexpr int64_t kMaxStarts = 100;

struct CalibrateRequest {
  std::string measured;
  GpuMachine machine;
  std::string library;
  uint64_t seed = compare::kDefaultSplitSeed;
  int starts = calibrate::FitOptions{}.starts;
  std::optional<std::string> output;
};

CalibrateRequest read_request(const Arguments& arguments) {
  Problems problems;
  OptionReader options{arguments, problems};
  for (const char* option : {"measured", "machine", "library"}) {
    if (!arguments.has(option)) problems.add(fmt::format("missing: --{}", option));
  }
  CalibrateRequest request;
  request.seed = static_cast<uint64_t>(
      options.integer("seed", 0, INT64_MAX).value_or(static_cast<int64_t>(request.seed)));
  request.starts =
      static_cast<int>(options.integer("starts", 1, kMaxStarts).value_or(request.starts));
  problems.throw_if_any();
  request.measured = *arguments.get("measured");
  request.library = *arguments.get("library");
  request.output = arguments.get("output");
  request.machine = load_gpu(*arguments.get("machine"));
  return request;
}

// FNV-1a, 64 bits.
std::string checksum_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

// The half to fit on of what was measured of the library on the machine.
std::vector<calibrate::FitPoint> fit_points(const CalibrateRequest& request,
                                            const compare::MeasuredFile& file) {
  std::vector<calibrate::FitPoint> points;
  std::set<std::string> libraries;
  for (const compare::Measurement& row : file.rows) {
    if (row.quantity != compare::Quantity::Time) continue;
    if (compare::machine_of(row.device).value_or(row.device) != request.machine.name) continue;
    const std::string library = compare::library_of(row.library);
    if (!library.empty()) libraries.insert(library);
    const Scheme* scheme = compare::scheme_of(row.dtype, row.weight_pattern);
    if (library != request.library || scheme == nullptr) continue;
    if (!compare::in_fit_half(row.shape, request.seed)) continue;
    points.push_back({{row.shape, *scheme}, row.source, row.value});
  }
  if (points.empty()) {
    const std::vector<std::string> names(libraries.begin(), libraries.end());
    throw ConfigError{
        fmt::format("{}: nothing to fit {} on {} to{} (of that machine: {})", file.name,
                    request.library, request.machine.name, suggestion(request.library, names),
                    names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")))};
  }
  return points;
}

}  // namespace

// olivine calibrate: read, fit, write the constants.
int run_calibrate(const Arguments& arguments) {
  const CalibrateRequest request = read_request(arguments);
  const std::string text = compare::read_text_or_gzip(request.measured);
  const compare::MeasuredFile file = compare::parse_measurements(text, request.measured);
  const std::vector<calibrate::FitPoint> points = fit_points(request, file);
  Output output{request.output};

  LibraryCalibration start;
  start.machine = request.machine.name;
  start.library = request.library;
  for (const calibrate::FitPoint& point : points) start.harnesses.try_emplace(point.source);
  const std::vector<std::string> free = calibrate::free_constants(request.machine, start, points);
  fmt::print(stderr, "fitting {} constants to {} points, split seed {}\n", free.size(),
             points.size(), request.seed);
  calibrate::FitOptions options;
  options.starts = request.starts;
  LibraryCalibration calibration = calibrate::fit_library(
      request.machine, start, points, free, options, [](int first, int iteration, double mape) {
        fmt::print(stderr, "start {} iteration {}: MAPE {:.2f} % on the fitted half\n", first + 1,
                   iteration, mape);
      });
  calibration.fit = {checksum_of(text), static_cast<int64_t>(request.seed),
                     static_cast<int64_t>(points.size()),
                     calibrate::mape_pct(request.machine, calibration, points)};
  output.commit(calibration_yaml(calibration));
  return 0;
}

}  // namespace olivine::cli
