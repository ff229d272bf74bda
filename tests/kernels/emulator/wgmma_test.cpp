// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "kernels/device/ops.cuh"
#include "tests/kernels/emulator/emulator_check.h"
#include "tests/kernels/emulator/wgmma_check.cuh"

namespace olivine {
namespace {

using namespace device;

// The fragment of A that a thread has for one step, as mma_s8's of its warp's 16 rows.
void load_a(const WgmmaCase& w, int step, uint32_t (&a)[4]) {
  for (int reg = 0; reg < 4; ++reg) {
    const MmaElement e = a_element(MmaKind::Dense8, lane_index(), reg, 0);
    const int row = 16 * warp_index() + e.row;
    std::memcpy(a + reg, w.a.data() + (row * w.steps + step) * kTileBytes + e.column, 4);
  }
}

uint32_t metadata_of(const WgmmaCase& w, int step) {
  uint32_t word = 0;
  for (int i = 0; i < 8; ++i) {
    const MmaElement e = metadata_group(lane_index(), 0, i);
    const int row = 16 * warp_index() + e.row;
    const auto nibble = static_cast<uint32_t>(
        w.metadata[static_cast<size_t>((row * w.steps + step) * 16 + e.column)]);
    word |= nibble << (4 * i);
  }
  return word;
}

// One wgmma of step `step`.
template <int kN, bool kSparse, bool kRegisters>
void multiply_step(const WgmmaCase& w, int step, int32_t (&d)[size_t{kN} / 2], uint64_t a_tile,
                   uint64_t b_tile) {
  uint32_t a[4];
  load_a(w, step, a);
  if constexpr (kSparse && kRegisters) {
    wgmma_sp_s8_rs<kN>(d, a[0], a[1], a[2], a[3], b_tile, metadata_of(w, step), true);
  } else if constexpr (kSparse) {
    wgmma_sp_s8_ss<kN>(d, a_tile, b_tile, metadata_of(w, step), true);
  } else if constexpr (kRegisters) {
    wgmma_s8_rs<kN>(d, a[0], a[1], a[2], a[3], b_tile, true);
  } else {
    wgmma_s8_ss<kN>(d, a_tile, b_tile, true);
  }
}

template <int kN, bool kSparse, bool kRegisters, Swizzle kA, Swizzle kB>
void multiply_case(const WgmmaCase& w, std::byte* shared, std::vector<int32_t>& result) {
  std::byte* b_tile = shared + kTileRows * w.steps * kTileBytes;
  store_tile<kA>(shared, w.a.data(), kTileRows, w.steps * kTileBytes);
  store_tile<kB>(b_tile, w.b.data(), kN, w.steps * w.k());
  int32_t d[size_t{kN} / 2];
  for (int reg = 0; reg < kN / 2; ++reg) d[reg] = w.c[d_index(kN, thread_index(), reg)];
  fence_async_proxy();
  sync_block();
  wgmma_fence();
  for (int step = 0; step < w.steps; ++step) {
    const std::byte* a = shared + step_offset<kA>(step, kTileBytes, kTileRows);
    const std::byte* b = b_tile + step_offset<kB>(step, w.k(), kN);
    multiply_step<kN, kSparse, kRegisters>(w, step, d, matrix_descriptor<kA>(a),
                                           matrix_descriptor<kB>(b));
  }
  wgmma_commit();
  wgmma_wait<0>();
  for (int reg = 0; reg < kN / 2; ++reg) result[d_index(kN, thread_index(), reg)] = d[reg];
}

// Row by row of the steps in `swizzle`: whole spans.
template <int kN, bool kSparse, bool kRegisters, Swizzle kA, Swizzle kB>
void expect_products() {
  const int k = kSparse ? kSparseBytes : kTileBytes;
  const int steps = std::max(swizzle_span(kA) / kTileBytes, swizzle_span(kB) / k);
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Rng rng{seed};
    const WgmmaCase w = random_case(kSparse, kN, steps, rng);
    std::vector<int32_t> result(w.c.size());
    const int shared = kTileRows * steps * kTileBytes + kN * steps * k;
    emulate({1, kTileThreads, shared, 1}, {seed, 90, {}}, [&](std::byte* memory) {
      multiply_case<kN, kSparse, kRegisters, kA, kB>(w, memory, result);
    });
    EXPECT_EQ(result, expected_sums(w)) << "seed " << seed;
  }
}

TEST(Wgmma, MultipliesDenseTilesInSharedMemory) {
  expect_products<8, false, false, Swizzle::Bytes128, Swizzle::Bytes128>();
  expect_products<64, false, false, Swizzle::Bytes64, Swizzle::Bytes128>();
  expect_products<256, false, false, Swizzle::Bytes32, Swizzle::Bytes64>();
}

TEST(Wgmma, MultipliesDenseTilesInRegisters) {
  expect_products<8, false, true, Swizzle::Bytes128, Swizzle::Bytes64>();
  expect_products<64, false, true, Swizzle::Bytes128, Swizzle::Bytes128>();
  expect_products<256, false, true, Swizzle::Bytes128, Swizzle::Bytes32>();
}

TEST(Wgmma, MultipliesSparseTilesInSharedMemory) {
  expect_products<8, true, false, Swizzle::Bytes64, Swizzle::Bytes128>();
  expect_products<64, true, false, Swizzle::Bytes128, Swizzle::Bytes128>();
  expect_products<256, true, false, Swizzle::Bytes32, Swizzle::Bytes64>();
}

TEST(Wgmma, MultipliesSparseTilesInRegisters) {
  expect_products<8, true, true, Swizzle::Bytes64, Swizzle::Bytes64>();
  expect_products<64, true, true, Swizzle::Bytes64, Swizzle::Bytes128>();
  expect_products<256, true, true, Swizzle::Bytes64, Swizzle::Bytes128>();
}

}  // namespace
}  // namespace olivine
