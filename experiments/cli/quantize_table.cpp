// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/quantize_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "experiments/cli/numbers.h"
#include "experiments/cli/text_table.h"

namespace olivine::cli {
namespace {

using quality::LayerReport;
using quality::QuantizeReport;
using quality::SchemeReport;

constexpr std::string_view kNothing = "-";

std::string sqnr_text(const TensorQuality& quality) {
  const auto sqnr = quality.sqnr_db();
  return sqnr ? fmt::format("{:.2f}", *sqnr) : "exact";
}

// Of pairs: OliVe's Table 2 counts two elements each.
std::string pair_percent(uint64_t pairs, uint64_t elements) {
  return elements == 0 ? "0"
                       : fmt::format("{:.3f}", 200.0 * static_cast<double>(pairs) /
                                                   static_cast<double>(elements));
}

std::string element_percent(uint64_t count, uint64_t elements) {
  return elements == 0 ? "0"
                       : fmt::format("{:.3f}", 100.0 * static_cast<double>(count) /
                                                   static_cast<double>(elements));
}

std::vector<std::string> quality_names(const QuantizeReport& report) {
  std::vector<std::string> names;
  for (const SchemeReport& scheme : report.schemes) {
    for (const auto& [name, value] : scheme.quality) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> error_cells(const TensorQuality& quality) {
  return {fmt::format("{:.3g}", quality.mse()),
          sqnr_text(quality),
          fmt::format("{:.6f}", quality.cosine()),
          element_percent(quality.outliers, quality.elements),
          element_percent(quality.victims, quality.elements),
          pair_percent(quality.outlier_pairs, quality.elements)};
}

void add_error_columns(TextTable& table) {
  for (const char* heading : {"MSE", "SQNR dB", "cosine", "outlier %", "victim %", "o-o pair %"}) {
    table.column(heading);
  }
}

std::string summary(const QuantizeReport& report, bool is_colored) {
  const std::vector<std::string> measures = quality_names(report);
  const bool has_costs = !report.machine.empty();
  TextTable table;
  table.column("scheme", Align::Left).column("weights");
  add_error_columns(table);
  for (const std::string& measure : measures) table.column(measure);
  if (has_costs) table.column("time").column("energy");
  for (const SchemeReport& scheme : report.schemes) {
    std::vector<std::string> cells = {scheme.scheme, byte_text(scheme.byte_count())};
    for (std::string& cell : error_cells(scheme.weights())) cells.push_back(std::move(cell));
    for (const std::string& measure : measures) {
      const auto found = scheme.quality.find(measure);
      cells.push_back(found == scheme.quality.end() ? std::string{kNothing}
                                                    : fmt::format("{:.6f}", found->second));
    }
    if (has_costs) {
      cells.push_back(scheme.time_s ? time_text(*scheme.time_s) : std::string{kNothing});
      cells.push_back(scheme.energy_pj ? energy_text(*scheme.energy_pj) : std::string{kNothing});
    }
    table.row(std::move(cells));
  }
  return table.render(is_colored);
}

std::string layer_table(const SchemeReport& scheme, bool is_colored) {
  TextTable table;
  table.column("layer", Align::Left).column("stored as", Align::Left).column("weights");
  add_error_columns(table);
  const bool has_activations = !scheme.layers.empty() && scheme.layers.front().activations;
  if (has_activations) table.column("activations dB").column("outlier %").column("victim %");
  for (const LayerReport& layer : scheme.layers) {
    std::vector<std::string> cells = {layer.name, layer.storage, byte_text(layer.byte_count)};
    for (std::string& cell : error_cells(layer.weights)) cells.push_back(std::move(cell));
    if (has_activations) {
      const TensorQuality& inputs = *layer.activations;
      cells.push_back(sqnr_text(inputs));
      cells.push_back(element_percent(inputs.outliers, inputs.elements));
      cells.push_back(element_percent(inputs.victims, inputs.elements));
    }
    table.row(std::move(cells));
  }
  return table.render(is_colored);
}

const SchemeReport* find(const QuantizeReport& report, std::string_view name) {
  for (const SchemeReport& scheme : report.schemes) {
    if (scheme.scheme == name) return &scheme;
  }
  return nullptr;
}

// "w4a4-ovp against w4a4-int4: mean_cosine +0.1234, SQNR +3.2 dB".
std::string margins(const QuantizeReport& report) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPairs = {
      {{"w4a4-ovp", "w4a4-int4"},
       {"w8a8-ovp", "w8a8-int8"},
       {"w4a16-ovp", "w4a16-int4"},
       {"w4a4-ovp-2:4", "w4a4-int4-2:4"}}};
  std::string text;
  for (const auto& [ovp, plain] : kPairs) {
    const SchemeReport* better = find(report, ovp);
    const SchemeReport* other = find(report, plain);
    if (better == nullptr || other == nullptr) continue;
    text += fmt::format("{} against {}:", ovp, plain);
    for (const auto& [name, value] : better->quality) {
      text += fmt::format(" {} {:+.6f},", name, value - other->quality.at(name));
    }
    const double ratio = other->weights().squared_error / better->weights().squared_error;
    text += fmt::format(" squared error of the weights {:.3f} times smaller\n", ratio);
  }
  return text;
}

std::string notes(const QuantizeReport& report) {
  std::string text;
  for (const auto& [name, value] : report.reference) {
    text += fmt::format("float32: {} {:.6f}\n", name, value);
  }
  for (const SchemeReport& scheme : report.schemes) {
    if (!scheme.refusal.empty()) {
      text += fmt::format("{}: no time and energy: {}\n", scheme.scheme, scheme.refusal);
    }
    if (scheme.overflow_count > 0) {
      text += fmt::format("{}: {} sums wrapped around at 32 bits\n", scheme.scheme,
                          with_separators(scheme.overflow_count));
    }
    if (scheme.mixed) {
      const quality::MixedReport& mixed = *scheme.mixed;
      const std::string budget =
          mixed.is_energy ? energy_text(mixed.budget) : time_text(mixed.budget);
      text += fmt::format(
          "{}: at most {}; sum of relative output errors {:.4g}, no choice has less than {:.4g}\n",
          scheme.scheme, budget, mixed.error, mixed.error_bound);
    }
  }
  return text;
}

}  // namespace

std::string quantize_table(const QuantizeReport& report, const QuantizeTableOptions& options) {
  std::string text =
      fmt::format("{}{}\n\n", report.model, report.machine.empty() ? "" : " on " + report.machine);
  text += summary(report, options.is_colored);
  const std::string remarks = notes(report) + margins(report);
  if (!remarks.empty()) text += "\n" + remarks;
  if (!options.has_layers) return text;
  for (const SchemeReport& scheme : report.schemes) {
    text += fmt::format("\n{}\n", bold(scheme.scheme, options.is_colored));
    text += layer_table(scheme, options.is_colored);
  }
  return text;
}

}  // namespace olivine::cli
