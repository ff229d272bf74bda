// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/sgemm.h"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/base/gemm_shape.h"
#include "models/base/units.h"

#if OLV_X86_KERNELS
#include <immintrin.h>
#endif

namespace olivine {
namespace {

FloatMatrix multiply_by_eigen(const FloatMatrix& a, std::span<const float> b, int64_t b_rows) {
  using RowMajorMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  FloatMatrix c(a.rows, b_rows);
  Eigen::Map<RowMajorMatrix> out(c.values.data(), c.rows, c.columns);
  out.noalias() = Eigen::Map<const RowMajorMatrix>(a.values.data(), a.rows, a.columns) *
                  Eigen::Map<const RowMajorMatrix>(b.data(), b_rows, a.columns).transpose();
  return c;
}

#if OLV_X86_KERNELS

// Blocking: a panel is kPanelN rows of b side by side, element by element of k, so that one vector
// holds the same k of 8 or 16 outputs. A panel of kBlockK stays in the nearest cache, and kBlockM
// rows of a in the next, while all tiles of the two are multiplied.
constexpr int64_t kPanelN = 32;
constexpr int64_t kBlockK = 256;
constexpr int64_t kBlockM = 240;
constexpr size_t kMaxTileM = 12;

// A tile: some rows of a from one k on, and where their sums are, kPanelN columns each.
struct Tile {
  const float* a;
  int64_t a_stride;
  float* c;
  int64_t c_stride;
};
struct Panel {
  const float* b;  // [length][kPanelN]
  int64_t length;
};
using TileFunction = void (*)(const Tile&, const Panel&);
using TileTable = std::array<TileFunction, kMaxTileM>;  // by rows - 1

template <size_t TileM>
__attribute__((target("avx2,fma"))) void avx2_tile(const Tile& tile, const Panel& panel) {
  // Two halves of the panel: 6 x 2 sums and the operands fit the 16 registers.
  for (int64_t half = 0; half < kPanelN; half += 16) {
    __m256 sum[TileM][2];
    for (size_t row = 0; row < TileM; ++row) {
      const float* c = tile.c + static_cast<int64_t>(row) * tile.c_stride + half;
      sum[row][0] = _mm256_loadu_ps(c);
      sum[row][1] = _mm256_loadu_ps(c + 8);
    }
    for (int64_t p = 0; p < panel.length; ++p) {
      const __m256 b0 = _mm256_loadu_ps(panel.b + p * kPanelN + half);
      const __m256 b1 = _mm256_loadu_ps(panel.b + p * kPanelN + half + 8);
      for (size_t row = 0; row < TileM; ++row) {
        const __m256 a = _mm256_set1_ps(tile.a[static_cast<int64_t>(row) * tile.a_stride + p]);
        sum[row][0] = _mm256_fmadd_ps(a, b0, sum[row][0]);
        sum[row][1] = _mm256_fmadd_ps(a, b1, sum[row][1]);
      }
    }
    for (size_t row = 0; row < TileM; ++row) {
      float* c = tile.c + static_cast<int64_t>(row) * tile.c_stride + half;
      _mm256_storeu_ps(c, sum[row][0]);
      _mm256_storeu_ps(c + 8, sum[row][1]);
    }
  }
}

template <size_t TileM>
__attribute__((target("avx512f"))) void avx512_tile(const Tile& tile, const Panel& panel) {
  __m512 sum[TileM][2];
  for (size_t row = 0; row < TileM; ++row) {
    const float* c = tile.c + static_cast<int64_t>(row) * tile.c_stride;
    sum[row][0] = _mm512_loadu_ps(c);
    sum[row][1] = _mm512_loadu_ps(c + 16);
  }
  for (int64_t p = 0; p < panel.length; ++p) {
    const __m512 b0 = _mm512_loadu_ps(panel.b + p * kPanelN);
    const __m512 b1 = _mm512_loadu_ps(panel.b + p * kPanelN + 16);
    for (size_t row = 0; row < TileM; ++row) {
      const __m512 a = _mm512_set1_ps(tile.a[static_cast<int64_t>(row) * tile.a_stride + p]);
      sum[row][0] = _mm512_fmadd_ps(a, b0, sum[row][0]);
      sum[row][1] = _mm512_fmadd_ps(a, b1, sum[row][1]);
    }
  }
  for (size_t row = 0; row < TileM; ++row) {
    float* c = tile.c + static_cast<int64_t>(row) * tile.c_stride;
    _mm512_storeu_ps(c, sum[row][0]);
    _mm512_storeu_ps(c + 16, sum[row][1]);
  }
}

struct Kernel {
  int64_t tile_m;
  TileTable tiles;
};

template <size_t... Index>
constexpr Kernel make_avx2_kernel(std::index_sequence<Index...>) {
  return {6, {avx2_tile<Index + 1>...}};
}
template <size_t... Index>
constexpr Kernel make_avx512_kernel(std::index_sequence<Index...>) {
  return {12, {avx512_tile<Index + 1>...}};
}
constexpr Kernel kAvx2 = make_avx2_kernel(std::make_index_sequence<6>{});
constexpr Kernel kAvx512 = make_avx512_kernel(std::make_index_sequence<kMaxTileM>{});

// Panels of k_begin, k_begin + 1, ... of all rows of b; columns beyond them are 0.
void pack_panels(std::span<const float> b, int64_t k, Span ks, std::vector<float>& panels) {
  std::fill(panels.begin(), panels.end(), 0.0F);
  const int64_t n = static_cast<int64_t>(b.size()) / k;
  for (int64_t j = 0; j < n; ++j) {
    const float* from = b.data() + j * k + ks.begin;
    float* to = panels.data() + j / kPanelN * kPanelN * ks.length + j % kPanelN;
    for (int64_t p = 0; p < ks.length; ++p) to[p * kPanelN] = from[p];
  }
}

// c, padded to whole panels, plus the products of rows `ms` with `panels`.
void multiply_block(const Kernel& kernel, const FloatMatrix& a, Span ms, Span ks,
                    std::span<const float> panels, FloatMatrix& c) {
  for (int64_t j = 0; j < c.columns; j += kPanelN) {
    const Panel panel{panels.data() + j * ks.length, ks.length};
    for (int64_t i = ms.begin; i < ms.end(); i += kernel.tile_m) {
      const Tile tile{a.values.data() + i * a.columns + ks.begin, a.columns,
                      c.values.data() + i * c.columns + j, c.columns};
      const int64_t rows = std::min(kernel.tile_m, ms.end() - i);
      kernel.tiles[static_cast<size_t>(rows - 1)](tile, panel);
    }
  }
}

FloatMatrix multiply_by_tiles(const Kernel& kernel, const FloatMatrix& a, std::span<const float> b,
                              int64_t b_rows) {
  const int64_t k = a.columns;
  FloatMatrix c(a.rows, round_up(b_rows, kPanelN));
  std::vector<float> panels(static_cast<size_t>(c.columns * std::min(k, kBlockK)));
  for (int64_t begin = 0; begin < k; begin += kBlockK) {
    const Span ks{begin, std::min(kBlockK, k - begin)};
    pack_panels(b, k, ks, panels);
    for (int64_t i = 0; i < a.rows; i += kBlockM) {
      multiply_block(kernel, a, {i, std::min(kBlockM, a.rows - i)}, ks, panels, c);
    }
  }
  if (c.columns == b_rows) return c;
  FloatMatrix cut(a.rows, b_rows);
  for (int64_t i = 0; i < a.rows; ++i) std::copy_n(c.row(i).begin(), b_rows, cut.row(i).begin());
  return cut;
}

#endif

}  // namespace

FloatMatrix multiply_transposed(const FloatMatrix& a, std::span<const float> b, int64_t b_rows,
                                InstructionSet set) {
  OLV_CHECK(static_cast<int64_t>(b.size()) == b_rows * a.columns, "{} values of {} x {}", b.size(),
            b_rows, a.columns);
#if OLV_X86_KERNELS
  if (set == InstructionSet::Avx512) return multiply_by_tiles(kAvx512, a, b, b_rows);
  if (set == InstructionSet::Avx2 && __builtin_cpu_supports("fma")) {
    return multiply_by_tiles(kAvx2, a, b, b_rows);
  }
#endif
  return multiply_by_eigen(a, b, b_rows);
}

}  // namespace olivine
