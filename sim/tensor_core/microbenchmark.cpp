// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/microbenchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/base/text.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/microbenchmark_metric.h"

namespace olivine {
namespace {

// A measured board. The clock holds for rows in units of a second.
struct Device {
  std::string_view name;
  std::string_view machine;        // shipped
  std::optional<int64_t> sms;      // where the board has others
  std::optional<double> clock_hz;  // where it ran at another
  bool is_clock_fitted = false;    // to throughputs of this device
};

// The H800 and H100 PCIe have 114 SMs; the H100's highest clock is 1755 MHz (data sheet). Luo et
// al. give no clock for the H800: their peaks are those of 1620 MHz, and the eight wgmma
// throughputs at n = 256 divided by the cycles of the same table give 1551 to 1577 MHz. 1565 MHz is
// the middle.
constexpr std::array kDevices = {Device{"A100", "a100_sxm", {}, {}},
                                 Device{"A100-PCIe", "a100_sxm", {}, {}},
                                 Device{"A100-80GB", "a100_sxm", {}, {}},
                                 Device{"H800", "h100_sxm", 114, 1565e6, true},
                                 Device{"H800-PCIe", "h100_sxm", 114, 1565e6, true},
                                 Device{"H100-PCIe", "h100_sxm", 114, 1755e6},
                                 Device{"H200", "h200_sxm", {}, {}}};

const Device* find_device(std::string_view name) {
  const auto* device = std::find_if(kDevices.begin(), kDevices.end(), [&](const Device& candidate) {
    return candidate.name == name;
  });
  return device == kDevices.end() ? nullptr : device;
}

GpuMachine machine_of(const Device& device) {
  GpuMachine machine = load_gpu(std::string{device.machine});
  if (device.sms) {
    // The crossbar has a port an SM.
    machine.cache.bytes_per_clk *=
        static_cast<double>(*device.sms) / static_cast<double>(machine.sm.count);
    machine.sm.count = *device.sms;
  }
  if (device.clock_hz) machine.power.max_clock_hz = *device.clock_hz;
  return machine;
}

constexpr std::array kDifferences = {
    MicrobenchmarkDifference{
        "A100-PCIe", "arXiv:2402.13499", "mma.sync", "latency", Format::Int8,
        "the papers disagree: 24.7 cycles in arXiv:2206.02874, which the machine states"},
    MicrobenchmarkDifference{
        "A100", "arXiv:2402.13499", "memory", "global_latency", std::nullopt,
        "the papers disagree: the same authors' second version has 475 and 623 cycles for "
        "near and far misses, and a mean above 500, which the machine states"},
    MicrobenchmarkDifference{
        "H800", "arXiv:2402.13499", "memory", "global_latency", std::nullopt,
        "the papers disagree: the same authors' second version has 556 and 744 cycles for "
        "near and far misses, and 656 in the mean, which the machine states"},
    MicrobenchmarkDifference{
        "H200", "te42kyfo/gpu-benches", "memory", "DRAM_BW", std::nullopt,
        "the benchmark reads at 3.89 TB/s; matrix-vector products on the same GPU stream "
        "weights at 4.25 TB/s, which the machine states"}};

std::string_view known_reason(const MicrobenchmarkRow& row) {
  for (const MicrobenchmarkDifference& difference : kDifferences) {
    if (difference.matches(row)) return difference.reason;
  }
  return "";
}

Evidence evidence_of(const Device& device, const GpuMachine& machine,
                     const MicrobenchmarkMetric& metric, const MicrobenchmarkRow& row) {
  if (row.instruction && row.instruction->op == TensorOp::Wgmma) {
    const double interval = instruction_cost(machine, *row.instruction).interval_cycles;
    if (interval == machine.tensor.wgmma_min_cycles) return Evidence::Restated;
    // The rule of wgmma was found on these rows; its constants are the data sheet's.
    if (metric.name == "latency") return Evidence::Predicted;
  }
  if (metric.evidence == Evidence::Predicted && device.is_clock_fitted) return Evidence::Fitted;
  // Bytes a clock of a board with more SMs.
  if (metric.name == "L2_BW" && device.sms) return Evidence::Predicted;
  return metric.evidence;
}

}  // namespace

std::vector<std::string> microbenchmark_devices() {
  std::vector<std::string> names;
  names.reserve(kDevices.size());
  for (const Device& device : kDevices) names.emplace_back(device.name);
  return names;
}

std::vector<std::string> microbenchmark_metrics() {
  std::vector<std::string> names;
  names.reserve(microbenchmark_metric_table().size());
  for (const auto& metric : microbenchmark_metric_table()) names.emplace_back(metric.name);
  return names;
}

std::optional<GpuMachine> microbenchmark_machine(std::string_view device) {
  const Device* known = find_device(device);
  if (known == nullptr) return std::nullopt;
  return machine_of(*known);
}

std::optional<double> simulate(const GpuMachine& machine, const MicrobenchmarkRow& row) {
  const MicrobenchmarkMetric* metric = find_microbenchmark_metric(row.metric);
  if (metric == nullptr || metric->is_memory == row.instruction.has_value()) return std::nullopt;
  const TensorInstruction instruction = row.instruction.value_or(TensorInstruction{});
  if (!metric->is_memory && refuse_instruction(machine, instruction)) return std::nullopt;
  return metric->simulate(machine, instruction);
}

bool MicrobenchmarkDifference::matches(const MicrobenchmarkRow& row) const {
  const bool is_format = !format || (row.instruction && row.instruction->format == *format);
  return device == row.device && source == row.source && instr == row.instr &&
         metric == row.metric && is_format;
}

std::span<const MicrobenchmarkDifference> microbenchmark_differences() { return kDifferences; }

bool MicrobenchmarkResult::is_within_tolerance() const {
  return error && std::abs(*error) <= kMicrobenchmarkTolerance;
}

std::vector<MicrobenchmarkResult> compare_microbenchmarks(
    const std::vector<MicrobenchmarkRow>& rows) {
  std::map<std::string, std::optional<GpuMachine>> machines;
  std::vector<MicrobenchmarkResult> results;
  results.reserve(rows.size());
  for (const MicrobenchmarkRow& row : rows) {
    auto [machine, is_new] = machines.try_emplace(row.device);
    if (is_new) machine->second = microbenchmark_machine(row.device);
    MicrobenchmarkResult result;
    result.row = row;
    if (!machine->second) {
      result.reason = fmt::format("no machine stands for {}{}", row.device,
                                  suggestion(row.device, microbenchmark_devices()));
    } else if (const auto simulated = simulate(*machine->second, row)) {
      result.simulated = simulated;
      result.error = *simulated / row.value - 1;
      result.evidence = evidence_of(*find_device(row.device), *machine->second,
                                    *find_microbenchmark_metric(row.metric), row);
      result.reason = known_reason(row);
    } else if (row.instruction) {
      result.reason = refuse_instruction(*machine->second, *row.instruction).value_or("");
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace olivine
