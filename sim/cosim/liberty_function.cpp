// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/liberty_function.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cctype>

#include "models/base/error.h"

namespace olivine {
namespace {

// Variable j alone: bit i is bit j of i.
constexpr std::array<uint64_t, kMaxLibertyVariables> kVariableTables = {
    0xAAAAAAAAAAAAAAAAu, 0xCCCCCCCCCCCCCCCCu, 0xF0F0F0F0F0F0F0F0u,
    0xFF00FF00FF00FF00u, 0xFFFF0000FFFF0000u, 0xFFFFFFFF00000000u};

constexpr int kMaxNesting = 64;

// Recursive descent that computes with whole tables instead of building a tree.
class FunctionParser {
 public:
  FunctionParser(std::string_view text, std::span<const std::string> variables,
                 const std::string& place)
      : text_(text), variables_(variables), place_(place) {}

  uint64_t parse() {
    const uint64_t table = sum();
    if (peek() != '\0') fail(fmt::format("unexpected '{}'", peek()));
    return table;
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw ConfigError{fmt::format("{}: function \"{}\": {}", place_, text_, problem)};
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take_any(std::string_view marks) {
    const char c = peek();
    if (c == '\0' || marks.find(c) == std::string_view::npos) return false;
    ++at_;
    return true;
  }

  static bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }

  uint64_t sum() {
    uint64_t table = product();
    while (take_any("+|")) table |= product();
    return table;
  }

  uint64_t product() {
    uint64_t table = difference();
    while (true) {
      const char c = peek();
      const bool is_factor = is_name(c) || c == '(' || c == '!';
      if (!take_any("*&") && !is_factor) return table;
      table &= difference();
    }
  }

  uint64_t difference() {
    uint64_t table = factor();
    while (take_any("^")) table ^= factor();
    return table;
  }

  uint64_t factor() {
    bool is_inverted = false;
    while (take_any("!")) is_inverted = !is_inverted;
    uint64_t table = atom();
    while (take_any("'")) table = ~table;
    return is_inverted ? ~table : table;
  }

  uint64_t atom() {
    if (take_any("(")) {
      if (++nesting_ > kMaxNesting) fail("too many parentheses");
      const uint64_t table = sum();
      if (!take_any(")")) fail("a ')' is missing");
      --nesting_;
      return table;
    }
    if (!is_name(peek())) fail(at_ < text_.size() ? "an operand is missing" : "ends too early");
    const size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return variable(text_.substr(start, at_ - start));
  }

  uint64_t variable(std::string_view name) const {
    if (name == "0") return 0;
    if (name == "1") return ~uint64_t{0};
    for (size_t j = 0; j < variables_.size(); ++j) {
      if (variables_[j] == name) return kVariableTables[j];
    }
    fail(fmt::format("{} is not one of {}", name, fmt::join(variables_, ", ")));
  }

  std::string_view text_;
  std::span<const std::string> variables_;
  const std::string& place_;
  size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

uint64_t truth_table(std::string_view function, std::span<const std::string> variables,
                     const std::string& place) {
  OLV_CHECK(variables.size() <= kMaxLibertyVariables, "{} variables", variables.size());
  return FunctionParser{function, variables, place}.parse();
}

}  // namespace olivine
