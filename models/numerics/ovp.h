// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/numerics/format.h"
#include "models/numerics/packed.h"

namespace olivine {

// The value tables of outlier-victim pairs (OliVe, ISCA 2023, Tables 3 and 4, Figures 6 and 7).
// Values are in integer units: what a decoder puts out, before the scale.

// The code in a victim's slot: the bit pattern that its normal type never uses.
inline constexpr uint8_t kIdentifier4 = 0x8;
inline constexpr uint8_t kIdentifier8 = 0x80;

// Fixed-point outlier: magnitude code c = (exponent, mantissa) stands for
// ((1 << mantissa_bits) + mantissa) << (exponent + bias). Code 0 is disabled.
struct Abfloat {
  int mantissa_bits = 0;
  int bias = 0;
  int max_code = 0;  // 0: the format has no outliers

  [[nodiscard]] constexpr int32_t integer(int code) const {
    return (1 << mantissa_bits) + (code & ((1 << mantissa_bits) - 1));
  }
  [[nodiscard]] constexpr int exponent(int code) const { return (code >> mantissa_bits) + bias; }
  [[nodiscard]] constexpr int32_t value(int code) const {
    return code == 0 ? 0 : integer(code) << exponent(code);
  }
  bool operator==(const Abfloat&) const = default;
};

// Every value one element can take, as magnitudes: normals 0..max_normal (all integers, or the
// flint subset), then outliers.
struct Grid {
  Format format = Format::Int8;
  bool is_flint = false;
  bool is_unsigned = false;  // artifact only: no identifier is left, cannot be packed
  int32_t max_normal = 0;
  Abfloat outlier;
  double unit = 1.0;  // artifact grid units for each integer unit (its grids end normals at 32)

  [[nodiscard]] constexpr bool has_outliers() const { return outlier.max_code != 0; }
  // Magnitudes from here up are outliers: midway between the largest normal and the smallest
  // outlier.
  [[nodiscard]] constexpr float outlier_boundary() const {
    return 0.5F * static_cast<float>(max_normal + outlier.value(1));
  }
  [[nodiscard]] constexpr int32_t max_value() const {
    return has_outliers() ? outlier.value(outlier.max_code) : max_normal;
  }
  bool operator==(const Grid&) const = default;
};

// The grid of an integer format: E2M1 with bias 2 (ovp4) or 3 (ovp4f); E4M3 with bias 4, clipped
// to 30720 so that exponents fit 4 bits (ovp8); int4 and int8 end at +-7 and +-127.
// Contract: info(format).is_integer.
[[nodiscard]] const Grid& paper_grid(Format format);

// The grid of the authors' code: as above for signed 4-bit data, but E2M5 for 8-bit outliers, and
// larger grids for data without negative values.
[[nodiscard]] const Grid& artifact_grid(Format format, bool is_unsigned);

// flint4 magnitudes by 3-bit code.
inline constexpr std::array<int32_t, 8> kFlintMagnitudes = {0, 1, 2, 3, 16, 8, 4, 6};

// One byte of a 4-bit format behind its decoder. `even` is the low nibble.
struct DecodedByte {
  Slice even;
  Slice odd;
  bool is_legal = false;  // false: no encoder may write this byte
};

// Contract: format is Int4, Ovp4 or Ovp4f. Illegal bytes decode as the hardware does: an
// identifier is (exponent 0, integer 0), a disabled outlier code has integer 0.
[[nodiscard]] DecodedByte decode_byte(Format format, uint8_t byte);
// The same for all bytes at once; static storage.
using ByteTable = std::array<DecodedByte, 256>;
[[nodiscard]] const ByteTable& byte_table(Format format);

// High and low slice of one 8-bit element. Contract: format is Int8 or Ovp8; `neighbour` is the
// other code of its pair (unused for Int8).
using SlicePair = std::array<Slice, 2>;
[[nodiscard]] SlicePair decode_element(Format format, uint8_t code, uint8_t neighbour);

// Whether the two codes of one 8-bit pair can come from an encoder. Always for Int8.
[[nodiscard]] bool is_legal_pair(Format format, uint8_t even, uint8_t odd);

// Value of an element from its slices.
[[nodiscard]] constexpr int32_t value_of(const SlicePair& slices) {
  return slices[0].value() + slices[1].value();
}

}  // namespace olivine
