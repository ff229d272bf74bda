// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/formula_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "models/base/text.h"

namespace olivine::sweep {
namespace {

constexpr std::array<std::string_view, 7> kByteUnits = {"B", "kB", "MB", "GB", "KiB", "MiB", "GiB"};
constexpr std::array<std::string_view, 4> kFrequencyUnits = {"Hz", "kHz", "MHz", "GHz"};

// Where the parts of a literal end.
struct Extent {
  size_t unit = 0;  // where its unit begins, if it has one
  size_t end = 0;
  bool is_integer = true;
};

char at(std::string_view text, size_t position) {
  return position < text.size() ? text[position] : '\0';
}

size_t skip_digits(std::string_view text, size_t position) {
  while (is_digit(at(text, position))) ++position;
  return position;
}

Extent extent_of(std::string_view text) {
  Extent extent;
  size_t end = skip_digits(text, 0);
  if (at(text, end) == '.' && is_digit(at(text, end + 1))) {
    extent.is_integer = false;
    end = skip_digits(text, end + 1);
  }
  const bool has_sign = at(text, end + 1) == '-' || at(text, end + 1) == '+';
  const size_t exponent = end + (has_sign ? 2 : 1);
  if ((at(text, end) == 'e' || at(text, end) == 'E') && is_digit(at(text, exponent))) {
    extent.is_integer = false;
    end = skip_digits(text, exponent);
  }
  extent.unit = end;
  while (is_name_part(at(text, end))) ++end;
  extent.end = end;
  return extent;
}

template <size_t kSize>
bool contains(const std::array<std::string_view, kSize>& units, std::string_view unit) {
  return std::ranges::find(units, unit) != units.end();
}

}  // namespace

NumberLiteral read_number(std::string_view text) {
  const Extent extent = extent_of(text);
  const std::string_view written = text.substr(0, extent.end);
  const std::string_view unit = written.substr(extent.unit);
  NumberLiteral literal{.value = int64_t{0}, .length = extent.end, .problem = ""};
  if (contains(kByteUnits, unit)) {
    const auto bytes = parse_bytes(written);
    if (!bytes) literal.problem = fmt::format("{} is no whole number of bytes", written);
    literal.value = bytes.value_or(0);
    return literal;
  }
  if (!unit.empty() && !contains(kFrequencyUnits, unit)) {
    literal.problem = fmt::format("{}: unknown unit '{}': must be {} or {}", written, unit,
                                  fmt::join(kByteUnits, "|"), fmt::join(kFrequencyUnits, "|"));
    return literal;
  }
  const auto integer =
      extent.is_integer && unit.empty() ? parse_int(written) : std::optional<int64_t>{};
  const auto number = parse_frequency(written);
  if (!number || !std::isfinite(*number))
    literal.problem = fmt::format("{} is out of range", written);
  literal.value = integer ? Value{*integer} : Value{number.value_or(0)};
  return literal;
}

}  // namespace olivine::sweep
