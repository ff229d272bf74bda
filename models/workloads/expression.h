// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace olivine {

// A name without value is one whose own definition was refused: expressions that use it have no
// value either, and no second problem is reported for them.
using NamedValues = std::map<std::string, std::optional<int64_t>>;

// The value, or what is wrong with the text. Neither: a name without value was used.
struct ExpressionResult {
  std::optional<int64_t> value;
  std::string problem;
};

// An integer expression over named values: decimal numbers, names ([A-Za-z_][A-Za-z0-9_]*),
// + - * / and parentheses, with the usual precedence. Division must be exact: a workload whose
// extents do not divide is a mistake, not a rounding. Overflow of int64 is a problem. Untrusted
// input: text length and nesting are bounded.
[[nodiscard]] ExpressionResult evaluate(std::string_view text, const NamedValues& names);

// True when `text` can be a name in an expression.
[[nodiscard]] bool is_identifier(std::string_view text);

}  // namespace olivine
