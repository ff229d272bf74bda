// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/summary.h"

#include <algorithm>
#include <vector>

#include "kernels/measure/print_text.h"
#include "kernels/measure/record.h"

namespace olivine::measure {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as their widest cell; the first two to the left.
std::string aligned(const std::vector<Row>& rows) {
  constexpr size_t kLeftColumns = 2;
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      line += "  " + (i < kLeftColumns ? row[i] + blanks : blanks + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string percent(double ratio) { return print_text("%.1f %%", 100 * ratio); }

std::string device_text(const DeviceRecord& device) {
  std::string text = print_text("%s, driver %s, CUDA %s, %d SMs, L2 %lld MiB", device.name.c_str(),
                                device.driver_version.c_str(), device.cuda_runtime_version.c_str(),
                                device.sm_count, static_cast<long long>(device.l2_bytes >> 20));
  if (device.power_limit_w) text += print_text(", power limit %.0f W", *device.power_limit_w);
  return text + "\n";
}

std::string checks_text(const MeasureRecord& record) {
  int64_t runs = 0;
  int64_t exact = 0;
  std::string failures;
  for (const CheckRecord& check : record.checks) {
    runs += check.runs;
    exact += check.is_exact() ? 1 : 0;
    for (const std::string& failure : check.failures) {
      failures += "WRONG  " + check.kernel + ": " + failure + "\n";
    }
  }
  if (record.checks.empty()) return "";
  return print_text("checks: %lld of %zu kernels exact, %lld outputs compared\n",
                    static_cast<long long>(exact), record.checks.size(),
                    static_cast<long long>(runs)) +
         failures;
}

Row timed_row(const CaseRecord& record) {
  const TimedRecord& timed = *record.timed;
  const double us = record.median_us();
  const auto bytes = static_cast<double>(record.work.moved_bytes());
  Row row{std::string{record.variant->name},
          record.kernel,
          print_text("%.2f", us),
          percent(timed.time_us.relative_spread()) + (timed.time_us.is_steady() ? "" : "!"),
          print_text("%.1f", record.work.ops / us * 1e-6),
          print_text("%.0f", bytes / us * 1e-3),
          timed.roofline_us ? percent(*timed.roofline_us / us) : "",
          timed.sm_clock_hz ? print_text("%.0f", *timed.sm_clock_hz * 1e-6) : "",
          record.speed_over_baseline ? print_text("%.3f", *record.speed_over_baseline) : ""};
  const bool has_energy = record.energy && record.energy->result;
  row.push_back(has_energy ? print_text("%.0f", record.energy->result->power_w) : "");
  row.push_back(has_energy ? print_text("%.0f", record.energy->result->energy_uj) : "");
  return row;
}

std::string cases_text(const MeasureRecord& record) {
  const Row heading{"variant", "kernel",         "us", "+-", "TOPS", "GB/s", "roofline",
                    "MHz",     "speed/baseline", "W",  "uJ"};
  std::string text;
  for (size_t i = 0; i < record.cases.size();) {
    const NamedShape shape = record.cases[i].shape;
    std::vector<Row> rows{heading};
    std::string others;
    for (; i < record.cases.size() && record.cases[i].shape == shape; ++i) {
      const CaseRecord& one = record.cases[i];
      if (one.timed) {
        rows.push_back(timed_row(one));
      } else {
        others += "  " + std::string{one.variant->name} + ": " + name_of(one.status) +
                  (one.reason.empty() ? "" : ": " + one.reason) + "\n";
      }
      for (const CandidateRecord& candidate : one.candidates) {
        if (!candidate.is_exact) others += "  " + candidate.name + ": " + candidate.reason + "\n";
      }
      if (!one.is_exact_after_timing.value_or(true)) {
        others += "  WRONG  " + std::string{one.variant->name} + ": C differs after timing\n";
      }
    }
    text += "\n" + extents_text(shape) + " (" + shape.name + ")\n";
    if (rows.size() > 1) text += aligned(rows);
    text += others;
  }
  return text;
}

std::string ratios_text(const MeasureRecord& record) {
  if (record.ratios.empty()) return "";
  std::vector<Row> rows{{"ratio", "of", "shape", "value", "required", ""}};
  for (const RatioRecord& ratio : record.ratios) {
    rows.push_back({ratio.name, ratio.numerator + " / " + ratio.denominator,
                    extents_text(ratio.shape),
                    ratio.value ? print_text("%.3f", *ratio.value) : "none",
                    print_text("%.2f", ratio.required),
                    ratio.value ? (ratio.is_met() ? "met" : "missed") : ratio.reason});
  }
  return "\n" + aligned(rows);
}

std::string micro_text(const MeasureRecord& record) {
  std::string text;
  std::vector<Row> rows{{"measured", "instruction", "value", "unit", "expected"}};
  for (const MicroResult& result : record.micro) {
    rows.push_back({result.name, result.instruction, print_text("%.4g", result.value), result.unit,
                    result.expected ? print_text("%.4g", *result.expected) : ""});
  }
  if (rows.size() > 1) text += "\n" + aligned(rows);
  for (const MetadataMap& map : record.metadata_maps) {
    text += "metadata of " + name_of(map.instruction) +
            (map.is_as_expected() ? ": as expected\n" : ": DIFFERENT from what kernels write\n");
  }
  for (const PowerRecord& power : record.power) {
    text += print_text("%s, %s data: %.0f TOPS at %.0f MHz", power.instruction.c_str(),
                       power.data.c_str(), power.tera_ops, power.sm_clock_hz * 1e-6);
    text += (power.power_w ? print_text(", %.0f W", *power.power_w) : "") + "\n";
  }
  return text;
}

}  // namespace

std::string summary_text(const MeasureRecord& record) {
  std::string text = record.device ? device_text(*record.device) : "";
  for (const LibraryRecord& library : record.libraries) {
    text += library.name + " " + (library.reason.empty() ? library.version : library.reason) + "\n";
  }
  text += checks_text(record) + cases_text(record) + ratios_text(record) + micro_text(record);
  for (const std::string& note : record.notes) text += "note: " + note + "\n";
  if (!record.is_complete) text += "incomplete: " + record.incomplete_reason + "\n";
  return text + print_text("%.0f s\n", record.elapsed_s);
}

}  // namespace olivine::measure
