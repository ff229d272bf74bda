// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/gemm/wgmma_params.cuh"
#include "kernels/gemm/wgmma_tiles.cuh"
#include "kernels/launch/wgmma_configs.h"

// What producer and consumers of the Hopper family share: the stages and their barriers. A full
// barrier ends its phase when all bytes of a stage have come; an empty one when every consumer warp
// of every block in the cluster has read it, since each block also writes the others' stages.
namespace olivine::device {

inline constexpr int kWarpgroupWarps = 4;

// Numbers of one configuration that kernel text uses.
template <int kIndex>
struct WgmmaTraits {
  static constexpr WgmmaConfig kConfig = kWgmmaConfigs[kIndex];
  static constexpr int kTileN = kConfig.tile_n;
  static constexpr int kTileM = kConfig.tile_m;
  static constexpr int kStages = kConfig.stages;
  static constexpr int kCluster = kConfig.cluster;
  static constexpr int kPlanes = plane_count(kConfig.activations);
  static constexpr int kConsumers = consumer_count(kConfig);
  static constexpr bool kIsSparse = is_sparse(kConfig.weights);
  static constexpr bool kIsOvp = is_ovp(kConfig.weights);
  // Dense elements along k of one instruction, and the bytes of a row that it reads.
  static constexpr int kInstructionK = kIsSparse ? 64 : 32;
  static constexpr int kInstructions = kConfig.tile_k / kInstructionK;
  static constexpr int kWeightSpan = weight_span(kConfig);
  static constexpr int kWeightStepBytes = kWeightSpan / kInstructions;
  static constexpr Swizzle kWeightSwizzle = weight_swizzle(kConfig);
  static constexpr int kStageBytes = stage_bytes(kConfig);
  static constexpr int kActivationOffset = weight_tile_bytes(kConfig);
  static constexpr int kMetadataOffset = kActivationOffset + activation_tile_bytes(kConfig);
  static constexpr int kMetadataSlabBytes = metadata_slab_bytes(kConfig);
  static constexpr int kConsumerRegisters = consumer_registers(kConfig);
  static constexpr int kStagingOffset = staging_offset(kConfig);
  static constexpr int kBarrierOffset = barrier_offset(kConfig);

  static_assert(kTileN % kWarpgroupRows == 0 && kTileM % 8 == 0 && kTileM <= 256);
  static_assert(kConfig.tile_k == kActivationSpan, "a stage of activations is one span wide");
  static_assert(kTileM / kCluster % 8 == 0, "parts of a tile keep the swizzle's phase");
  static_assert(kActivationOffset % 1024 == 0 && kStageBytes % 1024 == 0, "8 spans of 128 bytes");
  static_assert(kGroupRows % kTileM == 0);
};

// Place in the ring of stages. The parity is that of the phase in which the stage is full.
struct StagePosition {
  int stage = 0;
  int parity = 0;
};
template <int kStages>
OLV_DEVICE void advance(StagePosition& position) {
  if (++position.stage == kStages) {
    position.stage = 0;
    position.parity ^= 1;
  }
}

template <int kIndex>
OLV_DEVICE std::byte* stage_at(std::byte* shared, int stage) {
  return shared + stage * WgmmaTraits<kIndex>::kStageBytes;
}
template <int kIndex>
OLV_DEVICE Barrier& full_barrier(std::byte* shared, int stage) {
  return reinterpret_cast<Barrier*>(shared + WgmmaTraits<kIndex>::kBarrierOffset)[stage];
}
template <int kIndex>
OLV_DEVICE Barrier& empty_barrier(std::byte* shared, int stage) {
  return full_barrier<kIndex>(shared, WgmmaTraits<kIndex>::kStages + stage);
}

template <int kIndex>
OLV_DEVICE void sync_blocks_of_cluster() {
  if constexpr (WgmmaTraits<kIndex>::kCluster > 1) {
    sync_cluster();
  } else {
    sync_block();
  }
}

template <int kIndex>
OLV_DEVICE void init_barriers(std::byte* shared) {
  using Traits = WgmmaTraits<kIndex>;
  if (thread_index() == 0) {
    for (int stage = 0; stage < Traits::kStages; ++stage) {
      init_barrier(full_barrier<kIndex>(shared, stage), 1);
      init_barrier(empty_barrier<kIndex>(shared, stage),
                   Traits::kCluster * Traits::kConsumers * kWarpgroupWarps);
    }
    fence_barrier_init();
  }
  sync_blocks_of_cluster<kIndex>();
}

// Rank of this block in its cluster.
template <int kIndex>
OLV_DEVICE int block_rank() {
  if constexpr (WgmmaTraits<kIndex>::kCluster > 1) {
    return cluster_rank();
  } else {
    return 0;
  }
}

// Calls body(first row of weights, first row of activations) for every tile of this block, in an
// order that all its threads, and the other blocks of its cluster, follow.
template <int kIndex, class Body>
OLV_DEVICE void for_each_tile(const WgmmaParams& params, const Body& body) {
  using Traits = WgmmaTraits<kIndex>;
  const int64_t tiles = params.cluster_tiles_n * params.tiles_m;
  const int64_t step = block_count() / Traits::kCluster;
  const int rank = block_rank<kIndex>();
  OLV_NO_UNROLL
  for (int64_t tile = block_index() / Traits::kCluster; tile < tiles; tile += step) {
    const TilePlace place =
        tile_place(tile, params.cluster_tiles_n, params.tiles_m, Traits::kTileM);
    body((place.n * Traits::kCluster + rank) * Traits::kTileN, place.m * Traits::kTileM);
  }
}

}  // namespace olivine::device
