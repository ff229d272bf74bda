// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace olivine {

inline constexpr size_t kMaxLibertyVariables = 6;

// Truth table of a Liberty function such as "(!((A B)+C))": bit i is its value where variables[j]
// has the value of bit j of i; with fewer than six variables the table repeats.
// Operators by falling precedence: ' (after) and ! (before) invert, ^, then & * and blanks, + |.
// Throws ConfigError that starts with `place` on syntax errors and unknown variables.
// Contract: at most kMaxLibertyVariables variables.
[[nodiscard]] uint64_t truth_table(std::string_view function,
                                   std::span<const std::string> variables,
                                   const std::string& place);

}  // namespace olivine
