// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/microbenchmark_metric.h"

#include <algorithm>

#include "models/machines/gpu.h"
#include "sim/tensor_core/sub_core.h"

namespace olivine {
namespace {

constexpr int kWarpgroupWarps = 4;
constexpr int kSaturatingWarps = 16;  // four a sub-core: what one waits for, others fill
constexpr double kTera = 1e12;
// Latency times throughput of Sun et al.'s rows (arXiv 2206.02874) is warps x chains x macs of an
// instruction: of the chains they varied, the numbers are those of 3 and 2 (4 and 8 warps), one
// more where half the k makes an instruction take half the time.
constexpr int kChainsOfFourWarps = 3;
constexpr int kChainsOfEightWarps = 2;
constexpr int kHalfKBytes = 16;

bool has_half_k(const TensorInstruction& instruction) {
  const int stored = instruction.pattern == Pattern::TwoFour ? instruction.k / 2 : instruction.k;
  return stored * info(instruction.format).bits <= kHalfKBytes * 8;
}

double latency(const GpuMachine& machine, const TensorInstruction& instruction) {
  const int warps = instruction.op == TensorOp::Wgmma ? kWarpgroupWarps : 1;
  return run_loop(machine, instruction, {.warps = warps}).cycles_per_iteration;
}

double macs_per_clk_of_four(const GpuMachine& machine, const TensorInstruction& instruction) {
  const int chains = kChainsOfFourWarps + (has_half_k(instruction) ? 1 : 0);
  return run_loop(machine, instruction, {.warps = 4, .chains = chains}).macs_per_clk;
}

double macs_per_clk_of_eight(const GpuMachine& machine, const TensorInstruction& instruction) {
  const int chains = kChainsOfEightWarps + (has_half_k(instruction) ? 1 : 0);
  return run_loop(machine, instruction, {.warps = 8, .chains = chains}).macs_per_clk;
}

double most_macs_per_clk(const GpuMachine& machine, const TensorInstruction& instruction) {
  return run_loop(machine, instruction, {.warps = kSaturatingWarps, .chains = 2}).macs_per_clk;
}

// Multiplications and additions of the chip, dense equivalents.
double tera_ops(const GpuMachine& machine, const TensorInstruction& instruction) {
  return 2 * most_macs_per_clk(machine, instruction) * static_cast<double>(machine.sm.count) *
         machine.power.max_clock_hz / kTera;
}

double l1_latency(const GpuMachine& machine) { return machine.cache.l1_latency_cycles; }
double shared_latency(const GpuMachine& machine) { return machine.cache.shared_latency_cycles; }
double l2_latency(const GpuMachine& machine) { return machine.cache.latency_cycles; }
double near_hit(const GpuMachine& machine) { return machine.cache.near_latency_cycles; }
double far_hit(const GpuMachine& machine) { return machine.cache.far_latency_cycles; }
double near_miss(const GpuMachine& machine) { return near_hit(machine) + machine.hbm.miss_cycles; }
double far_miss(const GpuMachine& machine) { return far_hit(machine) + machine.hbm.miss_cycles; }
double memory_latency(const GpuMachine& machine) { return machine.hbm.latency_cycles; }
double tma_latency(const GpuMachine& machine) { return machine.cache.tma_latency_cycles; }
double l2_tera_bytes(const GpuMachine& machine) {
  return machine.cache.bytes_per_clk * machine.power.max_clock_hz / kTera;
}
double memory_tera_bytes(const GpuMachine& machine) {
  return machine.hbm.bytes_per_s * machine.hbm.reached / kTera;
}

template <double (*value)(const GpuMachine&)>
double of_memory(const GpuMachine& machine, const TensorInstruction& /*instruction*/) {
  return value(machine);
}

constexpr std::array<std::string_view, 2> kCycles = {"cycle", "cycles"};
constexpr std::array<std::string_view, 2> kMacsPerClk = {"FMA/clk/SM", "MAC/clk/SM"};
constexpr std::array<std::string_view, 2> kTeraOps = {"TFLOPS", "TOPS"};
constexpr std::array<std::string_view, 2> kTeraBytes = {"TB/s", "TB/s"};
constexpr Evidence kPredicted = Evidence::Predicted;
constexpr Evidence kFitted = Evidence::Fitted;
constexpr Evidence kRestated = Evidence::Restated;

constexpr std::array kMetrics = {
    MicrobenchmarkMetric{"latency", kCycles, false, latency, kRestated},
    // IssueLoop::branch_cycles and the rates of int4 and of mma.sp with half the k.
    MicrobenchmarkMetric{"throughput_4warp", kMacsPerClk, false, macs_per_clk_of_four, kFitted},
    MicrobenchmarkMetric{"throughput_8warp", kMacsPerClk, false, macs_per_clk_of_eight, kFitted},
    MicrobenchmarkMetric{"throughput_max", kMacsPerClk, false, most_macs_per_clk, kFitted},
    MicrobenchmarkMetric{"throughput", kTeraOps, false, tera_ops, kPredicted},
    MicrobenchmarkMetric{"L1_latency", kCycles, true, of_memory<l1_latency>, kRestated},
    MicrobenchmarkMetric{"smem_latency", kCycles, true, of_memory<shared_latency>, kRestated},
    MicrobenchmarkMetric{"L2_latency", kCycles, true, of_memory<l2_latency>, kRestated},
    MicrobenchmarkMetric{"L2_near_hit", kCycles, true, of_memory<near_hit>, kRestated},
    MicrobenchmarkMetric{"L2_far_hit", kCycles, true, of_memory<far_hit>, kRestated},
    // Two rows of a device from one constant, HbmConfig::miss_cycles.
    MicrobenchmarkMetric{"L2_near_miss", kCycles, true, of_memory<near_miss>, kFitted},
    MicrobenchmarkMetric{"L2_far_miss", kCycles, true, of_memory<far_miss>, kFitted},
    MicrobenchmarkMetric{"global_latency", kCycles, true, of_memory<memory_latency>, kRestated},
    MicrobenchmarkMetric{"TMA_extra_latency", kCycles, true, of_memory<tma_latency>, kRestated},
    MicrobenchmarkMetric{"L2_BW", kTeraBytes, true, of_memory<l2_tera_bytes>, kRestated},
    MicrobenchmarkMetric{"DRAM_BW", kTeraBytes, true, of_memory<memory_tera_bytes>, kRestated}};

}  // namespace

std::span<const MicrobenchmarkMetric> microbenchmark_metric_table() { return kMetrics; }

const MicrobenchmarkMetric* find_microbenchmark_metric(std::string_view name) {
  const auto* metric = std::find_if(kMetrics.begin(), kMetrics.end(),
                                    [&](const auto& candidate) { return candidate.name == name; });
  return metric == kMetrics.end() ? nullptr : metric;
}

}  // namespace olivine
