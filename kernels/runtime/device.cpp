// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/runtime/device.h"

#include <utility>

namespace olivine {

CudaError::CudaError(const std::string& expression, const std::string& place,
                     std::string error_name)
    : std::runtime_error{place + ": " + expression + ": " + error_name},
      error_name_{std::move(error_name)} {}

const char* name_of(ComputeMode mode) {
  switch (mode) {
    case ComputeMode::Default:
      return "default";
    case ComputeMode::ExclusiveProcess:
      return "exclusive_process";
    case ComputeMode::Prohibited:
      return "prohibited";
  }
  return "unknown";
}

DeviceLimits limits_of(const DeviceInfo& info) {
  return {.compute_capability = info.compute_capability,
          .sm_count = info.sm_count,
          .shared_bytes_per_block = info.shared_bytes_per_block,
          .l2_bytes = info.l2_bytes};
}

// CUDA counts 1000 * major + 10 * minor.
std::string version_text(int cuda_version) {
  return std::to_string(cuda_version / 1000) + '.' + std::to_string(cuda_version % 1000 / 10);
}

}  // namespace olivine
