// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What does a format do to a real network, beside what it costs? README.md says what is compared
// and what is expected.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/quantize/cost_model.h"
#include "experiments/quantize/quantize_report.h"
#include "experiments/quantize/run_quantize.h"
#include "experiments/quantize/text_model.h"
#include "experiments/studies/accuracy_energy/chart.h"
#include "experiments/studies/expected_rows.h"
#include "models/base/error.h"
#include "models/transformer/transformer_config.h"

namespace olivine {
namespace {

using quality::Cost;
using quality::QuantizeReport;
using quality::SchemeReport;

constexpr int kSkipped = 77;  // as CTest is told
constexpr std::string_view kFolder = "experiments/studies/accuracy_energy";
constexpr std::array kModels = {"minilm", "mpnet"};
constexpr std::array kMachines = {"olive_64x64", "h100_sxm"};
constexpr int64_t kBatch = 32;
constexpr int64_t kSeq = 128;
constexpr double kPjPerMj = 1e9;
constexpr double kMsPerS = 1e3;

constexpr std::array kSchemes = {
    "w16a16-fp16",     "w8a8-fp8",     "w8a8-int8",     "w8a8-ovp",     "w4a8-ovp",
    "w4a4-int4",       "w4a4-ovp",     "w4a16-int4",    "w4a16-ovp",    "w16a16-fp16-2:4",
    "w8a8-int8-2:4",   "w8a8-ovp-2:4", "w4a4-int4-2:4", "w4a4-ovp-2:4", "w8a8-int8-bitmap",
    "w4a4-ovp-bitmap", "w4a4-mxfp4",   "w8a8-mxint8",   "w4a16-mxfp4"};

// Float32 sums in another order (another processor's vectors) move some activations across a
// rounding boundary. How far that moves a measure has no formula; this is far below what separates
// the schemes that the claims compare.
constexpr double kQualityTolerance = 0.01;
constexpr size_t kQualityCells = 6;  // of a row: model, scheme, four measures

// Measures of quality by scheme, and costs by machine.
struct ModelResult {
  QuantizeReport report;
  std::map<std::string, std::map<std::string, std::optional<Cost>>> costs;

  [[nodiscard]] const SchemeReport& scheme(std::string_view name) const {
    for (const SchemeReport& scheme : report.schemes) {
      if (scheme.scheme == name) return scheme;
    }
    throw ConfigError{fmt::format("{}: no such scheme", name)};
  }
  [[nodiscard]] double quality(std::string_view scheme_name, const char* measure) const {
    return scheme(scheme_name).quality.at(measure);
  }
};

// Those that the claims are about.
constexpr std::array kQuickSchemes = {"w8a8-int8", "w8a8-ovp", "w4a4-int4", "w4a4-ovp"};
// With a scale of each token, eight bits of OVP are nearly float32.
constexpr double kRowScaleCosine = 0.999;

std::vector<QuantScheme> parse_all(std::span<const char* const> names) {
  std::vector<QuantScheme> schemes;
  for (const char* name : names) schemes.push_back(parse_quant_scheme(name));
  return schemes;
}

void watch(size_t done, size_t total, const std::string& what) {
  fmt::print(stderr, "{} of {}: {}\n", done + 1, total, what);
}

QuantizeReport run(const std::filesystem::path& model, const std::vector<QuantScheme>& schemes,
                   const quality::NetworkOptions& options) {
  quality::QuantizeRequest request;
  request.model = model;
  request.schemes = schemes;
  request.options = options;
  request.calibration = std::filesystem::path{kFolder} / "calibration_sentences.txt";
  request.pairs = std::filesystem::path{kFolder} / "sentence_pairs.tsv";
  return run_quantize(request, watch);
}

std::optional<Cost> total_cost(const quality::CostModel& machine, const Workload& workload,
                               const QuantScheme& scheme) {
  const WeightDensity density = quality::NetworkOptions{}.density;
  if (machine.refusal(scheme, density)) return std::nullopt;
  Cost sum;
  for (const auto& [layer, cost] : machine.costs(workload, scheme, false, density)) {
    sum.time_s += cost.time_s;
    sum.energy_pj += cost.energy_pj;
  }
  return sum;
}

// The array gets a decompressor, which bitmaps alone use.
std::vector<std::pair<std::string, std::string>> settings_of(std::string_view machine) {
  if (machine != kMachines.front()) return {};
  return {{"decompressor.elements_per_cycle", "256"}};
}

ModelResult run_model(const std::filesystem::path& folder,
                      const std::vector<QuantScheme>& schemes) {
  ModelResult result;
  result.report = run(folder, schemes, {});
  const Workload workload = transformer_workload(
      quality::load_text_model(folder).transformer.config(), folder.filename(), kBatch, kSeq);
  for (const char* name : kMachines) {
    const quality::CostModel machine{name, settings_of(name)};
    for (const QuantScheme& scheme : schemes) {
      result.costs[scheme.name][name] = total_cost(machine, workload, scheme);
    }
  }
  return result;
}

std::string cost_cells(const std::optional<Cost>& cost) {
  if (!cost) return " - | - |";
  return fmt::format(" {:.3f} | {:.3f} |", cost->time_s * kMsPerS, cost->energy_pj / kPjPerMj);
}

void print_model(ExpectedRows& rows, const std::string& name, const ModelResult& result) {
  rows.print(fmt::format("\n## {}\n", name));
  rows.print(fmt::format("Float32: grade agreement {:.3f}. Time in ms, energy in mJ.\n",
                         result.report.reference.at("grade_agreement")));
  std::string heading = "| model | scheme | mean cosine | min cosine | rank | grade | MB |";
  std::string rule = "|---|---|---|---|---|---|---|";
  for (const char* machine : kMachines) {
    heading += fmt::format(" {0} time | {0} energy |", machine);
    rule += "---|---|";
  }
  rows.print(heading);
  rows.print(rule);
  for (const SchemeReport& scheme : result.report.schemes) {
    std::string row =
        fmt::format("| {} | {} | {:.4f} | {:.4f} | {:.4f} | {:.4f} | {:.2f} |", name, scheme.scheme,
                    scheme.quality.at("mean_cosine"), scheme.quality.at("min_cosine"),
                    scheme.quality.at("rank_agreement"), scheme.quality.at("grade_agreement"),
                    static_cast<double>(scheme.byte_count()) / 1e6);
    for (const char* machine : kMachines) {
      row += cost_cells(result.costs.at(scheme.scheme).at(machine));
    }
    rows.row_within(row, kQualityTolerance, kQualityCells);
  }
}

// OliVe's claim (Tables 6 and 9): int4 fails, OVP at 4 bits does not, int8 is between int4 and OVP
// at 8 bits.
void check_claims(ExpectedRows& rows, const std::string& name, const ModelResult& result) {
  const auto cosine = [&](const char* scheme) { return result.quality(scheme, "mean_cosine"); };
  const auto loss = [&](const char* scheme) {
    return result.report.reference.at("grade_agreement") -
           result.quality(scheme, "grade_agreement");
  };
  rows.print(fmt::format(
      "\n{}: grade agreement lost by int4 {:.3f}, ovp4 {:.3f}, int8 {:.3f}, "
      "ovp8 {:.3f}; mean cosine of ovp4 above int4 by {:.3f}, of ovp8 above "
      "int8 by {:.4f}.",
      name, loss("w4a4-int4"), loss("w4a4-ovp"), loss("w8a8-int8"), loss("w8a8-ovp"),
      cosine("w4a4-ovp") - cosine("w4a4-int4"), cosine("w8a8-ovp") - cosine("w8a8-int8")));
  rows.expect(cosine("w4a4-int4") < cosine("w4a4-ovp"), name + ": ovp4 is nearer than int4");
  rows.expect(cosine("w4a4-int4") < cosine("w8a8-int8"), name + ": int8 is nearer than int4");
  rows.expect(cosine("w8a8-int8") < cosine("w8a8-ovp"), name + ": ovp8 is nearer than int8");
  rows.expect(loss("w4a4-ovp") < 0.5 * loss("w4a4-int4"),
              name + ": ovp4 loses less than half of what int4 loses of the grades");
}

// A table of quality alone; `variant` says what differs from the first table.
QuantizeReport print_variant(ExpectedRows& rows, const std::string& name,
                             const QuantizeReport& report, const std::string& variant) {
  rows.print("| model | scheme | mean cosine | min cosine | rank | grade |");
  rows.print("|---|---|---|---|---|---|");
  for (const SchemeReport& scheme : report.schemes) {
    rows.row_within(
        fmt::format("| {} | {}, {} | {:.4f} | {:.4f} | {:.4f} | {:.4f} |", name, scheme.scheme,
                    variant, scheme.quality.at("mean_cosine"), scheme.quality.at("min_cosine"),
                    scheme.quality.at("rank_agreement"), scheme.quality.at("grade_agreement")),
        kQualityTolerance, kQualityCells);
  }
  return report;
}

// Scales of each token, for the formats that need them most.
void print_row_scales(ExpectedRows& rows, const std::string& name,
                      const std::filesystem::path& folder) {
  quality::NetworkOptions options;
  options.quantize.activations = Granularity::PerRow;
  rows.print("\nActivations with a scale of each row (token):\n");
  const QuantizeReport report =
      print_variant(rows, name, run(folder, parse_all(kQuickSchemes), options), "rows");
  for (const SchemeReport& scheme : report.schemes) {
    if (scheme.scheme != "w8a8-ovp") continue;
    rows.expect(scheme.quality.at("mean_cosine") >= kRowScaleCosine,
                fmt::format("{}: ovp8 with scales of rows: mean cosine at least {}", name,
                            kRowScaleCosine));
  }
}

// What 2:4 keeps, by magnitude times the size of its inputs.
void print_pruning(ExpectedRows& rows, const std::string& name, const std::filesystem::path& folder,
                   const ModelResult& result) {
  constexpr std::array kPruned = {"w16a16-fp16-2:4", "w4a4-ovp-2:4"};
  quality::NetworkOptions options;
  options.is_pruned_by_effect = true;
  rows.print("\n2:4 by magnitude times the root mean square of the inputs:\n");
  const QuantizeReport report =
      print_variant(rows, name, run(folder, parse_all(kPruned), options), "by effect");
  for (const SchemeReport& scheme : report.schemes) {
    rows.expect(scheme.quality.at("mean_cosine") > result.quality(scheme.scheme, "mean_cosine"),
                fmt::format("{}: {} is nearer by effect than by magnitude", name, scheme.scheme));
  }
}

std::vector<study::ChartPoint> chart_points(const ModelResult& result) {
  std::vector<study::ChartPoint> points;
  for (const SchemeReport& scheme : result.report.schemes) {
    const auto& cost = result.costs.at(scheme.scheme).at(kMachines.front());
    if (!cost) continue;
    points.push_back(
        {scheme.scheme, cost->energy_pj / kPjPerMj, 1.0 - scheme.quality.at("mean_cosine")});
  }
  return points;
}

struct Options {
  std::filesystem::path models;
  std::string expected;
  std::string svg;
  bool is_quick = false;  // only what the claims are about
};

Options read_options(int count, char** words) {
  Options options;
  std::vector<std::string> names;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--svg" && i + 1 < count) {
      options.svg = words[++i];
    } else if (word == "--quick") {
      options.is_quick = true;
    } else {
      names.push_back(word);
    }
  }
  if (names.empty() || names.size() > 2 || names.front().starts_with("-")) {
    throw ConfigError{"usage: accuracy_energy MODELS [expected.md] [--svg FILE] [--quick]"};
  }
  options.models = names.front();
  if (names.size() == 2) options.expected = names.back();
  return options;
}

int run_study(const Options& options) {
  ExpectedRows rows{options.expected};
  std::vector<study::ChartPanel> panels;
  for (const char* name : kModels) {
    const std::filesystem::path folder = options.models / name;
    if (!quality::is_model_folder(folder)) {
      fmt::print(stderr, "{}: not there, left out (./olivine models fetches it)\n",
                 folder.string());
      continue;
    }
    const ModelResult result =
        run_model(folder, options.is_quick ? parse_all(kQuickSchemes) : parse_all(kSchemes));
    print_model(rows, name, result);
    check_claims(rows, name, result);
    print_row_scales(rows, name, folder);
    if (!options.is_quick) print_pruning(rows, name, folder, result);
    panels.push_back({fmt::format("{}, {} x {} tokens", name, kBatch, kSeq), chart_points(result)});
  }
  if (panels.empty()) return kSkipped;
  if (!options.svg.empty()) {
    std::ofstream file{options.svg};
    file << study::chart_svg(panels, fmt::format("energy on {}, mJ", kMachines.front()),
                             "1 - mean cosine to float32");
    if (!file.flush()) throw ConfigError{fmt::format("--svg {}: cannot be written", options.svg)};
  }
  return rows.report();
}

}  // namespace
}  // namespace olivine

int main(int count, char** words) {
  try {
    return olivine::run_study(olivine::read_options(count, words));
  } catch (const olivine::UserError& error) {
    for (const std::string& problem : error.problems()) fmt::print(stderr, "error: {}\n", problem);
    return 2;
  }
}
