// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/pe_kernel.h"

// One binary for every x86-64: the loader picks the widest vector unit. Sanitizers run before the
// loader's resolvers may, and clang 14 has no clones, so there the plain version stands alone.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define OLV_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OLV_VECTOR_CLONES
#endif

namespace olivine {
namespace {

inline int32_t product(int32_t left_integer, int32_t top_integer, uint32_t exponent_sum) {
  return static_cast<int32_t>(static_cast<uint32_t>(left_integer * top_integer) << exponent_sum);
}

inline int32_t wrapping_add(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

}  // namespace

OLV_VECTOR_CLONES void accumulate_row(int32_t* __restrict sum, SliceRow left, SliceRow top,
                                      size_t cols) {
  const int8_t* __restrict left_integer = left.integer;
  const uint8_t* __restrict left_exponent = left.exponent;
  const int8_t* __restrict top_integer = top.integer;
  const uint8_t* __restrict top_exponent = top.exponent;
  for (size_t c = 0; c < cols / kPeColumnPadding * kPeColumnPadding; ++c) {
    const uint32_t shift = uint32_t{left_exponent[c]} + uint32_t{top_exponent[c]};
    sum[c] = wrapping_add(sum[c], product(left_integer[c], top_integer[c], shift));
  }
}

OLV_VECTOR_CLONES void accumulate_selected_row(int32_t* __restrict sum,
                                               const std::array<SliceRow, 4>& left,
                                               const uint8_t* __restrict position, SliceRow top,
                                               size_t cols) {
  const SliceRow left0 = left[0], left1 = left[1], left2 = left[2], left3 = left[3];
  const int8_t* __restrict top_integer = top.integer;
  const uint8_t* __restrict top_exponent = top.exponent;
  for (size_t c = 0; c < cols / kPeColumnPadding * kPeColumnPadding; ++c) {
    const int8_t low_integer = (position[c] & 1) != 0 ? left1.integer[c] : left0.integer[c];
    const int8_t high_integer = (position[c] & 1) != 0 ? left3.integer[c] : left2.integer[c];
    const int8_t integer = (position[c] & 2) != 0 ? high_integer : low_integer;
    const uint8_t low_exponent = (position[c] & 1) != 0 ? left1.exponent[c] : left0.exponent[c];
    const uint8_t high_exponent = (position[c] & 1) != 0 ? left3.exponent[c] : left2.exponent[c];
    const uint8_t exponent = (position[c] & 2) != 0 ? high_exponent : low_exponent;
    const uint32_t shift = uint32_t{exponent} + uint32_t{top_exponent[c]};
    sum[c] = wrapping_add(sum[c], product(integer, top_integer[c], shift));
  }
}

OLV_VECTOR_CLONES void shift_hold_row(int32_t* __restrict to, const int32_t* __restrict from,
                                      const int32_t* __restrict drain_counter, int32_t row,
                                      size_t cols) {
  for (size_t c = 0; c < cols / kPeColumnPadding * kPeColumnPadding; ++c) {
    const bool moves = drain_counter[c] >= 1 && drain_counter[c] <= row;
    to[c] = moves ? from[c] : to[c];
  }
}

}  // namespace olivine
