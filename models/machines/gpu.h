// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/units.h"

namespace olivine {

template <class Config>
class ConfigTable;

// One streaming multiprocessor. Rates are per SM and clock.
struct SmConfig {
  int64_t count = 132;
  int64_t sub_cores = 4;  // each with one tensor core and one warp scheduler
  int64_t max_warps = 64;
  int64_t max_ctas = 32;
  int64_t registers = 65536;  // 32-bit
  int64_t shared_memory = 228 * static_cast<int64_t>(kKiB);
  int64_t shared_memory_per_cta = 227 * static_cast<int64_t>(kKiB);
  int64_t shared_bytes_per_clk = 128;
  int64_t int32_lanes = 64;  // logic, shift, integer add, PRMT
  int64_t fp32_lanes = 128;
  bool has_async_copy = true;  // cp.async: global to shared memory without registers
};

// Tensor cores of one SM: dense multiply-accumulates a clock; 0 where the format has no
// instruction. 2:4 doubles the rate of every format where `has_sparse`.
struct TensorConfig {
  int64_t fp16_macs_per_clk = 2048;
  int64_t fp8_macs_per_clk = 4096;
  int64_t int8_macs_per_clk = 4096;
  int64_t int4_macs_per_clk = 0;
  bool has_bf16 = true;    // at the rate of fp16
  bool has_sparse = true;  // mma.sp: 2:4 weights at twice the dense rate
  bool has_wgmma = true;   // four warps feed one instruction from shared memory
  bool has_ovp = false;  // OliVe's mmaovp: outlier-victim pair decoders in front of the multipliers
  // Bytes of k (of the compressed operand) in the longest mma: fp16 m16n8k16 has 32, Turing's
  // m16n8k8 16. Where it is 32 there is an mma of half that k too.
  int64_t mma_k_bytes = 32;
  // Of the dense rate (mma.sp: of twice it) that mma reaches when nothing else holds it up. A100: 1
  // by its data sheet, loops lose the rest (sim/tensor_core/sub_core.h). H100: Luo et al. (arXiv
  // 2402.13499), 6 cycles instead of 4, and mma.sp in A100's 8.
  double mma_sync_rate = 0.667;
  double mma_sync_int4_rate = 1;  // A100: 0.925, 8.65 cycles instead of 8 (Sun et al.)
  double mma_sp_rate = 0.5;       // A100: 1
  double mma_sp_half_k_rate =
      0.5;  // of half the longest k; A100: 0.64, between fp16 and int8 (Sun)
  // One warp, dependent chain. A100 (Sun et al., arXiv 2206.02874): 24.7, 17.8 and 26.1.
  double mma_latency_cycles = 24.1;  // longest k
  double mma_half_k_latency_cycles = 18;
  double mma_int4_latency_cycles = 24.1;  // longest k
  double wgmma_min_cycles = 13.5;  // floor of one wgmma of small N (Luo: N = 8, A in registers)
};

struct CacheConfig {
  int64_t bytes = 50 * static_cast<int64_t>(kMiB);
  double bytes_per_clk = 4472;       // of the whole chip, at the SM clock
  double latency_cycles = 263;       // a hit, mean over SMs as pointer chasing shows it
  double near_latency_cycles = 258;  // a hit in the SM's own partition; A100: 208 (Luo v2)
  double far_latency_cycles = 414;   // a hit in the other one; A100: 356.6
  double l1_latency_cycles = 40.7;
  double shared_latency_cycles = 29;
  double tma_latency_cycles = 170;  // that a TMA load adds to a plain one; 0: no TMA
};

// Device memory: stacked HBM, or GDDR on a GeForce board.
struct HbmConfig {
  int64_t bytes = 80 * static_cast<int64_t>(kGiB);
  double bytes_per_s = 3.352e12;  // of the data sheet
  double reached = 0.92;          // of it by a long stream
  double latency_cycles = 656;    // an L2 miss, from the SM
  double miss_cycles = 314;     // what a miss adds to a hit of its partition; A100: 266.5 (Luo v2)
  std::string device = "hbm3";  // of the energy table
};

// P = idle + leakage + dynamic energy a second; the clock falls until P is at most the limit.
struct PowerConfig {
  double limit_w = 700;  // board
  double idle_w = 70;
  double max_clock_hz = 1980e6;
  double min_clock_hz = 210e6;
  // V(f) / V(max clock) = 1 - voltage_slope * (1 - f / max clock), at least voltage_floor
  double voltage_slope = 0.6;
  double voltage_floor = 0.65;
};

// A GPU with tensor cores. Every value is published; where a value is fitted instead, it belongs
// to a calibration (sim/tensor_core/calibration.h) and not here.
struct GpuMachine {
  std::string name;
  std::string description;
  std::string source;
  SmConfig sm;
  TensorConfig tensor;
  CacheConfig cache;
  HbmConfig hbm;
  PowerConfig power;
  double launch_s = 2e-6;  // one kernel of a CUDA graph, empty
  std::string energy_table = "gpu_4nm";
  std::string calibration;                    // shipped name, path, or "" for none
  std::map<std::string, std::string> places;  // key -> file:line that set it; for messages
};

// The one table of GPU machine keys (docs/config.md).
[[nodiscard]] const ConfigTable<GpuMachine>& gpu_table();

// A shipped machine by name, or a YAML file by path (anything with a '/' or ending in ".yaml")
// whose `kind` is gpu. With `base: <shipped GPU>` it starts from that one's values. Throws
// ConfigError with every problem of the file, and the nearest name.
[[nodiscard]] GpuMachine load_gpu(const std::string& name_or_path);
[[nodiscard]] GpuMachine parse_gpu(std::string_view text, const std::string& source);
[[nodiscard]] std::vector<std::string> shipped_gpus();

// True for a shipped GPU and for a readable file with `kind: gpu`.
[[nodiscard]] bool is_gpu(const std::string& name_or_path);

// Cross-field rules (ranges are checked by the table). Throws ConfigError.
void validate(const GpuMachine& machine);

}  // namespace olivine
