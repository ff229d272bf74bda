// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/device.h"

#include <cstdio>

#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

int attribute(cudaDeviceAttr which, int index) {
  int value = 0;
  OLV_CUDA_CHECK(cudaDeviceGetAttribute(&value, which, index));
  return value;
}

// The runtime counts clocks in kHz. Drivers may stop telling them.
int64_t clock_hz(cudaDeviceAttr which, int index) {
  int clock_khz = 0;
  if (cudaDeviceGetAttribute(&clock_khz, which, index) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return 0;
  }
  return int64_t{clock_khz} * 1000;
}

ComputeMode compute_mode(int index) {
  switch (static_cast<cudaComputeMode>(attribute(cudaDevAttrComputeMode, index))) {
    case cudaComputeModeProhibited:
      return ComputeMode::Prohibited;
    case cudaComputeModeExclusive:  // of one thread: no driver of today has it
    case cudaComputeModeExclusiveProcess:
      return ComputeMode::ExclusiveProcess;
    case cudaComputeModeDefault:
      return ComputeMode::Default;
  }
  return ComputeMode::Default;
}

std::string uuid_text(const cudaUUID_t& uuid) {
  std::string text = "GPU";
  for (int byte = 0; byte < 16; ++byte) {
    const bool starts_group = byte == 0 || byte == 4 || byte == 6 || byte == 8 || byte == 10;
    char digits[4];
    std::snprintf(digits, sizeof(digits), "%s%02x", starts_group ? "-" : "",
                  static_cast<unsigned>(static_cast<unsigned char>(uuid.bytes[byte])));
    text += digits;
  }
  return text;
}

std::string pci_bus_id(int index) {
  char text[32] = {};
  OLV_CUDA_CHECK(cudaDeviceGetPCIBusId(text, sizeof(text), index));
  return text;
}

DeviceInfo describe(int index) {
  cudaDeviceProp properties{};
  OLV_CUDA_CHECK(cudaGetDeviceProperties(&properties, index));
  DeviceInfo info;
  info.index = index;
  info.name = properties.name;
  info.uuid = uuid_text(properties.uuid);
  info.pci_bus_id = pci_bus_id(index);
  info.compute_capability = 10 * properties.major + properties.minor;
  info.sm_count = properties.multiProcessorCount;
  info.shared_bytes_per_block = static_cast<int>(properties.sharedMemPerBlockOptin);
  info.l2_bytes = properties.l2CacheSize;
  info.memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
  info.memory_bus_bits = properties.memoryBusWidth;
  info.max_sm_clock_hz = clock_hz(cudaDevAttrClockRate, index);
  info.max_memory_clock_hz = clock_hz(cudaDevAttrMemoryClockRate, index);
  info.is_ecc_enabled = properties.ECCEnabled != 0;
  info.compute_mode = compute_mode(index);
  OLV_CUDA_CHECK(cudaDriverGetVersion(&info.driver_version));
  OLV_CUDA_CHECK(cudaRuntimeGetVersion(&info.runtime_version));
  return info;
}

}  // namespace

Status find_device(int index, DeviceInfo& info) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError());  // so that no later check sees it
    return Status::refuse(std::string{"no GPU: "} + cudaGetErrorString(error) + " (" +
                          cudaGetErrorName(error) + ')');
  }
  if (count == 0) {
    return Status::refuse("no GPU: the driver reports no device");
  }
  if (index < 0 || index >= count) {
    return Status::refuse("device = " + std::to_string(index) + ": must be 0.." +
                          std::to_string(count - 1));
  }
  info = describe(index);
  return {};
}

void use_device(int index) { OLV_CUDA_CHECK(cudaSetDevice(index)); }

DeviceMemory device_memory() {
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  OLV_CUDA_CHECK(cudaMemGetInfo(&free_bytes, &total_bytes));
  return {.free_bytes = static_cast<int64_t>(free_bytes),
          .total_bytes = static_cast<int64_t>(total_bytes)};
}

}  // namespace olivine
