// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/small_m_activations.cuh"
#include "kernels/gemm/small_m_multiply.cuh"

namespace olivine::device {

// From sm_90 on; elsewhere launches follow one another, and nothing is prefetched.
OLV_DEVICE void let_next_grid_begin() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
  launch_next_grid();
#endif
}
OLV_DEVICE void await_previous_grid() {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
  wait_for_previous_grid();
#endif
}
OLV_DEVICE void prefetch([[maybe_unused]] const std::byte* global, [[maybe_unused]] int bytes) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
  prefetch_l2(global, bytes);
#endif
}

// C for the columns of one tile after another, by one block.
template <class Shape>
class SmallMBlock {
 public:
  OLV_DEVICE SmallMBlock(const SmallMParams& params, std::byte* shared)
      : params_(params),
        warp_(warp_index()),
        activations_(shared),
        partial_(shared + kSmallMActivationBytes),
        tiles_((params.epilogue.n + Shape::kTileN - 1) / Shape::kTileN),
        steps_((params.weight_blocks + 3) / 4),
        rounds_(padded_rounds(steps_)),
        constants_(load_ovp4_constants()),
        stream_(params, tiles_, steps_, rounds_) {}

  // Weights do not depend on the previous launch where they are settled, so that the first of them
  // are on their way while it still runs. What registers do not hold waits in L2: activations come
  // first, and memory should not be idle until they are there.
  OLV_DEVICE void run() {
    let_next_grid_begin();
    if (!params_.are_weights_settled) await_previous_grid();
    OLV_UNROLL
    for (int i = 0; i < Shape::kStages; ++i) stream_.load(stage_[i], i % Shape::kRowTiles);
    prefetch_rows();
    if (params_.are_weights_settled) await_previous_grid();

    for (int64_t tile = block_index(); tile < tiles_; tile += block_count()) {
      SmallMSums<Shape> sums = {};
      for (int round = 0; round < rounds_; round += Shape::kChunkRounds) {
        if (tile == block_index() || rounds_ > Shape::kChunkRounds) stage_chunk(round);
        multiply_chunk(sums, round);
        settle<Shape>(sums);
      }
      reduce(sums, tile);
    }
  }

 private:
  OLV_DEVICE static int padded_rounds(int steps) {
    constexpr int kUnit = Shape::kWarps * Shape::kStageRounds;
    return (steps + kUnit - 1) / kUnit * Shape::kStageRounds;
  }

  OLV_DEVICE void prefetch_rows() {
    constexpr int kMaxBytes = 2048;
    const int64_t row = block_index() * Shape::kTileN + thread_index();
    const int bytes = 16 * params_.weight_blocks;
    if (thread_index() >= Shape::kTileN || row >= params_.epilogue.n || bytes == 0) return;
    prefetch(params_.weights + row * params_.weight_stride, bytes < kMaxBytes ? bytes : kMaxBytes);
  }

  OLV_DEVICE void stage_chunk(int round) {
    const int first = round * Shape::kWarps;
    const int left = steps_ - first;
    sync_block();  // of the chunk before
    stage_activations<Shape>(params_, activations_, first,
                             left < Shape::kChunkSteps ? left : Shape::kChunkSteps);
    sync_block();
  }

  OLV_DEVICE void multiply_chunk(SmallMSums<Shape>& sums, int first_round) {
    const int left = rounds_ - first_round;
    const int count = left < Shape::kChunkRounds ? left : Shape::kChunkRounds;
    OLV_NO_UNROLL
    for (int round = 0; round < count; round += Shape::kStageRounds) {
      OLV_UNROLL
      for (int i = 0; i < Shape::kStages; ++i) {
        const int row_tile = i % Shape::kRowTiles;
        const int within = (round + i / Shape::kRowTiles) * Shape::kWarps + warp_;
        if (first_round * Shape::kWarps + within < steps_) {
          multiply_step<Shape>(sums, row_tile, stage_[i], constants_,
                               activations_ + within * Shape::kStepBytes);
        }
        stream_.load(stage_[i], row_tile);
      }
    }
  }

  // Sums of all warps: [warp][sum of a thread][lane].
  static constexpr int kThreadSums = Shape::kRowTiles * Shape::kTiles * 4;

  OLV_DEVICE int32_t* partial(int warp, int sum, int lane) const {
    return reinterpret_cast<int32_t*>(partial_) + (warp * kThreadSums + sum) * 32 + lane;
  }

  OLV_DEVICE void reduce(const SmallMSums<Shape>& sums, int64_t tile) {
    OLV_UNROLL
    for (int i = 0; i < kThreadSums; ++i) {
      store_shared(partial(warp_, i, lane_index()),
                   sums.plain[i / (4 * Shape::kTiles)][i / 4 % Shape::kTiles][i % 4]);
    }
    sync_block();
    switch (params_.epilogue.output) {
      case OutputForm::Int32:
        store_tile<OutputForm::Int32>(tile);
        break;
      case OutputForm::Int8:
        store_tile<OutputForm::Int8>(tile);
        break;
      case OutputForm::Fp16:
        store_tile<OutputForm::Fp16>(tile);
        break;
    }
    sync_block();
  }

  OLV_DEVICE uint32_t sum_of(int sum, int lane) const {
    uint32_t total = 0;
    OLV_UNROLL
    for (int warp = 0; warp < Shape::kWarps; ++warp) {
      total += load_shared<uint32_t>(partial(warp, sum, lane));
    }
    return total;
  }

  // Warp after warp of threads takes one sum of all lanes; of the low plane together with the same
  // of the high one.
  template <OutputForm kOutput>
  OLV_DEVICE void store_tile(int64_t tile) const {
    constexpr int kSums = Shape::kRowTiles * Shape::kPlaneTiles * 4;
    const int lane = lane_index();
    for (int i = warp_; i < kSums; i += Shape::kWarps) {
      const int row = i / (4 * Shape::kPlaneTiles);
      const int column_tile = i / 4 % Shape::kPlaneTiles;
      const int at = (row * Shape::kTiles + column_tile) * 4 + i % 4;
      uint32_t total = sum_of(at, lane);
      if constexpr (Shape::kPlanes == 2) {
        total = 256U * total + sum_of(at + 4 * Shape::kPlaneTiles, lane);
      }
      const int64_t n = tile * Shape::kTileN + 16 * row + i % 4 / 2 * 8 + quad_index();
      const int64_t m = 8 * column_tile + 2 * quad_thread() + i % 2;
      store_sum<kOutput>(params_.epilogue, m, n, static_cast<int32_t>(total));
    }
  }

  const SmallMParams& params_;
  int warp_;
  std::byte* activations_;
  std::byte* partial_;
  int64_t tiles_;
  int steps_;
  int rounds_;
  Ovp4Constants constants_;
  SmallMWeightStream<Shape> stream_;
  SmallMWeights<Shape> stage_[Shape::kStages];
};

// Kernel kIndex of kSmallMConfigs. Contract: threads(), shared_bytes() of the config; any number of
// blocks.
template <int kIndex>
OLV_DEVICE void small_m_gemm(const SmallMParams& params, std::byte* shared) {
  using One = SmallMShape<kIndex, kSmallMPlanes<kIndex>>;
  using Two = SmallMShape<kIndex, 2 * kSmallMPlanes<kIndex>>;
  if (params.epilogue.m > kSmallMColumns) {
    SmallMBlock<Two>{params, shared}.run();
  } else {
    SmallMBlock<One>{params, shared}.run();
  }
}

}  // namespace olivine::device
