// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/wgmma_multiply.cuh"
#include "kernels/gemm/wgmma_producer.cuh"
#include "kernels/gemm/wgmma_store.cuh"

// GEMM kernels of the Hopper family (wgmma_configs.h).
namespace olivine::device {

// The sums of one tile: k walked once for each plane of the activations, the high one first.
// Contract: k_steps > 0.
template <int kIndex>
OLV_DEVICE void multiply_tile(int32_t (&sums)[WgmmaTraits<kIndex>::kTileM / 2],
                              ConsumerState<kIndex>& state, int k_steps) {
  using Traits = WgmmaTraits<kIndex>;
  OLV_NO_UNROLL
  for (int plane = 0; plane < Traits::kPlanes; ++plane) {
    hold_registers(sums);
    if constexpr (Traits::kIsOvp) {
      multiply_ovp<kIndex>(sums, state, k_steps, plane > 0);
    } else {
      multiply_int8<kIndex>(sums, state, k_steps, plane > 0);
    }
    hold_registers(sums);
    if (plane + 1 < Traits::kPlanes) {
      OLV_UNROLL
      for (int32_t& sum : sums) sum = static_cast<int32_t>(static_cast<uint32_t>(sum) << 8U);
    }
  }
}

// Consumer warpgroup `index`: 64 rows of weights of every tile.
template <int kIndex>
OLV_DEVICE void consume(const WgmmaParams& params, std::byte* shared, int index) {
  using Traits = WgmmaTraits<kIndex>;
  ConsumerState<kIndex> state{shared, index, {}};
  std::byte* staging = shared + Traits::kStagingOffset + index * 2 * kStagingBytes;
  int32_t sums[Traits::kTileM / 2] = {};  // what C is for k = 0
  for_each_tile<kIndex>(params, [&](int64_t row_n, int64_t row_m) {
    if (params.k_steps > 0) multiply_tile<kIndex>(sums, state, params.k_steps);
    store_tile(params.epilogue, sums, staging, index, row_n + index * kWarpgroupRows, row_m);
  });
}

template <int kIndex>
OLV_DEVICE void wgmma_gemm(const WgmmaParams& params, std::byte* shared) {
  using Traits = WgmmaTraits<kIndex>;
  init_barriers<kIndex>(shared);
  const int warpgroup = warp_index() / kWarpgroupWarps;
  if (warpgroup == 0) {
    release_registers<kProducerRegisters>();
    if (warp_index() == 0 && lane_index() == 0) produce<kIndex>(params, shared);
  } else {
    acquire_registers<Traits::kConsumerRegisters>();
    consume<kIndex>(params, shared, warpgroup - 1);
  }
  // No block may end while others still write its shared memory or arrive at its barriers.
  if constexpr (Traits::kCluster > 1) {
    sync_warp();
    sync_cluster();
  }
}

}  // namespace olivine::device
