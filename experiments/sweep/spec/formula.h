// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/sweep/spec/value.h"

namespace olivine::sweep {

// The value, or what is wrong with it ("division by zero", "text where a number is needed").
struct FormulaResult {
  std::optional<Value> value;
  std::string problem;
};

// An expression over the parameters and results of a point, parsed once and evaluated for every
// point; immutable, so threads may share it.
//   names     letters, digits, '_' and '.', beginning with a letter: array.rows, time_s
//   numbers   64, 0.5, 1e6, with units as machine files have them: 64KiB, 500MHz
//   texts     "w4a4-ovp" or 'w4a4-ovp', and true and false; compared by == and != only
//   operators, loosest first: or; and; not; == != < <= > >=; + -; * / %; unary -; parentheses
//   functions min(a, b, ...), max(a, b, ...), sqrt(a), log2(a), floor(a), ceil(a), abs(a)
// Numbers are integers as long as operands are and the result is one and fits (6 / 3 is 2, 1 / 2
// is 0.5); % has the sign of its left side; conditions are 1 and 0; everything but 0 is true; the
// right side of and, or is left alone where the left one decides. Results are finite. Untrusted
// input: length and nesting are bounded.
class Formula {
 public:
  struct Node;

  // Throws ConfigError: the text and its problem, without a place.
  [[nodiscard]] static Formula parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  // The names it uses, each once, in the order of their first use.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // Contract: one value a name, in the order of names().
  [[nodiscard]] FormulaResult evaluate(std::span<const Value> values) const;

 private:
  std::string text_;
  std::vector<std::string> names_;
  std::shared_ptr<const Node> root_;
};

// Whether a condition holds: a number that is not 0. Nothing of a text.
[[nodiscard]] std::optional<bool> truth_of(const Value& value);
// The number, or nothing of a text.
[[nodiscard]] std::optional<double> number_of(const Value& value);

}  // namespace olivine::sweep
