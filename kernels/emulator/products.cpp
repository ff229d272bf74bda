// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/products.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "models/base/instruction_set.h"

namespace olivine::emulation {
namespace {

// Vectors of the compiler: whatever the processor has. Unsigned, because sums wrap around.
constexpr int kColumns = 16;
constexpr int kRows = 4;
constexpr int kSlabRows = 16;
constexpr int kMaxK = 64;
typedef uint32_t Vector __attribute__((vector_size(kColumns * sizeof(uint32_t))));

// 16 columns of B, transposed and widened.
struct Panel {
  std::array<Vector, kMaxK> b;
};

void make_panel(const Products& p, int column, Panel& panel) {
  const int columns = std::min(kColumns, p.n - column);
  if (columns < kColumns) std::memset(&panel, 0, sizeof panel);
  for (int j = 0; j < columns; ++j) {
    const int8_t* row = p.b + static_cast<ptrdiff_t>(column + j) * p.k;
    for (int i = 0; i < p.k; ++i) {
      panel.b[static_cast<size_t>(i)][j] = static_cast<uint32_t>(int32_t{row[i]});
    }
  }
}

// Adds to 16 columns of four rows of C.
[[gnu::always_inline]] inline void add_four_rows(const Products& p, int row, int column,
                                                 const Panel& panel) {
  Vector sums[kRows] = {};
  const int8_t* a = p.a + static_cast<ptrdiff_t>(row) * p.k;
  for (int i = 0; i < p.k; ++i) {
    const Vector b = panel.b[static_cast<size_t>(i)];
    for (int r = 0; r < kRows; ++r) sums[r] += b * static_cast<uint32_t>(int32_t{a[r * p.k + i]});
  }
  const int columns = std::min(kColumns, p.n - column);
  int32_t* slab = p.c[static_cast<size_t>(row / kSlabRows)];
  for (int r = 0; r < kRows; ++r) {
    int32_t* c = slab + static_cast<ptrdiff_t>(row % kSlabRows + r) * p.n + column;
    for (int j = 0; j < columns; ++j) {
      c[j] = static_cast<int32_t>(static_cast<uint32_t>(c[j]) + sums[r][j]);
    }
  }
}

[[gnu::always_inline]] inline void add_panel(const Products& p, int column, const Panel& panel) {
  for (int row = 0; row < p.rows; row += kRows) add_four_rows(p, row, column, panel);
}

void add_panel_portable(const Products& p, int column, const Panel& panel) {
  add_panel(p, column, panel);
}
#if OLV_X86_KERNELS
__attribute__((target("avx2"))) void add_panel_avx2(const Products& p, int column,
                                                    const Panel& panel) {
  add_panel(p, column, panel);
}
__attribute__((target("avx512f"))) void add_panel_avx512(const Products& p, int column,
                                                         const Panel& panel) {
  add_panel(p, column, panel);
}
#endif

using PanelFunction = void (*)(const Products&, int, const Panel&);

PanelFunction best_panel_function() {
#if OLV_X86_KERNELS
  switch (best_instruction_set()) {
    case InstructionSet::Avx512:
      return add_panel_avx512;
    case InstructionSet::Avx2:
      return add_panel_avx2;
    case InstructionSet::Portable:
      return add_panel_portable;
  }
#endif
  return add_panel_portable;
}

}  // namespace

void add_products(const Products& products) {
  static const PanelFunction kAdd = best_panel_function();
  Panel panel;
  for (int column = 0; column < products.n; column += kColumns) {
    make_panel(products, column, panel);
    kAdd(products, column, panel);
  }
}

void expand_kept(const int8_t* kept, const uint32_t* metadata, int rows, int k, int8_t* dense) {
  std::memset(dense, 0, static_cast<size_t>(rows) * static_cast<size_t>(k));
  const int groups = k / 4;
  for (int row = 0; row < rows; ++row) {
    for (int group = 0; group < groups; ++group) {
      const int nibble_index = row * groups + group;
      const uint32_t nibble = metadata[nibble_index / 8] >> (nibble_index % 8 * 4);
      int8_t* four = dense + row * k + 4 * group;
      const int8_t* two = kept + row * (k / 2) + 2 * group;
      four[nibble & 3U] = two[0];
      four[nibble >> 2U & 3U] = two[1];
    }
  }
}

}  // namespace olivine::emulation
