// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/int16_kernel.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "models/base/error.h"

#if OLV_X86_KERNELS
#include <immintrin.h>
#endif

namespace olivine {
namespace {

// Blocking: a panel of B is kPanelN rows of B side by side, pair by pair, so that one vector holds
// the same k-pair of 8 or 16 outputs; kBlockPairs of it stay in the L2 cache while all of A passes.
constexpr int64_t kPanelN = 32;
constexpr int64_t kBlockPairs = 512;

// One k-pair, as 32 bits: what a multiply-add instruction broadcasts.
using PairBits = int32_t;

struct Panel {
  const PairBits* b;  // [pairs][kPanelN]
  int64_t pairs;
};

// Adds to `rows` rows of C (kPanelN columns each, `c_stride` apart) the products with one panel.
// `a` points at the first pair of the first row, rows are `a_stride` pairs apart.
struct Tile {
  const PairBits* a;
  int64_t a_stride;
  int32_t* c;
  int64_t c_stride;

  [[nodiscard]] const PairBits* row_a(size_t row) const {
    return a + static_cast<int64_t>(row) * a_stride;
  }
  [[nodiscard]] int32_t* row_c(size_t row) const {
    return c + static_cast<int64_t>(row) * c_stride;
  }
};
using TileFunction = void (*)(const Tile&, const Panel&);

struct Kernel {
  int64_t tile_m;  // rows of A that `full` takes
  TileFunction full;
  TileFunction single;  // one row
};

template <size_t TileM>
void portable_tile(const Tile& tile, const Panel& panel) {
  for (int64_t p = 0; p < panel.pairs; ++p) {
    int16_t b[2 * kPanelN];
    std::memcpy(b, panel.b + p * kPanelN, sizeof b);
    for (size_t row = 0; row < TileM; ++row) {
      int16_t a[2];
      std::memcpy(a, tile.row_a(row) + p, sizeof a);
      int32_t* c = tile.row_c(row);
      for (int64_t j = 0; j < kPanelN; ++j) {
        const int32_t sum = a[0] * b[2 * j] + a[1] * b[2 * j + 1];
        c[j] = static_cast<int32_t>(static_cast<uint32_t>(c[j]) + static_cast<uint32_t>(sum));
      }
    }
  }
}

#if OLV_X86_KERNELS

template <size_t TileM>
__attribute__((target("avx2"))) void avx2_tile(const Tile& tile, const Panel& panel) {
  // Two halves of the panel: TileM x 2 sums and the operands fit the 16 registers.
  for (int64_t half = 0; half < kPanelN; half += 16) {
    __m256i sum[TileM][2];
    for (size_t row = 0; row < TileM; ++row) {
      auto* c = reinterpret_cast<const __m256i*>(tile.row_c(row) + half);
      sum[row][0] = _mm256_loadu_si256(c);
      sum[row][1] = _mm256_loadu_si256(c + 1);
    }
    for (int64_t p = 0; p < panel.pairs; ++p) {
      auto* b = reinterpret_cast<const __m256i*>(panel.b + p * kPanelN + half);
      const __m256i b0 = _mm256_loadu_si256(b);
      const __m256i b1 = _mm256_loadu_si256(b + 1);
      for (size_t row = 0; row < TileM; ++row) {
        const __m256i a = _mm256_set1_epi32(tile.row_a(row)[p]);
        sum[row][0] = _mm256_add_epi32(sum[row][0], _mm256_madd_epi16(a, b0));
        sum[row][1] = _mm256_add_epi32(sum[row][1], _mm256_madd_epi16(a, b1));
      }
    }
    for (size_t row = 0; row < TileM; ++row) {
      auto* c = reinterpret_cast<__m256i*>(tile.row_c(row) + half);
      _mm256_storeu_si256(c, sum[row][0]);
      _mm256_storeu_si256(c + 1, sum[row][1]);
    }
  }
}

template <size_t TileM>
__attribute__((target("avx512f,avx512bw"))) void avx512_tile(const Tile& tile, const Panel& panel) {
  __m512i sum[TileM][2];
  for (size_t row = 0; row < TileM; ++row) {
    const int32_t* c = tile.row_c(row);
    sum[row][0] = _mm512_loadu_si512(c);
    sum[row][1] = _mm512_loadu_si512(c + 16);
  }
  for (int64_t p = 0; p < panel.pairs; ++p) {
    const __m512i b0 = _mm512_loadu_si512(panel.b + p * kPanelN);
    const __m512i b1 = _mm512_loadu_si512(panel.b + p * kPanelN + 16);
    for (size_t row = 0; row < TileM; ++row) {
      const __m512i a = _mm512_set1_epi32(tile.row_a(row)[p]);
      sum[row][0] = _mm512_add_epi32(sum[row][0], _mm512_madd_epi16(a, b0));
      sum[row][1] = _mm512_add_epi32(sum[row][1], _mm512_madd_epi16(a, b1));
    }
  }
  for (size_t row = 0; row < TileM; ++row) {
    int32_t* c = tile.row_c(row);
    _mm512_storeu_si512(c, sum[row][0]);
    _mm512_storeu_si512(c + 16, sum[row][1]);
  }
}

#endif

Kernel kernel_for(InstructionSet set) {
#if OLV_X86_KERNELS
  if (set == InstructionSet::Avx512) return {8, avx512_tile<8>, avx512_tile<1>};
  if (set == InstructionSet::Avx2) return {5, avx2_tile<5>, avx2_tile<1>};
#endif
  OLV_CHECK(set == InstructionSet::Portable, "no kernel for instruction set {}",
            static_cast<int>(set));
  return {4, portable_tile<4>, portable_tile<1>};
}

PairBits load_pair(const int16_t* values) {
  PairBits bits = 0;
  std::memcpy(&bits, values, sizeof bits);
  return bits;
}

// Rows `first_n`.. of B as a panel; rows past n are zero.
void pack_panel(const Int16Gemm& gemm, int64_t first_n, int64_t first_pair, int64_t pairs,
                std::vector<PairBits>& packed) {
  const int64_t stride = k_stride(gemm.k);
  const int64_t columns = std::min(kPanelN, gemm.n - first_n);
  std::fill(packed.begin(), packed.end(), 0);
  for (int64_t j = 0; j < columns; ++j) {
    const int16_t* row = gemm.b.data() + (first_n + j) * stride + 2 * first_pair;
    for (int64_t p = 0; p < pairs; ++p) {
      packed[static_cast<size_t>(p * kPanelN + j)] = load_pair(row + 2 * p);
    }
  }
}

}  // namespace

void multiply_int16(const Int16Gemm& gemm, InstructionSet set) {
  const Kernel kernel = kernel_for(set);
  const int64_t row_pairs = k_stride(gemm.k) / 2;
  std::vector<PairBits> a(static_cast<size_t>(gemm.m * row_pairs));
  if (!a.empty()) std::memcpy(a.data(), gemm.a.data(), a.size() * sizeof(PairBits));
  std::vector<PairBits> packed(static_cast<size_t>(kBlockPairs * kPanelN));
  std::vector<int32_t> sums(static_cast<size_t>(gemm.m * kPanelN));
  for (int64_t first_n = 0; first_n < gemm.n; first_n += kPanelN) {
    std::fill(sums.begin(), sums.end(), 0);
    for (int64_t first = 0; first < row_pairs; first += kBlockPairs) {
      const Panel panel{packed.data(), std::min(kBlockPairs, row_pairs - first)};
      pack_panel(gemm, first_n, first, panel.pairs, packed);
      for (int64_t i = 0; i < gemm.m;) {
        const bool is_full = i + kernel.tile_m <= gemm.m;
        const Tile tile{a.data() + i * row_pairs + first, row_pairs, sums.data() + i * kPanelN,
                        kPanelN};
        (is_full ? kernel.full : kernel.single)(tile, panel);
        i += is_full ? kernel.tile_m : 1;
      }
    }
    const int64_t columns = std::min(kPanelN, gemm.n - first_n);
    for (int64_t i = 0; i < gemm.m; ++i) {
      std::copy_n(sums.data() + i * kPanelN, columns, gemm.c.data() + i * gemm.n + first_n);
    }
  }
}

}  // namespace olivine
