// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/mma_tile.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/gemm_operands.h"
#include "models/numerics/mma_execute.h"

namespace olivine {
namespace {

// Two groups of four whose first two elements are kept; with zero codes it adds nothing.
constexpr uint8_t kPaddingMetadata = 0x44;

// Copies bytes begin .. begin + length of each row from first_row on, as far as there are any.
struct RowBlock {
  int64_t first_row;
  int64_t rows;
  int64_t begin;
  int64_t length;
  uint8_t fill;

  [[nodiscard]] std::vector<uint8_t> of(const std::vector<uint8_t>& bytes, int64_t all_rows) const {
    std::vector<uint8_t> block(static_cast<size_t>(rows * length), fill);
    if (all_rows == 0) return block;
    const int64_t stride = static_cast<int64_t>(bytes.size()) / all_rows;
    const int64_t count = std::min(length, stride - begin);
    for (int64_t row = 0; row < std::min(rows, all_rows - first_row); ++row) {
      std::copy_n(bytes.begin() + (first_row + row) * stride + begin, count,
                  block.begin() + row * length);
    }
    return block;
  }
};

// Rows first_row .. first_row + rows, dense k from first_k on: one operand of the instruction.
PackedMatrix block_of(const PackedMatrix& matrix, int64_t first_row, int64_t rows, int64_t first_k,
                      int64_t k) {
  PackedMatrix block{matrix.format, matrix.pattern, rows, k, {}, {}, {}};
  const auto bytes_to = [&](int64_t end) {
    return static_cast<int64_t>(code_bytes(matrix.format, matrix.pattern, 1, end).count());
  };
  block.codes =
      RowBlock{first_row, rows, bytes_to(first_k), bytes_to(k), 0}.of(matrix.codes, matrix.rows);
  if (matrix.pattern == Pattern::Dense) return block;
  block.metadata = RowBlock{first_row, rows, first_k / 8, k / 8, kPaddingMetadata}.of(
      matrix.metadata, matrix.rows);
  // The padding nibble behind an odd number of groups is 0 in memory.
  for (uint8_t& byte : block.metadata) {
    if (byte >> 4 == 0) byte = static_cast<uint8_t>(byte | (kPaddingMetadata & 0xF0));
  }
  return block;
}

MmaKind kind_of(const PackedMatrix& activations, const PackedMatrix& weights) {
  const auto kind = mma_kind_of(weights.format, activations.format, weights.pattern);
  if (!kind) {
    throw ShapeError{fmt::format("{} {} weights with {} activations: no mma takes both",
                                 name_of(weights.format), name_of(weights.pattern),
                                 name_of(activations.format))};
  }
  return *kind;
}

// The sums of one 16 x 8 block of (n, m).
MmaRegisters run_block(MmaKind kind, const PackedMatrix& activations, const PackedMatrix& weights,
                       int64_t first_n, int64_t first_m) {
  const int64_t step = mma_k(kind);
  MmaRegisters sums{};
  for (int64_t k = 0; k < weights.k; k += step) {
    const PackedMatrix a = block_of(weights, first_n, kMmaM, k, step);
    const PackedMatrix b = block_of(activations, first_m, kMmaN, k, step);
    MmaOperands operands{a.format, b.format, pack_a(kind, a), pack_b(kind, b), {}};
    if (is_sparse(kind)) operands.metadata = pack_metadata(kind, a);
    sums = execute_mma(kind, operands, sums);
  }
  return sums;
}

// Value is int32_t or float.
template <class Value>
std::vector<Value> run_tile(const PackedMatrix& activations, const PackedMatrix& weights) {
  const MmaKind kind = kind_of(activations, weights);
  const int64_t m = activations.rows;
  const int64_t n = weights.rows;
  std::vector<Value> c(static_cast<size_t>(m * n));
  for (int64_t first_n = 0; first_n < n; first_n += kMmaM) {
    for (int64_t first_m = 0; first_m < m; first_m += kMmaN) {
      const MmaRegisters sums = run_block(kind, activations, weights, first_n, first_m);
      for (size_t word = 0; word < sums.size(); ++word) {
        const MmaElement place = c_element(static_cast<int>(word) / kMmaRegisters,
                                           static_cast<int>(word) % kMmaRegisters);
        const int64_t row = first_m + place.column;
        const int64_t column = first_n + place.row;
        if (row < m && column < n) {
          c[static_cast<size_t>(row * n + column)] = std::bit_cast<Value>(sums[word]);
        }
      }
    }
  }
  return c;
}

}  // namespace

std::vector<int32_t> execute_tile(const PackedMatrix& activations, const PackedMatrix& weights) {
  check_operands(activations, weights, OperandKind::Integer);
  return run_tile<int32_t>(activations, weights);
}

std::vector<float> execute_tile_float(const PackedMatrix& activations,
                                      const PackedMatrix& weights) {
  check_operands(activations, weights, OperandKind::Float);
  return run_tile<float>(activations, weights);
}

PackedMatrix decode_to_int8(const PackedMatrix& matrix) {
  OLV_CHECK(fits_int8(matrix.format), "{} does not fit int8", name_of(matrix.format));
  const DecodedMatrix decoded = decode(matrix, 1);
  PackedMatrix result{Format::Int8, matrix.pattern,  matrix.rows,  matrix.k,
                      {},           matrix.metadata, matrix.scales};
  const int64_t columns = stored_k(Format::Int8, matrix.pattern, matrix.k);
  result.codes.reserve(static_cast<size_t>(matrix.rows * columns));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      result.codes.push_back(static_cast<uint8_t>(decoded.at(row, column, 0).value()));
    }
  }
  return result;
}

}  // namespace olivine
