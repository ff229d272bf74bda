// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "kernels/gemm/launch_gemm.h"
#include "kernels/gemm/wgmma_gemm.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {

// By the driver, which is asked for the function at run time: no link with libcuda.
TensorMap encode_driver_tensor_map(const TensorMapSpec& spec);

template <int kIndex>
__global__ __launch_bounds__(
    threads(kWgmmaConfigs[kIndex]),
    kWgmmaConfigs[kIndex].blocks_per_sm) void wgmma_gemm_kernel(const __grid_constant__ WgmmaParams
                                                                    params) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  extern __shared__ __align__(1024) std::byte shared[];
  device::wgmma_gemm<kIndex>(params, shared);
#else
  __trap();  // can_implement() refuses other architectures
#endif
}

template <int kIndex>
void launch_wgmma(const GemmArgs& args, const LaunchConfig& config, StreamHandle stream) {
  OLV_CUDA_CHECK(cudaFuncSetAttribute(
      wgmma_gemm_kernel<kIndex>, cudaFuncAttributeMaxDynamicSharedMemorySize, config.shared_bytes));
  cudaLaunchAttribute cluster{};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim.x = static_cast<unsigned>(config.cluster);
  cluster.val.clusterDim.y = 1;
  cluster.val.clusterDim.z = 1;
  cudaLaunchConfig_t launch{};
  launch.gridDim = dim3{static_cast<unsigned>(config.blocks)};
  launch.blockDim = dim3{static_cast<unsigned>(config.threads)};
  launch.dynamicSmemBytes = static_cast<size_t>(config.shared_bytes);
  launch.stream = stream;
  launch.attrs = &cluster;
  launch.numAttrs = 1;
  OLV_CUDA_CHECK(
      cudaLaunchKernelEx(&launch, wgmma_gemm_kernel<kIndex>,
                         wgmma_params(kWgmmaConfigs[kIndex], args, encode_driver_tensor_map)));
}

using WgmmaLaunch = void (*)(const GemmArgs&, const LaunchConfig&, StreamHandle);

template <WeightForm kWeights, int kIndex>
constexpr WgmmaLaunch wgmma_launch_if() {
  if constexpr (kWgmmaConfigs[kIndex].weights == kWeights) {
    return launch_wgmma<kIndex>;
  } else {
    return nullptr;
  }
}
template <WeightForm kWeights, size_t... kIndex>
constexpr std::array<WgmmaLaunch, sizeof...(kIndex)> wgmma_launches(
    std::index_sequence<kIndex...> /*indices*/) {
  return {wgmma_launch_if<kWeights, static_cast<int>(kIndex)>()...};
}

// Kernels of one form of weights, by their index in kWgmmaConfigs; each form is instantiated in a
// file of its own, which keeps them short to compile.
template <WeightForm kWeights>
void launch_wgmma_of(int index, const GemmArgs& args, const LaunchConfig& config,
                     StreamHandle stream) {
  constexpr auto kLaunches =
      wgmma_launches<kWeights>(std::make_index_sequence<kWgmmaConfigs.size()>{});
  kLaunches[static_cast<size_t>(index)](args, config, stream);
}

}  // namespace olivine
