// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/pe_kernel.h"

#if OLV_X86_KERNELS
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12's own _mm512_undefined_epi32
#endif
#include <immintrin.h>
#endif

namespace olivine {
namespace {

void portable_row(PeRow row, size_t cols) {
  for (size_t c = 0; c < cols; ++c) {
    const size_t left = c + (row.position != nullptr ? row.position[c] * row.lane_pitch : 0);
    const uint32_t shift = uint32_t{row.left.exponent[left]} + uint32_t{row.top.exponent[c]};
    const int32_t product = int32_t{row.left.integer[left]} * int32_t{row.top.integer[c]};
    row.sum[c] = static_cast<int32_t>(static_cast<uint32_t>(row.sum[c]) +
                                      (static_cast<uint32_t>(product) << shift));
  }
}

// Compiled once for each instruction set by the functions that call it.
[[gnu::always_inline]] inline void shift_hold(int32_t* __restrict to,
                                              const int32_t* __restrict from,
                                              const int32_t* __restrict drain_counter, int32_t row,
                                              size_t cols) {
  for (size_t c = 0; c < cols / kPeColumnPadding * kPeColumnPadding; ++c) {
    const bool moves = drain_counter[c] >= 1 && drain_counter[c] <= row;
    to[c] = moves ? from[c] : to[c];
  }
}

#if OLV_X86_KERNELS

__attribute__((target("sse4.1"))) inline __m128i load16(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

// Byte c of lane position[c]; blends look at the top bit of each byte of their mask.
__attribute__((target("sse4.1"))) inline __m128i multiplex(__m128i position, const void* lanes,
                                                           size_t pitch) {
  const auto* in = static_cast<const char*>(lanes);
  const __m128i bit0 = _mm_slli_epi16(position, 7);
  const __m128i bit1 = _mm_slli_epi16(position, 6);
  const __m128i low = _mm_blendv_epi8(load16(in), load16(in + pitch), bit0);
  const __m128i high = _mm_blendv_epi8(load16(in + 2 * pitch), load16(in + 3 * pitch), bit0);
  return _mm_blendv_epi8(low, high, bit1);
}

struct LeftBytes {
  __m128i integer;
  __m128i exponent;
};

template <bool kSelects>
__attribute__((target("sse4.1"))) inline LeftBytes left_bytes(const PeRow& row, size_t c) {
  if constexpr (!kSelects) return {load16(row.left.integer + c), load16(row.left.exponent + c)};
  const __m128i position = load16(row.position + c);
  return {multiplex(position, row.left.integer + c, row.lane_pitch),
          multiplex(position, row.left.exponent + c, row.lane_pitch)};
}

template <bool kSelects>
__attribute__((target("avx2"))) void avx2_row(PeRow row, size_t cols) {
  for (size_t c = 0; c < cols; c += kPeColumnPadding) {
    LeftBytes left = left_bytes<kSelects>(row, c);
    __m128i top = load16(row.top.integer + c);
    __m128i shift = _mm_add_epi8(left.exponent, load16(row.top.exponent + c));
    for (size_t half = 0; half < kPeColumnPadding; half += 8) {
      const __m256i product =
          _mm256_mullo_epi32(_mm256_cvtepi8_epi32(left.integer), _mm256_cvtepi8_epi32(top));
      const __m256i term = _mm256_sllv_epi32(product, _mm256_cvtepu8_epi32(shift));
      auto* sum = reinterpret_cast<__m256i*>(row.sum + c + half);
      _mm256_storeu_si256(sum, _mm256_add_epi32(_mm256_loadu_si256(sum), term));
      left.integer = _mm_srli_si128(left.integer, 8);
      top = _mm_srli_si128(top, 8);
      shift = _mm_srli_si128(shift, 8);
    }
  }
}

template <bool kSelects>
__attribute__((target("avx512f"))) void avx512_row(PeRow row, size_t cols) {
  for (size_t c = 0; c < cols; c += kPeColumnPadding) {
    const LeftBytes left = left_bytes<kSelects>(row, c);
    const __m128i shift = _mm_add_epi8(left.exponent, load16(row.top.exponent + c));
    const __m512i product = _mm512_mullo_epi32(_mm512_cvtepi8_epi32(left.integer),
                                               _mm512_cvtepi8_epi32(load16(row.top.integer + c)));
    const __m512i term = _mm512_sllv_epi32(product, _mm512_cvtepu8_epi32(shift));
    int32_t* sum = row.sum + c;
    _mm512_storeu_si512(sum, _mm512_add_epi32(_mm512_loadu_si512(sum), term));
  }
}

__attribute__((target("avx2"))) void avx2_shift_hold(int32_t* to, const int32_t* from,
                                                     const int32_t* drain_counter, int32_t row,
                                                     size_t cols) {
  shift_hold(to, from, drain_counter, row, cols);
}

__attribute__((target("avx512f"))) void avx512_shift_hold(int32_t* to, const int32_t* from,
                                                          const int32_t* drain_counter, int32_t row,
                                                          size_t cols) {
  shift_hold(to, from, drain_counter, row, cols);
}

#endif  // OLV_X86_KERNELS

}  // namespace

void accumulate_rows(std::span<const PeRow> rows, size_t cols, InstructionSet set) {
  auto accumulate = &portable_row;
#if OLV_X86_KERNELS
  const bool selects = !rows.empty() && rows.front().position != nullptr;
  if (set == InstructionSet::Avx2) accumulate = selects ? &avx2_row<true> : &avx2_row<false>;
  if (set == InstructionSet::Avx512) accumulate = selects ? &avx512_row<true> : &avx512_row<false>;
#else
  (void)set;
#endif
  for (const PeRow& row : rows) accumulate(row, cols);
}

void shift_hold_row(int32_t* to, const int32_t* from, const int32_t* drain_counter, int32_t row,
                    size_t cols, InstructionSet set) {
#if OLV_X86_KERNELS
  if (set == InstructionSet::Avx512) return avx512_shift_hold(to, from, drain_counter, row, cols);
  if (set == InstructionSet::Avx2) return avx2_shift_hold(to, from, drain_counter, row, cols);
#else
  (void)set;
#endif
  shift_hold(to, from, drain_counter, row, cols);
}

}  // namespace olivine
