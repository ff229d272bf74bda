// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/numerics/format.h"

namespace olivine {

// "0.5", "0.125", "1": a decimal number of at most three digits after the point, 0.001..1; nothing
// for any other text.
[[nodiscard]] std::optional<WeightDensity> parse_weight_density(std::string_view text);
[[nodiscard]] std::string to_string(WeightDensity density);  // "0.5"
[[nodiscard]] double as_number(WeightDensity density);       // 0.5

// Elements stored of `k` consecutive ones of a row: k x density, rounded to the nearest count, a
// half up. OVP pairs are stored whole: the same of ceil(k / 2) pairs, times two.
[[nodiscard]] int64_t kept_elems(Format format, int64_t k, WeightDensity density);

// Bytes of `rows` x `k` elements of this density in memory: bitmap_bytes() of rows that keep
// kept_elems() each. Contract: density is not dense.
[[nodiscard]] int64_t compressed_bytes(Format format, int64_t rows, int64_t k,
                                       WeightDensity density);

}  // namespace olivine
