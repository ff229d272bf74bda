// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/numerics/format.h"

namespace olivine {

// Conversions of the float formats; to the nearest, ties to even. Subnormals are kept.
//   fp16  IEEE 754 binary16; beyond its range: infinity
//   bf16  the upper half of binary32; beyond its range: infinity
//   fp8   E4M3 of the OCP 8-bit specification: no infinity, beyond +-448 (and infinity): +-448, as
//         the saturating conversion of GPUs does
// NaN becomes the quiet NaN of the format, with the sign kept.
[[nodiscard]] uint16_t fp16_from_float(float value);
[[nodiscard]] uint16_t bf16_from_float(float value);
[[nodiscard]] uint8_t fp8_from_float(float value);

[[nodiscard]] float float_from_fp16(uint16_t code);
[[nodiscard]] float float_from_bf16(uint16_t code);
[[nodiscard]] float float_from_fp8(uint8_t code);

// The same by format. Contract: format is Fp16, Bf16 or Fp8.
[[nodiscard]] uint16_t code_from_float(Format format, float value);
[[nodiscard]] float float_from_code(Format format, uint16_t code);

}  // namespace olivine
