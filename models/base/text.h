// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace olivine {

// Levenshtein distance in bytes.
[[nodiscard]] size_t edit_distance(std::string_view a, std::string_view b);

// The name that was probably meant: the shortest candidate that begins with `name` (3 letters or
// more), else the closest one, if it is close enough to be a typo (distance at most a third of the
// longer length, or 2).
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      std::span<const std::string> candidates);

// "; did you mean 'x'?" or nothing. Ready to append to an error line.
[[nodiscard]] std::string suggestion(std::string_view name,
                                     std::span<const std::string> candidates);

// Whole-string decimal integer; nothing on junk, sign errors or overflow.
[[nodiscard]] std::optional<int64_t> parse_int(std::string_view text);
// Whole-string finite decimal number; nothing on junk, infinities or NaN.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
// "64KiB", "64 KiB", "1MiB", "512B", "4kB" or a plain count of bytes.
[[nodiscard]] std::optional<int64_t> parse_bytes(std::string_view text);
// "0x1000", or as parse_int() or parse_bytes().
[[nodiscard]] std::optional<int64_t> parse_address(std::string_view text);
// "500MHz", "1.5 GHz", "32kHz" or a plain number of hertz.
[[nodiscard]] std::optional<double> parse_frequency(std::string_view text);

[[nodiscard]] std::string format_bytes(int64_t bytes);  // "128KiB": largest exact unit
// "500MHz": largest unit that parse_frequency() reads back to the same bits.
[[nodiscard]] std::string format_frequency(double hertz);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

}  // namespace olivine
