// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/launch/launch_config.h"
#include "kernels/runtime/cuda_check.cuh"
#include "kernels/runtime/device.h"

namespace olivine {

// Starts a kernel that takes its arguments by value and needs neither clusters nor shared memory;
// nothing where there are no blocks. Throws CudaError.
template <class Args>
void launch_kernel(void (*kernel)(Args), const LaunchConfig& config, const Args& args,
                   StreamHandle stream) {
  if (config.blocks == 0) return;
  kernel<<<static_cast<unsigned>(config.blocks), static_cast<unsigned>(config.threads), 0,
           stream>>>(args);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
