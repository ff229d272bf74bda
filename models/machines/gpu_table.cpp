// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/config_table.h"
#include "models/machines/gpu.h"

namespace olivine {
namespace {

using Gpu = GpuMachine;

constexpr Range<int64_t> kMacRate{0, 1 << 20};
constexpr Range<int64_t> kSharedBytes{static_cast<int64_t>(kKiB), static_cast<int64_t>(kMiB)};
constexpr Range<double> kFraction{0.01, 1};
constexpr Range<double> kLatency{0, 100000};
constexpr Range<double> kWatts{0, 10000};

void add_description(ConfigTable<Gpu>& table) {
  table
      .text(
          "name", [](Gpu & m) -> auto& { return m.name; }, "Name in results")
      .text(
          "description", [](Gpu & m) -> auto& { return m.description; }, "One sentence")
      .text(
          "source", [](Gpu & m) -> auto& { return m.source; },
          "Where the numbers come from, and which are ours");
}

void add_sm(ConfigTable<Gpu>& table) {
  table
      .integer(
          "sm.count", [](Gpu & m) -> auto& { return m.sm.count; }, {1, 1024},
          "Streaming multiprocessors")
      .integer(
          "sm.sub_cores", [](Gpu & m) -> auto& { return m.sm.sub_cores; }, {1, 16},
          "Parts of an SM, each with one tensor core and one warp scheduler")
      .integer(
          "sm.max_warps", [](Gpu & m) -> auto& { return m.sm.max_warps; }, {1, 256},
          "Resident warps of an SM", "warps")
      .integer(
          "sm.max_ctas", [](Gpu & m) -> auto& { return m.sm.max_ctas; }, {1, 256},
          "Resident CTAs of an SM", "CTAs")
      .integer(
          "sm.registers", [](Gpu & m) -> auto& { return m.sm.registers; }, {1024, 1 << 22},
          "32-bit registers of an SM")
      .bytes(
          "sm.shared_memory", [](Gpu & m) -> auto& { return m.sm.shared_memory; }, kSharedBytes,
          "Shared memory of an SM")
      .bytes(
          "sm.shared_memory_per_cta", [](Gpu & m) -> auto& { return m.sm.shared_memory_per_cta; },
          kSharedBytes, "Shared memory that one CTA may take")
      .integer(
          "sm.shared_bytes_per_clk", [](Gpu & m) -> auto& { return m.sm.shared_bytes_per_clk; },
          {1, 4096}, "Shared-memory bandwidth of an SM", "bytes/cycle")
      .integer(
          "sm.int32_lanes", [](Gpu & m) -> auto& { return m.sm.int32_lanes; }, {1, 1024},
          "Lanes for logic, shifts, integer additions and byte permutations of an SM")
      .integer(
          "sm.fp32_lanes", [](Gpu & m) -> auto& { return m.sm.fp32_lanes; }, {1, 1024},
          "Lanes for fp32 multiply-adds of an SM")
      .boolean(
          "sm.async_copy", [](Gpu & m) -> auto& { return m.sm.has_async_copy; },
          "cp.async: global to shared memory without registers");
}

void add_tensor_rates(ConfigTable<Gpu>& table) {
  table
      .integer(
          "tensor.fp16_macs_per_clk", [](Gpu & m) -> auto& { return m.tensor.fp16_macs_per_clk; },
          kMacRate, "Dense fp16 multiply-accumulates of an SM; 0: none", "MAC/cycle")
      .integer(
          "tensor.fp8_macs_per_clk", [](Gpu & m) -> auto& { return m.tensor.fp8_macs_per_clk; },
          kMacRate, "Dense fp8 multiply-accumulates of an SM; 0: none", "MAC/cycle")
      .integer(
          "tensor.int8_macs_per_clk", [](Gpu & m) -> auto& { return m.tensor.int8_macs_per_clk; },
          kMacRate, "Dense int8 multiply-accumulates of an SM; 0: none", "MAC/cycle")
      .integer(
          "tensor.int4_macs_per_clk", [](Gpu & m) -> auto& { return m.tensor.int4_macs_per_clk; },
          kMacRate, "Dense int4 multiply-accumulates of an SM; 0: none", "MAC/cycle")
      .boolean(
          "tensor.bf16", [](Gpu & m) -> auto& { return m.tensor.has_bf16; },
          "bf16 at the rate of fp16")
      .boolean(
          "tensor.sparse", [](Gpu & m) -> auto& { return m.tensor.has_sparse; },
          "mma.sp: 2:4 weights at twice the dense rate")
      .boolean(
          "tensor.wgmma", [](Gpu & m) -> auto& { return m.tensor.has_wgmma; },
          "wgmma: four warps feed one instruction from shared memory")
      .boolean(
          "tensor.ovp_decoders", [](Gpu & m) -> auto& { return m.tensor.has_ovp; },
          "mmaovp: outlier-victim pair decoders in front of the multipliers");
}

void add_tensor_timing(ConfigTable<Gpu>& table) {
  table
      .integer(
          "tensor.mma_k_bytes", [](Gpu & m) -> auto& { return m.tensor.mma_k_bytes; }, {8, 256},
          "Bytes of k in the longest mma: 32 for m16n8k16 of fp16; there is also one of half of 32",
          "bytes")
      .number(
          "tensor.mma_sync_rate", [](Gpu & m) -> auto& { return m.tensor.mma_sync_rate; },
          kFraction, "Part of the dense rate that mma.sync reaches")
      .number(
          "tensor.mma_sync_int4_rate", [](Gpu & m) -> auto& { return m.tensor.mma_sync_int4_rate; },
          kFraction, "The same for int4")
      .number(
          "tensor.mma_sp_rate", [](Gpu & m) -> auto& { return m.tensor.mma_sp_rate; }, kFraction,
          "Part of twice the dense rate that mma.sp reaches")
      .number(
          "tensor.mma_sp_half_k_rate", [](Gpu & m) -> auto& { return m.tensor.mma_sp_half_k_rate; },
          kFraction, "The same for mma.sp of half the longest k")
      .number(
          "tensor.mma_latency_cycles", [](Gpu & m) -> auto& { return m.tensor.mma_latency_cycles; },
          kLatency, "Dependent mma of one warp, longest k", "cycles")
      .number(
          "tensor.mma_half_k_latency_cycles",
          [](Gpu & m) -> auto& { return m.tensor.mma_half_k_latency_cycles; }, kLatency,
          "Dependent mma of one warp, half the longest k", "cycles")
      .number(
          "tensor.mma_int4_latency_cycles",
          [](Gpu & m) -> auto& { return m.tensor.mma_int4_latency_cycles; }, kLatency,
          "Dependent int4 mma of one warp, longest k", "cycles")
      .number(
          "tensor.wgmma_min_cycles", [](Gpu & m) -> auto& { return m.tensor.wgmma_min_cycles; },
          kLatency, "Least cycles of one wgmma of small n, A from registers", "cycles");
}

void add_memory(ConfigTable<Gpu>& table) {
  table
      .bytes(
          "cache.bytes", [](Gpu & m) -> auto& { return m.cache.bytes; },
          {static_cast<int64_t>(kKiB), static_cast<int64_t>(kGiB)}, "L2 cache")
      .number(
          "cache.bytes_per_clk", [](Gpu & m) -> auto& { return m.cache.bytes_per_clk; }, {1, 1e6},
          "L2 bandwidth of the whole chip, at the SM clock", "bytes/cycle")
      .number(
          "cache.latency_cycles", [](Gpu & m) -> auto& { return m.cache.latency_cycles; }, kLatency,
          "L2 hit, mean over the SMs", "cycles")
      .number(
          "cache.near_latency_cycles", [](Gpu & m) -> auto& { return m.cache.near_latency_cycles; },
          kLatency, "L2 hit in the SM's own partition", "cycles")
      .number(
          "cache.far_latency_cycles", [](Gpu & m) -> auto& { return m.cache.far_latency_cycles; },
          kLatency, "L2 hit in the other partition", "cycles")
      .number(
          "cache.l1_latency_cycles", [](Gpu & m) -> auto& { return m.cache.l1_latency_cycles; },
          kLatency, "L1 hit", "cycles")
      .number(
          "cache.shared_latency_cycles",
          [](Gpu & m) -> auto& { return m.cache.shared_latency_cycles; }, kLatency,
          "Shared-memory load", "cycles")
      .number(
          "cache.tma_latency_cycles", [](Gpu & m) -> auto& { return m.cache.tma_latency_cycles; },
          kLatency, "What a TMA load adds to a plain one; 0: no TMA", "cycles")
      .bytes(
          "hbm.bytes", [](Gpu & m) -> auto& { return m.hbm.bytes; },
          {static_cast<int64_t>(kMiB), 4096 * static_cast<int64_t>(kGiB)}, "Device memory")
      .number(
          "hbm.bytes_per_s", [](Gpu & m) -> auto& { return m.hbm.bytes_per_s; }, {1e6, 1e15},
          "Device-memory bandwidth of the data sheet", "bytes/s")
      .number(
          "hbm.reached", [](Gpu & m) -> auto& { return m.hbm.reached; }, kFraction,
          "Part of it that a long stream reaches")
      .number(
          "hbm.latency_cycles", [](Gpu & m) -> auto& { return m.hbm.latency_cycles; }, kLatency,
          "L2 miss, from the SM", "cycles")
      .number(
          "hbm.miss_cycles", [](Gpu & m) -> auto& { return m.hbm.miss_cycles; }, kLatency,
          "What an L2 miss adds to a hit of the same partition", "cycles")
      .text(
          "hbm.device", [](Gpu & m) -> auto& { return m.hbm.device; },
          "Device-memory kind of the energy table");
}

void add_power(ConfigTable<Gpu>& table) {
  constexpr Range<double> kClock{1e6, 10e9};
  table
      .number(
          "power.limit_w", [](Gpu & m) -> auto& { return m.power.limit_w; }, {1, 10000},
          "Board power limit; the clock falls until it is met", "W")
      .number(
          "power.idle_w", [](Gpu & m) -> auto& { return m.power.idle_w; }, kWatts,
          "Board power without work, clocks up", "W")
      .frequency(
          "power.max_clock", [](Gpu & m) -> auto& { return m.power.max_clock_hz; }, kClock,
          "Highest SM clock")
      .frequency(
          "power.min_clock", [](Gpu & m) -> auto& { return m.power.min_clock_hz; }, kClock,
          "Lowest SM clock")
      .number(
          "power.voltage_slope", [](Gpu & m) -> auto& { return m.power.voltage_slope; }, {0, 1},
          "Relative fall of the voltage with the clock: V/Vmax = 1 - slope x (1 - f/fmax)")
      .number(
          "power.voltage_floor", [](Gpu & m) -> auto& { return m.power.voltage_floor; }, kFraction,
          "Lowest voltage over that of the highest clock");
}

ConfigTable<Gpu> make_table() {
  ConfigTable<Gpu> table;
  add_description(table);
  add_sm(table);
  add_tensor_rates(table);
  add_tensor_timing(table);
  add_memory(table);
  add_power(table);
  table
      .number(
          "launch.seconds", [](Gpu & m) -> auto& { return m.launch_s; }, {0, 1e-3},
          "One empty kernel of a CUDA graph", "s")
      .text(
          "energy.table", [](Gpu & m) -> auto& { return m.energy_table; },
          "Energy table: a shipped name or a YAML file")
      .text(
          "calibration", [](Gpu & m) -> auto& { return m.calibration; },
          "Fitted library constants: a shipped name, a YAML file, or empty for none");
  return table;
}

}  // namespace

const ConfigTable<GpuMachine>& gpu_table() {
  static const ConfigTable<GpuMachine> kTable = make_table();
  return kTable;
}

}  // namespace olivine
