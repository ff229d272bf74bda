// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

namespace olivine::report {

// A column of a page's data with one number a row, exact to the bit and short: the page holds tens
// of thousands of rows.
//   {"type": "u8"|"u16"|"u32"|"f64", "data": base64 of little-endian numbers}
//   {..., "values": [numbers]}   the data are positions among these (null: no number)
// NaN is "no number". Numbers that are whole become the smallest type that holds them all.
[[nodiscard]] nlohmann::ordered_json packed_numbers(std::span<const double> numbers);
[[nodiscard]] nlohmann::ordered_json packed_positions(std::span<const uint32_t> positions);

}  // namespace olivine::report
