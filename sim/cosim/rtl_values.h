// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/base/error.h"
#include "models/numerics/packed.h"

namespace olivine {

// A slice as it lies on a port: olv_pkg::slice_t.
[[nodiscard]] constexpr uint64_t slice_bits(Slice slice) {
  return static_cast<uint64_t>(slice.exponent & 15) << 5 |
         static_cast<uint64_t>(slice.integer & 31);
}

// olv_pkg::format_e. Contract: info(format).is_integer.
[[nodiscard]] inline uint64_t rtl_format(Format format) {
  switch (format) {
    case Format::Int4:
      return 0;
    case Format::Int8:
      return 1;
    case Format::Ovp4:
      return 2;
    case Format::Ovp4f:
      return 3;
    case Format::Ovp8:
      return 4;
    case Format::Fp16:
    case Format::Bf16:
    case Format::Fp8:
      break;
  }
  OLV_CHECK(false, "{} has no RTL code", name_of(format));
}

}  // namespace olivine
