// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/numerics/format.h"

namespace olivine {

// One operand in its stored form: `rows` rows along k. Activations have one row for each m,
// weights one for each n; so a GEMM is C[m,n] = sum_k A.row(m)[k] * B.row(n)[k].
//
// codes     each row padded to whole bytes (code_bytes). 4-bit: two elements a byte, low nibble =
//           even element. 8-bit: one element a byte, two's complement. For 2:4 only kept elements.
// metadata  2:4 only, each row padded to whole bytes (metadata_bytes): one nibble for each group
//           of four, low nibble = even group; two 2-bit positions of the kept elements, the first
//           in bits 0..1, strictly increasing (legal nibbles 4, 8, 9, C, D, E).
// scales    real = scale * integer; one a row, or a single one for the whole tensor.
struct PackedMatrix {
  Format format = Format::Int8;
  Pattern pattern = Pattern::Dense;
  int64_t rows = 0;
  int64_t k = 0;  // dense elements a row
  std::vector<uint8_t> codes;
  std::vector<uint8_t> metadata;
  std::vector<float> scales;
};

// What one PE operand port carries: value = integer << exponent. `integer` is 5-bit signed on 4-bit
// PEs (8-bit signed on 8-bit ones), `exponent` 4-bit unsigned.
struct Slice {
  int8_t integer = 0;
  uint8_t exponent = 0;

  [[nodiscard]] constexpr int32_t value() const {
    return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int32_t>(integer)) << exponent);
  }
  bool operator==(const Slice&) const = default;
};

// Number of slices of an element on 4-bit PEs: 1 at 4 bits, 2 at 8. Slice 0 is the high one
// (signed, exponent + 4), slice 1 the low one (unsigned 0..15).
[[nodiscard]] int slice_count(Format format);

// A matrix behind its decoders: every stored element as slices, plus its position in its group.
struct DecodedMatrix {
  int64_t rows = 0;
  int64_t columns = 0;  // stored_k(format, pattern, k)
  int slices = 1;
  std::vector<Slice> data;        // [row][column][slice]
  std::vector<uint8_t> position;  // 2:4: [row][column], 0..3; empty when dense

  [[nodiscard]] const Slice& at(int64_t row, int64_t column, int slice) const {
    return data[static_cast<size_t>((row * columns + column) * slices + slice)];
  }
};

// Checks sizes, legal OVP pairs and legal 2:4 nibbles. Returns the first problem, with row and
// byte; nothing when the matrix is well formed.
[[nodiscard]] std::optional<std::string> find_problem(const PackedMatrix& matrix);

// Contract: integer format, find_problem(matrix) is empty.
[[nodiscard]] DecodedMatrix decode(const PackedMatrix& matrix);

// The same for PEs on which an element takes `lanes` lanes: 8-bit PEs (one lane) get an 8-bit
// element whole, as one 8-bit signed integer with one exponent.
// Contract: lanes is 1 or slice_count(matrix.format).
[[nodiscard]] DecodedMatrix decode(const PackedMatrix& matrix, int64_t lanes);

}  // namespace olivine
