// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/kernels/runtime/named_kernel.h"

#include "kernels/runtime/cuda_check.cuh"

namespace olivine {

__global__ void named_kernel(int32_t* counter) { ++*counter; }

void launch_named_kernel(int32_t* counter, StreamHandle stream) {
  named_kernel<<<1, 1, 0, stream>>>(counter);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
