// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/device/ops.cuh"
#include "kernels/launch/swizzle.h"
#include "models/base/rng.h"
#include "models/numerics/mma_fragments.h"
#include "tests/kernels/emulator/emulator_check.h"

// One warpgroup, one tile: what the tests of wgmma multiply.
namespace olivine {

inline constexpr int kTileRows = 64;
inline constexpr int kTileThreads = 128;
inline constexpr int kTileBytes = 32;    // of A along k, a step
inline constexpr int kSparseBytes = 64;  // of B along k, a step of sparse wgmma

inline constexpr uint32_t kLegalNibbles[] = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};

// Operands of `steps` steps along k, rows along k.
struct WgmmaCase {
  bool is_sparse = false;
  int n = 0;
  int steps = 0;
  std::vector<int8_t> a;          // [64][steps * 32], of sparse ones the kept elements
  std::vector<int8_t> b;          // [n][steps * k]
  std::vector<uint8_t> metadata;  // [64][steps * 16] nibbles
  std::vector<int32_t> c;         // [64][n], what D starts with

  [[nodiscard]] int k() const { return is_sparse ? kSparseBytes : kTileBytes; }
};

inline WgmmaCase random_case(bool is_sparse, int n, int steps, Rng& rng) {
  WgmmaCase w;
  w.is_sparse = is_sparse;
  w.n = n;
  w.steps = steps;
  w.a.resize(static_cast<size_t>(kTileRows * steps * kTileBytes));
  w.b.resize(static_cast<size_t>(n * steps * w.k()));
  w.metadata.resize(static_cast<size_t>(kTileRows * steps * 16));
  w.c.resize(static_cast<size_t>(kTileRows * n));
  for (int8_t& value : w.a) value = static_cast<int8_t>(rng.next());
  for (int8_t& value : w.b) value = static_cast<int8_t>(rng.next());
  for (uint8_t& nibble : w.metadata) {
    nibble = static_cast<uint8_t>(kLegalNibbles[rng.uniform(0, 5)]);
  }
  for (int32_t& value : w.c) value = static_cast<int32_t>(rng.next());
  return w;
}

// D by its definition, sums wrapping around.
inline std::vector<int32_t> expected_sums(const WgmmaCase& w) {
  std::vector<int32_t> d = w.c;
  const int stored = w.steps * kTileBytes;
  for (int row = 0; row < kTileRows; ++row) {
    for (int column = 0; column < w.n; ++column) {
      auto sum = static_cast<uint32_t>(d[static_cast<size_t>(row * w.n + column)]);
      for (int i = 0; i < stored; ++i) {
        // Of group g of four the kept elements 2g and 2g + 1.
        const int group = i / 2;
        const auto nibble = static_cast<unsigned>(
            w.metadata[static_cast<size_t>(row * w.steps * 16 + group % (w.steps * 16))]);
        const int place = static_cast<int>(nibble >> (2 * (i % 2)) & 3U);
        const int at = w.is_sparse ? 4 * group + place : i;
        const int a = w.a[static_cast<size_t>(row * stored + i)];
        const int b = w.b[static_cast<size_t>(column * w.steps * w.k() + at)];
        sum += static_cast<uint32_t>(a * b);
      }
      d[static_cast<size_t>(row * w.n + column)] = static_cast<int32_t>(sum);
    }
  }
  return d;
}

// Element of D that register `reg` of thread `thread` of the warpgroup holds.
inline size_t d_index(int n, int thread, int reg) {
  const MmaElement e = c_element(thread % 32, reg % 4);
  return static_cast<size_t>((thread / 32 * 16 + e.row) * n + reg / 4 * 8 + e.column);
}

// Rows of `row_bytes` bytes to a tile of that swizzle at `tile`, spans of it side by side (each of
// all rows) where a row is longer; by the calling threads together.
template <Swizzle kSwizzle>
void store_tile(std::byte* tile, const int8_t* rows, int row_count, int row_bytes) {
  constexpr int kSpan = swizzle_span(kSwizzle);
  for (int i = device::thread_index(); i < row_count * row_bytes / 4; i += kTileThreads) {
    const int row = i * 4 / row_bytes;
    const int column = i * 4 % row_bytes;
    const int offset =
        column / kSpan * row_count * kSpan + swizzled(kSwizzle, row * kSpan + column % kSpan);
    uint32_t word = 0;
    std::memcpy(&word, rows + 4 * i, 4);
    device::store_shared(tile + offset, word);
  }
}

// Where in its tile step `step` of `bytes` bytes a row begins.
template <Swizzle kSwizzle>
[[nodiscard]] constexpr int step_offset(int step, int bytes, int rows) {
  constexpr int kSpan = swizzle_span(kSwizzle);
  return step * bytes / kSpan * rows * kSpan + step * bytes % kSpan;
}

}  // namespace olivine
