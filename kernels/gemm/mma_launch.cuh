// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <utility>

#include "kernels/gemm/launch_gemm.h"
#include "kernels/gemm/mma_gemm.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {

template <int kIndex>
__global__ __launch_bounds__(
    threads(kMmaConfigs[kIndex]),
    kMmaConfigs[kIndex]
        .min_blocks) void mma_gemm_kernel(const __grid_constant__ device::MmaParams params) {
  extern __shared__ __align__(1024) std::byte shared[];
  device::mma_gemm<kIndex>(params, shared);
}

template <int kIndex>
void launch_mma(const GemmArgs& args, const LaunchConfig& config, StreamHandle stream) {
  OLV_CUDA_CHECK(cudaFuncSetAttribute(
      mma_gemm_kernel<kIndex>, cudaFuncAttributeMaxDynamicSharedMemorySize, config.shared_bytes));
  mma_gemm_kernel<kIndex>
      <<<static_cast<unsigned>(config.blocks), static_cast<unsigned>(config.threads),
         static_cast<size_t>(config.shared_bytes), stream>>>(device::mma_params(args));
  OLV_CUDA_CHECK(cudaGetLastError());
}

using MmaLaunch = void (*)(const GemmArgs&, const LaunchConfig&, StreamHandle);

template <WeightForm kWeights, size_t kIndex>
constexpr MmaLaunch mma_launch_if_of() {
  if constexpr (kMmaConfigs[kIndex].weights == kWeights) {
    return launch_mma<static_cast<int>(kIndex)>;
  } else {
    return nullptr;
  }
}
template <WeightForm kWeights, size_t... kIndex>
constexpr std::array<MmaLaunch, sizeof...(kIndex)> mma_launches(std::index_sequence<kIndex...>) {
  return {mma_launch_if_of<kWeights, kIndex>()...};
}

// Kernels of one form of weights, by their index in kMmaConfigs; each form is instantiated in a
// file of its own, which keeps them short to compile.
template <WeightForm kWeights>
void launch_mma_of(int index, const GemmArgs& args, const LaunchConfig& config,
                   StreamHandle stream) {
  static constexpr auto kLaunches =
      mma_launches<kWeights>(std::make_index_sequence<kMmaConfigs.size()>{});
  kLaunches[static_cast<size_t>(index)](args, config, stream);
}

}  // namespace olivine
