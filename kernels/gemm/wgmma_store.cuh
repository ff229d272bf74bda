// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/gemm/wgmma_pipeline.cuh"

// From the sums of a consumer warpgroup, 64 columns of C by tile_m rows, to C. A thread holds sums
// of two columns, so a warp's stores would touch many rows with few bytes each; rows are put
// together in shared memory first. Only the warpgroup's own threads meet: the producer goes on with
// the next tile.
namespace olivine::device {

template <OutputForm kOutput>
struct StagingTraits {
  using Value =
      std::conditional_t<kOutput == OutputForm::Int32, int32_t,
                         std::conditional_t<kOutput == OutputForm::Fp16, uint16_t, int8_t>>;
  static constexpr int kValueBytes = output_bytes(kOutput);
  static constexpr int kPitch = staging_pitch(kOutput);
  static constexpr int kRows = staging_rows(kOutput);
  static constexpr int kPieceValues = 16 / kValueBytes;
  static constexpr int kPieces = kWarpgroupRows / kPieceValues;  // of a row
  static_assert(sizeof(Value) == kValueBytes);
  static_assert(kRows * kPieces == kWarpgroupThreads, "a piece for each thread");
};

template <OutputForm kOutput>
OLV_DEVICE typename StagingTraits<kOutput>::Value output_value(const EpilogueParams& p, int32_t sum,
                                                               float multiplier) {
  if constexpr (kOutput == OutputForm::Int32) {
    return sum;
  } else if constexpr (kOutput == OutputForm::Int8) {
    return requantized(p, sum, multiplier);
  } else {
    return half_of(sum, multiplier);
  }
}

// 0 outside C.
template <OutputForm kOutput>
OLV_DEVICE float multiplier_of(const EpilogueParams& p, int64_t column_n) {
  if constexpr (kOutput == OutputForm::Int32) {
    return 0.0F;
  } else {
    return column_n < p.n ? column_multiplier(p, column_n) : 0.0F;
  }
}

// Row of staging of the `slot`-th group of threads that share a row. Eight threads load 128 bytes
// at once, of int8 two rows: rows four apart lie in different banks.
template <OutputForm kOutput>
OLV_DEVICE int staging_row(int slot) {
  if constexpr (kOutput == OutputForm::Int8) {
    return slot / 8 * 8 + slot % 2 * 4 + slot / 2 % 4;
  } else {
    return slot;
  }
}

// 16 bytes of a row of C, or what of them lies in C.
template <OutputForm kOutput>
OLV_DEVICE void store_piece(const EpilogueParams& p, const std::byte* piece, bool is_aligned,
                            int64_t row_m, int64_t column_n) {
  using Traits = StagingTraits<kOutput>;
  using Value = typename Traits::Value;
  if (row_m >= p.m) return;
  Value* to = static_cast<Value*>(p.c) + row_m * p.c_stride + column_n;
  if (is_aligned && column_n + Traits::kPieceValues <= p.n) {
    store_global<Bytes16>(to, load_shared<Bytes16>(piece));
    return;
  }
  OLV_NO_UNROLL
  for (int i = 0; i < Traits::kPieceValues && column_n + i < p.n; ++i) {
    store_global<Value>(to + i, load_shared<Value>(piece + i * Traits::kValueBytes));
  }
}

// Contract: all threads of the warpgroup call. `staging`: two buffers of kStagingBytes.
template <OutputForm kOutput, size_t kSums>
OLV_DEVICE void store_tile_as(const EpilogueParams& p, const int32_t (&sums)[kSums],
                              std::byte* staging, int consumer, int64_t row_n, int64_t row_m) {
  using Traits = StagingTraits<kOutput>;
  constexpr int kTileM = static_cast<int>(2 * kSums);
  constexpr int kPitch = Traits::kPitch;
  constexpr int kRows = Traits::kRows;
  constexpr int kPieces = Traits::kPieces;
  constexpr int kValueBytes = Traits::kValueBytes;
  static_assert(kTileM / kRows % 2 == 0, "the next tile starts with the first buffer");

  const int thread = thread_index() % kWarpgroupThreads;
  const int column = thread / 32 * 16 + thread % 32 / 4;
  const float low = multiplier_of<kOutput>(p, row_n + column);
  const float high = multiplier_of<kOutput>(p, row_n + column + 8);
  std::byte* const to = staging + thread % 4 * 2 * kPitch + column * kValueBytes;
  const int row = staging_row<kOutput>(thread / kPieces);
  const std::byte* const from = staging + row * kPitch + thread % kPieces * 16;
  const bool is_aligned =
      (reinterpret_cast<uintptr_t>(p.c) | static_cast<uintptr_t>(p.c_stride * kValueBytes)) % 16 ==
      0;

  OLV_UNROLL
  for (int chunk = 0; chunk < kTileM / kRows; ++chunk) {
    const int buffer = chunk % 2 * kStagingBytes;
    OLV_UNROLL
    for (int j = 0; j < kRows / 8; ++j) {
      OLV_UNROLL
      for (int i = 0; i < 4; ++i) {  // row 2t + i % 2, column g + 8 (i / 2) of a warp's 16
        const int32_t sum = sums[(chunk * kRows / 8 + j) * 4 + i];
        store_shared<typename Traits::Value>(
            to + buffer + (8 * j + i % 2) * kPitch + i / 2 * 8 * kValueBytes,
            output_value<kOutput>(p, sum, i / 2 == 0 ? low : high));
      }
    }
    // One barrier a chunk: who writes a buffer again has passed the next one since, and so have
    // those who read it.
    sync_threads(1 + consumer, kWarpgroupThreads);
    store_piece<kOutput>(p, from + buffer, is_aligned, row_m + chunk * kRows + row,
                         row_n + thread % kPieces * Traits::kPieceValues);
  }
}

template <size_t kSums>
OLV_DEVICE void store_tile(const EpilogueParams& p, const int32_t (&sums)[kSums],
                           std::byte* staging, int consumer, int64_t row_n, int64_t row_m) {
  switch (p.output) {
    case OutputForm::Int32:
      store_tile_as<OutputForm::Int32>(p, sums, staging, consumer, row_n, row_m);
      break;
    case OutputForm::Int8:
      store_tile_as<OutputForm::Int8>(p, sums, staging, consumer, row_n, row_m);
      break;
    case OutputForm::Fp16:
      store_tile_as<OutputForm::Fp16>(p, sums, staging, consumer, row_n, row_m);
      break;
  }
}

}  // namespace olivine::device
