// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/epilogue.cuh"
#include "kernels/launch/gemm_args.h"
#include "kernels/launch/small_m_configs.h"

namespace olivine::device {

// What a kernel of the SmallM family takes, by value.
struct SmallMParams {
  const std::byte* weights;
  int64_t weight_stride;
  const uint32_t* metadata;
  const std::byte* activations;
  int64_t activation_stride;
  int64_t plane_stride;
  int k;
  int weight_blocks;  // of 16 bytes, of a row
  bool are_weights_settled;
  EpilogueParams epilogue;
};

// Contract: can_implement(), which bounds k.
inline SmallMParams small_m_params(const GemmArgs& args) {
  SmallMParams params{};
  params.weights = static_cast<const std::byte*>(args.weights);
  params.weight_stride = args.weight_stride;
  params.metadata = args.metadata;
  params.activations = static_cast<const std::byte*>(args.activations);
  params.activation_stride = args.activation_stride;
  params.plane_stride = args.activation_form == ActivationForm::Int8Planes ? args.plane_stride : 0;
  params.k = static_cast<int>(args.k);
  params.weight_blocks = static_cast<int>((weight_row_bytes(args.weight_form, args.k) + 15) / 16);
  params.are_weights_settled = args.are_weights_settled;
  params.epilogue = epilogue_params(args);
  return params;
}

template <int kIndex>
inline constexpr int kSmallMPlanes = plane_count(kSmallMConfigs[kIndex].activations);

// Numbers of one kernel, for kTilesT tiles of mma's 8 columns: m above 8 takes two for each plane.
//
// A step of a warp is one 16-byte load of each thread for every 8 rows: thread t of quad g loads
// block 4 * step + t of row g, all of it. A stage has that of 16 rows, a row tile. Mma knows no
// order of k, so each thread multiplies its own block, and activations are laid out for that;
// nothing is exchanged between threads.
template <int kIndex, int kTilesT>
struct SmallMShape {
  static constexpr SmallMConfig kConfig = kSmallMConfigs[kIndex];
  static constexpr WeightForm kWeights = kConfig.weights;
  static constexpr ActivationForm kActivations = kConfig.activations;
  static constexpr bool kSparse = is_sparse(kWeights);
  static constexpr bool kSplits = kWeights == WeightForm::Ovp4;  // ovp_split.cuh
  static constexpr int kThreads = threads(kConfig);
  static constexpr int kWarps = kConfig.warps;
  static constexpr int kStages = kConfig.stages;
  static constexpr int kTileN = kConfig.tile_n;
  static constexpr int kRowTiles = kTileN / 16;
  static constexpr int kStageRounds = kStages / kRowTiles;

  static constexpr int kTiles = kTilesT;
  static constexpr int kPlanes = kSmallMPlanes<kIndex>;
  static constexpr int kPlaneTiles = kTiles / kPlanes;
  static constexpr int kColumns = kTiles * kSmallMColumns;

  // Activations of a step: a byte an element, in parts of 16 bytes for each column and quad thread,
  // [part][column][quad thread].
  static constexpr int kStepElements = kConfig.tile_k / kWarps;
  static constexpr int kBlockElements = kStepElements / 4;
  static constexpr int kParts = kBlockElements / 16;
  static constexpr int kPartBytes = kColumns * 4 * 16;
  static constexpr int kStepBytes = kParts * kPartBytes;
  // A round is a step of each warp; a chunk is what fits into shared memory.
  static constexpr int kChunkRounds = kSmallMActivationBytes / (kStepBytes * kWarps);
  static constexpr int kChunkSteps = kChunkRounds * kWarps;

  static_assert(kTiles % kPlanes == 0 && kChunkRounds >= 1);
  static_assert(kStages % kRowTiles == 0, "a round begins with a row tile's first stage");
  static_assert(kChunkRounds % kStageRounds == 0, "a chunk begins with the first stage");
  static_assert(kBlockElements == (kSparse ? 64 : kWeights == WeightForm::Int8 ? 16 : 32));
};

OLV_DEVICE int quad_thread() { return lane_index() % 4; }
OLV_DEVICE int quad_index() { return lane_index() / 4; }

}  // namespace olivine::device
