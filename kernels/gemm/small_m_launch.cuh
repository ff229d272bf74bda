// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <utility>

#include "kernels/gemm/launch_gemm.h"
#include "kernels/gemm/small_m_gemm.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {

template <int kIndex>
__global__ __launch_bounds__(
    threads(kSmallMConfigs[kIndex]),
    kSmallMConfigs[kIndex]
        .min_blocks) void small_m_gemm_kernel(const __grid_constant__ device::SmallMParams params) {
  extern __shared__ __align__(1024) std::byte shared[];
  device::small_m_gemm<kIndex>(params, shared);
}

// Whether the launch may begin before the one in front of it has ended.
inline bool begins_early(const GemmArgs& args) {
  if (!args.are_weights_settled) return false;
  int device = 0;
  int major = 0;
  OLV_CUDA_CHECK(cudaGetDevice(&device));
  OLV_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  return major >= 9;
}

template <int kIndex>
void launch_small_m(const GemmArgs& args, const LaunchConfig& config, StreamHandle stream) {
  OLV_CUDA_CHECK(cudaFuncSetAttribute(small_m_gemm_kernel<kIndex>,
                                      cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      config.shared_bytes));
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t launch{};
  launch.gridDim = static_cast<unsigned>(config.blocks);
  launch.blockDim = static_cast<unsigned>(config.threads);
  launch.dynamicSmemBytes = static_cast<size_t>(config.shared_bytes);
  launch.stream = stream;
  launch.attrs = &attribute;
  launch.numAttrs = begins_early(args) ? 1 : 0;
  OLV_CUDA_CHECK(
      cudaLaunchKernelEx(&launch, small_m_gemm_kernel<kIndex>, device::small_m_params(args)));
  OLV_CUDA_CHECK(cudaGetLastError());
}

using SmallMLaunch = void (*)(const GemmArgs&, const LaunchConfig&, StreamHandle);

template <WeightForm kWeights, int kIndex>
constexpr SmallMLaunch small_m_launch() {
  if constexpr (kSmallMConfigs[kIndex].weights == kWeights) return launch_small_m<kIndex>;
  return nullptr;
}
template <WeightForm kWeights, size_t... kIndex>
constexpr std::array<SmallMLaunch, sizeof...(kIndex)> small_m_launches(
    std::index_sequence<kIndex...> /*indices*/) {
  return {small_m_launch<kWeights, static_cast<int>(kIndex)>()...};
}

// Kernels of one form of weights, by their index in kSmallMConfigs; each form is instantiated in a
// file of its own, which keeps them short to compile.
template <WeightForm kWeights>
void launch_small_m_of(int index, const GemmArgs& args, const LaunchConfig& config,
                       StreamHandle stream) {
  constexpr auto kLaunches =
      small_m_launches<kWeights>(std::make_index_sequence<kSmallMConfigs.size()>{});
  kLaunches[static_cast<size_t>(index)](args, config, stream);
}

}  // namespace olivine
