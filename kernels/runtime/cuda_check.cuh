// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "kernels/runtime/device.h"

namespace olivine {

inline void check_cuda(cudaError_t error, const char* expression, const char* file, int line) {
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError());  // so that no check of a later launch sees it again
    throw CudaError{expression, std::string{file} + ':' + std::to_string(line),
                    cudaGetErrorName(error)};
  }
}

}  // namespace olivine

// Evaluates the call once; throws CudaError where it fails.
#define OLV_CUDA_CHECK(call)                                  \
  do {                                                        \
    ::olivine::check_cuda((call), #call, __FILE__, __LINE__); \
  } while (false)

// For destructors: an error here has shown in an earlier call or will show in a later one.
#define OLV_CUDA_CHECK_NOEXCEPT(call) static_cast<void>(call)
