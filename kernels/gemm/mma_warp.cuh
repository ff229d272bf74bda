// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/gemm/mma_layout.cuh"

// One warp's part of a tile: fragments from shared memory, and their products.
namespace olivine::device {

// Fragments of two steps (weights) and two groups (activations): one set is loaded while the other
// is multiplied.
template <class Layout>
struct MmaFragments {
  uint32_t weights[2][Layout::kMmaTilesN][4];
  uint32_t metadata[2][Layout::kMmaTilesN];
  uint32_t activations[2][Layout::kGroupLoads][4];
};

// Sums of one thread: registers of C of every mma tile.
template <class Layout>
using MmaSums = int32_t[Layout::kMmaTilesN][Layout::kMmaTilesM][4];

// Where a thread reads a tile in shared memory: offsets for step 0, mma tile 0 or group 0.
struct MmaTileView {
  int weights;
  int activations;
  int metadata;
};

// The same from the start of each operand's tile. Offsets along k are added by exclusive or: whole
// rows leave those bits to the swizzle.
template <class Layout>
struct MmaReader {
  int weights;
  int activations;
  int metadata;

  OLV_DEVICE MmaReader() {
    const int lane = lane_index();
    const int warp = warp_index();
    const int matrix = lane / kMatrixRows;
    const int matrix_row = lane % kMatrixRows;
    const int n = warp % Layout::kWarpsN * Layout::kWarpN;
    const int m = warp / Layout::kWarpsN * Layout::kWarpM;

    // Registers of weights: rows 0..7 and 8..15 at k = 0, then both at k = 16.
    const int weight_row = n + matrix % 2 * kMatrixRows + matrix_row;
    weights = swizzled_offset<Layout::Weights::kSpan>(weight_row * Layout::Weights::kSpan +
                                                      matrix / 2 * kMmaChunkBytes);
    // Of activations: one row's 32 bytes in two registers, two mma tiles of rows a load; with 2:4
    // one row's 64 bytes in four.
    constexpr int kMatricesOfRow = Layout::kSparse ? 4 : 2;
    const int activation_row = m + matrix / kMatricesOfRow * kMatrixRows + matrix_row;
    activations = swizzled_offset<Layout::Activations::kSpan>(
        activation_row * Layout::Activations::kSpan + matrix % kMatricesOfRow * kMmaChunkBytes);
    // Of metadata: mma tile 0 has the first two rows of each thread group (row_at()), of which
    // thread 4 g + q describes number q % 2, columns 32 (q / 2) and on (metadata_group()).
    const int quad = lane % 4;
    const int row = n + Layout::kWarpN / kMatrixRows * (lane / 4) + quad % 2;
    metadata = row / kMetadataSlabRows * Layout::kMetadataSteps * Layout::kMetadataStepBytes +
               metadata_offset(row % kMetadataSlabRows, quad / 2);
  }

  // With tiles at these offsets.
  OLV_DEVICE MmaTileView view(int weights_at, int activations_at, int metadata_at) const {
    return {weights_at + weights, activations_at + activations, metadata_at + metadata};
  }
};

// Mma tile `tile` of step `step`, and its metadata.
template <class Layout>
OLV_DEVICE void load_weights(uint32_t (&fragment)[4], uint32_t& words, const std::byte* shared,
                             const MmaTileView& view, int step, int tile) {
  load_matrices(fragment, shared + (view.weights ^ step * Layout::kWeightStepBytes) +
                              tile * 2 * kMatrixRows * Layout::Weights::kSpan);
  if constexpr (Layout::kSparse) {
    words = load_shared<uint32_t>(shared + (view.metadata ^ tile * 2 * kMmaChunkBytes) +
                                  step * Layout::kMetadataStepBytes);
  }
}

template <class Layout>
OLV_DEVICE void load_activations(uint32_t (&fragments)[Layout::kGroupLoads][4],
                                 const std::byte* shared, const MmaTileView& view, int step,
                                 int group) {
  OLV_UNROLL
  for (int load = 0; load < Layout::kGroupLoads; ++load) {
    const int row = (group * 2 + load) * kMatrixRows;
    load_matrices(fragments[load], shared +
                                       (view.activations ^ step * Layout::kActivationStepBytes) +
                                       row * Layout::Activations::kSpan);
  }
}

// sums += weights * activations for the 16 rows of group `group`.
template <class Layout>
OLV_DEVICE void multiply_group(MmaSums<Layout>& sums, const MmaFragments<Layout>& fragments,
                               int weight_set, int activation_set, int group) {
  OLV_UNROLL
  for (int tile = 0; tile < Layout::kMmaTilesN; ++tile) {
    OLV_UNROLL
    for (int half = 0; half < 2; ++half) {
      const auto& weights = fragments.weights[weight_set][tile];
      const auto& activations = fragments.activations[activation_set];
      if constexpr (Layout::kSparse) {
        mma_sp_s8(sums[tile][2 * group + half], weights, activations[half],
                  fragments.metadata[weight_set][tile]);
      } else {
        mma_s8(sums[tile][2 * group + half], weights, activations[0][2 * half],
               activations[0][2 * half + 1]);
      }
    }
  }
}

}  // namespace olivine::device
