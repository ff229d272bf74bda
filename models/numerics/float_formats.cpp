// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/float_formats.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "models/base/error.h"

namespace olivine {
namespace {

constexpr uint32_t kFloatMantissaBits = 23;
constexpr uint32_t kFloatBias = 127;
constexpr uint32_t kFloatInfinity = 0x7F800000u;

// A sign-exponent-mantissa format narrower than float.
struct Layout {
  uint32_t exponent_bits;
  uint32_t mantissa_bits;
  [[nodiscard]] constexpr uint32_t bias() const { return (1u << (exponent_bits - 1)) - 1; }
  [[nodiscard]] constexpr uint32_t sign_shift() const { return exponent_bits + mantissa_bits; }
};

constexpr Layout kFp16Layout{5, 10};
constexpr Layout kFp8Layout{4, 3};
constexpr uint16_t kFp16Infinity = 0x7C00;
constexpr uint8_t kFp8Max = 0x7E;  // 448
constexpr uint8_t kFp8NaN = 0x7F;

constexpr uint32_t shift_to_nearest_even(uint32_t value, uint32_t shift) {
  const uint32_t half_below = (1u << (shift - 1)) - 1;
  return (value + half_below + ((value >> shift) & 1u)) >> shift;
}

// Code of a finite magnitude as if the exponent had no upper end. A mantissa that rounds up
// carries into the exponent by itself.
uint32_t round_magnitude(uint32_t bits, Layout layout) {
  const uint32_t dropped = kFloatMantissaBits - layout.mantissa_bits;
  const uint32_t exponent = bits >> kFloatMantissaBits;
  const uint32_t lowest_normal = kFloatBias - layout.bias() + 1;
  if (exponent >= lowest_normal) {
    return shift_to_nearest_even(bits, dropped) - ((lowest_normal - 1) << layout.mantissa_bits);
  }
  const uint32_t shift = dropped + lowest_normal - exponent;
  if (exponent == 0 || shift > kFloatMantissaBits + 2) return 0;
  const uint32_t mantissa = (bits & ((1u << kFloatMantissaBits) - 1)) | (1u << kFloatMantissaBits);
  return shift_to_nearest_even(mantissa, shift);
}

float widen(uint32_t magnitude, Layout layout) {
  const uint32_t exponent = magnitude >> layout.mantissa_bits;
  const uint32_t mantissa = magnitude & ((1u << layout.mantissa_bits) - 1);
  const int lowest_exponent = 1 - static_cast<int>(layout.bias());
  if (exponent == 0) {
    return std::ldexp(static_cast<float>(mantissa),
                      lowest_exponent - static_cast<int>(layout.mantissa_bits));
  }
  const uint32_t bits = ((exponent + kFloatBias - layout.bias()) << kFloatMantissaBits) |
                        (mantissa << (kFloatMantissaBits - layout.mantissa_bits));
  return std::bit_cast<float>(bits);
}

std::array<float, 65536> make_fp16_table() {
  std::array<float, 65536> table{};
  for (uint32_t code = 0; code < table.size(); ++code) {
    const uint32_t magnitude = code & 0x7FFFu;
    float value = std::numeric_limits<float>::quiet_NaN();
    if (magnitude < kFp16Infinity) value = widen(magnitude, kFp16Layout);
    if (magnitude == kFp16Infinity) value = std::numeric_limits<float>::infinity();
    table[code] = (code >> kFp16Layout.sign_shift()) != 0 ? -value : value;
  }
  return table;
}

}  // namespace

uint16_t fp16_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 15;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > kFloatInfinity) return static_cast<uint16_t>(sign | 0x7E00u);
  if (magnitude == kFloatInfinity) return static_cast<uint16_t>(sign | kFp16Infinity);
  const uint32_t code = round_magnitude(magnitude, kFp16Layout);
  return static_cast<uint16_t>(sign | (code < kFp16Infinity ? code : kFp16Infinity));
}

uint16_t bf16_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > kFloatInfinity) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>(shift_to_nearest_even(bits, 16));
}

uint8_t fp8_from_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 31 << 7;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > kFloatInfinity) return static_cast<uint8_t>(sign | kFp8NaN);
  if (magnitude == kFloatInfinity) return static_cast<uint8_t>(sign | kFp8Max);
  const uint32_t code = round_magnitude(magnitude, kFp8Layout);
  return static_cast<uint8_t>(sign | (code < kFp8Max ? code : kFp8Max));
}

float float_from_fp16(uint16_t code) {
  static const std::array<float, 65536> kTable = make_fp16_table();
  return kTable[code];
}

float float_from_bf16(uint16_t code) {
  return std::bit_cast<float>(static_cast<uint32_t>(code) << 16);
}

float float_from_fp8(uint8_t code) {
  const uint32_t magnitude = code & 0x7Fu;
  const float value =
      magnitude == kFp8NaN ? std::numeric_limits<float>::quiet_NaN() : widen(magnitude, kFp8Layout);
  return (code & 0x80u) != 0 ? -value : value;
}

uint16_t code_from_float(Format format, float value) {
  OLV_CHECK(!info(format).is_integer, "{}", name_of(format));
  if (format == Format::Fp16) return fp16_from_float(value);
  return format == Format::Bf16 ? bf16_from_float(value) : fp8_from_float(value);
}

float float_from_code(Format format, uint16_t code) {
  OLV_CHECK(!info(format).is_integer, "{}", name_of(format));
  if (format == Format::Fp16) return float_from_fp16(code);
  return format == Format::Bf16 ? float_from_bf16(code)
                                : float_from_fp8(static_cast<uint8_t>(code));
}

}  // namespace olivine
