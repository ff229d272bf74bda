// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/format.h"

#include <fmt/format.h>

#include <array>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {
    FormatInfo{Format::Fp16, "fp16", 16, false, false},
    FormatInfo{Format::Bf16, "bf16", 16, false, false},
    FormatInfo{Format::Fp8, "fp8", 8, false, false},
    FormatInfo{Format::Int8, "int8", 8, true, false},
    FormatInfo{Format::Int4, "int4", 4, true, false},
    FormatInfo{Format::Ovp4, "ovp4", 4, true, true},
    FormatInfo{Format::Ovp4f, "ovp4f", 4, true, true},
    FormatInfo{Format::Ovp8, "ovp8", 8, true, true},
};

constexpr std::array kSchemes = {
    Scheme{"w16a16-fp16", Format::Fp16, Format::Fp16, Pattern::Dense},
    Scheme{"w16a16-bf16", Format::Bf16, Format::Bf16, Pattern::Dense},
    Scheme{"w8a8-fp8", Format::Fp8, Format::Fp8, Pattern::Dense},
    Scheme{"w8a8-int8", Format::Int8, Format::Int8, Pattern::Dense},
    Scheme{"w4a4-int4", Format::Int4, Format::Int4, Pattern::Dense},
    Scheme{"w4a4-ovp", Format::Ovp4, Format::Ovp4, Pattern::Dense},
    Scheme{"w8a8-ovp", Format::Ovp8, Format::Ovp8, Pattern::Dense},
    Scheme{"w4a8-ovp", Format::Ovp4, Format::Ovp8, Pattern::Dense},
    Scheme{"w4a16-int4", Format::Int4, Format::Fp16, Pattern::Dense},
    Scheme{"w8a16-int8", Format::Int8, Format::Fp16, Pattern::Dense},
    Scheme{"w4a16-ovp", Format::Ovp4, Format::Fp16, Pattern::Dense},
    Scheme{"w16a16-fp16-2:4", Format::Fp16, Format::Fp16, Pattern::TwoFour},
    Scheme{"w16a16-bf16-2:4", Format::Bf16, Format::Bf16, Pattern::TwoFour},
    Scheme{"w8a8-fp8-2:4", Format::Fp8, Format::Fp8, Pattern::TwoFour},
    Scheme{"w8a8-int8-2:4", Format::Int8, Format::Int8, Pattern::TwoFour},
    Scheme{"w4a4-int4-2:4", Format::Int4, Format::Int4, Pattern::TwoFour},
    Scheme{"w4a4-ovp-2:4", Format::Ovp4, Format::Ovp4, Pattern::TwoFour},
    Scheme{"w8a8-ovp-2:4", Format::Ovp8, Format::Ovp8, Pattern::TwoFour},
    Scheme{"w4a8-ovp-2:4", Format::Ovp4, Format::Ovp8, Pattern::TwoFour},
    Scheme{"w4a16-int4-2:4", Format::Int4, Format::Fp16, Pattern::TwoFour},
    Scheme{"w8a16-int8-2:4", Format::Int8, Format::Fp16, Pattern::TwoFour},
    Scheme{"w4a16-ovp-2:4", Format::Ovp4, Format::Fp16, Pattern::TwoFour},
};

}  // namespace

const FormatInfo& info(Format format) {
  const auto& entry = kFormats[static_cast<size_t>(format)];
  OLV_CHECK(entry.format == format);
  return entry;
}

std::string_view name_of(Pattern pattern) { return pattern == Pattern::Dense ? "dense" : "2:4"; }

std::optional<Format> parse_format(std::string_view name) {
  for (const FormatInfo& entry : kFormats) {
    if (entry.name == name) return entry.format;
  }
  return std::nullopt;
}

std::span<const Scheme> all_schemes() { return kSchemes; }

const Scheme& parse_scheme(std::string_view name) {
  std::vector<std::string> names;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name) return scheme;
    names.emplace_back(scheme.name);
  }
  throw ConfigError{fmt::format("scheme = {}: unknown scheme{}", name, suggestion(name, names))};
}

int64_t stored_k(Format format, Pattern pattern, int64_t k) {
  if (pattern == Pattern::TwoFour) return 2 * group_count(k);
  return info(format).is_ovp ? k + k % 2 : k;
}

Bytes code_bytes(Format format, Pattern pattern, int64_t rows, int64_t k) {
  const auto row_bits = static_cast<uint64_t>(stored_k(format, pattern, k)) *
                        static_cast<uint64_t>(info(format).bits);
  return to_bytes(Bits{row_bits}) * static_cast<uint64_t>(rows);
}

Bytes metadata_bytes(Pattern pattern, int64_t rows, int64_t k) {
  if (pattern == Pattern::Dense) return Bytes{0};
  const auto groups = static_cast<uint64_t>(group_count(k));
  return Bytes{ceil_div(groups, 2)} * static_cast<uint64_t>(rows);
}

Bytes operand_bytes(Format format, Pattern pattern, int64_t rows, int64_t k) {
  return code_bytes(format, pattern, rows, k) + metadata_bytes(pattern, rows, k);
}

}  // namespace olivine
