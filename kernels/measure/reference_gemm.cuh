// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "kernels/device/ops.cuh"
#include "kernels/measure/reference_gemm_args.h"

namespace olivine::measure {

// A tile of C is kReferenceTile x kReferenceTile; a thread has every kReferenceSide-th row and
// column of it. Tiles of both operands lie in shared memory along k, a column more than needed so
// that rows begin in different banks.
inline constexpr int kReferenceTile = 64;
inline constexpr int kReferenceSide = 16;
inline constexpr int kReferenceThreads = kReferenceSide * kReferenceSide;
inline constexpr int kReferenceEach = kReferenceTile / kReferenceSide;
inline constexpr int kReferenceK = 32;

struct ReferenceTiles {
  int32_t activations[kReferenceTile][kReferenceK + 1];
  int32_t weights[kReferenceTile][kReferenceK + 1];
};

// Rows first_row .. of a matrix, columns first_k ..; zeros outside of it.
OLV_DEVICE void load_reference_tile(int32_t (&tile)[kReferenceTile][kReferenceK + 1],
                                    const int16_t* matrix, int64_t rows, int64_t k,
                                    int64_t first_row, int64_t first_k) {
  for (int i = device::thread_index(); i < kReferenceTile * kReferenceK; i += kReferenceThreads) {
    const int64_t row = first_row + i / kReferenceK;
    const int64_t column = first_k + i % kReferenceK;
    int32_t value = 0;
    if (row < rows && column < k) value = device::load_global<int16_t>(&matrix[row * k + column]);
    device::store_shared(&tile[i / kReferenceK][i % kReferenceK], value);
  }
}

OLV_DEVICE void reference_tile(const ReferenceGemmArgs& args, int64_t first_row,
                               int64_t first_column, ReferenceTiles& tiles) {
  const int x = device::thread_index() % kReferenceSide;
  const int y = device::thread_index() / kReferenceSide;
  uint32_t sums[kReferenceEach][kReferenceEach] = {};  // wraps around without undefined behaviour
  for (int64_t first_k = 0; first_k < args.k; first_k += kReferenceK) {
    load_reference_tile(tiles.activations, args.activations, args.m, args.k, first_row, first_k);
    load_reference_tile(tiles.weights, args.weights, args.n, args.k, first_column, first_k);
    device::sync_block();
    for (int k = 0; k < kReferenceK; ++k) {
      OLV_UNROLL for (int i = 0; i < kReferenceEach; ++i) {
        const auto a = device::load_shared<int32_t>(&tiles.activations[y + kReferenceSide * i][k]);
        OLV_UNROLL for (int j = 0; j < kReferenceEach; ++j) {
          const auto b = device::load_shared<int32_t>(&tiles.weights[x + kReferenceSide * j][k]);
          sums[i][j] += static_cast<uint32_t>(a) * static_cast<uint32_t>(b);
        }
      }
    }
    device::sync_block();
  }
  for (int i = 0; i < kReferenceEach; ++i) {
    for (int j = 0; j < kReferenceEach; ++j) {
      const int64_t row = first_row + y + kReferenceSide * i;
      const int64_t column = first_column + x + kReferenceSide * j;
      if (row >= args.m || column >= args.n) continue;
      device::store_global(&args.c[row * args.n + column], static_cast<int32_t>(sums[i][j]));
    }
  }
}

// Tiles of C in turns, row by row.
OLV_DEVICE void reference_gemm_body(const ReferenceGemmArgs& args, ReferenceTiles& tiles) {
  const int64_t columns = (args.n + kReferenceTile - 1) / kReferenceTile;
  const int64_t rows = (args.m + kReferenceTile - 1) / kReferenceTile;
  for (int64_t tile = device::block_index(); tile < rows * columns; tile += device::block_count()) {
    reference_tile(args, tile / columns * kReferenceTile, tile % columns * kReferenceTile, tiles);
  }
}

}  // namespace olivine::measure
