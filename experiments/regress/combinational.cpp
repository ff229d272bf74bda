// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/combinational.h"

#include "models/base/error.h"

namespace olivine::regress {

uint64_t rtl_format(Format format) {
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

std::string describe_slice(uint64_t bits) {
  const auto number = static_cast<int64_t>(bits & 31);
  return fmt::format("{} << {}", number >= 16 ? number - 32 : number, bits >> 5);
}

}  // namespace olivine::regress
