// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/qualifiers.cuh"
#include "kernels/launch/mma_configs.h"

// Where things of a tile lie in shared memory. All in constants of a kernel, and in positions: a
// tile's rows are not in their order there.
namespace olivine::device {

inline constexpr int kMmaChunkBytes = 16;
inline constexpr int kMatrixRows = 8;  // of ldmatrix and of a quad's fragment

OLV_DEVICE int clamped(int64_t value, int low, int high) {
  return value < low ? low : value > high ? high : static_cast<int>(value);
}

// swizzled() of swizzle.h, callable in kernels. Rows of 128, 64 or 32 bytes.
template <int kSpan>
OLV_HOST_DEVICE constexpr int swizzled_offset(int offset) {
  return offset ^ ((offset >> 7 & (kSpan / kMmaChunkBytes - 1)) << 4);
}

// The row at a position of a tile: rows are dealt out to the eight-row matrices of a warp in turn,
// so that thread group g has kGroupRows / 8 successive rows, and C, whose rows run along these, is
// written in whole sectors. Groups of 8 rows keep their order.
template <int kGroupRows>
OLV_HOST_DEVICE constexpr int row_at(int position) {
  constexpr int kMatrices = kGroupRows / kMatrixRows;
  const int within = position & (kGroupRows - 1);
  return position - within + kMatrices * (within & (kMatrixRows - 1)) + within / kMatrixRows;
}

// One operand of a tile: copied by all threads in chunks, some decoded into twice the bytes or as
// many, then read by ldmatrix in rows of kSpanT bytes, swizzled.
template <int kRowsT, int kCopyBytesT, int kSpanT, int kThreadsT, int kGroupRowsT>
struct MmaOperandTile {
  static constexpr int kRows = kRowsT;
  static constexpr int kCopyBytes = kCopyBytesT;  // of a row
  static constexpr int kSpan = kSpanT;
  static constexpr int kThreads = kThreadsT;
  static constexpr int kGroupRows = kGroupRowsT;
  static constexpr int kBytes = kRows * kCopyBytes;
  static constexpr int kRowChunks = kCopyBytes / kMmaChunkBytes;
  // Chunks of one thread: number i of thread t is chunk i * kThreads + t of the tile.
  static constexpr int kChunks = kBytes / kMmaChunkBytes / kThreads;
  static constexpr int kRowStep = kThreads / kRowChunks;

  static_assert(kChunks * kThreads * kMmaChunkBytes == kBytes);
  static_assert(kRowStep * kRowChunks == kThreads);
  static_assert(kSpan == 32 || kSpan == 64 || kSpan == 128);
  // The swizzle's source bits and row_at() see the same in all of a thread's chunks.
  static_assert(kThreads * kMmaChunkBytes % 1024 == 0 && kRowStep % kMatrixRows == 0);
};

template <int kIndex>
struct MmaLayout {
  static constexpr MmaConfig kConfig = kMmaConfigs[kIndex];
  static constexpr bool kSparse = is_sparse(kConfig.weights);
  static constexpr bool kDecodesWeights = decodes_weights(kConfig);
  static constexpr bool kDecodesActivations = decodes_activations(kConfig);
  static constexpr bool kDecodesPlanes = kConfig.activations == ActivationForm::Ovp8;
  static constexpr int kPlanes = plane_count(kConfig.activations);
  static constexpr int kStages = kConfig.stages;
  static constexpr int kThreads = threads(kConfig);
  static constexpr int kTileN = kConfig.tile_n;
  static constexpr int kTileM = kConfig.tile_m;
  static constexpr int kTileK = kConfig.tile_k;
  static constexpr int kWarpsN = kConfig.warps_n;
  static constexpr int kWarpN = kTileN / kWarpsN;
  static constexpr int kWarpM = kTileM / kConfig.warps_m;

  // A step is one mma along k: 32 bytes of a row of weights, 32 or (2:4) 64 of activations. A step
  // goes through the warp's activations in groups of 16 rows.
  static constexpr int kStepElements = kSparse ? 64 : 32;
  static constexpr int kWeightStepBytes = 32;
  static constexpr int kActivationStepBytes = kStepElements;
  static constexpr int kSteps = kTileK / kStepElements;
  static constexpr int kMmaTilesN = kWarpN / 16;
  static constexpr int kMmaTilesM = kWarpM / 8;
  static constexpr int kGroups = kWarpM / 16;
  static constexpr int kThreadRows = kWarpN / kMatrixRows;  // of weights, successive
  static constexpr int kGroupLoads = kSparse ? 2 : 1;       // ldmatrix x4 of a group

  using Weights = MmaOperandTile<kTileN, weight_copy_bytes(kConfig), weight_fragment_bytes(kConfig),
                                 kThreads, kWarpN>;
  using Activations = MmaOperandTile<kTileM, activation_copy_bytes(kConfig),
                                     activation_fragment_bytes(kConfig), kThreads, kMatrixRows>;

  static constexpr int kActivationOffset = Weights::kBytes;  // in a stage
  static constexpr int kMetadataOffset = kActivationOffset + Activations::kBytes;
  static constexpr int kStageBytes = stage_bytes(kConfig);
  static constexpr int kDecodedOffset = kStages * kStageBytes;
  static constexpr int kDecodedWeightBytes = decoded_weight_bytes(kConfig);
  static constexpr int kDecodedBytes = kDecodedWeightBytes + decoded_activation_bytes(kConfig);

  // Metadata: [slab][step][128 words], a slab's step in 32 chunks.
  static constexpr int kMetadataSlabs = kTileN / kMetadataSlabRows;
  static constexpr int kMetadataSteps = kTileK / kMetadataStepElements;
  static constexpr int kMetadataStepBytes = kMetadataSlabWords * 4;
  static constexpr int kMetadataChunks = metadata_copy_bytes(kConfig) / kMmaChunkBytes;

  static_assert(kStages >= 3);
  static_assert(kSteps % 2 == 0, "fragments alternate between two sets of registers");
  static_assert(kGroups >= 2, "decoded tiles are written before the last group of a tile");
  static_assert(kWarpN == 32 || kWarpN == 64);
  static_assert(!kSparse || kTileN % kMetadataSlabRows == 0);
  static_assert(kMetadataChunks <= kThreads, "a thread copies one chunk of metadata");
  static_assert(kStageBytes % 1024 == 0 && kActivationOffset % 1024 == 0);
};

// Metadata of 2:4 is copied in chunks whose order within a slab's step, 32 chunks, is this, so that
// the threads of a warp, whose rows lie far apart, find their words in different banks. Its own
// inverse.
OLV_HOST_DEVICE constexpr int metadata_chunk(int chunk) { return chunk ^ (2 * (chunk / 8 % 4)); }

// Where, in a slab's step as copied, the word lies that describes 32 columns (the first or second)
// of row `row` of the slab.
OLV_HOST_DEVICE constexpr int metadata_offset(int row, int column_half) {
  const int chunk = row / 16 * 8 + row % 8;
  return metadata_chunk(chunk) * kMmaChunkBytes + (row / 8 % 2 + 2 * column_half) * 4;
}

}  // namespace olivine::device
