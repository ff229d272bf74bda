// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <utility>

#include "experiments/sweep/spec/formula.h"
#include "experiments/sweep/spec/formula_node.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using Node = Formula::Node;

bool is_text(const Value& value) { return std::holds_alternative<std::string>(value); }

// Contract: no text.
double to_double(const Value& value) {
  const auto* integer = std::get_if<int64_t>(&value);
  return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
}

// A whole number as an integer where it fits.
Value narrowed(double whole) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (whole >= -kLimit && whole < kLimit) return static_cast<int64_t>(whole);
  return whole;
}

// Both integers, and the result fits and is one; else nothing.
std::optional<int64_t> integer_result(FormulaOp op, int64_t left, int64_t right) {
  int64_t result = 0;
  if (op == FormulaOp::Add && !__builtin_add_overflow(left, right, &result)) return result;
  if (op == FormulaOp::Subtract && !__builtin_sub_overflow(left, right, &result)) return result;
  if (op == FormulaOp::Multiply && !__builtin_mul_overflow(left, right, &result)) return result;
  // The one quotient that overflows is of -1; its remainder would trap too.
  if (op == FormulaOp::Remainder) return right == -1 ? 0 : left % right;
  const bool overflows = left == std::numeric_limits<int64_t>::min() && right == -1;
  if (op == FormulaOp::Divide && !overflows && left % right == 0) return left / right;
  return std::nullopt;
}

double real_result(FormulaOp op, double left, double right) {
  if (op == FormulaOp::Add) return left + right;
  if (op == FormulaOp::Subtract) return left - right;
  if (op == FormulaOp::Multiply) return left * right;
  return op == FormulaOp::Divide ? left / right : std::fmod(left, right);
}

// Contract: no text.
std::partial_ordering order_of(const Value& left, const Value& right) {
  const auto* a = std::get_if<int64_t>(&left);
  const auto* b = std::get_if<int64_t>(&right);
  if (a != nullptr && b != nullptr) return *a <=> *b;
  return to_double(left) <=> to_double(right);
}

bool holds(FormulaOp op, std::partial_ordering order) {
  if (op == FormulaOp::Equal) return order == 0;
  if (op == FormulaOp::NotEqual) return order != 0;
  if (op == FormulaOp::Less) return order < 0;
  if (op == FormulaOp::LessEqual) return order <= 0;
  return op == FormulaOp::Greater ? order > 0 : order >= 0;
}

Value square_root(const Value& value) {
  const double root = std::sqrt(to_double(value));
  const auto* integer = std::get_if<int64_t>(&value);
  const auto whole = static_cast<int64_t>(root);  // at most 3.04e9: its square fits
  if (integer != nullptr && whole * whole == *integer) return whole;
  return root;
}

Value binary_logarithm(const Value& value) {
  const auto* integer = std::get_if<int64_t>(&value);
  if (integer != nullptr && std::has_single_bit(static_cast<uint64_t>(*integer))) {
    return int64_t{std::countr_zero(static_cast<uint64_t>(*integer))};
  }
  return std::log2(to_double(value));
}

// The first problem is the result; what is computed from the 0 in its place does not matter.
class Evaluator {
 public:
  explicit Evaluator(std::span<const Value> values) : values_(values) {}

  FormulaResult run(const Node& root) {
    Value value = evaluate(root);
    if (!problem_.empty()) return {std::nullopt, std::move(problem_)};
    return {std::move(value), {}};
  }

 private:
  Value fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return int64_t{0};
  }
  Value fail_on_text(const Value& left, const Value& right) {
    return fail(fmt::format("text where a number is needed: '{}'",
                            std::get<std::string>(is_text(left) ? left : right)));
  }

  Value finite(double number) {
    return std::isfinite(number) ? Value{number} : fail("a number that is out of range");
  }

  Value evaluate(const Node& node) {
    switch (node.op) {
      case FormulaOp::Literal:
        return node.literal;
      case FormulaOp::Name:
        return named(values_[node.name]);
      case FormulaOp::Or:
      case FormulaOp::And:
        return either(node);
      case FormulaOp::Not:
        return int64_t{truth(node.operands[0]) ? 0 : 1};
      case FormulaOp::Equal:
      case FormulaOp::NotEqual:
      case FormulaOp::Less:
      case FormulaOp::LessEqual:
      case FormulaOp::Greater:
      case FormulaOp::GreaterEqual:
        return compare(node);
      case FormulaOp::Add:
      case FormulaOp::Subtract:
      case FormulaOp::Multiply:
      case FormulaOp::Divide:
      case FormulaOp::Remainder:
        return arithmetic(node);
      case FormulaOp::Negate:
        return arithmetic(FormulaOp::Subtract, int64_t{0}, evaluate(node.operands[0]));
      case FormulaOp::Min:
      case FormulaOp::Max:
        return extreme(node);
      case FormulaOp::Sqrt:
      case FormulaOp::Log2:
      case FormulaOp::Floor:
      case FormulaOp::Ceil:
      case FormulaOp::Abs:
        return function(node.op, evaluate(node.operands[0]));
    }
    OLV_CHECK(false, "formula operation {}", static_cast<int>(node.op));
  }

  Value named(const Value& value) {
    const auto* number = std::get_if<double>(&value);
    return number != nullptr ? finite(*number) : value;
  }

  bool truth(const Node& node) {
    const Value value = evaluate(node);
    const auto result = truth_of(value);
    if (!result) {
      fail(fmt::format("text where a condition is needed: '{}'", std::get<std::string>(value)));
    }
    return result.value_or(false);
  }

  // The right side counts only where the left one leaves the answer open: it may be a division that
  // the left side guards.
  Value either(const Node& node) {
    const bool decides = node.op == FormulaOp::Or;
    if (truth(node.operands[0]) == decides) return int64_t{decides ? 1 : 0};
    return int64_t{truth(node.operands[1]) ? 1 : 0};
  }

  Value compare(const Node& node) {
    const Value left = evaluate(node.operands[0]);
    const Value right = evaluate(node.operands[1]);
    if (!is_text(left) && !is_text(right)) return int64_t{holds(node.op, order_of(left, right))};
    const bool is_equality = node.op == FormulaOp::Equal || node.op == FormulaOp::NotEqual;
    if (!is_equality || !is_text(left) || !is_text(right)) return fail_on_text(left, right);
    return int64_t{(left == right) == (node.op == FormulaOp::Equal)};
  }

  Value arithmetic(const Node& node) {
    const Value left = evaluate(node.operands[0]);  // first, so that its problem is the one told
    return arithmetic(node.op, left, evaluate(node.operands[1]));
  }

  Value arithmetic(FormulaOp op, const Value& left, const Value& right) {
    if (is_text(left) || is_text(right)) return fail_on_text(left, right);
    const bool divides = op == FormulaOp::Divide || op == FormulaOp::Remainder;
    if (divides && to_double(right) == 0) return fail("division by zero");
    const auto* a = std::get_if<int64_t>(&left);
    const auto* b = std::get_if<int64_t>(&right);
    if (a != nullptr && b != nullptr) {
      if (const auto result = integer_result(op, *a, *b)) return *result;
    }
    return finite(real_result(op, to_double(left), to_double(right)));
  }

  Value extreme(const Node& node) {
    Value best = evaluate(node.operands[0]);
    for (size_t i = 1; i < node.operands.size(); ++i) {
      Value next = evaluate(node.operands[i]);
      if (is_text(best) || is_text(next)) return fail_on_text(best, next);
      const std::partial_ordering order = order_of(next, best);
      if (node.op == FormulaOp::Min ? order < 0 : order > 0) best = std::move(next);
    }
    return best;
  }

  Value function(FormulaOp op, const Value& value) {
    if (is_text(value)) return fail_on_text(value, value);
    const double number = to_double(value);
    if (op == FormulaOp::Sqrt) {
      return number < 0 ? fail("square root of a number below 0") : square_root(value);
    }
    if (op == FormulaOp::Log2) {
      return number <= 0 ? fail("logarithm of a number not above 0") : binary_logarithm(value);
    }
    if (op == FormulaOp::Abs) {
      return number < 0 ? arithmetic(FormulaOp::Subtract, int64_t{0}, value) : value;
    }
    if (std::holds_alternative<int64_t>(value)) return value;
    return narrowed(op == FormulaOp::Floor ? std::floor(number) : std::ceil(number));
  }

  std::span<const Value> values_;
  std::string problem_;
};

}  // namespace

FormulaResult Formula::evaluate(std::span<const Value> values) const {
  OLV_CHECK(root_ != nullptr, "a formula that was not parsed");
  OLV_CHECK(values.size() == names_.size(), "{} values of {} names", values.size(), names_.size());
  return Evaluator{values}.run(*root_);
}

std::optional<bool> truth_of(const Value& value) {
  if (is_text(value)) return std::nullopt;
  return to_double(value) != 0;
}

std::optional<double> number_of(const Value& value) {
  if (is_text(value)) return std::nullopt;
  return to_double(value);
}

}  // namespace olivine::sweep
