// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/launch/status.h"
#include "kernels/runtime/device.h"

namespace olivine {

// Why clocks are lower than they could be: NVML's "clocks event reasons" (formerly throttle
// reasons), a bit mask.
namespace throttle {
inline constexpr uint64_t kGpuIdle = 0x1;
inline constexpr uint64_t kApplicationClocks = 0x2;  // clocks that somebody has set
inline constexpr uint64_t kSoftwarePowerCap = 0x4;   // the board's power limit
inline constexpr uint64_t kHardwareSlowdown = 0x8;
inline constexpr uint64_t kSyncBoost = 0x10;
inline constexpr uint64_t kSoftwareThermal = 0x20;
inline constexpr uint64_t kHardwareThermal = 0x40;
inline constexpr uint64_t kPowerBrake = 0x80;
inline constexpr uint64_t kDisplayClocks = 0x100;
inline constexpr uint64_t kBoardLimit = 0x200;
inline constexpr uint64_t kReliability = 0x400;
// Those under which no timing is worth anything: the card is too hot or its supply too weak.
inline constexpr uint64_t kUnfit =
    kHardwareSlowdown | kSoftwareThermal | kHardwareThermal | kPowerBrake;
}  // namespace throttle
// "software_power_cap", in bit order; bits without a name as "bit_11". None for 0.
[[nodiscard]] std::vector<std::string> throttle_names(uint64_t reasons);

// What changes from moment to moment. What a device does not tell is missing.
struct DeviceSample {
  std::optional<int64_t> power_mw;  // of the whole board, instantaneous: 25 ms on an H100
  std::optional<int64_t> sm_clock_hz;
  std::optional<int64_t> memory_clock_hz;
  std::optional<int> temperature_c;
  std::optional<uint64_t> throttle_reasons;
};

// What somebody has set; nothing here ever changes it.
struct DeviceMode {
  std::optional<int64_t> power_limit_mw;  // as enforced now
  std::optional<int64_t> max_sm_clock_hz;
  std::optional<int64_t> max_memory_clock_hz;
  std::optional<bool> is_persistent;
  std::optional<bool> is_mig;
  std::optional<ComputeMode> compute_mode;
  std::string driver_version;  // "580.65.06"; empty where it is not told
};

// A process with a context on the device. In a container the numbers may be the host's: so compare
// lists from before and after own contexts rather than with the own number.
struct ComputeProcess {
  int64_t pid = 0;
  std::optional<int64_t> memory_bytes;
};

// Percent of the last sampling period (between 1/6 s and 1 s) with a kernel or a memory access.
struct DeviceUtilization {
  int gpu_pct = 0;
  int memory_pct = 0;
};

// The board's sensors, of one device. Every call reads anew. A Status without reason says that
// reading worked; what a device does not support is a missing value, and for the calls that read
// one value a reason.
class DeviceMonitor {
 public:
  DeviceMonitor() = default;
  virtual ~DeviceMonitor() = default;
  DeviceMonitor(const DeviceMonitor&) = delete;
  DeviceMonitor& operator=(const DeviceMonitor&) = delete;
  DeviceMonitor(DeviceMonitor&&) = delete;
  DeviceMonitor& operator=(DeviceMonitor&&) = delete;

  // Energy of the board since the driver was loaded. The counter moves every 20 to 100 ms.
  virtual Status read_energy_mj(uint64_t& energy_mj) = 0;
  virtual Status read_sample(DeviceSample& sample) = 0;
  virtual Status read_mode(DeviceMode& mode) = 0;
  virtual Status read_processes(std::vector<ComputeProcess>& processes) = 0;
  virtual Status read_utilization(DeviceUtilization& utilization) = 0;
};

}  // namespace olivine
