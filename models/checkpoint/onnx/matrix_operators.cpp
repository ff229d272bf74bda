// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Products: MatMul and Gemm become GEMM layers, Conv convolution layers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/onnx/window.h"
#include "models/checkpoint/tensor_shape.h"
#include "models/workloads/conv.h"

namespace olivine {
namespace {

// The product of extents, or a failure where it is more than a layer's extent may be. At least
// that: shapes of values are bounded, so partial products fit.
int64_t product(const NodeContext& context, std::span<const int64_t> extents) {
  const auto count = checked_element_count(extents);
  if (!count || *count > kMaxExtent) {
    context.fail(
        fmt::format("product of extents {}: must be at most {}", shape_text(extents), kMaxExtent));
  }
  return *count;
}

// `axis` counts the layer's outputs: columns of a product, channels of a convolution.
void set_product(NodeContext& context, OnnxShape shape, size_t axis) {
  context.set_output(0, OnnxValue{std::move(shape), context.is_constant(), axis, {}, nullptr});
}

// Operands of MatMul as stacks of matrices.
struct MatrixStack {
  std::span<const int64_t> batch;
  int64_t rows = 0;
  int64_t columns = 0;
};

MatrixStack stack_of(const OnnxShape& shape) {
  const std::span<const int64_t> all{shape};
  return {all.first(all.size() - 2), shape[shape.size() - 2], shape.back()};
}

bool is_single(std::span<const int64_t> batch) {
  return std::all_of(batch.begin(), batch.end(), [](int64_t extent) { return extent == 1; });
}

// The GEMM of A[batch.., rows, k] * B[batch.., k, columns]. Weights that are one matrix meet the
// rows of all matrices of the stack; with the weights on the left the product is transposed.
void add_product(NodeContext& context, const MatrixStack& a, const MatrixStack& b,
                 std::span<const int64_t> batch) {
  const int64_t count = product(context, batch);
  const bool has_weights = context.input(1).is_constant;
  const bool has_left_weights = context.input(0).is_constant;
  const LayerKind kind = has_weights || has_left_weights ? LayerKind::Linear : LayerKind::Attention;
  if (has_weights && is_single(b.batch)) {
    const std::array rows = {count, a.rows};
    context.add_gemm(kind, {product(context, rows), b.columns, a.columns, 1});
  } else if (has_left_weights && is_single(a.batch)) {
    const std::array rows = {count, b.columns};
    context.add_gemm(kind, {product(context, rows), a.rows, a.columns, 1});
  } else if (has_left_weights) {
    context.add_gemm(kind, {b.columns, a.rows, a.columns, count});
  } else {
    context.add_gemm(kind, {a.rows, b.columns, a.columns, count});
  }
}

void lower_matmul(NodeContext& context, const OnnxOperator&) {
  OnnxShape a = context.shape(0);
  OnnxShape b = context.shape(1);
  if (a.empty() || b.empty()) context.fail("an operand is a scalar");
  const bool is_row = a.size() == 1;
  const bool is_column = b.size() == 1;
  if (is_row) a.insert(a.begin(), 1);
  if (is_column) b.push_back(1);
  const MatrixStack left = stack_of(a);
  const MatrixStack right = stack_of(b);
  if (left.columns != right.rows) {
    context.fail(
        fmt::format("shapes {} and {}: inner extents differ", shape_text(a), shape_text(b)));
  }
  OnnxShape shape = context.broadcast({left.batch.begin(), left.batch.end()},
                                      {right.batch.begin(), right.batch.end()});
  add_product(context, left, right, shape);
  if (!is_row) shape.push_back(left.rows);
  if (!is_column) shape.push_back(right.columns);
  const size_t last = shape.empty() ? 0 : shape.size() - 1;
  set_product(context, std::move(shape), last);
}

void lower_gemm(NodeContext& context, const OnnxOperator&) {
  OnnxShape a = context.shape(0);
  OnnxShape b = context.shape(1);
  if (a.size() != 2 || b.size() != 2) {
    context.fail(fmt::format("shapes {} and {}: must be matrices", shape_text(a), shape_text(b)));
  }
  if (context.integer_attribute("transA", 0) != 0) std::swap(a[0], a[1]);
  if (context.integer_attribute("transB", 0) != 0) std::swap(b[0], b[1]);
  if (a[1] != b[0]) {
    context.fail(
        fmt::format("shapes {} and {}: inner extents differ", shape_text(a), shape_text(b)));
  }
  add_product(context, stack_of(a), stack_of(b), {});
  const OnnxShape shape = {a[0], b[1]};
  if (context.has_input(2)) {
    if (context.broadcast(shape, context.shape(2)) != shape) {
      context.fail(fmt::format("shape {} of C: must fit {}", shape_text(context.shape(2)),
                               shape_text(shape)));
    }
    // A constant C is the layer's bias, which is no work of its own.
    if (!context.input(2).is_constant) context.add_vector(context.count(shape), 1, "add");
  }
  set_product(context, shape, 1);
}

// The kind of a convolution by its groups. A channel of filters is as wide as a group.
LayerKind kind_of(const NodeContext& context, int64_t channels, int64_t filters,
                  int64_t filter_channels) {
  const int64_t groups = context.integer_attribute("group", 1);
  if (groups < 1 || channels % groups != 0 || filter_channels != channels / groups) {
    context.fail(fmt::format("group = {}: {} channels do not fit filters of {}", groups, channels,
                             filter_channels));
  }
  if (groups == 1) return LayerKind::Conv2d;
  if (groups != channels) {
    context.fail(
        fmt::format("group = {}: must be 1, or {} (depthwise): models have no other "
                    "grouped convolutions",
                    groups, channels));
  }
  if (filters != channels) {
    context.fail(
        fmt::format("{} filters in {} groups: must be one a group: models have no other "
                    "depthwise convolutions",
                    filters, groups));
  }
  return LayerKind::DepthwiseConv2d;
}

// Padding of a layer is the same on both sides. A side that no window reaches, or whose zeros the
// last window reads anyway, does not matter: shape_problems() compares the outputs.
ConvShape conv_shape(const NodeContext& context, const OnnxShape& shape, const OnnxShape& filter,
                     const std::vector<OnnxWindow>& windows) {
  for (const OnnxWindow& window : windows) {
    if (window.dilation != 1 && window.filter != 1) {
      context.fail(fmt::format("dilation {}: must be 1", window.dilation));
    }
    const int64_t padded = window.in + 2 * window.pad_begin;
    const bool is_alike =
        padded >= window.filter &&
        (window.out == output_extent_floor(padded, window.filter, window.stride) ||
         window.out == output_extent_ceil(padded, window.filter, window.stride));
    if (!is_alike) {
      context.fail(fmt::format("pads {} and {} of one axis: models pad both sides alike",
                               window.pad_begin, window.pad_end));
    }
  }
  const OnnxWindow row{1, 1, 1, 1, 0, 0, 1};
  const OnnxWindow& high = windows.size() == 2 ? windows[0] : row;
  const OnnxWindow& wide = windows.back();
  ConvShape conv;
  conv.n = shape[0];
  conv.c = shape[1];
  conv.filters = filter[0];
  conv.h = high.in;
  conv.r = high.filter;
  conv.stride_h = high.stride;
  conv.pad_h = high.pad_begin;
  conv.p = high.out;
  conv.w = wide.in;
  conv.s = wide.filter;
  conv.stride_w = wide.stride;
  conv.pad_w = wide.pad_begin;
  conv.q = wide.out;
  return conv;
}

void lower_conv_node(NodeContext& context, const OnnxOperator&) {
  const OnnxShape& shape = context.shape(0);
  const OnnxShape& filter = context.shape(1);
  const bool is_known_rank = shape.size() == 3 || shape.size() == 4;
  if (!is_known_rank || filter.size() != shape.size()) {
    context.fail(fmt::format("input {} and filters {}: must have one or two axes",
                             shape_text(shape), shape_text(filter)));
  }
  if (!context.input(1).is_constant) context.fail("filters must be constant");
  const std::vector<int64_t> extents(filter.begin() + 2, filter.end());
  if (context.integers_attribute("kernel_shape").value_or(extents) != extents) {
    context.fail(fmt::format("kernel_shape: must be that of the filters, {}", shape_text(extents)));
  }
  const LayerKind kind = kind_of(context, shape[1], filter[0], filter[1]);
  const std::vector<OnnxWindow> windows = read_windows(context, shape, extents);
  context.add_conv(kind, conv_shape(context, shape, filter, windows));
  OnnxShape out = {shape[0], filter[0]};
  for (const OnnxWindow& window : windows) out.push_back(window.out);
  set_product(context, std::move(out), 1);
}

constexpr std::array kOperators = {OnnxOperator{"MatMul", lower_matmul},
                                   OnnxOperator{"Gemm", lower_gemm},
                                   OnnxOperator{"Conv", lower_conv_node}};

}  // namespace

std::span<const OnnxOperator> matrix_operators() { return kOperators; }

}  // namespace olivine
