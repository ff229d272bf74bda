// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/ovp.h"

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine {
namespace {

constexpr Abfloat kE2M1Bias2{1, 2, 7};
constexpr Abfloat kE2M1Bias3{1, 3, 7};
constexpr Abfloat kE4M3Bias4{3, 4, 63};  // 64 would be 2^15: its high slice needs exponent 16
constexpr Abfloat kE2M5Bias2{5, 2, 127};
constexpr Abfloat kE2M2Bias2{2, 2, 15};
constexpr Abfloat kE2M2Bias4{2, 4, 15};
constexpr Abfloat kE2M6Bias2{6, 2, 255};

constexpr Grid kInt4{Format::Int4, false, false, 7, {}, 4.0};
constexpr Grid kInt8{Format::Int8, false, false, 127, {}, 0.25};
constexpr Grid kOvp4{Format::Ovp4, false, false, 7, kE2M1Bias2, 4.0};
constexpr Grid kOvp4f{Format::Ovp4f, true, false, 16, kE2M1Bias3, 2.0};
constexpr Grid kOvp8{Format::Ovp8, false, false, 127, kE4M3Bias4, 0.25};
constexpr Grid kArtifactOvp8{Format::Ovp8, false, false, 127, kE2M5Bias2, 0.25};

constexpr Grid kUnsignedInt4{Format::Int4, false, true, 15, {}, 2.0};
constexpr Grid kUnsignedInt8{Format::Int8, false, true, 255, {}, 0.125};
constexpr Grid kUnsignedOvp4{Format::Ovp4, false, true, 15, kE2M2Bias2, 2.0};
constexpr Grid kUnsignedOvp4f{Format::Ovp4f, true, true, 64, kE2M2Bias4, 0.5};
constexpr Grid kUnsignedOvp8{Format::Ovp8, false, true, 255, kE2M6Bias2, 0.125};

constexpr uint8_t low_bits(int value) { return static_cast<uint8_t>(value & 15); }

constexpr Slice slice(int integer, int exponent) {
  return {static_cast<int8_t>(integer), static_cast<uint8_t>(exponent)};
}

// ANT's flint4 decoder as exponent and integer; any split with the same value would do.
constexpr std::array<Slice, 8> kFlintSlices = {
    slice(0, 0), slice(1, 0), slice(2, 0), slice(3, 0),
    slice(2, 3), slice(2, 2), slice(2, 1), slice(3, 1),
};

constexpr Slice decode_normal(Format format, uint8_t nibble) {
  if (format != Format::Ovp4f) return slice(nibble >= 8 ? nibble - 16 : nibble, 0);
  const Slice magnitude = kFlintSlices[nibble & 7];
  return slice(nibble >= 8 ? -magnitude.integer : magnitude.integer, magnitude.exponent);
}

constexpr Slice decode_outlier(Format format, uint8_t nibble) {
  const Abfloat& type = format == Format::Ovp4f ? kE2M1Bias3 : kE2M1Bias2;
  const int code = nibble & 7;
  const int magnitude = code == 0 ? 0 : type.integer(code);
  return slice(nibble >= 8 ? -magnitude : magnitude, type.exponent(code));
}

constexpr DecodedByte decode_ovp_byte(Format format, uint8_t byte) {
  const auto even = low_bits(byte);
  const auto odd = low_bits(byte >> 4);
  DecodedByte result{decode_normal(format, even), decode_normal(format, odd), true};
  if (odd == kIdentifier4) {
    result.even = decode_outlier(format, even);
    result.is_legal = (even & 7) != 0;
  }
  if (even == kIdentifier4) {
    result.odd = decode_outlier(format, odd);
    result.is_legal = (odd & 7) != 0;
  }
  if (even == kIdentifier4) result.even = {};
  if (odd == kIdentifier4) result.odd = {};
  return result;
}

constexpr ByteTable make_table(Format format) {
  ByteTable table{};
  for (size_t i = 0; i < table.size(); ++i) {
    const auto byte = static_cast<uint8_t>(i);
    table[i] = format == Format::Int4
                   ? DecodedByte{decode_normal(format, low_bits(byte)),
                                 decode_normal(format, low_bits(byte >> 4)), true}
                   : decode_ovp_byte(format, byte);
  }
  return table;
}

constexpr ByteTable kInt4Bytes = make_table(Format::Int4);
constexpr ByteTable kOvp4Bytes = make_table(Format::Ovp4);
constexpr ByteTable kOvp4fBytes = make_table(Format::Ovp4f);

// An 8-bit integer i at exponent e as two 4-bit operands: i = 16 * (i >> 4) + (i & 15).
constexpr SlicePair split(int integer, int exponent) {
  return {slice(integer >> 4, low_bits(exponent + 4)), slice(integer & 15, low_bits(exponent))};
}

constexpr int outlier_code8(uint8_t code) { return code & 0x7F; }

constexpr bool is_legal_outlier8(uint8_t code) {
  return outlier_code8(code) != 0 && outlier_code8(code) <= kE4M3Bias4.max_code;
}

}  // namespace

const Grid& paper_grid(Format format) {
  switch (format) {
    case Format::Int4:
      return kInt4;
    case Format::Int8:
      return kInt8;
    case Format::Ovp4:
      return kOvp4;
    case Format::Ovp4f:
      return kOvp4f;
    case Format::Ovp8:
      return kOvp8;
    case Format::Fp16:
    case Format::Bf16:
    case Format::Fp8:
      break;
  }
  OLV_CHECK(false, "{} has no integer grid", name_of(format));
}

const Grid& artifact_grid(Format format, bool is_unsigned) {
  if (!is_unsigned) return format == Format::Ovp8 ? kArtifactOvp8 : paper_grid(format);
  switch (format) {
    case Format::Int4:
      return kUnsignedInt4;
    case Format::Int8:
      return kUnsignedInt8;
    case Format::Ovp4:
      return kUnsignedOvp4;
    case Format::Ovp4f:
      return kUnsignedOvp4f;
    case Format::Ovp8:
      return kUnsignedOvp8;
    case Format::Fp16:
    case Format::Bf16:
    case Format::Fp8:
      break;
  }
  OLV_CHECK(false, "{} has no integer grid", name_of(format));
}

const ByteTable& byte_table(Format format) {
  OLV_CHECK(info(format).is_integer && info(format).bits == 4, "{}", name_of(format));
  if (format == Format::Int4) return kInt4Bytes;
  return format == Format::Ovp4 ? kOvp4Bytes : kOvp4fBytes;
}

DecodedByte decode_byte(Format format, uint8_t byte) { return byte_table(format)[byte]; }

SlicePair decode_element(Format format, uint8_t code, uint8_t neighbour) {
  OLV_CHECK(info(format).is_integer && info(format).bits == 8, "{}", name_of(format));
  if (format == Format::Ovp8 && code == kIdentifier8) return {};
  if (format == Format::Ovp8 && neighbour == kIdentifier8) {
    const int magnitude_code = outlier_code8(code);
    const int magnitude = magnitude_code == 0 ? 0 : kE4M3Bias4.integer(magnitude_code);
    const int integer = code >= 0x80 ? -magnitude : magnitude;
    return split(integer, kE4M3Bias4.exponent(magnitude_code));
  }
  return split(static_cast<int8_t>(code), 0);
}

bool is_legal_pair(Format format, uint8_t even, uint8_t odd) {
  if (format != Format::Ovp8) return true;
  if (odd == kIdentifier8) return is_legal_outlier8(even);
  return even != kIdentifier8 || is_legal_outlier8(odd);
}

}  // namespace olivine
