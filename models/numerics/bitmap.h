// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/numerics/packed.h"
#include "models/numerics/quantize.h"

namespace olivine {

// Unstructured-sparse weights as Endor stores them (arXiv 2406.11674): one bit an element, row by
// row (bit i % 8 of byte i / 8 of the row, rows padded to whole bytes), and the elements whose bit
// is set, in order. Here the values of a row are codes of any format, 4-bit ones two a byte; a row
// starts on a whole byte.
struct BitmapMatrix {
  Format format = Format::Fp16;
  int64_t rows = 0;
  int64_t k = 0;
  std::vector<uint8_t> bitmap;      // rows x ceil(k / 8)
  std::vector<uint8_t> values;      // rows back to back
  std::vector<uint64_t> row_start;  // rows + 1 offsets into values, bytes
  std::vector<float> scales;        // as in PackedMatrix

  [[nodiscard]] uint64_t byte_count() const;  // bitmap and values; what DRAM moves
};

// Stores the elements of a dense matrix whose codes are not 0 (a float's negative zero is stored:
// it comes back to the bit). OVP formats: a pair is kept or dropped whole (it decodes together),
// and has two bits; that of an odd last element's empty partner lies past k. Contract: dense
// pattern, find_problem(dense) is empty.
[[nodiscard]] BitmapMatrix compress_bitmap(const PackedMatrix& dense);
// The matrix again, to the bit. Throws ConfigError with the first problem (sizes, counts, padding,
// illegal codes); safe with any content.
[[nodiscard]] PackedMatrix decompress_bitmap(const BitmapMatrix& matrix);

// Bytes of `rows` x `k` elements of which `nonzeros` are stored, spread over the rows as evenly as
// they can be; what the models charge. Rows of other counts take half a byte a row more or less at
// most. Contract: 0 <= nonzeros <= what a dense matrix stores.
[[nodiscard]] uint64_t bitmap_bytes(Format format, int64_t rows, int64_t k, int64_t nonzeros);

// Unstructured magnitude pruning: zeroes the smallest magnitudes of each row until round(density x
// k) are left; of equals the one with the higher index goes first. Contract: 0 <= density <= 1,
// rows x k values.
void prune_unstructured(std::span<float> values, int64_t rows, int64_t k, double density);
// The same by |w| x importance, as prune_two_four_weighted. Throws as it does for `importance`.
void prune_unstructured_weighted(std::span<float> values, int64_t rows, int64_t k, double density,
                                 std::span<const float> importance);

}  // namespace olivine
