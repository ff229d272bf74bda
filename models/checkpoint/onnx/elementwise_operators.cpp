// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Operators that work element by element, with broadcasting. A transcendental function counts as
// one operation, as in workload files. Integers are folded: extents are computed with them.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/onnx/vector_ops.h"

namespace olivine {
namespace {

using Folded = std::optional<int64_t>;
constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();

Folded fold_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : Folded{sum};
}
Folded fold_sub(int64_t a, int64_t b) {
  int64_t difference = 0;
  return __builtin_sub_overflow(a, b, &difference) ? std::nullopt : Folded{difference};
}
Folded fold_mul(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::nullopt : Folded{product};
}
// Integers are divided towards zero.
Folded fold_div(int64_t a, int64_t b) {
  return b == 0 || (a == kLowest && b == -1) ? std::nullopt : Folded{a / b};
}
// The remainder has the sign of the divisor.
Folded fold_mod(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return b == 0 ? std::nullopt : Folded{0};
  const int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}
Folded fold_min(int64_t a, int64_t b) { return std::min(a, b); }
Folded fold_max(int64_t a, int64_t b) { return std::max(a, b); }
Folded fold_equal(int64_t a, int64_t b) { return a == b; }
Folded fold_less(int64_t a, int64_t b) { return a < b; }
Folded fold_less_equal(int64_t a, int64_t b) { return a <= b; }
Folded fold_greater(int64_t a, int64_t b) { return a > b; }
Folded fold_greater_equal(int64_t a, int64_t b) { return a >= b; }
Folded fold_and(int64_t a, int64_t b) { return a != 0 && b != 0; }
Folded fold_or(int64_t a, int64_t b) { return a != 0 || b != 0; }
Folded fold_xor(int64_t a, int64_t b) { return (a != 0) != (b != 0); }
Folded fold_not(int64_t a, int64_t) { return a == 0; }
Folded fold_neg(int64_t a, int64_t) { return a == kLowest ? std::nullopt : Folded{-a}; }
Folded fold_abs(int64_t a, int64_t) { return a == kLowest ? std::nullopt : Folded{a < 0 ? -a : a}; }

// Element `i` of the result of broadcasting `value` to `shape`.
int64_t element(const OnnxValue& value, const OnnxShape& shape, size_t i) {
  return (*value.integers)[broadcast_position(value.shape, shape, i)];
}

// Nothing where an operand is not known, the result is no shape, or one element does not exist.
std::optional<std::vector<int64_t>> fold(const OnnxValue& a, const OnnxValue& b,
                                         const OnnxShape& shape, FoldIntegers operation) {
  if (operation == nullptr || !a.integers || !b.integers) return std::nullopt;
  const int64_t count = element_count(shape);
  if (count > kMaxFoldedElements) return std::nullopt;
  std::vector<int64_t> values;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const Folded value = operation(element(a, shape, i), element(b, shape, i));
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

// A constant with one number for each output of the layer that `product` comes from.
bool is_bias(const OnnxValue& product, const OnnxValue& other) {
  if (!product.product_axis || !other.is_constant || product.shape.empty()) return false;
  const int64_t outputs = product.shape[*product.product_axis];
  const size_t from_end = product.shape.size() - *product.product_axis;
  return other.shape.size() >= from_end && other.shape[other.shape.size() - from_end] == outputs &&
         element_count(other.shape) == outputs;
}

void lower_unary(NodeContext& context, const OnnxOperator& op) {
  const OnnxValue& in = context.input(0);
  context.add_vector(context.count(in.shape), op.ops);
  context.set_output(0, in.shape, fold(in, in, in.shape, op.fold));
}

void lower_binary(NodeContext& context, const OnnxOperator& op) {
  const OnnxValue& a = context.input(0);
  const OnnxValue& b = context.input(1);
  const OnnxShape shape = context.broadcast(a.shape, b.shape);
  const bool is_part_of_product = op.name == "Add" && (is_bias(a, b) || is_bias(b, a));
  if (!is_part_of_product) context.add_vector(context.count(shape), op.ops);
  context.set_output(0, shape, fold(a, b, shape, op.fold));
}

// Any number of operands: one operation an element for each after the first.
void lower_variadic(NodeContext& context, const OnnxOperator& op) {
  OnnxValue result = context.input(0);
  for (size_t i = 1; i < context.input_count(); ++i) {
    const OnnxValue& other = context.input(i);
    OnnxShape shape = context.broadcast(result.shape, other.shape);
    result.integers = fold(result, other, shape, op.fold);
    result.shape = std::move(shape);
  }
  const auto further = static_cast<int64_t>(context.input_count()) - 1;
  if (further > 0) context.add_vector(context.count(result.shape), further * op.ops);
  context.set_output(0, std::move(result.shape), std::move(result.integers));
}

void lower_where(NodeContext& context, const OnnxOperator& op) {
  const OnnxValue& condition = context.input(0);
  const OnnxValue& yes = context.input(1);
  const OnnxValue& no = context.input(2);
  const OnnxShape shape =
      context.broadcast(context.broadcast(condition.shape, yes.shape), no.shape);
  context.add_vector(context.count(shape), op.ops);
  std::optional<std::vector<int64_t>> values;
  const bool is_known = condition.integers && yes.integers && no.integers;
  if (is_known && context.count(shape) <= kMaxFoldedElements) {
    values.emplace();
    for (size_t i = 0; i < static_cast<size_t>(context.count(shape)); ++i) {
      values->push_back(element(element(condition, shape, i) != 0 ? yes : no, shape, i));
    }
  }
  context.set_output(0, shape, std::move(values));
}

// The first operand alone decides the shape: slopes, limits and biases are broadcast to it.
void lower_like_first(NodeContext& context, const OnnxOperator& op) {
  context.add_vector(context.count(context.shape(0)), op.ops);
  context.set_output(0, context.shape(0));
}

constexpr int64_t kGelu = vector_ops("gelu_ops");
constexpr int64_t kSilu = vector_ops("silu_ops");
constexpr std::array kOperators = {
    OnnxOperator{"Add", lower_binary, vector_ops("add_ops"), fold_add},
    OnnxOperator{"Sub", lower_binary, 1, fold_sub},
    OnnxOperator{"Mul", lower_binary, 1, fold_mul},
    OnnxOperator{"Div", lower_binary, 1, fold_div},
    OnnxOperator{"Mod", lower_binary, 1, fold_mod},
    OnnxOperator{"Pow", lower_binary, 1},
    OnnxOperator{"Equal", lower_binary, 1, fold_equal},
    OnnxOperator{"Less", lower_binary, 1, fold_less},
    OnnxOperator{"LessOrEqual", lower_binary, 1, fold_less_equal},
    OnnxOperator{"Greater", lower_binary, 1, fold_greater},
    OnnxOperator{"GreaterOrEqual", lower_binary, 1, fold_greater_equal},
    OnnxOperator{"And", lower_binary, 1, fold_and},
    OnnxOperator{"Or", lower_binary, 1, fold_or},
    OnnxOperator{"Xor", lower_binary, 1, fold_xor},
    OnnxOperator{"Where", lower_where, 1},
    OnnxOperator{"Min", lower_variadic, 1, fold_min},
    OnnxOperator{"Max", lower_variadic, 1, fold_max},
    OnnxOperator{"Sum", lower_variadic, 1, fold_add},
    OnnxOperator{"Neg", lower_unary, 1, fold_neg},
    OnnxOperator{"Abs", lower_unary, 1, fold_abs},
    OnnxOperator{"Not", lower_unary, 1, fold_not},
    OnnxOperator{"Sqrt", lower_unary, 1},
    OnnxOperator{"Reciprocal", lower_unary, 1},
    OnnxOperator{"Exp", lower_unary, 1},
    OnnxOperator{"Log", lower_unary, 1},
    OnnxOperator{"Erf", lower_unary, 1},
    OnnxOperator{"Tanh", lower_unary, 1},
    OnnxOperator{"Sin", lower_unary, 1},
    OnnxOperator{"Cos", lower_unary, 1},
    OnnxOperator{"Floor", lower_unary, 1},
    OnnxOperator{"Ceil", lower_unary, 1},
    OnnxOperator{"Round", lower_unary, 1},
    OnnxOperator{"Sign", lower_unary, 1},
    OnnxOperator{"IsNaN", lower_unary, 1},
    OnnxOperator{"IsInf", lower_unary, 1},
    OnnxOperator{"Relu", lower_unary, vector_ops("relu_ops")},
    OnnxOperator{"LeakyRelu", lower_unary, 2},    // multiply, max
    OnnxOperator{"PRelu", lower_like_first, 2},   // the same
    OnnxOperator{"Clip", lower_like_first, 2},    // min, max
    OnnxOperator{"Elu", lower_unary, 4},          // exp, subtract, multiply, select
    OnnxOperator{"Softplus", lower_unary, 3},     // exp, add, log
    OnnxOperator{"Sigmoid", lower_unary, 4},      // negate, exp, add, divide
    OnnxOperator{"HardSigmoid", lower_unary, 4},  // multiply, add, min, max
    OnnxOperator{"HardSwish", lower_unary, 5},    // and multiply by x
    OnnxOperator{"Mish", lower_unary, 5},         // Softplus, tanh, multiply
    OnnxOperator{"Gelu", lower_unary, kGelu},
    OnnxOperator{"Gelu", lower_unary, kGelu, nullptr, kMicrosoftDomain},
    OnnxOperator{"FastGelu", lower_like_first, kGelu, nullptr, kMicrosoftDomain},
    OnnxOperator{"BiasGelu", lower_like_first, kGelu + 1, nullptr, kMicrosoftDomain},
    OnnxOperator{"QuickGelu", lower_unary, kSilu + 1, nullptr, kMicrosoftDomain}};

}  // namespace

std::span<const OnnxOperator> elementwise_operators() { return kOperators; }

}  // namespace olivine
