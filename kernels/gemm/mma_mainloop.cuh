// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/mma_copy.cuh"
#include "kernels/gemm/mma_warp.cuh"

namespace olivine::device {

// The sums of one tile of C. Walks k in tiles of kTileK, for two planes twice. Stage `tile` %
// kStages receives the operands of `tile`, except those that are decoded: of these it receives
// `tile` + 1, because while `tile` is multiplied the next one is decoded. One barrier a tile,
// before the last group of products: by then every warp has read all of the tile, and products
// remain to run while fragments of the next tile come.
template <int kIndex>
class MmaMainloop {
 public:
  using Layout = MmaLayout<kIndex>;
  using Weights = typename Layout::Weights;
  using Activations = typename Layout::Activations;

  // Rows first_n and first_m on.
  OLV_DEVICE MmaMainloop(const MmaParams& params, std::byte* shared, int first_n, int first_m)
      : params_{params},
        shared_{shared},
        weights_{mma_source<Weights>(params.weights, params.weight_stride, params.weight_row_bytes,
                                     params.epilogue.n, first_n)},
        activations_{mma_source<Activations>(params.activations, params.activation_stride,
                                             params.activation_row_bytes, params.epilogue.m,
                                             first_m)},
        plane_tiles_{(params.k + Layout::kTileK - 1) / Layout::kTileK},
        tiles_{Layout::kPlanes * plane_tiles_} {
    if constexpr (Layout::kSparse) metadata_ = mma_metadata_source<Layout>(params, first_n);
  }

  // Contract: sums are 0, k is above 0.
  OLV_DEVICE void run(MmaSums<Layout>& sums) {
    fill_stages();
    load_first_fragments();
    int stage = 0;
    OLV_NO_UNROLL
    for (int tile = 0; tile < tiles_; ++tile) {
      if (Layout::kPlanes == 2 && tile == plane_tiles_) shift_plane(sums);
      const int next = stage + 1 == Layout::kStages ? 0 : stage + 1;
      multiply_tile(sums, tile, stage, next);
      stage = next;
    }
    wait_copies<0>();
  }

 private:
  OLV_DEVICE std::byte* stage_at(int stage) const { return shared_ + stage * Layout::kStageBytes; }
  OLV_DEVICE static int decoded_offset(int tile) {
    return Layout::kDecodedOffset + (tile & 1) * Layout::kDecodedBytes;
  }
  OLV_DEVICE MmaTileView view_of(int tile, int stage) const {
    const int copied = stage * Layout::kStageBytes;
    const int decoded = decoded_offset(tile);
    return reader_.view(Layout::kDecodesWeights ? decoded : copied,
                        Layout::kDecodesActivations ? decoded + Layout::kDecodedWeightBytes
                                                    : copied + Layout::kActivationOffset,
                        copied + Layout::kMetadataOffset);
  }

  // Copying and decoding are dealt out in chunks to the groups of a tile, all but the last: this is
  // the share of `slot`, or, for kSlots, everything. It keeps the memory pipe evenly busy, and the
  // compiler from gathering the loads of many groups, for which there are no registers.
  static constexpr int kSlots = Layout::kSteps * Layout::kGroups - 1;
  OLV_DEVICE static bool is_due(int chunk, int chunks, int slot) {
    return slot == kSlots || chunk * kSlots / chunks == slot;
  }
  OLV_DEVICE static bool is_copy_due(int chunk, int slot) {
    return is_due(chunk, Weights::kChunks + Activations::kChunks, slot);
  }

  // Where a tile begins along k. Tiles past the last have no bytes, so that zeros arrive.
  OLV_DEVICE int tile_k(int tile) const {
    return Layout::kPlanes == 2 && tile >= plane_tiles_ ? tile - plane_tiles_ : tile;
  }
  OLV_DEVICE void copy_weights(std::byte* stage, int tile, int slot) const {
    copy_chunks<Weights, Layout::kDecodesWeights>(
        stage, weights_, params_.weight_stride, tile_k(tile) * Weights::kCopyBytes,
        [slot](int chunk) { return is_copy_due(chunk, slot); });
  }
  OLV_DEVICE void copy_activations(std::byte* stage, int tile, int slot) const {
    MmaSource source = activations_;
    if (Layout::kPlanes == 2 && tile >= plane_tiles_) source.first += params_.plane_stride;
    copy_chunks<Activations, Layout::kDecodesActivations>(
        stage + Layout::kActivationOffset, source, params_.activation_stride,
        tile_k(tile) * Activations::kCopyBytes,
        [slot](int chunk) { return is_copy_due(Weights::kChunks + chunk, slot); });
  }
  OLV_DEVICE void copy_slot(std::byte* stage, int tile, int slot) const {
    copy_weights(stage, tile + (Layout::kDecodesWeights ? 1 : 0), slot);
    copy_activations(stage, tile + (Layout::kDecodesActivations ? 1 : 0), slot);
    if constexpr (Layout::kSparse) {
      if (slot == 0 || slot == kSlots) {
        copy_metadata<Layout>(stage + Layout::kMetadataOffset, metadata_, tile_k(tile),
                              params_.metadata_steps - 1);
      }
    }
  }

  // Tile `tile` from where copy_slot() put it.
  OLV_DEVICE void decode_slot(const std::byte* stage, int tile, int slot) const {
    if constexpr (Layout::kDecodesWeights) {
      OLV_UNROLL
      for (int i = 0; i < Weights::kChunks; ++i) {
        if (!is_due(i, Weights::kChunks, slot)) continue;
        decode_chunk4<Weights>(shared_ + decoded_offset(tile), stage, i);
      }
    }
    if constexpr (Layout::kDecodesActivations) {
      std::byte* decoded = shared_ + decoded_offset(tile) + Layout::kDecodedWeightBytes;
      OLV_UNROLL
      for (int i = 0; i < Activations::kChunks; ++i) {
        if (!is_due(i, Activations::kChunks, slot)) continue;
        if constexpr (Layout::kDecodesPlanes) {
          decode_chunk8<Activations>(decoded, stage + Layout::kActivationOffset, i,
                                     tile < plane_tiles_);
        } else {
          decode_chunk4<Activations>(decoded, stage + Layout::kActivationOffset, i);
        }
      }
    }
  }

  // All stages but the last, and what tile 0 needs decoded, which passes through the last stage.
  OLV_DEVICE void fill_stages() const {
    if constexpr (Layout::kDecodesWeights || Layout::kDecodesActivations) {
      std::byte* spare = stage_at(Layout::kStages - 1);
      if constexpr (Layout::kDecodesWeights) copy_weights(spare, 0, kSlots);
      if constexpr (Layout::kDecodesActivations) copy_activations(spare, 0, kSlots);
      commit_copies();
    }
    OLV_NO_UNROLL
    for (int tile = 0; tile < Layout::kStages - 1; ++tile) {
      copy_slot(stage_at(tile), tile, kSlots);
      commit_copies();
    }
    if constexpr (Layout::kDecodesWeights || Layout::kDecodesActivations) {
      wait_copies<Layout::kStages - 1>();
      // No barrier yet: a thread decodes the chunks that it copied itself.
      decode_slot(stage_at(Layout::kStages - 1), 0, kSlots);
    }
    wait_copies<Layout::kStages - 2>();
    sync_block();
  }

  OLV_DEVICE void load_first_fragments() {
    const MmaTileView view = view_of(0, 0);
    OLV_UNROLL
    for (int i = 0; i < Layout::kMmaTilesN; ++i) {
      load_weights<Layout>(fragments_.weights[0][i], fragments_.metadata[0][i], shared_, view, 0,
                           i);
    }
    load_activations<Layout>(fragments_.activations[0], shared_, view, 0, 0);
  }

  // The fragments that come after group `group` of step `step`: activations of the next group, and
  // a share of the weights of the next step. A tile's last step waits for its last group, which
  // comes after the barrier. `step`, `group`: constants once loops are unrolled.
  OLV_DEVICE void load_next(const MmaTileView& view, const MmaTileView& next_view, int step,
                            int group) {
    const bool is_last_step = step == Layout::kSteps - 1;
    const int next_step = is_last_step ? 0 : step + 1;
    const MmaTileView& after_step = is_last_step ? next_view : view;
    OLV_UNROLL
    for (int i = 0; i < Layout::kMmaTilesN; ++i) {
      const int due = is_last_step ? Layout::kGroups - 1 : i % Layout::kGroups;
      if (due != group) continue;
      load_weights<Layout>(fragments_.weights[next_step & 1][i],
                           fragments_.metadata[next_step & 1][i], shared_, after_step, next_step,
                           i);
    }
    auto& activations = fragments_.activations[(step * Layout::kGroups + group + 1) & 1];
    if (group + 1 < Layout::kGroups) {
      load_activations<Layout>(activations, shared_, view, step, group + 1);
    } else {
      load_activations<Layout>(activations, shared_, after_step, next_step, 0);
    }
  }

  OLV_DEVICE void multiply_tile(MmaSums<Layout>& sums, int tile, int stage, int next) {
    const MmaTileView view = view_of(tile, stage);
    const MmaTileView next_view = view_of(tile + 1, next);
    std::byte* freed = stage_at(stage == 0 ? Layout::kStages - 1 : stage - 1);
    OLV_UNROLL
    for (int slot = 0; slot <= kSlots; ++slot) {
      const int step = slot / Layout::kGroups;
      const int group = slot % Layout::kGroups;
      if (slot < kSlots) {
        copy_slot(freed, tile + Layout::kStages - 1, slot);
      } else {
        commit_copies();
        wait_copies<Layout::kStages - 2>();
        sync_block();
      }
      load_next(view, next_view, step, group);
      multiply_group<Layout>(sums, fragments_, step & 1, slot & 1, group);
      if (slot < kSlots) decode_slot(stage_at(stage), tile + 1, slot);
    }
  }

  // Between the planes: value = 256 * high + low. Sums wrap around.
  OLV_DEVICE static void shift_plane(MmaSums<Layout>& sums) {
    OLV_UNROLL
    for (int n = 0; n < Layout::kMmaTilesN; ++n) {
      OLV_UNROLL
      for (int m = 0; m < Layout::kMmaTilesM; ++m) {
        OLV_UNROLL
        for (int32_t& sum : sums[n][m]) {
          sum = static_cast<int32_t>(static_cast<uint32_t>(sum) << 8U);
        }
      }
    }
  }

  const MmaParams& params_;
  std::byte* shared_;
  MmaSource weights_;
  MmaSource activations_;
  MmaMetadataSource metadata_{};
  int plane_tiles_;
  int tiles_;
  MmaReader<Layout> reader_;
  MmaFragments<Layout> fragments_;
};

}  // namespace olivine::device
