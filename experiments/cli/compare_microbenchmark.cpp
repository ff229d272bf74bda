// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/compare_microbenchmark.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "experiments/cli/compare.h"
#include "experiments/cli/provenance.h"
#include "experiments/cli/report.h"
#include "experiments/cli/text_table.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/microbenchmark.h"

namespace olivine::cli {
namespace {

// How a row came out.
enum class Verdict : uint8_t { Within, Known, Beyond, NotSimulated };
constexpr std::array kVerdictNames = {EnumName<Verdict>{Verdict::Within, "within"},
                                      EnumName<Verdict>{Verdict::Known, "known"},
                                      EnumName<Verdict>{Verdict::Beyond, "beyond"},
                                      EnumName<Verdict>{Verdict::NotSimulated, "not_simulated"}};

Verdict verdict_of(const MicrobenchmarkResult& result) {
  if (!result.simulated) return Verdict::NotSimulated;
  if (result.is_within_tolerance()) return Verdict::Within;
  return result.reason.empty() ? Verdict::Beyond : Verdict::Known;
}

std::string_view verdict_text(const MicrobenchmarkResult& result) {
  return name_of<Verdict>(kVerdictNames, verdict_of(result));
}

std::string_view evidence_text(const MicrobenchmarkResult& result) {
  return name_of<Evidence>(kEvidenceNames, result.evidence);
}

std::string instruction_text(const MicrobenchmarkRow& row) {
  return row.instruction ? name_of(*row.instruction) : row.instr;
}

void check_options(const CompareRequest& request) {
  Problems problems;
  const compare::Selection& selection = request.selection;
  const std::array given = {std::pair{"--library", selection.library.has_value()},
                            std::pair{"--dtype", selection.dtype.has_value()},
                            std::pair{"--seed", selection.split_seed.has_value()},
                            std::pair{"--half", selection.half != compare::Half::HeldOut},
                            std::pair{"--svg", request.svg.has_value()},
                            std::pair{"--points", request.has_points}};
  for (const auto& [option, is_given] : given) {
    if (is_given)
      problems.add(
          fmt::format("{}: is about GEMMs; {} has microbenchmarks", option, request.measured));
  }
  problems.throw_if_any();
}

// Leaves the rows of devices that the chosen machine stands for. Boards that differ from it in
// clocks or SMs have its name.
void select_machine(std::vector<MicrobenchmarkRow>& rows, const CompareRequest& request) {
  if (!request.machine) return;
  const std::vector<std::string> shipped = shipped_gpus();
  if (std::ranges::find(shipped, *request.machine) == shipped.end()) {
    throw ConfigError{fmt::format(
        "--machine = {}: must be {}: microbenchmarks are simulated on the boards they were "
        "measured "
        "on{}",
        *request.machine, fmt::join(shipped, "|"), suggestion(*request.machine, shipped))};
  }
  std::map<std::string, std::string> machines;  // by device
  std::set<std::string> seen;
  for (const MicrobenchmarkRow& row : rows) {
    const auto [found, is_new] = machines.try_emplace(row.device);
    if (!is_new) continue;
    if (const auto machine = microbenchmark_machine(row.device)) found->second = machine->name;
    seen.insert(found->second);
  }
  if (!seen.contains(*request.machine)) {
    throw ConfigError{fmt::format("--machine = {}: must be {}, as in {}", *request.machine,
                                  request.measured, fmt::join(seen, ", "))};
  }
  std::erase_if(rows, [&](const MicrobenchmarkRow& row) {
    return machines.at(row.device) != *request.machine;
  });
}

std::string number(double value) { return fmt::format("{:.4g}", value); }

std::string counts_text(std::span<const MicrobenchmarkResult> results) {
  const auto count = [&](Verdict verdict, std::optional<Evidence> evidence) {
    return std::ranges::count_if(results, [&](const MicrobenchmarkResult& result) {
      return verdict_of(result) == verdict && (!evidence || result.evidence == *evidence);
    });
  };
  std::vector<std::string> within;
  within.reserve(kEvidenceNames.size());
  for (const auto& entry : kEvidenceNames) {
    within.push_back(fmt::format("{} {}", count(Verdict::Within, entry.value), entry.name));
  }
  return fmt::format(
      "{} rows: {} within {:.0f} % ({}), {} beyond it for a known reason, {} beyond it, {} not "
      "simulated\n",
      results.size(), count(Verdict::Within, std::nullopt), 100 * kMicrobenchmarkTolerance,
      fmt::join(within, ", "), count(Verdict::Known, std::nullopt),
      count(Verdict::Beyond, std::nullopt), count(Verdict::NotSimulated, std::nullopt));
}

std::string reasons_text(std::span<const MicrobenchmarkResult> results) {
  std::string text;
  for (const MicrobenchmarkResult& result : results) {
    if (result.reason.empty()) continue;
    const MicrobenchmarkRow& row = result.row;
    text += fmt::format("{}, {}, {}: {}\n", row.device, instruction_text(row), row.metric,
                        result.reason);
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::vector<MicrobenchmarkResult> compare_microbenchmark_text(std::string_view text,
                                                              const CompareRequest& request) {
  check_options(request);
  std::vector<MicrobenchmarkRow> rows = parse_microbenchmarks(text, request.measured);
  select_machine(rows, request);
  return compare_microbenchmarks(rows);
}

std::string microbenchmark_table(std::span<const MicrobenchmarkResult> results,
                                 const std::string& file, bool is_colored) {
  TextTable table;
  table.column("device", Align::Left).column("instruction", Align::Left);
  table.column("metric", Align::Left).column("measured").column("simulated");
  table.column("unit", Align::Left).column("error").column("evidence", Align::Left);
  table.column("", Align::Left);
  for (const MicrobenchmarkResult& result : results) {
    const MicrobenchmarkRow& row = result.row;
    table.row({row.device, instruction_text(row), row.metric, number(row.value),
               result.simulated ? number(*result.simulated) : "-", row.unit,
               result.error ? fmt::format("{:+.1f} %", 100 * *result.error) : "-",
               std::string{evidence_text(result)}, std::string{verdict_text(result)}});
  }
  return bold(fmt::format("{}: simulated and measured microbenchmarks", file), is_colored) +
         "\n\n" + table.render(is_colored) + "\n" + counts_text(results) + reasons_text(results);
}

std::string microbenchmark_csv(std::span<const MicrobenchmarkResult> results) {
  std::string text =
      "device,source,instruction,metric,unit,measured,simulated,error,evidence,verdict,reason\n";
  const auto optional = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "";
  };
  for (const MicrobenchmarkResult& result : results) {
    const MicrobenchmarkRow& row = result.row;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(row.device),
                        csv_field(row.source), csv_field(instruction_text(row)),
                        csv_field(row.metric), csv_field(row.unit), row.value,
                        optional(result.simulated), optional(result.error), evidence_text(result),
                        verdict_text(result), csv_field(result.reason));
  }
  return text;
}

nlohmann::ordered_json microbenchmark_json(std::span<const MicrobenchmarkResult> results,
                                           const std::string& file) {
  using Json = nlohmann::ordered_json;
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json rows = Json::array();
  for (const MicrobenchmarkResult& result : results) {
    const MicrobenchmarkRow& row = result.row;
    rows.push_back({{"device", row.device},
                    {"source", row.source},
                    {"instruction", instruction_text(row)},
                    {"metric", row.metric},
                    {"unit", row.unit},
                    {"measured", row.value},
                    {"simulated", optional(result.simulated)},
                    {"error", optional(result.error)},
                    {"evidence", evidence_text(result)},
                    {"verdict", verdict_text(result)},
                    {"reason", result.reason}});
  }
  return {{"schema", "olivine.microbenchmarks/1"},
          {"measured", file},
          {"tolerance", kMicrobenchmarkTolerance},
          {"provenance", provenance()},
          {"rows", std::move(rows)}};
}

}  // namespace olivine::cli
