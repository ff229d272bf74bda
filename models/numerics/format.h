// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/units.h"

namespace olivine {

// How one operand is stored. `Ovp4` has int4 normals, `Ovp4f` flint4 normals (OliVe Table 3).
enum class Format : uint8_t { Fp16, Bf16, Fp8, Int8, Int4, Ovp4, Ovp4f, Ovp8 };

// Sparsity of one operand along k. `TwoFour` keeps 2 of every 4 dense elements.
enum class Pattern : uint8_t { Dense, TwoFour };

// Share of a layer's weights that are not zero, in thousandths, so that equal inputs give equal
// counts everywhere. Below 1 the weights are stored as a bitmap and their non-zeros
// (models/numerics/bitmap.h); 1 is stored dense.
struct WeightDensity {
  static constexpr int32_t kWhole = 1000;

  int32_t per_mille = kWhole;  // 1..kWhole

  [[nodiscard]] bool is_dense() const { return per_mille == kWhole; }
  bool operator==(const WeightDensity&) const = default;
};

struct FormatInfo {
  Format format;
  std::string_view name;
  int bits;         // of one stored element
  bool is_integer;  // executes on integer PEs, bit-exactly
  bool is_ovp;      // outlier-victim pairs along k
};

[[nodiscard]] const FormatInfo& info(Format format);
[[nodiscard]] inline std::string_view name_of(Format format) { return info(format).name; }
[[nodiscard]] std::string_view name_of(Pattern pattern);
[[nodiscard]] std::optional<Format> parse_format(std::string_view name);

// Both operands of a GEMM. Only weights can be sparse.
struct Scheme {
  std::string_view name;  // "w4a4-ovp-2:4"; static storage
  Format weights = Format::Int8;
  Format activations = Format::Int8;
  Pattern weight_pattern = Pattern::Dense;

  bool operator==(const Scheme&) const = default;
};

// Every scheme, dense and 2:4.
[[nodiscard]] std::span<const Scheme> all_schemes();
// Throws ConfigError that names the nearest scheme.
[[nodiscard]] const Scheme& parse_scheme(std::string_view name);

// Groups of four dense elements along k, of which 2:4 keeps two each.
[[nodiscard]] constexpr int64_t group_count(int64_t k) { return ceil_div(k, 4); }

// Elements kept of a row of `k` dense ones: 2 of each (padded) group of 4 for 2:4; OVP rows are
// padded to whole pairs.
[[nodiscard]] int64_t stored_k(Format format, Pattern pattern, int64_t k);

// Bytes of `rows` rows of `k` dense elements in memory, each row padded to whole bytes: codes, and
// for 2:4 the metadata (4 bits for each group of four, two 2-bit indices).
[[nodiscard]] Bytes code_bytes(Format format, Pattern pattern, int64_t rows, int64_t k);
[[nodiscard]] Bytes metadata_bytes(Pattern pattern, int64_t rows, int64_t k);
[[nodiscard]] Bytes operand_bytes(Format format, Pattern pattern, int64_t rows, int64_t k);

}  // namespace olivine
