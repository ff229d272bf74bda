// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/random_operand.h"

#include <algorithm>
#include <array>

#include "models/numerics/float_formats.h"
#include "models/numerics/ovp.h"

namespace olivine {
namespace {

constexpr std::array<uint8_t, 6> kLegalNibbles = {0x4, 0x8, 0x9, 0xC, 0xD, 0xE};

// The code of a bell-shaped normal, by format.
uint16_t random_normal_code(Format format, Rng& rng) {
  const double deviate = std::clamp(rng.normal() / 3.0, -1.0, 1.0);
  if (!info(format).is_integer) return code_from_float(format, static_cast<float>(deviate));
  if (format == Format::Ovp4f) {
    // Codes 0..7 by falling probability of their magnitude; code 8 is the identifier.
    const auto rank = static_cast<size_t>(std::min(7.0, (deviate < 0 ? -deviate : deviate) * 8.0));
    constexpr std::array<uint16_t, 8> kCodeByMagnitude = {0, 1, 2, 3, 6, 7, 5, 4};
    const uint16_t code = kCodeByMagnitude[rank];
    return code != 0 && deviate < 0 ? static_cast<uint16_t>(code | 8u) : code;
  }
  const int bits = info(format).bits;
  const int max_normal = paper_grid(format).max_normal;
  const int value = static_cast<int>(deviate * (max_normal + 0.999));
  return static_cast<uint16_t>(value & ((1 << bits) - 1));
}

struct RowWriter {
  Format format;
  uint8_t* codes;

  void put(int64_t column, uint16_t code) const {
    const auto at = static_cast<size_t>(column);
    const int bits = info(format).bits;
    if (bits == 16) {
      codes[2 * at] = static_cast<uint8_t>(code & 0xFF);
      codes[2 * at + 1] = static_cast<uint8_t>(code >> 8);
    } else if (bits == 8) {
      codes[at] = static_cast<uint8_t>(code);
    } else {
      const uint16_t shifted = column % 2 == 0 ? code : static_cast<uint16_t>(code << 4);
      codes[at / 2] = static_cast<uint8_t>(codes[at / 2] | shifted);
    }
  }
};

void put_outlier_pair(const RowWriter& writer, int64_t even, bool is_odd_alive, Rng& rng) {
  const Grid& grid = paper_grid(writer.format);
  const bool is_4bit = info(writer.format).bits == 4;
  const uint16_t sign = is_4bit ? 0x8 : 0x80;
  auto code = static_cast<uint16_t>(rng.uniform(1, grid.outlier.max_code));
  if (rng.chance(0.5)) code = static_cast<uint16_t>(code | sign);
  const uint16_t identifier = is_4bit ? kIdentifier4 : kIdentifier8;
  const bool is_odd = is_odd_alive && rng.chance(0.5);
  writer.put(even, is_odd ? identifier : code);
  writer.put(even + 1, is_odd ? code : identifier);
}

// Dense elements that stored columns `even` and `even + 1` stand for.
std::array<int64_t, 2> dense_indices(Pattern pattern, int64_t even, unsigned nibble) {
  if (pattern == Pattern::Dense) return {even, even + 1};
  const int64_t group = 4 * (even / 2);
  return {group + (nibble & 3), group + (nibble >> 2)};
}

unsigned random_nibble(uint8_t* metadata, int64_t group, Rng& rng) {
  const uint8_t nibble = kLegalNibbles[static_cast<size_t>(rng.uniform(0, 5))];
  const auto shifted = static_cast<unsigned>(nibble) << (4 * (group % 2));
  metadata[group / 2] = static_cast<uint8_t>(metadata[group / 2] | shifted);
  return nibble;
}

}  // namespace

PackedMatrix random_packed(Format format, Pattern pattern, int64_t rows, int64_t k, Rng& rng,
                           double outlier_pair_share) {
  PackedMatrix matrix{format, pattern, rows, k, {}, {}, {}};
  matrix.codes.resize(code_bytes(format, pattern, rows, k).count());
  matrix.metadata.resize(metadata_bytes(pattern, rows, k).count());
  matrix.scales.assign(static_cast<size_t>(rows), 1.0F);
  const int64_t columns = stored_k(format, pattern, k);
  const auto code_stride = static_cast<int64_t>(code_bytes(format, pattern, 1, k).count());
  const auto metadata_stride = static_cast<int64_t>(metadata_bytes(pattern, 1, k).count());
  for (int64_t row = 0; row < rows; ++row) {
    const RowWriter writer{format, matrix.codes.data() + row * code_stride};
    for (int64_t even = 0; even < columns; even += 2) {
      unsigned nibble = 0;
      if (pattern == Pattern::TwoFour) {
        nibble = random_nibble(matrix.metadata.data() + row * metadata_stride, even / 2, rng);
      }
      // Elements past k are padding and stay 0.
      const auto dense = dense_indices(pattern, even, nibble);
      const bool is_even_alive = dense[0] < k;
      const bool is_odd_alive = dense[1] < k && even + 1 < columns;
      if (info(format).is_ovp && is_even_alive && rng.chance(outlier_pair_share)) {
        put_outlier_pair(writer, even, is_odd_alive, rng);
        continue;
      }
      if (is_even_alive) writer.put(even, random_normal_code(format, rng));
      if (is_odd_alive) writer.put(even + 1, random_normal_code(format, rng));
    }
  }
  return matrix;
}

}  // namespace olivine
