// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/peaks.h"

#include <algorithm>

#include "models/numerics/format.h"

namespace olivine::measure {
namespace {

constexpr double kHalfMacsA100 = 1024;  // of an SM in a clock
constexpr double kByteMacsA100 = 2048;
constexpr double kHalfMacsHopper = 2048;
constexpr double kByteMacsHopper = 4096;

std::optional<double> macs_per_cycle(Format format, int capability) {
  const bool is_half = format == Format::Fp16 || format == Format::Bf16;
  if (capability == 90) return is_half ? kHalfMacsHopper : kByteMacsHopper;
  if (capability == 80 && format != Format::Fp8) return is_half ? kHalfMacsA100 : kByteMacsA100;
  return std::nullopt;
}

}  // namespace

Peaks peaks_of(const Variant& variant, const DeviceInfo& device) {
  const Scheme& scheme = parse_scheme(variant.scheme);
  Peaks peaks;
  // Two transfers a clock: memory_bus_bits are pins.
  peaks.bytes_per_s = 2.0 * static_cast<double>(device.max_memory_clock_hz) *
                      static_cast<double>(device.memory_bus_bits) / 8;
  if (const auto macs = macs_per_cycle(scheme.activations, device.compute_capability)) {
    const double sparsity = scheme.weight_pattern == Pattern::TwoFour ? 2 : 1;
    peaks.ops_per_cycle = 2 * *macs * sparsity * device.sm_count;
  }
  return peaks;
}

std::optional<double> roofline_us(const CaseWork& work, const Peaks& peaks, double sm_clock_hz) {
  if (!peaks.ops_per_cycle || sm_clock_hz <= 0 || peaks.bytes_per_s <= 0) return std::nullopt;
  const double compute_s = work.ops / (*peaks.ops_per_cycle * sm_clock_hz);
  const double memory_s = static_cast<double>(work.moved_bytes()) / peaks.bytes_per_s;
  return std::max(compute_s, memory_s) * 1e6;
}

}  // namespace olivine::measure
