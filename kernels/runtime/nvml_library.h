// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

#include "kernels/launch/status.h"
#include "kernels/runtime/dynamic_library.h"

// What of NVML's C interface is used here, since its header comes with few toolkits (names and
// values as in NVIDIA's documentation and its Python package nvidia-ml-py).
namespace olivine::nvml {

struct DeviceHandle;  // opaque: NVML hands out pointers to it
using Device = DeviceHandle*;

using Result = int;
inline constexpr Result kSuccess = 0;
inline constexpr Result kNotSupported = 3;
inline constexpr Result kNoPermission = 4;
inline constexpr Result kInsufficientSize = 7;
inline constexpr Result kFunctionNotFound = 13;
inline constexpr Result kUnknown = 999;

inline constexpr int kClockSm = 1;
inline constexpr int kClockMemory = 2;
inline constexpr int kTemperatureGpu = 0;
inline constexpr int kComputeModeProhibited = 2;
inline constexpr int kComputeModeExclusiveProcess = 3;
inline constexpr uint32_t kFieldPowerInstant = 186;  // mW
inline constexpr int kValueUnsignedInt = 1;
inline constexpr unsigned long long kNotAvailable = ~0ULL;

struct FieldValue {
  uint32_t field = 0;
  uint32_t scope = 0;
  int64_t timestamp_us = 0;
  int64_t latency_us = 0;
  int value_type = 0;
  Result result = kSuccess;
  union {
    double as_double;
    unsigned as_unsigned;
    unsigned long long as_unsigned_long_long = 0;
  } value;
};
static_assert(sizeof(FieldValue) == 40);

struct Utilization {
  unsigned gpu_pct = 0;
  unsigned memory_pct = 0;
};

struct ProcessInfo {
  unsigned pid = 0;
  unsigned long long used_bytes = 0;
  unsigned gpu_instance = 0;
  unsigned compute_instance = 0;
};
static_assert(sizeof(ProcessInfo) == 24);

// The library, opened and initialized; shut down at its end. Functions without which there is
// nothing to say are always there, others may be nullptr in an older driver.
struct Library {
  Library() = default;
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  Library(Library&&) = delete;
  Library& operator=(Library&&) = delete;

  Status open(const std::string& path);

  Result (*shutdown)() = nullptr;
  const char* (*error_string)(Result) = nullptr;
  Result (*handle_by_pci_bus_id)(const char*, Device*) = nullptr;

  Result (*driver_version)(char*, unsigned) = nullptr;
  Result (*total_energy)(Device, unsigned long long*) = nullptr;
  Result (*field_values)(Device, int, FieldValue*) = nullptr;
  Result (*clock_info)(Device, int, unsigned*) = nullptr;
  Result (*max_clock_info)(Device, int, unsigned*) = nullptr;
  Result (*temperature)(Device, int, unsigned*) = nullptr;
  Result (*clock_event_reasons)(Device, unsigned long long*) = nullptr;
  Result (*enforced_power_limit)(Device, unsigned*) = nullptr;
  Result (*persistence_mode)(Device, int*) = nullptr;
  Result (*compute_mode)(Device, int*) = nullptr;
  Result (*mig_mode)(Device, unsigned* current, unsigned* pending) = nullptr;
  Result (*compute_processes)(Device, unsigned* count, ProcessInfo*) = nullptr;
  Result (*utilization)(Device, Utilization*) = nullptr;

 private:
  Status load_required(Result (*&init)());
  void load_optional();

  DynamicLibrary library_;
  bool is_initialized_ = false;
};

}  // namespace olivine::nvml
