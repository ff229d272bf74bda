// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <map>

#include "experiments/cli/compare.h"
#include "experiments/cli/report.h"
#include "experiments/compare/summary.h"

namespace olivine::cli {
namespace {

using compare::Collection;
using compare::CollectionSummary;
using compare::Point;

constexpr std::string_view kHeader =
    "line,device,source,measured_library,dtype,machine,scheme,library,calibrated,m,n,k,half,"
    "measured_s,simulated_s,error,roofline_s,closed_form_s,regime,limiter,kernel,clock_hz,measured_"
    "power_w,"
    "simulated_power_w\n";

// Contract: the point is simulated.
std::string figures_of(const Point& point, const CollectionSummary& summary) {
  const GemmTiming& timing = *point.timing;
  std::string text = fmt::format(
      ",{},{},{},{},{},{},", point.is_fit_half ? "fit" : "held-out", point.measured.value,
      timing.time_s, point.error(),
      summary.roofline ? fmt::format("{}", summary.roofline->time_s(compare::roofline_point(point)))
                       : "",
      summary.closed_form
          ? fmt::format("{}", summary.closed_form->time_s(compare::closed_form_point(point)))
          : "");
  return text +
         fmt::format("{},{},{},{}",
                     name_of<compare::Regime>(compare::kRegimeNames, compare::regime_of(timing)),
                     name_of<TimePart>(kTimePartNames, timing.limiter()), csv_field(timing.kernel),
                     timing.clock_hz);
}

}  // namespace

std::map<size_t, double> measured_powers(const Collection& collection) {
  std::map<size_t, double> powers;
  for (const compare::PowerPoint& power : collection.powers) {
    powers.emplace(power.time_point, power.measured.value);
  }
  return powers;
}

std::string compare_csv(const CompareReport& report) {
  std::string text{kHeader};
  for (const CollectionSummary& summary : report.summaries) {
    const Collection& collection = report.comparison.collections[summary.collection];
    const std::map<size_t, double> powers = measured_powers(collection);
    const std::string names = fmt::format(
        "{},{},{},{},{},{},{},{}", csv_field(collection.device), csv_field(collection.source),
        csv_field(collection.library), csv_field(collection.dtype), csv_field(collection.machine),
        collection.scheme.name, csv_field(collection.kernels.library),
        collection.kernels.is_calibrated);
    for (const size_t i : collection.points) {
      const Point& point = report.comparison.points[i];
      if (!point.timing) continue;
      const GemmShape& shape = point.measured.shape;
      const auto power = powers.find(i);
      text += fmt::format("{},{},{},{},{}{},{},{}\n", point.measured.line, names, shape.m, shape.n,
                          shape.k, figures_of(point, summary),
                          power == powers.end() ? "" : fmt::format("{}", power->second),
                          point.timing->power_w);
    }
  }
  return text;
}

}  // namespace olivine::cli
