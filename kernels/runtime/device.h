// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "kernels/launch/launch_config.h"
#include "kernels/launch/status.h"

// What the CUDA runtime calls cudaStream_t and cudaEvent_t, so that no header of ours needs its.
struct CUstream_st;
struct CUevent_st;

namespace olivine {

using StreamHandle = CUstream_st*;
using EventHandle = CUevent_st*;

// A call of the CUDA runtime that failed: expression, file:line, name of the error.
class CudaError : public std::runtime_error {
 public:
  CudaError(const std::string& expression, const std::string& place, std::string error_name);
  [[nodiscard]] const std::string& error_name() const { return error_name_; }

 private:
  std::string error_name_;
};

// As CUDA's enumeration: who may hold contexts on the device.
enum class ComputeMode : uint8_t { Default, ExclusiveProcess, Prohibited };
[[nodiscard]] const char* name_of(ComputeMode mode);

// What the CUDA runtime says of a device. MIG is not among it: DeviceMonitor (device_monitor.h)
// tells. Clocks are the highest the device may run at, 0 where the driver does not say.
struct DeviceInfo {
  int index = 0;
  std::string name;
  std::string uuid;        // "GPU-" and 32 hexadecimal digits in five groups
  std::string pci_bus_id;  // "0000:17:00.0"
  int compute_capability = 0;
  int sm_count = 0;
  int shared_bytes_per_block = 0;  // with opt-in
  int64_t l2_bytes = 0;
  int64_t memory_bytes = 0;
  int memory_bus_bits = 0;
  int64_t max_sm_clock_hz = 0;
  int64_t max_memory_clock_hz = 0;
  bool is_ecc_enabled = false;
  ComputeMode compute_mode = ComputeMode::Default;
  int driver_version = 0;   // highest CUDA version the driver supports: 13000 is 13.0
  int runtime_version = 0;  // CUDA version this program was built with
};

[[nodiscard]] DeviceLimits limits_of(const DeviceInfo& info);
// "13.0" of 13000.
[[nodiscard]] std::string version_text(int cuda_version);

// Fills `info`, or says why there is no such device: no driver or no GPU (any error counts as none:
// without a driver the runtime reports errors, not 0 devices), or an index out of range. Creates no
// context on the device.
Status find_device(int index, DeviceInfo& info);

// Makes the device current for this thread and creates its context.
void use_device(int index);

struct DeviceMemory {
  int64_t free_bytes = 0;
  int64_t total_bytes = 0;
};
// Of the current device.
[[nodiscard]] DeviceMemory device_memory();

}  // namespace olivine
