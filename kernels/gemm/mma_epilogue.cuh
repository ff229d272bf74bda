// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/epilogue.cuh"
#include "kernels/gemm/mma_warp.cuh"

// A warp's sums to C. The rows of weights of one thread follow each other (row_at()), so it holds
// kCount neighbours of a row of C, and the eight thread groups hold 8 kCount.
namespace olivine::device {

// `kCount` outputs in their bytes.
template <OutputForm kOutput, size_t kCount>
struct MmaOutputs {
  static constexpr size_t kElementBytes = output_bytes(kOutput);
  static constexpr size_t kElementsOfWord = 4 / kElementBytes;
  static constexpr size_t kWords = kCount / kElementsOfWord;
  uint32_t word[kWords];

  OLV_DEVICE static uint32_t shift_of(size_t i) {
    return static_cast<uint32_t>(i % kElementsOfWord * 8 * kElementBytes);
  }
  OLV_DEVICE void set(size_t i, uint32_t bits) {
    uint32_t& target = word[i / kElementsOfWord];
    target = shift_of(i) == 0 ? bits : target | bits << shift_of(i);
  }

  OLV_DEVICE void store_whole(std::byte* to) const {
    if constexpr (kWords % 4 == 0) {
      OLV_UNROLL
      for (size_t i = 0; i < kWords; i += 4) {
        store_global<Bytes16>(to + 4 * i, {{word[i], word[i + 1], word[i + 2], word[i + 3]}});
      }
    } else if constexpr (kWords == 2) {
      store_global<Bytes8>(to, {{word[0], word[1]}});
    } else {
      static_assert(kWords == 1);
      store_global<uint32_t>(to, word[0]);
    }
  }
  OLV_DEVICE void store_some(std::byte* to, int count) const {
    OLV_UNROLL
    for (size_t i = 0; i < kCount; ++i) {
      if (static_cast<int>(i) >= count) return;
      const uint32_t bits = word[i / kElementsOfWord] >> shift_of(i);
      if constexpr (kOutput == OutputForm::Int32) store_global<uint32_t>(to + 4 * i, bits);
      if constexpr (kOutput == OutputForm::Fp16) {
        store_global<uint16_t>(to + 2 * i, static_cast<uint16_t>(bits));
      }
      if constexpr (kOutput == OutputForm::Int8) {
        store_global<uint8_t>(to + i, static_cast<uint8_t>(bits));
      }
    }
  }
};

template <OutputForm kOutput>
OLV_DEVICE uint32_t output_bits(const EpilogueParams& p, int32_t sum, float multiplier) {
  if constexpr (kOutput == OutputForm::Int32) {
    return static_cast<uint32_t>(sum);
  } else if constexpr (kOutput == OutputForm::Fp16) {
    return half_of(sum, multiplier);
  } else {
    return static_cast<uint8_t>(requantized(p, sum, multiplier));
  }
}

// Where a thread's neighbours of a row begin, how many of them are inside C, and whether they can
// be stored as a whole.
struct MmaColumns {
  int64_t n;
  int count;
  bool is_whole;
};

template <int kCount>
OLV_DEVICE MmaColumns mma_columns(const EpilogueParams& p, int64_t n) {
  const uint64_t element_bytes = p.output == OutputForm::Int32  ? 4
                                 : p.output == OutputForm::Fp16 ? 2
                                                                : 1;
  const uint64_t bytes = static_cast<uint64_t>(kCount) * element_bytes;
  const auto address = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(p.c));
  const uint64_t row_bytes = static_cast<uint64_t>(p.c_stride) * element_bytes;
  const int count = clamped(p.n - n, 0, kCount);
  return {n, count, count == kCount && (address | row_bytes) % (bytes < 16 ? bytes : 16) == 0};
}

template <OutputForm kOutput, size_t kCount>
OLV_DEVICE void store_row(const EpilogueParams& p, int64_t m, const MmaColumns& columns,
                          const int32_t (&sums)[kCount], const float (&multipliers)[kCount]) {
  using Outputs = MmaOutputs<kOutput, kCount>;
  Outputs outputs;
  OLV_UNROLL
  for (size_t i = 0; i < kCount; ++i) {
    outputs.set(i, output_bits<kOutput>(p, sums[i], multipliers[i]));
  }
  constexpr auto kElementBytes = static_cast<int64_t>(Outputs::kElementBytes);
  std::byte* to = static_cast<std::byte*>(p.c) + (m * p.c_stride + columns.n) * kElementBytes;
  if (columns.is_whole) {
    outputs.store_whole(to);
  } else {
    outputs.store_some(to, columns.count);
  }
}

// first_m, first_n: of the warp. The output form is asked for row by row: one loop for each would
// have the compiler convert all sums in front of them, into registers that there are not.
template <class Layout>
OLV_DEVICE void store_warp(const EpilogueParams& p, int64_t first_m, int64_t first_n,
                           const MmaSums<Layout>& sums) {
  constexpr size_t kCount = Layout::kThreadRows;
  const int lane = lane_index();
  const MmaColumns columns =
      mma_columns<Layout::kThreadRows>(p, first_n + Layout::kThreadRows * (lane / 4));
  float multipliers[kCount] = {};
  if (p.output != OutputForm::Int32) {
    OLV_UNROLL
    for (int i = 0; i < Layout::kThreadRows; ++i) {
      if (i < columns.count) multipliers[i] = column_multiplier(p, columns.n + i);
    }
  }
  OLV_UNROLL
  for (int tile = 0; tile < Layout::kMmaTilesM; ++tile) {
    OLV_UNROLL
    for (int odd = 0; odd < 2; ++odd) {
      const int64_t m = first_m + tile * 8 + lane % 4 * 2 + odd;  // c_element()
      if (m >= p.m) continue;
      int32_t row[kCount];
      OLV_UNROLL
      for (int i = 0; i < Layout::kThreadRows; ++i) row[i] = sums[i / 2][tile][i % 2 * 2 + odd];
      switch (p.output) {
        case OutputForm::Int32:
          store_row<OutputForm::Int32>(p, m, columns, row, multipliers);
          break;
        case OutputForm::Int8:
          store_row<OutputForm::Int8>(p, m, columns, row, multipliers);
          break;
        case OutputForm::Fp16:
          store_row<OutputForm::Fp16>(p, m, columns, row, multipliers);
          break;
      }
    }
  }
}

}  // namespace olivine::device
