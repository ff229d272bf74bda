// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "experiments/sweep/spec/value.h"

namespace olivine::sweep {

// The locale-independent ASCII classes; <cctype> would be undefined on bytes above 127.
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// What names are made of after their first letter.
[[nodiscard]] constexpr bool is_name_part(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '.';
}

// A number at the beginning of a text, and how much of it that is; or what is wrong with it.
struct NumberLiteral {
  Value value;
  size_t length = 0;
  std::string problem;
};

// 64, 0.5, 1e6, 64KiB, 500MHz: as much as can belong to it, so that "2x" has a wrong unit.
// Contract: begins with a digit.
[[nodiscard]] NumberLiteral read_number(std::string_view text);

}  // namespace olivine::sweep
