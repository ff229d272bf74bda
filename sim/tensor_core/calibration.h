// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace olivine {

struct GpuMachine;

// What no data sheet states about a library's kernels on a machine. Fitted to measurements by
// `olivine calibrate`; these defaults are ours, for machines without measurements. Cycles are of
// the SM clock.
struct KernelConstants {
  double launch_us = 3;                // start to end of a kernel in a CUDA graph, without its work
  double tensor_reached = 0.95;        // of the instruction's rate by a mainloop
  double one_warp_rate = 0.85;         // of it with one warp on a sub-core
  double shared_reached = 0.9;         // of the shared-memory bandwidth
  double shared_write_weight = 0.5;    // of a byte written by a load against one read
  double decode_reached = 0.8;         // of the integer lanes by decoding
  double l2_reached = 0.7;             // of the L2 bandwidth
  double l2_sm_bytes_per_clk = 64;     // of one SM alone
  double multicast = 0.5;              // of the second operand's traffic that a cluster leaves
  double hbm_reached = 0.85;           // of the data sheet's bandwidth
  double write_back = 0.5;             // of the outputs that reach memory within the kernel
  double refetch = 0.5;                // of a panel that fell out of L2 between two waves
  double memory_latency_cycles = 900;  // a stage from memory, seen by the mainloop; at least L2's
  double l2_latency_cycles = 500;      // a stage from L2
  double max_stages = 6;               // that hide it
  double serial_share = 0.3;           // of a stage's tensor time that a CTA alone cannot overlap
  double stage_cycles = 20;            // barriers of a stage
  double epilogue_cycles = 1200;       // of a CTA
  double epilogue_exposed = 0.4;       // of it, for each further round of CTAs
  double store_cycles = 1000;          // of 128x256 outputs
  double store_exposed = 0.7;          // of it, for each further CTA of an SM
  double split_us = 1.5;               // adding the sums of split k
  double split_traffic = 1;            // of the partial sums, at the L2 bandwidth
  double overlap = 3.5;     // exponent p of the norm that joins what overlaps; infinity: max
  double hot_margin = 0.5;  // of L2, between all operands found there and none
  double activity = 1;      // of the energy table's dynamic energy
  // Matrix-vector kernels on CUDA cores.
  double vector_launch_us = 3.5;
  double vector_hbm_reached = 0.85;
  double vector_cycles_per_mac = 0.5;  // of one lane
  double vector_cycles_per_row = 20;   // of an SM, for one output feature
  double vector_cycles_per_k = 0.3;    // of the longest CTA

  bool operator==(const KernelConstants&) const = default;
};

// How one collection of measurements was taken (gemm_model.h, GemmContext).
struct Harness {
  double weight_sets = 6;
  double throttle_us = 1000;
  double launch_us = 0;  // on top of the kernel's own

  bool operator==(const Harness&) const = default;
};

// What the constants were fitted to.
struct FitRecord {
  std::string checksum;  // of the file of measurements, FNV-1a
  int64_t seed = 0;      // of the split of its shapes
  int64_t shapes = 0;    // points fitted
  double mape_pct = 0;   // on those; errors are stated on the others

  bool operator==(const FitRecord&) const = default;
};

// One library on one machine.
struct LibraryCalibration {
  std::string machine;
  std::string library;
  KernelConstants constants;
  std::map<std::string, Harness> harnesses;  // by `source` of the measurements
  FitRecord fit;

  bool operator==(const LibraryCalibration&) const = default;
};

// Of one machine, by library.
struct Calibration {
  std::map<std::string, LibraryCalibration> libraries;

  [[nodiscard]] const LibraryCalibration* find(const std::string& library) const;
};

// A constant with its legal range and meaning: the one table that YAML, documentation and the fit
// read.
template <class Constants>
struct ConstantRow {
  std::string_view key;
  double Constants::*member;
  double low;
  double high;
  std::string_view help;
};
[[nodiscard]] std::span<const ConstantRow<KernelConstants>> kernel_constant_rows();
[[nodiscard]] std::span<const ConstantRow<Harness>> harness_rows();

// All shipped calibrations of a machine; empty where there are none.
[[nodiscard]] Calibration shipped_calibration(const std::string& machine);

// What `calibration` of a machine names: all shipped ones of a machine, which may be another one,
// or the library of one YAML file; empty where it is "". Throws ConfigError with the nearest name.
[[nodiscard]] Calibration load_calibration(const GpuMachine& machine);

// From YAML text as calibration_yaml() writes it. Throws ConfigError with every problem.
[[nodiscard]] LibraryCalibration parse_calibration(std::string_view text,
                                                   const std::string& source);
[[nodiscard]] std::string calibration_yaml(const LibraryCalibration& calibration);

}  // namespace olivine
