// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "experiments/cli/compare.h"
#include "experiments/cli/numbers.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "experiments/compare/summary.h"

namespace olivine::cli {
namespace {

using compare::Collection;
using compare::CollectionSummary;
using compare::ErrorSummary;
using compare::RegimeSummary;

std::string percent(double ratio) { return fmt::format("{:.1f} %", 100 * ratio); }
std::string signed_percent(double ratio) { return fmt::format("{:+.1f} %", 100 * ratio); }

// Of a table whose heading says that it is in %.
std::string figure(const std::optional<ErrorSummary>& errors, double ErrorSummary::*member) {
  return errors ? fmt::format("{:.1f}", 100 * (*errors).*member) : "-";
}

// A row a regime, or a collection; noise only where there is some. MAPEs of a baseline that is
// nearer than the simulation are marked.
class ErrorTable {
 public:
  ErrorTable(const std::vector<std::string>& names, bool has_noise) : has_noise_(has_noise) {
    for (const std::string& name : names) table_.column(name, Align::Left);
    table_.column("n").column("MAPE").column("median").column("p90").column("bias");
    table_.column("roofline").column("p90").column("closed form").column("p90");
    if (has_noise) table_.column("noise").column("p90");
  }

  void row(std::vector<std::string> cells, const RegimeSummary& regime) {
    const std::optional<ErrorSummary> simulated = regime.simulated;
    cells.push_back(with_separators(regime.simulated.count));
    cells.push_back(figure(simulated, &ErrorSummary::mape));
    cells.push_back(figure(simulated, &ErrorSummary::median));
    cells.push_back(figure(simulated, &ErrorSummary::p90));
    cells.push_back(fmt::format("{:+.1f}", 100 * regime.simulated.bias));
    for (const std::optional<ErrorSummary>& baseline : {regime.roofline, regime.closed_form}) {
      const bool is_nearer = baseline && baseline->mape < regime.simulated.mape;
      has_mark_ |= is_nearer;
      cells.push_back((is_nearer ? "!" : "") + figure(baseline, &ErrorSummary::mape));
      cells.push_back(figure(baseline, &ErrorSummary::p90));
    }
    if (has_noise_) {
      cells.push_back(figure(regime.noise, &ErrorSummary::mape));
      cells.push_back(figure(regime.noise, &ErrorSummary::p90));
    }
    table_.row(std::move(cells));
  }

  [[nodiscard]] std::string render(bool is_colored) const {
    return table_.render(is_colored) +
           (has_mark_ ? "!         this baseline has a lower MAPE than the simulation\n" : "");
  }

 private:
  TextTable table_;
  bool has_noise_;
  bool has_mark_ = false;
};

std::string regime_name(const RegimeSummary& regime) {
  if (!regime.regime) return "all";
  return std::string{name_of<compare::Regime>(compare::kRegimeNames, *regime.regime)};
}

std::string worst_table(const compare::Comparison& comparison, const RegimeSummary& regime,
                        bool is_colored) {
  TextTable table;
  table.column(fmt::format("worst of {}", regime_name(regime)), Align::Left)
      .column("measured")
      .column("simulated")
      .column("error");
  table.column("regime", Align::Left).column("limiter", Align::Left).column("kernel", Align::Left);
  for (const size_t i : regime.worst) {
    const compare::Point& point = comparison.points[i];
    const GemmTiming& timing = *point.timing;
    table.row(
        {shape_text(point.measured.shape), time_text(point.measured.value),
         time_text(timing.time_s), signed_percent(point.error()),
         std::string{name_of<compare::Regime>(compare::kRegimeNames, compare::regime_of(timing))},
         std::string{name_of<TimePart>(kTimePartNames, timing.limiter())}, timing.kernel});
  }
  return table.render(is_colored);
}

std::string roofline_text(const CollectionSummary& summary) {
  if (!summary.roofline) {
    return fmt::format("roofline  not fitted: {} points in the half to fit on, at least {}\n",
                       summary.fit_points, compare::kMinRooflinePoints);
  }
  const compare::Roofline& roofline = *summary.roofline;
  return fmt::format(
      "roofline  max(FLOP / {:.4g} TFLOP/s, bytes / {:.4g} TB/s) + {}, fitted on the "
      "{} points of the half to fit on\n",
      roofline.flops_per_s * 1e-12, roofline.bytes_per_s * 1e-12, time_text(roofline.launch_s),
      with_separators(summary.fit_points));
}

std::string closed_form_text(const CollectionSummary& summary) {
  if (!summary.closed_form) {
    return fmt::format("closed    not fitted: {} points in the half to fit on, at least {}\n",
                       summary.fit_points, compare::kMinClosedFormPoints);
  }
  const compare::ClosedForm& form = *summary.closed_form;
  return fmt::format(
      "closed    max(waves of the best tile and split, bytes / {:.4g} TB/s) + {}, fitted on the "
      "same points\n",
      form.bytes_per_s * 1e-12, time_text(form.launch_s));
}

std::string noise_text(const compare::Comparison& comparison, const CollectionSummary& summary) {
  if (!summary.second) return "noise     no second collection of this device, format and library\n";
  return fmt::format("noise     {} in place of the model, for the shapes both have\n",
                     comparison.collections[*summary.second].source);
}

std::string power_text(const CollectionSummary& summary) {
  if (!summary.power) return "";
  const ErrorSummary& power = *summary.power;
  return fmt::format("power     MAPE {}, median {}, p90 {}, bias {} of the {} points with watts\n",
                     percent(power.mape), percent(power.median), percent(power.p90),
                     signed_percent(power.bias), with_separators(power.count));
}

std::string split_text(const Collection& collection) {
  if (collection.is_split_as_fitted()) return "";
  return fmt::format(
      "split     by seed {}; the constants were fitted with seed {}: on shapes of "
      "both halves\n",
      collection.split_seed, *collection.kernels.fit_seed);
}

std::string detail(const CompareReport& report, const CollectionSummary& summary,
                   const std::string& number, const TableStyle& style) {
  const compare::Comparison& comparison = report.comparison;
  const Collection& collection = comparison.collections[summary.collection];
  ErrorTable table{{"regime"}, summary.all.noise.has_value()};
  for (const RegimeSummary& regime : summary.regimes) table.row({regime_name(regime)}, regime);
  table.row({"all"}, summary.all);
  std::string worst = worst_table(comparison, summary.all, style.is_colored);
  if (style.is_verbose) {
    for (const RegimeSummary& regime : summary.regimes) {
      worst += "\n" + worst_table(comparison, regime, style.is_colored);
    }
  }
  return fmt::format("\n{}\n{}; simulated: kernels of {}\n\n{}\n{}{}{}{}{}\n{}",
                     bold(fmt::format("{}  {}, {}, {}", number, collection.machine,
                                      collection.dtype, collection.library),
                          style.is_colored),
                     collection.source, collection.kernels.library, table.render(style.is_colored),
                     roofline_text(summary), closed_form_text(summary),
                     noise_text(comparison, summary), power_text(summary), split_text(collection),
                     worst);
}

// An overview of the collections that are calibrated, or not, then each of them.
std::string section(const CompareReport& report, bool is_calibrated, const TableStyle& style) {
  const auto has_noise = [](const CollectionSummary& summary) {
    return summary.all.noise.has_value();
  };
  ErrorTable overview{{"", "machine", "scheme", "library"},
                      std::ranges::any_of(report.summaries, has_noise)};
  std::string details;
  int number = 0;
  for (const CollectionSummary& summary : report.summaries) {
    ++number;
    const Collection& collection = report.comparison.collections[summary.collection];
    if (collection.kernels.is_calibrated != is_calibrated) continue;
    const std::string name = fmt::format("{}", number);
    overview.row(
        {name, collection.machine, std::string{collection.scheme.name}, collection.kernels.library},
        summary.all);
    details += detail(report, summary, name, style);
  }
  if (details.empty()) return "";
  const std::string title =
      is_calibrated ? ""
                    : "\n" +
                          bold("Not calibrated: no constant was fitted to such measurements",
                               style.is_colored) +
                          "\n\n";
  return title + overview.render(style.is_colored) + details;
}

std::string not_compared(const compare::Comparison& comparison) {
  std::string text;
  for (const compare::Dropped& dropped : comparison.dropped) {
    text += fmt::format("not compared: {} rows, the first in line {}: {}\n",
                        with_separators(dropped.rows), dropped.first_line, dropped.reason);
  }
  if (comparison.unselected_rows > 0) {
    text += fmt::format("not selected: {} rows\n", with_separators(comparison.unselected_rows));
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string compare_table(const CompareReport& report, const TableStyle& style) {
  return bold(fmt::format("{}: simulated over measured, {}; errors in %", report.file,
                          half_text(report.comparison)),
              style.is_colored) +
         "\n\n" + section(report, true, style) + section(report, false, style) +
         not_compared(report.comparison);
}

}  // namespace olivine::cli
