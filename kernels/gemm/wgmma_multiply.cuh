// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/wgmma_pipeline.cuh"
#include "kernels/quant/ovp_decode.cuh"

// Main loops of a consumer warpgroup: all stages of one walk along k. One group of wgmma stays
// under way while the next stage is waited for, so a stage is given back one group late.
namespace olivine::device {

// What a consumer warpgroup keeps from tile to tile.
template <int kIndex>
struct ConsumerState {
  std::byte* shared = nullptr;
  int index = 0;  // among the consumers
  StagePosition position;

  [[nodiscard]] OLV_DEVICE int row_offset() const {
    return index * kWarpgroupRows * WgmmaTraits<kIndex>::kWeightSpan;
  }
};

// One arrival a warp at every block of the cluster: all of them write this block's stages.
template <int kIndex>
OLV_DEVICE void release_stage(std::byte* shared, int stage) {
  constexpr int kCluster = WgmmaTraits<kIndex>::kCluster;
  Barrier& empty = empty_barrier<kIndex>(shared, stage);
  if constexpr (kCluster > 1) {
    if (lane_index() < kCluster) arrive_at(empty, lane_index());
  } else {
    if (lane_index() == 0) arrive(empty);
  }
}

// This thread's word of metadata for instruction `i` of a stage.
template <int kIndex>
OLV_DEVICE uint32_t metadata_of(const std::byte* stage, int consumer, int i) {
  using Traits = WgmmaTraits<kIndex>;
  const int thread = thread_index() % kWarpgroupThreads;
  return load_shared<uint32_t>(stage + Traits::kMetadataOffset +
                               consumer * Traits::kMetadataSlabBytes +
                               (i * kMetadataSlabWords + thread) * 4);
}

// The descriptor moved on by `bytes`: the address is in its low bits, in units of 16 bytes.
OLV_DEVICE uint64_t moved(uint64_t descriptor, int bytes) {
  return descriptor + static_cast<uint64_t>(bytes / 16);
}

// --- int8 weights: both operands from shared memory ----------------------------------------------
// Metadata of the instructions of a stage. wgmma may read registers until it is waited for, so two
// take turns.
template <int kIndex>
using StageMetadata = uint32_t[WgmmaTraits<kIndex>::kInstructions];

template <int kIndex>
OLV_DEVICE void multiply_stage(int32_t (&sums)[WgmmaTraits<kIndex>::kTileM / 2], uint64_t weights,
                               uint64_t activations, const StageMetadata<kIndex>& metadata,
                               bool accumulates) {
  using Traits = WgmmaTraits<kIndex>;
  wgmma_fence();
  OLV_UNROLL
  for (int i = 0; i < Traits::kInstructions; ++i) {
    const uint64_t a = moved(weights, i * Traits::kWeightStepBytes);
    const uint64_t b = moved(activations, i * Traits::kInstructionK);
    if constexpr (Traits::kIsSparse) {
      wgmma_sp_s8_ss<Traits::kTileM>(sums, a, b, metadata[i], accumulates || i > 0);
    } else {
      wgmma_s8_ss<Traits::kTileM>(sums, a, b, accumulates || i > 0);
    }
  }
  wgmma_commit();
}

template <int kIndex>
OLV_DEVICE void multiply_int8(int32_t (&sums)[WgmmaTraits<kIndex>::kTileM / 2],
                              ConsumerState<kIndex>& state, int k_steps, bool accumulates) {
  using Traits = WgmmaTraits<kIndex>;
  const uint64_t weights =
      matrix_descriptor<Traits::kWeightSwizzle>(state.shared + state.row_offset());
  const uint64_t activations =
      matrix_descriptor<Swizzle::Bytes128>(state.shared + Traits::kActivationOffset);
  StageMetadata<kIndex> metadata[2] = {};
  int previous = 0;
  const auto multiply_next = [&](int k_step, StageMetadata<kIndex>& used,
                                 StageMetadata<kIndex>& other) {
    const int stage = state.position.stage;
    const int offset = stage * Traits::kStageBytes;
    wait_barrier(full_barrier<kIndex>(state.shared, stage), state.position.parity);
    if constexpr (Traits::kIsSparse) {
      OLV_UNROLL
      for (int i = 0; i < Traits::kInstructions; ++i) {
        used[i] = metadata_of<kIndex>(state.shared + offset, state.index, i);
      }
      hold_registers(used);
    }
    multiply_stage<kIndex>(sums, moved(weights, offset), moved(activations, offset), used,
                           accumulates || k_step > 0);
    wgmma_wait<1>();  // the stage before
    if constexpr (Traits::kIsSparse) hold_registers(other);
    if (k_step > 0) release_stage<kIndex>(state.shared, previous);
    previous = stage;
    advance<Traits::kStages>(state.position);
  };
  int k_step = 0;
  OLV_NO_UNROLL
  for (; k_step + 1 < k_steps; k_step += 2) {
    multiply_next(k_step, metadata[0], metadata[1]);
    multiply_next(k_step + 1, metadata[1], metadata[0]);
  }
  if (k_step < k_steps) multiply_next(k_step, metadata[0], metadata[1]);
  wgmma_wait<0>();
  release_stage<kIndex>(state.shared, previous);
}

// --- OVP weights: decoded into registers, one instruction ahead ----------------------------------
// Weights of one instruction as wgmma takes them from registers, and their metadata. Two take
// turns here too.
struct WeightFragment {
  uint32_t a[4] = {};
  uint32_t metadata[1] = {};
};

// A stage's codes of this thread: matrix 2 h + r of load_matrices() is 16-byte chunk 2 i + h of 8
// rows, r of the warp's two.
template <int kIndex>
struct StageCodes {
  uint32_t word[WgmmaTraits<kIndex>::kInstructions / 2][4];
};

// Where 16-byte chunk `chunk` of row `row` of this consumer's weights lies: swizzled() of
// swizzle.h.
template <int kIndex>
OLV_DEVICE int chunk_offset(int row, int chunk) {
  constexpr int kSpan = WgmmaTraits<kIndex>::kWeightSpan;
  return row * kSpan + ((chunk ^ (row * kSpan / 128)) & (kSpan / 16 - 1)) * 16;
}

template <int kIndex>
OLV_DEVICE void load_codes(StageCodes<kIndex>& codes, const std::byte* rows) {
  const int matrix = lane_index() / 8;
  const int row = thread_index() % kWarpgroupThreads / 32 * 16 + matrix % 2 * 8 + lane_index() % 8;
  OLV_UNROLL
  for (int i = 0; i < WgmmaTraits<kIndex>::kInstructions / 2; ++i) {
    load_matrices(codes.word[i], rows + chunk_offset<kIndex>(row, 2 * i + matrix / 2));
  }
}

template <int kIndex>
OLV_DEVICE void decode_fragment(WeightFragment& fragment, const StageCodes<kIndex>& codes,
                                const std::byte* stage, int consumer, int i) {
  const uint32_t(&word)[4] = codes.word[i / 2];
  decode_ovp4_word(word[i % 2 * 2], fragment.a[0], fragment.a[2]);      // row g
  decode_ovp4_word(word[i % 2 * 2 + 1], fragment.a[1], fragment.a[3]);  // row g + 8
  if constexpr (WgmmaTraits<kIndex>::kIsSparse) {
    fragment.metadata[0] = metadata_of<kIndex>(stage, consumer, i);
  }
}

template <int kIndex>
OLV_DEVICE void multiply_fragment(int32_t (&sums)[WgmmaTraits<kIndex>::kTileM / 2],
                                  WeightFragment& fragment, uint64_t activations,
                                  bool accumulates) {
  using Traits = WgmmaTraits<kIndex>;
  hold_registers(fragment.a);
  if constexpr (Traits::kIsSparse) hold_registers(fragment.metadata);
  wgmma_fence();
  const uint32_t(&a)[4] = fragment.a;
  if constexpr (Traits::kIsSparse) {
    wgmma_sp_s8_rs<Traits::kTileM>(sums, a[0], a[1], a[2], a[3], activations, fragment.metadata[0],
                                   accumulates);
  } else {
    wgmma_s8_rs<Traits::kTileM>(sums, a[0], a[1], a[2], a[3], activations, accumulates);
  }
  wgmma_commit();
}

template <int kIndex>
OLV_DEVICE void multiply_ovp(int32_t (&sums)[WgmmaTraits<kIndex>::kTileM / 2],
                             ConsumerState<kIndex>& state, int k_steps, bool accumulates) {
  using Traits = WgmmaTraits<kIndex>;
  static_assert(Traits::kInstructions % 2 == 0, "a stage starts with the first fragment");
  const uint64_t activations =
      matrix_descriptor<Swizzle::Bytes128>(state.shared + Traits::kActivationOffset);
  WeightFragment fragments[2];
  StageCodes<kIndex> codes;

  const auto open_stage = [&]() {
    const std::byte* stage = stage_at<kIndex>(state.shared, state.position.stage);
    wait_barrier(full_barrier<kIndex>(state.shared, state.position.stage), state.position.parity);
    load_codes<kIndex>(codes, stage + state.row_offset());
    decode_fragment<kIndex>(fragments[0], codes, stage, state.index, 0);
  };
  open_stage();
  int previous = 0;
  OLV_NO_UNROLL
  for (int k_step = 0; k_step < k_steps; ++k_step) {
    const int stage = state.position.stage;
    const int offset = stage * Traits::kStageBytes;
    OLV_UNROLL
    for (int i = 0; i < Traits::kInstructions; ++i) {
      multiply_fragment<kIndex>(sums, fragments[i % 2],
                                moved(activations, offset + i * Traits::kInstructionK),
                                accumulates || k_step > 0 || i > 0);
      wgmma_wait<1>();  // the one before
      hold_registers(fragments[(i + 1) % 2].a);
      if constexpr (Traits::kIsSparse) hold_registers(fragments[(i + 1) % 2].metadata);
      if (i == 0 && k_step > 0) release_stage<kIndex>(state.shared, previous);
      if (i + 1 < Traits::kInstructions) {
        decode_fragment<kIndex>(fragments[(i + 1) % 2], codes, state.shared + offset, state.index,
                                i + 1);
      }
    }
    previous = stage;
    advance<Traits::kStages>(state.position);
    if (k_step + 1 < k_steps) open_stage();
  }
  wgmma_wait<0>();
  release_stage<kIndex>(state.shared, previous);
}

}  // namespace olivine::device
