// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/metadata_probe.cuh"
#include "kernels/micro/micro_launch.h"
#include "kernels/micro/micro_ptx.cuh"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

constexpr int kThreads = 128;

template <bool kARegisters>
__global__ void __launch_bounds__(kThreads) wgmma_metadata_probe(MetadataProbeParams params) {
  extern __shared__ std::byte unaligned[];
  device::probe_wgmma_metadata<kARegisters>(params, device::align_tiles(unaligned));
}

}  // namespace

void launch_wgmma_metadata_probe(MetadataInstruction instruction, const MetadataProbeParams& params,
                                 StreamHandle stream) {
  constexpr size_t kBytes = size_t{device::kProbeSharedBytes} + device::kTileAlignment;
  const auto kernel = instruction == MetadataInstruction::WgmmaSpRs ? wgmma_metadata_probe<true>
                                                                    : wgmma_metadata_probe<false>;
  kernel<<<1, kThreads, kBytes, stream>>>(params);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
