// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/gemm/small_m_params.cuh"
#include "kernels/quant/ovp_decode.cuh"

// Activations on their way to shared memory, rearranged for the order in which threads hold
// weights: part p of column c and quad thread t of a step, 16 bytes, is what thread t of quad
// c % 8 needs for its block t.
namespace olivine::device {

// The first `count` bytes of a word, the rest 0.
OLV_DEVICE uint32_t first_bytes(uint32_t word, int count) {
  return count >= 4 ? word : count <= 0 ? 0 : word & ((1U << (8 * count)) - 1U);
}

// kWords words of a row from byte `at`, a multiple of 16; 0 past `bytes`.
template <size_t kWords>
OLV_DEVICE void load_row_words(uint32_t (&word)[kWords], const std::byte* row, int at, int bytes) {
  OLV_UNROLL
  for (int i = 0; i < static_cast<int>(kWords); i += 4) {
    const int left = bytes - at - 4 * i;
    Bytes16 loaded = {};
    if (left > 0) loaded = load_global<Bytes16>(row + at + 4 * i);
    OLV_UNROLL
    for (int j = 0; j < 4; ++j) word[i + j] = first_bytes(loaded.word[j], left - 4 * j);
  }
}

// Block `block` of a row for weights in OVP, word i: elements 4 i .. 4 i + 3 of 32.
//
// Word i of a block of weights holds the pairs of elements 4 i .. 4 i + 3 and 16 + 4 i .. 16 + 4 i
// + 3 (operand_layout.h); its even and its odd elements are two registers of mma. Part p: those of
// words 2 p and 2 p + 1.
template <class Shape>
struct SmallMPairBlock {
  uint32_t word[8];

  OLV_DEVICE void load(const std::byte* row, int block, int k) {
    if constexpr (Shape::kActivations == ActivationForm::Ovp4) {
      uint32_t codes[4];
      load_row_words(codes, row, 16 * block, (k + 31) / 32 * 16);
      OLV_UNROLL
      for (int i = 0; i < 4; ++i) word[i] = codes[i];
    } else {
      load_row_words(word, row, 32 * block, k);
    }
  }

  OLV_DEVICE void store(std::byte* parts) {
    if constexpr (Shape::kActivations == ActivationForm::Ovp4) {
      OLV_UNROLL
      for (int i = 0; i < 4; ++i) decode_ovp4_word(word[i], word[i], word[4 + i]);
    }
    OLV_UNROLL
    for (int part = 0; part < 2; ++part) {
      Bytes16 staged;
      OLV_UNROLL
      for (int i = 0; i < 2; ++i) {
        const int at = 2 * part + i;
        staged.word[2 * i] = byte_permute(word[at], word[4 + at], 0x6420U);
        staged.word[2 * i + 1] = byte_permute(word[at], word[4 + at], 0x7531U);
      }
      store_shared(parts + part * Shape::kPartBytes, staged);
    }
  }
};

// The same for int8 weights: the block's 16 elements in order.
template <class Shape>
struct SmallMPlainBlock {
  uint32_t word[4];

  OLV_DEVICE void load(const std::byte* row, int block, int k) {
    load_row_words(word, row, 16 * block, k);
  }
  OLV_DEVICE void store(std::byte* parts) {
    store_shared(parts, Bytes16{word[0], word[1], word[2], word[3]});
  }
};

// The same for 2:4 weights. Mma i of a step multiplies word i of each quad thread's block: where
// mma.sp of one block would have groups 2 t, 2 t + 1, 8 + 2 t and 9 + 2 t of thread t, it has
// groups 2 i, 2 i + 1, 8 + 2 i and 9 + 2 i of block t. Its second operand wants groups t, 4 + t, 8
// + t and 12 + t from thread t: those of blocks t / 2 and 2 + t / 2. Part i: these four groups.
template <class Shape>
struct SmallMSparseBlock {
  uint32_t word[4][4];

  OLV_DEVICE void load(const std::byte* row, int block, int k) {
    const int first = block / 4 * 4 + block % 4 / 2;
    OLV_UNROLL
    for (int i = 0; i < 16; ++i) {
      const int group = 16 * (first + i % 2 * 2) + i / 2 % 2 * 8 + 2 * (i / 4) + block % 2;
      const int left = k - 4 * group;
      uint32_t loaded = 0;
      if (left > 0) loaded = load_global<uint32_t>(row + 4 * group);
      word[i / 4][i % 4] = first_bytes(loaded, left);
    }
  }
  OLV_DEVICE void store(std::byte* parts) {
    OLV_UNROLL
    for (int i = 0; i < 4; ++i) {
      store_shared(parts + i * Shape::kPartBytes,
                   Bytes16{word[i][0], word[i][1], word[i][2], word[i][3]});
    }
  }
};

template <class Shape>
using SmallMBlockOf = std::conditional_t<
    Shape::kSparse, SmallMSparseBlock<Shape>,
    std::conditional_t<Shape::kSplits, SmallMPairBlock<Shape>, SmallMPlainBlock<Shape>>>;

// Steps `first` .. `first` + `count` - 1 of all columns, by all threads; columns past m are 0. A
// thread has several blocks under way, as weights wait for all of them.
template <class Shape>
OLV_DEVICE void stage_activations(const SmallMParams& params, std::byte* shared, int first,
                                  int count) {
  constexpr int kBatch = Shape::kSparse ? 2 : 4;
  const int blocks = count * Shape::kColumns * 4;
  OLV_NO_UNROLL
  for (int start = thread_index(); start < blocks; start += kBatch * Shape::kThreads) {
    SmallMBlockOf<Shape> batch[size_t{kBatch}];
    OLV_UNROLL
    for (int i = 0; i < kBatch; ++i) {
      const int at = start + i * Shape::kThreads;
      const int column = at / 4 % Shape::kColumns;
      const int plane = column / (8 * Shape::kPlaneTiles);
      const int m = column % (8 * Shape::kPlaneTiles);
      const std::byte* row =
          params.activations + plane * params.plane_stride + int64_t{m} * params.activation_stride;
      const int block = 4 * (first + at / (4 * Shape::kColumns)) + at % 4;
      batch[i].load(row, block, at < blocks && m < params.epilogue.m ? params.k : 0);
    }
    OLV_UNROLL
    for (int i = 0; i < kBatch; ++i) {
      const int at = start + i * Shape::kThreads;
      if (at >= blocks) break;
      batch[i].store(shared + at / (4 * Shape::kColumns) * Shape::kStepBytes +
                     at % (4 * Shape::kColumns) * 16);
    }
  }
}

}  // namespace olivine::device
