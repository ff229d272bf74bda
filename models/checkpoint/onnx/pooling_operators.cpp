// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Pools and reductions: operations are counted on what they read.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "models/base/gemm_shape.h"
#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/onnx/vector_ops.h"
#include "models/checkpoint/onnx/window.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

constexpr size_t kFirstAxis = 2;  // after n and c

void check_spatial(const NodeContext& context, const OnnxShape& shape) {
  if (shape.size() > kFirstAxis) return;
  context.fail(fmt::format("input {}: must be [n, c, axes ...]", shape_text(shape)));
}

// One operation for every element of a window.
void lower_pool(NodeContext& context, const OnnxOperator&) {
  const OnnxShape& shape = context.shape(0);
  check_spatial(context, shape);
  const auto kernel = context.integers_attribute("kernel_shape");
  if (!kernel || kernel->size() != shape.size() - kFirstAxis) {
    context.fail(fmt::format("kernel_shape: must have {} extents", shape.size() - kFirstAxis));
  }
  const auto ops = checked_element_count(*kernel);
  if (!ops || *ops > kMaxVectorOps) {
    context.fail(fmt::format("kernel_shape {}: must be at most {} elements", shape_text(*kernel),
                             kMaxVectorOps));
  }
  OnnxShape out = {shape[0], shape[1]};
  for (const OnnxWindow& window : read_windows(context, shape, *kernel)) out.push_back(window.out);
  const auto count = checked_element_count(out);
  if (!count) context.fail("more elements than 63 bits count");
  context.add_vector(*count, *ops);
  context.set_output(0, out);
}

void lower_global_pool(NodeContext& context, const OnnxOperator& op) {
  OnnxShape shape = context.shape(0);
  check_spatial(context, shape);
  context.add_vector(context.count(shape), op.ops);
  std::fill(shape.begin() + kFirstAxis, shape.end(), 1);
  context.set_output(0, std::move(shape));
}

// The shape that is left when `axes` are reduced; all of them where none is named.
OnnxShape reduced(const NodeContext& context, const OnnxShape& shape,
                  const std::vector<int64_t>& axes) {
  std::set<size_t> gone;
  for (const int64_t axis : axes) gone.insert(context.axis(axis, shape.size()));
  const bool keeps = context.integer_attribute("keepdims", 1) != 0;
  OnnxShape out;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool is_gone = axes.empty() || gone.contains(i);
    if (!is_gone || keeps) out.push_back(is_gone ? 1 : shape[i]);
  }
  return out;
}

void lower_reduction(NodeContext& context, const OnnxOperator& op) {
  const OnnxValue& in = context.input(0);
  const auto axes = context.integers_given("axes", 1).value_or(std::vector<int64_t>{});
  if (axes.empty() && context.integer_attribute("noop_with_empty_axes", 0) != 0) {
    context.set_output(0, in.shape, in.integers);
    return;
  }
  context.add_vector(context.count(in.shape), op.ops);
  OnnxShape out = reduced(context, in.shape, axes);
  std::optional<std::vector<int64_t>> total;
  if (op.fold != nullptr && in.integers && !in.integers->empty() && context.count(out) == 1) {
    std::optional<int64_t> value = in.integers->front();
    for (size_t i = 1; i < in.integers->size() && value; ++i) {
      value = op.fold(*value, (*in.integers)[i]);
    }
    if (value) total = {*value};
  }
  context.set_output(0, std::move(out), std::move(total));
}

void lower_arg_reduction(NodeContext& context, const OnnxOperator& op) {
  const OnnxShape& shape = context.shape(0);
  context.add_vector(context.count(shape), op.ops);
  context.set_output(0, reduced(context, shape, {context.integer_attribute("axis", 0)}));
}

// Running sums along one axis.
void lower_cumulative_sum(NodeContext& context, const OnnxOperator& op) {
  context.add_vector(context.count(context.shape(0)), op.ops);
  context.set_output(0, context.shape(0));
}

std::optional<int64_t> multiply(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}
std::optional<int64_t> add(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

constexpr std::array kOperators = {
    OnnxOperator{"MaxPool", lower_pool},
    OnnxOperator{"AveragePool", lower_pool},
    OnnxOperator{"GlobalMaxPool", lower_global_pool, 1},
    OnnxOperator{"GlobalAveragePool", lower_global_pool, 1},
    OnnxOperator{"ReduceSum", lower_reduction, 1, add},
    OnnxOperator{"ReduceProd", lower_reduction, 1, multiply},
    OnnxOperator{"ReduceMean", lower_reduction, 1},
    OnnxOperator{"ReduceMax", lower_reduction, 1},
    OnnxOperator{"ReduceMin", lower_reduction, 1},
    OnnxOperator{"ReduceL1", lower_reduction, 2},         // absolute value, add
    OnnxOperator{"ReduceL2", lower_reduction, 2},         // square, add
    OnnxOperator{"ReduceSumSquare", lower_reduction, 2},  // the same
    OnnxOperator{"ReduceLogSumExp", lower_reduction, 2},  // exp, add
    OnnxOperator{"ArgMax", lower_arg_reduction, 1},
    OnnxOperator{"ArgMin", lower_arg_reduction, 1},
    OnnxOperator{"CumSum", lower_cumulative_sum, 1}};

}  // namespace

std::span<const OnnxOperator> pooling_operators() { return kOperators; }

}  // namespace olivine
