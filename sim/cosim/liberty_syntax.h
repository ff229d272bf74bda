// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace olivine {

// `name : value ;` has one value, `name (a, b) ;` any number. Quotes are gone.
struct LibertyAttribute {
  std::string name;
  std::vector<std::string> values;
  int line = 0;
};

// `kind (arguments) { ... }`, in file order.
struct LibertyGroup {
  std::string kind;
  std::vector<std::string> arguments;
  int line = 0;
  std::vector<LibertyAttribute> attributes;
  std::vector<LibertyGroup> groups;

  // The first of that name; nullptr when there is none.
  [[nodiscard]] const LibertyAttribute* find(std::string_view name) const;
  // First value of attribute `name`; empty when there is none.
  [[nodiscard]] std::string_view text(std::string_view name) const;
};

inline constexpr int kMaxLibertyDepth = 32;

// The one outermost group of a Liberty file, whatever it means. Throws ConfigError with
// source:line on anything that is not Liberty syntax.
[[nodiscard]] LibertyGroup parse_liberty_syntax(std::string_view text, const std::string& source);

}  // namespace olivine
