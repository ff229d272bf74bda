// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/expression.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "models/base/text.h"

namespace olivine {
namespace {

constexpr size_t kMaxLength = 512;
constexpr int kMaxDepth = 32;

// The locale-independent ASCII classes; <cctype> would be undefined on bytes above 127.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Recursive descent over sum -> product -> atom. The first problem stops the evaluation: after it
// every function returns 0 and the text is no longer read.
class Evaluator {
 public:
  Evaluator(std::string_view text, const NamedValues& names) : text_(text), names_(names) {}

  ExpressionResult run() {
    if (text_.size() > kMaxLength) {
      return {std::nullopt, fmt::format("longer than {} characters", kMaxLength)};
    }
    const int64_t value = sum();
    if (problem_.empty() && !is_at_end()) fail(fmt::format("unexpected '{}'", text_.substr(at_)));
    if (!problem_.empty()) return {std::nullopt, problem_};
    if (uses_refused_name_) return {std::nullopt, {}};
    return {value, {}};
  }

 private:
  void fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    at_ = text_.size();
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool is_at_end() {
    skip_blanks();
    return at_ >= text_.size();
  }
  // Consumes the next character if it is `expected`.
  bool accept(char expected) {
    if (is_at_end() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  int64_t sum() {
    int64_t left = product();
    while (problem_.empty()) {
      if (accept('+')) {
        left = combine(left, '+', product());
      } else if (accept('-')) {
        left = combine(left, '-', product());
      } else {
        break;
      }
    }
    return left;
  }

  int64_t product() {
    int64_t left = atom();
    while (problem_.empty()) {
      if (accept('*')) {
        left = combine(left, '*', atom());
      } else if (accept('/')) {
        left = combine(left, '/', atom());
      } else {
        break;
      }
    }
    return left;
  }

  int64_t atom() {
    if (is_at_end()) {
      fail("ends where a number, a name or '(' is needed");
      return 0;
    }
    if (is_digit(text_[at_])) return number();
    if (is_letter(text_[at_])) return named_value();
    if (accept('(')) return parenthesized();
    fail(fmt::format("unexpected '{}'", text_.substr(at_)));
    return 0;
  }

  int64_t parenthesized() {
    if (++depth_ > kMaxDepth) {
      fail(fmt::format("nested deeper than {} parentheses", kMaxDepth));
      return 0;
    }
    const int64_t value = sum();
    if (problem_.empty() && !accept(')')) fail("')' is missing");
    --depth_;
    return value;
  }

  int64_t number() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    const auto value = parse_int(digits);
    if (!value) fail(fmt::format("{} does not fit 64 bits", digits));
    return value.value_or(0);
  }

  int64_t named_value() {
    const size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string name{text_.substr(begin, at_ - begin)};
    const auto found = names_.find(name);
    if (found != names_.end()) {
      if (!found->second) uses_refused_name_ = true;
      return found->second.value_or(0);
    }
    std::vector<std::string> known;
    for (const auto& [known_name, value] : names_) known.push_back(known_name);
    fail(fmt::format("unknown name '{}'{}", name, suggestion(name, known)));
    return 0;
  }

  int64_t combine(int64_t left, char op, int64_t right) {
    if (!problem_.empty() || uses_refused_name_) return 0;
    if (op == '/') return divide(left, right);
    int64_t result = 0;
    const bool overflows = op == '+'   ? __builtin_add_overflow(left, right, &result)
                           : op == '-' ? __builtin_sub_overflow(left, right, &result)
                                       : __builtin_mul_overflow(left, right, &result);
    if (overflows) fail(fmt::format("{} {} {} does not fit 64 bits", left, op, right));
    return result;
  }

  int64_t divide(int64_t left, int64_t right) {
    if (right == 0) {
      fail(fmt::format("{} / 0", left));
      return 0;
    }
    if (left == std::numeric_limits<int64_t>::min() && right == -1) {
      fail(fmt::format("{} / {} does not fit 64 bits", left, right));
      return 0;
    }
    if (left % right != 0) {
      fail(fmt::format("{} is not a multiple of {}", left, right));
      return 0;
    }
    return left / right;
  }

  std::string_view text_;
  const NamedValues& names_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string problem_;
  bool uses_refused_name_ = false;
};

}  // namespace

ExpressionResult evaluate(std::string_view text, const NamedValues& names) {
  return Evaluator{text, names}.run();
}

bool is_identifier(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

}  // namespace olivine
