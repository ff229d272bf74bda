// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Operators whose results are known once the extents of the inputs are.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

OnnxValue constant(OnnxShape shape, std::optional<std::vector<int64_t>> integers) {
  return {std::move(shape), true, std::nullopt, std::move(integers), nullptr};
}

// All axes, or a range of them.
void lower_shape(NodeContext& context, const OnnxOperator&) {
  const OnnxShape& shape = context.shape(0);
  const auto rank = static_cast<int64_t>(shape.size());
  const auto place = [&](std::string_view name, int64_t fallback) {
    const int64_t value = context.integer_attribute(name, fallback);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  const int64_t begin = place("start", 0);
  const int64_t end = std::max(place("end", rank), begin);
  std::vector<int64_t> extents(shape.begin() + begin, shape.begin() + end);
  const auto count = static_cast<int64_t>(extents.size());
  context.set_output(0, constant({count}, std::move(extents)));
}

void lower_size(NodeContext& context, const OnnxOperator&) {
  context.set_output(0, constant({}, std::vector<int64_t>{context.count(context.shape(0))}));
}

void lower_constant(NodeContext& context, const OnnxOperator&) {
  const OnnxNode& node = context.node();
  if (node.attributes.size() != 1) context.fail("must have one attribute, the value");
  const OnnxAttribute& attribute = node.attributes.front();
  using Kind = OnnxAttribute::Kind;
  if (attribute.name == "value" && attribute.kind == Kind::Tensor) {
    return context.set_output(0, value_of(attribute.tensors.at(0)));
  }
  if (attribute.name == "value_int" && attribute.kind == Kind::Int) {
    return context.set_output(0, constant({}, std::vector<int64_t>{attribute.integer}));
  }
  if (attribute.name == "value_ints" && attribute.kind == Kind::Ints) {
    const auto count = static_cast<int64_t>(attribute.integers.size());
    return context.set_output(0, constant({count}, attribute.integers));
  }
  if (attribute.name == "value_float" && attribute.kind == Kind::Float) {
    return context.set_output(0, constant({}, std::nullopt));
  }
  if (attribute.name == "value_floats" && attribute.kind == Kind::Floats) {
    const auto count = static_cast<int64_t>(attribute.reals.size());
    return context.set_output(0, constant({count}, std::nullopt));
  }
  context.fail(fmt::format("attribute {}: not supported", attribute.name));
}

void lower_constant_of_shape(NodeContext& context, const OnnxOperator&) {
  const OnnxShape shape = context.integers(0);
  const int64_t count = context.count(shape);
  const OnnxAttribute* value = context.node().find("value");
  std::optional<std::vector<int64_t>> integers;
  if (value != nullptr && value->kind == OnnxAttribute::Kind::Tensor) {
    const OnnxTensor& tensor = value->tensors.at(0);
    const bool is_one = tensor.bytes.size() == static_cast<size_t>(info(tensor.type).bytes);
    if (is_one && !info(tensor.type).is_float && count <= kMaxFoldedElements) {
      integers.emplace(static_cast<size_t>(count), integers_of(tensor).front());
    }
  }
  context.set_output(0, constant(shape, std::move(integers)));
}

// Its length is a shape; only integers that are known give one.
void lower_range(NodeContext& context, const OnnxOperator&) {
  for (const size_t i : {0u, 1u, 2u}) {
    if (context.integers(i).size() != 1) context.fail("start, limit and delta: must be scalars");
  }
  const int64_t start = context.integers(0).front();
  const int64_t delta = context.integers(2).front();
  int64_t distance = 0;
  if (__builtin_sub_overflow(context.integers(1).front(), start, &distance) || delta == 0) {
    context.fail("a range without end");
  }
  const bool is_empty = distance == 0 || (distance < 0) != (delta < 0);
  // Towards zero, so that |distance / delta| whole steps fit; one more where something is left.
  const bool is_minimum_by_minus_one = delta == -1 && distance == INT64_MIN;
  if (is_minimum_by_minus_one) context.fail("a range of more than 63 bits");
  const int64_t count = is_empty ? 0 : distance / delta + (distance % delta != 0 ? 1 : 0);
  std::optional<std::vector<int64_t>> integers;
  if (count <= kMaxFoldedElements) {
    integers.emplace();
    for (int64_t i = 0; i < count; ++i) integers->push_back(start + i * delta);
  }
  context.set_output(0, constant({count}, std::move(integers)));
}

constexpr std::array kOperators = {
    OnnxOperator{"Shape", lower_shape}, OnnxOperator{"Size", lower_size},
    OnnxOperator{"Constant", lower_constant},
    OnnxOperator{"ConstantOfShape", lower_constant_of_shape}, OnnxOperator{"Range", lower_range}};

}  // namespace

std::span<const OnnxOperator> constant_operators() { return kOperators; }

}  // namespace olivine
