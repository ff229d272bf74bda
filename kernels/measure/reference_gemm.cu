// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/reference_gemm.cuh"

#include <cuda_runtime.h>

#include <algorithm>

#include "kernels/measure/reference_gemm.h"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine::measure {
namespace {

constexpr int64_t kMaxBlocks = 1 << 16;

__global__ void __launch_bounds__(kReferenceThreads)
    reference_gemm_kernel(const __grid_constant__ ReferenceGemmArgs args) {
  __shared__ ReferenceTiles tiles;
  reference_gemm_body(args, tiles);
}

}  // namespace

void launch_reference_gemm(const ReferenceGemmArgs& args, StreamHandle stream) {
  const int64_t rows = (args.m + kReferenceTile - 1) / kReferenceTile;
  const int64_t columns = (args.n + kReferenceTile - 1) / kReferenceTile;
  const auto blocks = static_cast<unsigned>(std::min(rows * columns, kMaxBlocks));
  if (blocks == 0) return;
  reference_gemm_kernel<<<blocks, kReferenceThreads, 0, stream>>>(args);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine::measure
