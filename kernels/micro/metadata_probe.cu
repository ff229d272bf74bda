// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/micro/metadata_probe.cuh"

#include "kernels/micro/micro_launch.h"
#include "kernels/runtime/cuda_check.cuh"

namespace olivine {
namespace {

__global__ void __launch_bounds__(32) mma_metadata_probe(MetadataProbeParams params) {
  device::probe_mma_metadata(params);
}

}  // namespace

void launch_mma_metadata_probe(const MetadataProbeParams& params, StreamHandle stream) {
  mma_metadata_probe<<<1, 32, 0, stream>>>(params);
  OLV_CUDA_CHECK(cudaGetLastError());
}

}  // namespace olivine
