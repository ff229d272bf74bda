// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/micro_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/base/error.h"

namespace olivine {
namespace {

constexpr std::string_view kIssueInterval = "issue_interval";
constexpr int kSubCores = 4;

// The result again under another name, its samples through `convert`.
template <class Convert>
MicroResult converted(const MicroResult& from, std::string_view name, std::string_view unit,
                      const Convert& convert) {
  std::vector<double> samples = from.samples;
  for (double& sample : samples) sample = convert(sample);
  MicroResult result = make_micro_result(std::string{name}, std::string{unit}, std::move(samples));
  result.instruction = from.instruction;
  result.parameters = from.parameters;
  result.opcode = from.opcode;
  return result;
}

bool is_issue(const MicroResult& result, bool is_wgmma) {
  return result.name == kIssueInterval && info(*result.opcode).is_wgmma == is_wgmma;
}

// Multiply-accumulates a clock of the SM at an interval of one sub-core.
MicroResult throughput(const MicroResult& interval, std::string_view name) {
  const double macs = macs_of(*interval.opcode, *interval.parameters.n);
  const int sub_cores = std::min(*interval.parameters.warps, kSubCores);
  return converted(interval, name, "FMA/clk/SM",
                   [&](double cycles) { return macs * sub_cores / cycles; });
}

void derive_mma(const MicroResult& interval, std::vector<MicroResult>& derived) {
  struct Published {
    std::string_view name;
    int warps;
    int chains;
  };
  constexpr std::array kPublished = {Published{"throughput_4warp", 4, 3},
                                     Published{"throughput_8warp", 8, 2}};
  const int warps = *interval.parameters.warps;
  const int chains = *interval.parameters.ilp;
  if (warps == 1 && chains == 1) {
    derived.push_back(
        converted(interval, "latency", "cycle", [](double cycles) { return cycles; }));
  }
  for (const Published& published : kPublished) {
    if (published.warps == warps && published.chains == chains) {
      derived.push_back(throughput(interval, published.name));
    }
  }
}

void derive_most(std::span<const MicroResult> results, std::vector<MicroResult>& derived) {
  for (const MicroInstructionInfo& about : micro_instructions()) {
    const MicroResult* best = nullptr;
    for (const MicroResult& result : results) {
      const bool is_candidate = is_issue(result, false) && *result.opcode == about.instruction &&
                                *result.parameters.warps >= kSubCores;
      if (is_candidate && (best == nullptr || result.value < best->value)) best = &result;
    }
    if (best != nullptr) derived.push_back(throughput(*best, "throughput_max"));
  }
}

void derive_bandwidth(std::span<const MicroResult> results, int64_t low_bytes, int64_t high_bytes,
                      std::string_view name, std::vector<MicroResult>& derived) {
  const MicroResult* best = nullptr;
  for (const MicroResult& result : results) {
    if (result.name != "read_bandwidth") continue;
    const int64_t bytes = *result.parameters.footprint_bytes;
    if (bytes < low_bytes || bytes > high_bytes) continue;
    if (best == nullptr || result.value > best->value) best = &result;
  }
  if (best == nullptr) return;
  derived.push_back(converted(*best, name, "TB/s", [](double rate) { return rate; }));
}

constexpr std::array<std::string_view, 10> kTableMetrics = {
    "latency",      "throughput_4warp", "throughput_8warp", "throughput_max", "L1_latency",
    "smem_latency", "L2_latency",       "global_latency",   "L2_BW",          "DRAM_BW"};

// Extents, type and pattern: columns M to sparse.
std::string instruction_cells(const MicroResult& result) {
  if (!result.opcode) return "memory,,,,,";
  const MicroInstructionInfo& about = info(*result.opcode);
  const std::string_view form = !about.is_wgmma                                    ? ""
                                : result.parameters.a_in_registers.value_or(false) ? " RS"
                                                                                   : " SS";
  return fmt::format("{}{},{},{},{},{},{}", about.prefix, form, about.m, *result.parameters.n,
                     about.k, about.table_type, about.is_sparse ? "2:4" : "dense");
}

}  // namespace

double median_of(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const size_t half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

MicroResult make_micro_result(std::string name, std::string unit, std::vector<double> samples) {
  OLV_CHECK(!samples.empty(), "{} has no samples", name);
  MicroResult result;
  result.name = std::move(name);
  result.unit = std::move(unit);
  result.value = median_of(samples);
  const auto [low, high] = std::minmax_element(samples.begin(), samples.end());
  result.spread_ratio = result.value == 0 ? 0 : (*high - *low) / result.value;
  result.samples = std::move(samples);
  return result;
}

std::vector<MicroResult> derive_published(std::span<const MicroResult> results, int64_t l2_bytes) {
  std::vector<MicroResult> derived;
  for (const MicroResult& result : results) {
    if (result.name != kIssueInterval) continue;
    if (is_issue(result, false)) {
      derive_mma(result, derived);
    } else if (*result.parameters.warps == kSubCores) {
      derived.push_back(
          converted(result, "latency", "cycle", [](double cycles) { return cycles; }));
    }
  }
  derive_most(results, derived);
  constexpr int64_t kAny = INT64_MAX;
  derive_bandwidth(results, 0, l2_bytes / 4, "L2_BW", derived);
  derive_bandwidth(results, 4 * l2_bytes, kAny, "DRAM_BW", derived);
  return derived;
}

std::string microbenchmark_table(std::span<const MicroResult> results, std::string_view device,
                                 std::string_view source) {
  std::string table = "device,source,instr,M,N,K,dtype,sparse,metric,value,unit,note\n";
  for (const MicroResult& result : results) {
    const bool has_row =
        std::find(kTableMetrics.begin(), kTableMetrics.end(), result.name) != kTableMetrics.end();
    if (!has_row) continue;
    table += fmt::format("{},{},{},{},{:.6g},{},spread {:.2g} %\n", device, source,
                         instruction_cells(result), result.name, result.value, result.unit,
                         100 * result.spread_ratio);
  }
  return table;
}

}  // namespace olivine
