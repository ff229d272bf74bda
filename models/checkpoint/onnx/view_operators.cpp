// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Operators that give the same elements another shape, order or type. They are no work: models take
// operands in any order.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

// Identity and Dropout, whose mask of the second output is true everywhere at inference.
void lower_identity(NodeContext& context, const OnnxOperator&) {
  context.set_output(0, context.input(0));
  if (context.node().outputs.size() > 1) context.set_output(1, context.shape(0));
}

void lower_cast(NodeContext& context, const OnnxOperator&) {
  const auto type = element_type_of_onnx(
      static_cast<uint64_t>(context.integer_attribute("to", std::numeric_limits<int64_t>::max())));
  if (!type) context.fail("attribute to: must be a type that is supported");
  const OnnxValue& in = context.input(0);
  std::optional<std::vector<int64_t>> integers = in.integers;
  if (integers && *type == ElementType::Bool) {
    for (int64_t& value : *integers) value = value != 0 ? 1 : 0;
  } else if (integers && *type == ElementType::I32) {
    const bool fits = std::all_of(integers->begin(), integers->end(), [](int64_t value) {
      return value >= std::numeric_limits<int32_t>::min() &&
             value <= std::numeric_limits<int32_t>::max();
    });
    if (!fits) integers.reset();
  } else if (*type != ElementType::I64) {
    integers.reset();  // division of floats is another one than that of integers
  }
  context.set_output(0, in.shape, std::move(integers));
}

// 0 keeps the extent of the input, -1 is what is left.
void lower_reshape(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  OnnxShape shape = context.integers(1);
  const bool is_zero_kept = context.integer_attribute("allowzero", 0) == 0;
  int64_t known = 1;
  auto open = shape.end();
  for (auto extent = shape.begin(); extent != shape.end(); ++extent) {
    const auto i = static_cast<size_t>(extent - shape.begin());
    if (*extent == 0 && is_zero_kept && i < in.shape.size()) *extent = in.shape[i];
    if (*extent == -1 && open == shape.end()) {
      open = extent;
    } else if (*extent < 0 || __builtin_mul_overflow(known, *extent, &known)) {
      context.fail(fmt::format("shape {}: must be extents, at most one of them -1",
                               shape_text(context.integers(1))));
    }
  }
  const int64_t count = context.count(in.shape);
  if (open != shape.end() && known > 0 && count % known == 0) {
    *open = count / known;
    known = count;
  }
  if (known != count || (open != shape.end() && *open < 0)) {
    context.fail(fmt::format("input {} does not fit shape {}", shape_text(in.shape),
                             shape_text(context.integers(1))));
  }
  context.set_output(0, std::move(shape), in.integers);
}

void lower_flatten(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const auto rank = static_cast<int64_t>(in.shape.size());
  int64_t axis = context.integer_attribute("axis", 1);
  if (axis < -rank || axis > rank) {
    context.fail(fmt::format("axis {}: must be {}..{}", axis, -rank, rank));
  }
  if (axis < 0) axis += rank;
  const auto middle = static_cast<size_t>(axis);
  const std::span<const int64_t> all{in.shape};
  const auto rows = checked_element_count(all.first(middle));
  const auto columns = checked_element_count(all.subspan(middle));
  if (!rows || !columns) context.fail(fmt::format("input {}: too large", shape_text(in.shape)));
  context.set_output(0, OnnxShape{*rows, *columns}, in.integers);
}

void lower_transpose(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  std::vector<int64_t> order(in.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = context.integers_attribute("perm").value_or(order);
  OnnxShape shape;
  std::vector<bool> is_used(in.shape.size(), false);
  for (const int64_t axis : order) {
    const size_t from = context.axis(axis, in.shape.size());
    if (is_used[from]) context.fail(fmt::format("perm {}: an axis twice", shape_text(order)));
    is_used[from] = true;
    shape.push_back(in.shape[from]);
  }
  if (shape.size() != in.shape.size()) {
    context.fail(fmt::format("perm {}: must have {} axes", shape_text(order), in.shape.size()));
  }
  const bool keeps_order = shape.size() <= 1;
  context.set_output(0, std::move(shape), keeps_order ? in.integers : std::nullopt);
}

void lower_squeeze(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const auto axes = context.integers_given("axes", 1);
  std::vector<bool> is_gone(in.shape.size(), false);
  for (size_t i = 0; i < in.shape.size(); ++i) is_gone[i] = !axes && in.shape[i] == 1;
  for (const int64_t axis : axes.value_or(std::vector<int64_t>{})) {
    const size_t i = context.axis(axis, in.shape.size());
    if (in.shape[i] != 1) {
      context.fail(fmt::format("axis {} of {}: must have extent 1", axis, shape_text(in.shape)));
    }
    is_gone[i] = true;
  }
  OnnxShape shape;
  for (size_t i = 0; i < in.shape.size(); ++i) {
    if (!is_gone[i]) shape.push_back(in.shape[i]);
  }
  context.set_output(0, std::move(shape), in.integers);
}

void lower_unsqueeze(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const auto axes = context.integers_given("axes", 1);
  if (!axes) context.fail("axes: are missing");
  const size_t rank = in.shape.size() + axes->size();
  if (rank > kMaxOnnxRank) context.fail(fmt::format("more than {} axes", kMaxOnnxRank));
  std::vector<bool> is_new(rank, false);
  for (const int64_t axis : *axes) {
    const size_t i = context.axis(axis, rank);
    if (is_new[i]) context.fail(fmt::format("axis {}: twice", axis));
    is_new[i] = true;
  }
  OnnxShape shape;
  auto old = in.shape.begin();
  for (size_t i = 0; i < rank; ++i) shape.push_back(is_new[i] ? 1 : *old++);
  context.set_output(0, std::move(shape), in.integers);
}

// Blocks of `size` by `size` pixels become channels, or the reverse.
void lower_depth_and_space(NodeContext& context, const OnnxOperator& op) {
  OnnxShape shape = context.shape(0);
  const int64_t block = context.integer_attribute("blocksize", 0);
  constexpr int64_t kMaxBlock = 1024;
  if (shape.size() != 4 || block < 1 || block > kMaxBlock) {
    context.fail(fmt::format("input {}, blocksize {}: must be [n, c, h, w] and 1..{}",
                             shape_text(shape), block, kMaxBlock));
  }
  const bool to_space = op.name == "DepthToSpace";
  const bool fits =
      context.count(shape) > 0 &&
      (to_space ? shape[1] % (block * block) == 0 : shape[2] % block == 0 && shape[3] % block == 0);
  if (!fits) context.fail(fmt::format("blocksize {}: must divide {}", block, shape_text(shape)));
  shape[1] = to_space ? shape[1] / (block * block) : shape[1] * block * block;
  for (const size_t axis : {2u, 3u}) {
    shape[axis] = to_space ? shape[axis] * block : shape[axis] / block;
  }
  context.set_output(0, std::move(shape));
}

constexpr std::array kOperators = {OnnxOperator{"Identity", lower_identity},
                                   OnnxOperator{"Dropout", lower_identity},
                                   OnnxOperator{"Cast", lower_cast},
                                   OnnxOperator{"Reshape", lower_reshape},
                                   OnnxOperator{"Flatten", lower_flatten},
                                   OnnxOperator{"Transpose", lower_transpose},
                                   OnnxOperator{"Squeeze", lower_squeeze},
                                   OnnxOperator{"Unsqueeze", lower_unsqueeze},
                                   OnnxOperator{"DepthToSpace", lower_depth_and_space},
                                   OnnxOperator{"SpaceToDepth", lower_depth_and_space}};

}  // namespace

std::span<const OnnxOperator> view_operators() { return kOperators; }

}  // namespace olivine
