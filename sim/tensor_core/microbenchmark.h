// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/enum_names.h"
#include "sim/tensor_core/instruction.h"

namespace olivine {

struct GpuMachine;

// One published measurement of an instruction, or of a memory, on one device.
struct MicrobenchmarkRow {
  std::string device;  // "A100", "H800-PCIe": microbenchmark_devices()
  std::string source;  // "arXiv:2206.02874"
  std::string instr;   // "mma.sync", "mma.sp", "wgmma SS", "wgmma.sp RS", "memory"
  std::optional<TensorInstruction> instruction;  // nothing for "memory"
  std::string metric;  // "latency", "throughput_8warp", "L2_BW": microbenchmark_metrics()
  double value = 0;
  std::string unit;  // that of the metric
  std::string note;
  std::string place;  // file:line
};

// Reads a CSV with the columns device, source, instr, M, N, K, dtype, sparse, metric, value, unit,
// note. Throws ConfigError with every problem, each with its place.
[[nodiscard]] std::vector<MicrobenchmarkRow> parse_microbenchmarks(std::string_view text,
                                                                   const std::string& source);
[[nodiscard]] std::vector<MicrobenchmarkRow> read_microbenchmarks(const std::string& path);

// Devices and metrics with a model, as they are spelled in files.
[[nodiscard]] std::vector<std::string> microbenchmark_devices();
[[nodiscard]] std::vector<std::string> microbenchmark_metrics();

// The machine that stands for a measured device: a shipped one, with the SMs and the clock of a
// board that differs. Nothing for an unknown device. Throws ConfigError of load_gpu().
[[nodiscard]] std::optional<GpuMachine> microbenchmark_machine(std::string_view device);

// The row's metric on `machine`, in the row's unit; nothing where it cannot execute the
// instruction. Instructions are stepped (sub_core.h) at the machine's highest clock.
[[nodiscard]] std::optional<double> simulate(const GpuMachine& machine,
                                             const MicrobenchmarkRow& row);

// How much agreement with a row is worth. Predicted: no constant was taken from a measurement of
// this kind. Fitted: follows from fewer constants than rows, fitted to rows of this kind.
// Restated: the row is a constant of the machine, or measures the same constant.
enum class Evidence : uint8_t { Predicted, Fitted, Restated };
inline constexpr std::array kEvidenceNames = {EnumName<Evidence>{Evidence::Predicted, "predicted"},
                                              EnumName<Evidence>{Evidence::Fitted, "fitted"},
                                              EnumName<Evidence>{Evidence::Restated, "restated"}};

inline constexpr double kMicrobenchmarkTolerance = 0.03;

// Rows known to differ by more, and why.
struct MicrobenchmarkDifference {
  std::string_view device;
  std::string_view source;
  std::string_view instr;
  std::string_view metric;
  std::optional<Format> format;  // nothing: any
  std::string_view reason;

  [[nodiscard]] bool matches(const MicrobenchmarkRow& row) const;
};
[[nodiscard]] std::span<const MicrobenchmarkDifference> microbenchmark_differences();

struct MicrobenchmarkResult {
  MicrobenchmarkRow row;
  std::optional<double> simulated;
  std::optional<double> error;  // simulated / value - 1
  Evidence evidence = Evidence::Predicted;
  // That of the known difference, if there is one, or why nothing was simulated.
  std::string reason;

  [[nodiscard]] bool is_within_tolerance() const;
};

// One result a row, in their order. Throws ConfigError of load_gpu().
[[nodiscard]] std::vector<MicrobenchmarkResult> compare_microbenchmarks(
    const std::vector<MicrobenchmarkRow>& rows);

}  // namespace olivine
