// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/micro/micro_instruction.h"

namespace olivine {

// What a measurement was made with; missing where it has no such parameter.
struct MicroParameters {
  std::optional<int> warps;                // of one SM; of a warpgroup, four each
  std::optional<int> ilp;                  // accumulators of a warp that do not wait for each other
  std::optional<int> n;                    // of a tensor instruction
  std::optional<bool> a_in_registers;      // of wgmma: RS, else SS
  std::optional<bool> is_sparse;           // of a tensor instruction
  std::optional<int64_t> blocks;           // of an empty kernel
  std::optional<int64_t> footprint_bytes;  // of memory that is read
};

// One measured quantity. `value` is the median of the samples.
//   issue_interval  cycles between two instructions of a sub-core (mma) or of the SM (wgmma)
//   decode_rate     stored elements a clock of an SM
//   smem_latency, L1_latency, L2_latency, global_latency
//                   cycles from a load to the next that needs its result
//   smem_bandwidth  bytes a clock of an SM
//   read_bandwidth  of the whole chip, from memory of that footprint
//   launch_floor    from kernel to kernel of a graph, of an empty one
//   sm_clock        of one busy SM, cycles over time
// and what derive_published() makes of them.
struct MicroResult {
  std::string name;
  std::string instruction;  // "mma.sync.m16n8k32.s8", "ovp4", "memory", "launch"
  MicroParameters parameters;
  double value = 0;
  std::string unit;
  double spread_ratio = 0;         // (largest - smallest sample) / median
  std::vector<double> samples;     // in the order they were taken
  std::optional<double> expected;  // by wgmma_interval.h
  // Set where `instruction` is one.
  std::optional<MicroInstruction> opcode;
};

// The middle one, or the mean of the middle two. Contract: at least one.
[[nodiscard]] double median_of(std::vector<double> samples);

// Name, unit and samples; value and spread follow. Contract: at least one sample.
[[nodiscard]] MicroResult make_micro_result(std::string name, std::string unit,
                                            std::vector<double> samples);

// The quantities that published tables have, from issue intervals and read bandwidths: latency (one
// warp, one chain; wgmma: one warpgroup), throughput_4warp and _8warp with the chains of Sun et
// al. (arXiv 2206.02874: 3 and 2), throughput_max, L2_BW (the largest of footprints up to a quarter
// of L2), DRAM_BW (the largest of footprints from four times L2 on).
[[nodiscard]] std::vector<MicroResult> derive_published(std::span<const MicroResult> results,
                                                        int64_t l2_bytes);

// The results that tables of microbenchmarks have a row for, as such a table. `device` as tables
// spell it ("H200").
[[nodiscard]] std::string microbenchmark_table(std::span<const MicroResult> results,
                                               std::string_view device, std::string_view source);

}  // namespace olivine
