// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/wgmma_pipeline.cuh"

namespace olivine::device {

// The metadata of one stage, 64 rows of weights after the other. Rows and steps past the matrix
// would be illegal as zeros; they get those of the last ones, which multiply zero weights.
template <int kIndex>
OLV_DEVICE void load_metadata(const WgmmaParams& params, std::byte* stage, Barrier& full,
                              int64_t row_n, int k_step) {
  using Traits = WgmmaTraits<kIndex>;
  constexpr int kStepBytes = kMetadataSlabWords * 4;
  OLV_UNROLL
  for (int slab = 0; slab < Traits::kConsumers; ++slab) {
    int64_t source_slab = row_n / kMetadataSlabRows + slab;
    if (source_slab >= params.metadata_slabs) source_slab = params.metadata_slabs - 1;
    OLV_UNROLL
    for (int i = 0; i < Traits::kInstructions; ++i) {
      int source_step = k_step * Traits::kInstructions + i;
      if (source_step >= params.metadata_steps) source_step = params.metadata_steps - 1;
      const int64_t word = (source_slab * params.metadata_steps + source_step) * kMetadataSlabWords;
      load_bulk(
          stage + Traits::kMetadataOffset + slab * Traits::kMetadataSlabBytes + i * kStepBytes,
          params.metadata + word, kStepBytes, full);
    }
  }
}

// Starts the copies that fill a stage: this block's weights, its part of the cluster's activations.
template <int kIndex>
OLV_DEVICE void load_stage(const WgmmaParams& params, const TensorMap& activations,
                           std::byte* stage, Barrier& full, int64_t row_n, int64_t row_m,
                           int k_step) {
  using Traits = WgmmaTraits<kIndex>;
  constexpr int kPartRows = Traits::kTileM / Traits::kCluster;
  arrive_expecting(full, Traits::kStageBytes);
  load_box(stage, params.weights, full, k_step * Traits::kWeightSpan, static_cast<int>(row_n));
  const int part = block_rank<kIndex>() * kPartRows;
  std::byte* tile = stage + Traits::kActivationOffset + part * kActivationSpan;
  const int row = static_cast<int>(row_m) + part;
  if constexpr (Traits::kCluster > 1) {
    load_box_multicast(tile, activations, full, k_step * kActivationSpan, row,
                       (1U << Traits::kCluster) - 1U);
  } else {
    load_box(tile, activations, full, k_step * kActivationSpan, row);
  }
  if constexpr (Traits::kIsSparse) load_metadata<kIndex>(params, stage, full, row_n, k_step);
}

// One thread of the producer warpgroup fills stages as they fall empty, for all tiles.
template <int kIndex>
OLV_DEVICE void produce(const WgmmaParams& params, std::byte* shared) {
  using Traits = WgmmaTraits<kIndex>;
  if (params.k_steps == 0) return;
  prefetch_tensor_map(params.weights);
  OLV_UNROLL
  for (int plane = 0; plane < Traits::kPlanes; ++plane) {
    prefetch_tensor_map(params.activations[plane]);
  }
  StagePosition position;
  for_each_tile<kIndex>(params, [&](int64_t row_n, int64_t row_m) {
    OLV_NO_UNROLL
    for (int plane = 0; plane < Traits::kPlanes; ++plane) {
      OLV_NO_UNROLL
      for (int k_step = 0; k_step < params.k_steps; ++k_step) {
        wait_barrier(empty_barrier<kIndex>(shared, position.stage), position.parity ^ 1);
        load_stage<kIndex>(params, params.activations[plane],
                           stage_at<kIndex>(shared, position.stage),
                           full_barrier<kIndex>(shared, position.stage), row_n, row_m, k_step);
        advance<Traits::kStages>(position);
      }
    }
  });
}

}  // namespace olivine::device
