// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

// How rows of a tile lie in shared memory: 16-byte chunks exchanged so that 8 rows at one column
// fall into different banks (swizzle.h).
enum class Swizzle : uint8_t { None, Bytes32, Bytes64, Bytes128 };

// A two-dimensional tensor of bytes in global memory and the box that one TMA copy brings (PTX ISA,
// "Tensor copies"). What lies outside the tensor arrives as zeros.
// Contract: base and stride are multiples of 16, box_bytes of 16 and at most the swizzle's span,
// box_rows 1..256.
struct TensorMapSpec {
  const void* base = nullptr;
  int64_t row_bytes = 0;  // of the tensor: columns in range
  int64_t rows = 0;
  int64_t stride = 0;  // bytes between rows
  int box_bytes = 0;
  int box_rows = 0;
  Swizzle swizzle = Swizzle::None;
};

// What a kernel takes: on a GPU the driver's encoding (a CUtensorMap), in the emulator a
// TensorMapSpec. Made by encode_tensor_map() of either.
struct alignas(64) TensorMap {
  uint64_t words[16] = {};
};

}  // namespace olivine
