// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/numerics/packed.h"

namespace olivine {

// Which element of a matrix each register of a warp holds in mma.sync and mma.sp (PTX ISA, "Matrix
// fragments for mma.m16n8k16 / m16n8k32 / m16n8k64" and their sparse forms), D = A * B + C with A
// 16 x k (row), B k x 8 (col). A holds weights and may be 2:4 sparse; B holds activations.
//
// All kinds read 128 registers of A: half the bits or half the elements double k. The maps are
// constexpr functions of integers, which CUDA kernels call too.
//
// Sparse4 is this project's own: hardware mma.sp of s4 keeps 2 of every 4 *pairs* of nibbles, which
// would carry two OVP pairs along. Here 2:4 is element-wise, the two kept elements of a group are
// one OVP pair (as in PackedMatrix), and metadata takes 4 bits for each group: 32 groups a row, so
// two metadata registers a thread; the second continues the first along k.
enum class MmaKind : uint8_t {
  Dense8,   // m16n8k32.s8
  Sparse8,  // sp m16n8k64.s8
  Dense4,   // m16n8k64.s4
  Sparse4,  // sp m16n8k128
  Dense16,  // m16n8k16.f16 and .bf16
};

inline constexpr int kMmaM = 16;
inline constexpr int kMmaN = 8;
inline constexpr int kMmaThreads = 32;
inline constexpr int kMmaRegisters = 4;          // of a thread, of A, C and D
inline constexpr int kMmaMetadataRegisters = 2;  // of a thread, at most
inline constexpr int kMmaNibbles = 8;            // of a register

[[nodiscard]] constexpr bool is_sparse(MmaKind kind) {
  return kind == MmaKind::Sparse8 || kind == MmaKind::Sparse4;
}
[[nodiscard]] constexpr int element_bits(MmaKind kind) {
  if (kind == MmaKind::Dense16) return 16;
  return kind == MmaKind::Dense8 || kind == MmaKind::Sparse8 ? 8 : 4;
}
// Elements of one register: 2 halves, 4 bytes or 8 nibbles, the first in the low bits.
[[nodiscard]] constexpr int register_elements(MmaKind kind) { return 32 / element_bits(kind); }
// Dense elements along k.
[[nodiscard]] constexpr int mma_k(MmaKind kind) {
  return 256 / element_bits(kind) * (is_sparse(kind) ? 2 : 1);
}
// Registers of a thread.
[[nodiscard]] constexpr int b_registers(MmaKind kind) { return is_sparse(kind) ? 4 : 2; }
[[nodiscard]] constexpr int metadata_registers(MmaKind kind) {
  return kind == MmaKind::Sparse4 ? 2 : kind == MmaKind::Sparse8 ? 1 : 0;
}

struct MmaElement {
  int row = 0;
  int column = 0;

  constexpr bool operator==(const MmaElement&) const = default;
};

// Element `i` of register `reg` of A. `column` counts stored elements: of a sparse kind the kept
// ones, two for each group of four.
[[nodiscard]] constexpr MmaElement a_element(MmaKind kind, int thread, int reg, int i) {
  const int per_register = register_elements(kind);
  return {thread / 4 + 8 * (reg % 2),
          4 * per_register * (reg / 2) + per_register * (thread % 4) + i};
}

// Element `i` of register `reg` of B: row along k, column along n.
[[nodiscard]] constexpr MmaElement b_element(MmaKind kind, int thread, int reg, int i) {
  const int per_register = register_elements(kind);
  return {4 * per_register * reg + per_register * (thread % 4) + i, thread / 4};
}

// The int32 or fp32 in register `reg` of C or D.
[[nodiscard]] constexpr MmaElement c_element(int thread, int reg) {
  return {thread / 4 + 8 * (reg / 2), 2 * (thread % 4) + reg % 2};
}

// Row of A and group of four dense columns that nibble `i` of metadata register `reg` describes
// (sparsity selector 0). Bits as in PackedMatrix::metadata.
// Contract: reg < metadata_registers(kind).
[[nodiscard]] constexpr MmaElement metadata_group(int thread, int reg, int i) {
  const int quad_thread = thread % 4;
  return {thread / 4 + 8 * (quad_thread % 2), 16 * reg + 8 * (quad_thread / 2) + i};
}

// Registers of a warp: register r of thread t at [t * registers + r]; unused ones are 0.
using MmaRegisters = std::array<uint32_t, size_t{kMmaThreads} * kMmaRegisters>;
using MmaMetadata = std::array<uint32_t, size_t{kMmaThreads} * kMmaMetadataRegisters>;

// Fragments of whole operands. A is 16 rows of k weights; B, transposed as activations are stored,
// 8 rows of k. Scales are not looked at and come back as 1.
// Contract: format has element_bits(kind), pattern and extents are those of `kind`.
[[nodiscard]] MmaRegisters pack_a(MmaKind kind, const PackedMatrix& matrix);
[[nodiscard]] MmaMetadata pack_metadata(MmaKind kind, const PackedMatrix& matrix);
[[nodiscard]] MmaRegisters pack_b(MmaKind kind, const PackedMatrix& matrix);
[[nodiscard]] PackedMatrix unpack_a(MmaKind kind, Format format, const MmaRegisters& registers,
                                    const MmaMetadata& metadata);
[[nodiscard]] PackedMatrix unpack_b(MmaKind kind, Format format, const MmaRegisters& registers);

}  // namespace olivine
