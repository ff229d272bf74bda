// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Operators that take parts of values, join or repeat them. They move data but compute nothing, and
// are no work (embedding look-ups among them).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "models/base/gemm_shape.h"
#include "models/base/units.h"
#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

using Integers = std::optional<std::vector<int64_t>>;

void lower_concat(NodeContext& context, const OnnxOperator&) {
  OnnxShape shape = context.shape(0);
  const size_t axis = context.axis(context.integer_attribute("axis", 0), shape.size());
  Integers integers = context.input(0).integers;
  for (size_t i = 1; i < context.input_count(); ++i) {
    const OnnxValue& other = context.input(i);
    OnnxShape expected = shape;
    if (other.shape.size() == shape.size()) expected[axis] = other.shape[axis];
    if (expected != other.shape) {
      context.fail(fmt::format("shapes {} and {}: must differ in axis {} only", shape_text(shape),
                               shape_text(other.shape), axis));
    }
    if (__builtin_add_overflow(shape[axis], other.shape[axis], &shape[axis])) {
      context.fail("the joined extent is beyond 63 bits");
    }
    const bool is_known = integers && other.integers && shape.size() == 1;
    if (is_known) integers->insert(integers->end(), other.integers->begin(), other.integers->end());
    if (!is_known) integers.reset();
  }
  context.set_output(0, std::move(shape), std::move(integers));
}

// The sizes of the parts: given, or equal but for a smaller last one.
std::vector<int64_t> part_sizes(const NodeContext& context, int64_t extent) {
  if (auto sizes = context.integers_given("split", 1)) return std::move(*sizes);
  const auto outputs = static_cast<int64_t>(context.node().outputs.size());
  const int64_t count = context.integer_attribute("num_outputs", outputs);
  if (count < 1 || count != outputs) {
    context.fail(fmt::format("num_outputs = {}: must be {}", count, outputs));
  }
  const int64_t part = ceil_div(extent, count);
  std::vector<int64_t> sizes;
  for (int64_t left = extent; static_cast<int64_t>(sizes.size()) < count; left -= sizes.back()) {
    sizes.push_back(std::min(part, left));
  }
  return sizes;
}

void lower_split(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const size_t axis = context.axis(context.integer_attribute("axis", 0), in.shape.size());
  const std::vector<int64_t> sizes = part_sizes(context, in.shape[axis]);
  int64_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0 || sizes[i] > in.shape[axis] - begin) {
      context.fail(fmt::format("split {}: must add up to {}", shape_text(sizes), in.shape[axis]));
    }
    OnnxShape shape = in.shape;
    shape[axis] = sizes[i];
    Integers part;
    if (in.integers && in.shape.size() == 1) {
      const auto first = in.integers->begin() + begin;
      part.emplace(first, first + sizes[i]);
    }
    context.set_output(i, std::move(shape), std::move(part));
    begin += sizes[i];
  }
  if (begin != in.shape[axis]) {
    context.fail(fmt::format("split {}: must add up to {}", shape_text(sizes), in.shape[axis]));
  }
}

// One axis of a slice, as NumPy clamps it.
struct Range {
  int64_t begin = 0;
  int64_t step = 1;
  int64_t count = 0;
};

Range clamp_range(int64_t extent, int64_t begin, int64_t end, int64_t step) {
  const auto from_end = [&](int64_t place) { return place < 0 ? place + extent : place; };
  Range range{0, step, 0};
  if (step > 0) {
    range.begin = std::clamp<int64_t>(from_end(begin), 0, extent);
    const int64_t last = std::clamp<int64_t>(from_end(end), 0, extent);
    range.count = range.begin < last ? (last - range.begin - 1) / step + 1 : 0;
  } else if (extent > 0) {
    range.begin = std::clamp<int64_t>(from_end(begin), 0, extent - 1);
    const int64_t last = std::clamp<int64_t>(from_end(end), -1, extent - 1);
    // -(step + 1) + 1 cannot overflow where -step does.
    const auto stride = static_cast<uint64_t>(-(step + 1)) + 1;
    const auto distance = static_cast<uint64_t>(std::max<int64_t>(range.begin - last, 0));
    range.count = static_cast<int64_t>(distance / stride + (distance % stride != 0 ? 1 : 0));
  }
  return range;
}

void lower_slice(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const auto starts = context.integers_given("starts", 1);
  const auto ends = context.integers_given("ends", 2);
  if (!starts || !ends) context.fail("starts and ends: are missing");
  std::vector<int64_t> axes(starts->size());
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
  axes = context.integers_given("axes", 3).value_or(axes);
  std::vector<int64_t> steps(starts->size(), 1);
  if (context.has_input(4)) steps = context.integers(4);
  if (ends->size() != starts->size() || axes.size() != starts->size() ||
      steps.size() != starts->size()) {
    context.fail("starts, ends, axes and steps: must be of one length");
  }
  OnnxShape shape = in.shape;
  Integers integers = in.shape.size() == 1 ? in.integers : std::nullopt;
  std::set<size_t> seen;
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t axis = context.axis(axes[i], in.shape.size());
    if (steps[i] == 0 || !seen.insert(axis).second) context.fail("a step of 0 or an axis twice");
    const Range range = clamp_range(in.shape[axis], (*starts)[i], (*ends)[i], steps[i]);
    shape[axis] = range.count;
    if (!integers) continue;
    std::vector<int64_t> kept;
    for (int64_t j = 0; j < range.count; ++j) {
      kept.push_back((*in.integers)[static_cast<size_t>(range.begin + j * range.step)]);
    }
    integers = std::move(kept);
  }
  context.set_output(0, std::move(shape), std::move(integers));
}

void lower_gather(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const OnnxValue& indices = context.input(1);
  const size_t axis = context.axis(context.integer_attribute("axis", 0), in.shape.size());
  OnnxShape shape(in.shape.begin(), in.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), in.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1,
               in.shape.end());
  Integers integers;
  if (in.integers && indices.integers && in.shape.size() == 1) {
    integers.emplace();
    for (const int64_t index : *indices.integers) {
      integers->push_back((*in.integers)[context.axis(index, in.integers->size())]);
    }
  }
  context.set_output(0, std::move(shape), std::move(integers));
}

void lower_gather_elements(NodeContext& context, const OnnxOperator&) {
  if (context.shape(0).size() != context.shape(1).size()) {
    context.fail("data and indices: must have the same rank");
  }
  context.set_output(0, context.shape(1));
}

void lower_expand(NodeContext& context, const OnnxOperator&) {
  const OnnxValue& in = context.input(0);
  const OnnxShape shape = context.broadcast(in.shape, context.integers(1));
  Integers integers;
  if (in.integers && context.count(shape) <= kMaxFoldedElements) {
    integers.emplace();
    for (size_t i = 0; i < static_cast<size_t>(context.count(shape)); ++i) {
      integers->push_back((*in.integers)[broadcast_position(in.shape, shape, i)]);
    }
  }
  context.set_output(0, shape, std::move(integers));
}

void lower_tile(NodeContext& context, const OnnxOperator&) {
  OnnxShape shape = context.shape(0);
  const std::vector<int64_t>& repeats = context.integers(1);
  if (repeats.size() != shape.size()) {
    context.fail(fmt::format("{} repeats: must be {}", repeats.size(), shape.size()));
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0 || __builtin_mul_overflow(shape[i], repeats[i], &shape[i])) {
      context.fail(
          fmt::format("repeats {}: must not be negative, nor too large", shape_text(repeats)));
    }
  }
  context.set_output(0, std::move(shape));
}

void lower_pad(NodeContext& context, const OnnxOperator&) {
  OnnxShape shape = context.shape(0);
  const auto pads = context.integers_given("pads", 1);
  std::vector<int64_t> axes(shape.size());
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
  if (context.has_input(3)) axes = context.integers(3);
  if (!pads || pads->size() != 2 * axes.size()) {
    context.fail(fmt::format("pads: must be {} numbers", 2 * axes.size()));
  }
  for (size_t i = 0; i < 2 * axes.size(); ++i) {
    int64_t& extent = shape[context.axis(axes[i % axes.size()], shape.size())];
    if (__builtin_add_overflow(extent, (*pads)[i], &extent) || extent < 0) {
      context.fail(
          fmt::format("pads {}: do not fit {}", shape_text(*pads), shape_text(context.shape(0))));
    }
  }
  context.set_output(0, std::move(shape));
}

// The extents of Resize: given, or scaled and rounded down.
OnnxShape resized(const NodeContext& context, const OnnxShape& in) {
  constexpr size_t kSizes = 3;
  const size_t scales_input = context.opset() < 11 ? 1 : 2;
  if (context.has_input(kSizes)) return context.integers(kSizes);
  const std::vector<float> scales = context.floats(scales_input);
  if (scales.size() != in.size()) {
    context.fail(fmt::format("{} scales: must be {}", scales.size(), in.size()));
  }
  OnnxShape shape;
  for (size_t i = 0; i < in.size(); ++i) {
    const double extent = std::floor(static_cast<double>(in[i]) * static_cast<double>(scales[i]));
    if (!(extent >= 1 && extent <= static_cast<double>(kMaxExtent))) {
      context.fail(
          fmt::format("scale {} of extent {}: must give 1..{}", scales[i], in[i], kMaxExtent));
    }
    shape.push_back(static_cast<int64_t>(extent));
  }
  return shape;
}

// The nearest element is moved, no work; a linear mean of two an axis is three operations an axis
// (two products, a sum).
void lower_resize(NodeContext& context, const OnnxOperator& op) {
  const OnnxShape& in = context.shape(0);
  for (const std::string_view attribute : {"axes", "keep_aspect_ratio_policy"}) {
    if (context.node().find(attribute) != nullptr) {
      context.fail(fmt::format("attribute {}: not supported", attribute));
    }
  }
  const std::string_view mode = context.text_attribute("mode", "nearest");
  if (mode != "nearest" && mode != "linear") {
    context.fail(fmt::format("mode = {}: must be nearest|linear", mode));
  }
  OnnxShape shape = resized(context, in);
  if (shape.size() != in.size()) {
    context.fail(fmt::format("{} sizes: must be {}", shape.size(), in.size()));
  }
  int64_t scaled_axes = 0;
  for (size_t i = 0; i < in.size(); ++i) scaled_axes += shape[i] != in[i] ? 1 : 0;
  if (mode == "linear" && scaled_axes > 0) {
    context.add_vector(context.count(shape), op.ops * scaled_axes);
  }
  context.set_output(0, std::move(shape));
}

void lower_triangle(NodeContext& context, const OnnxOperator&) {
  context.set_output(0, context.shape(0));
}

constexpr std::array kOperators = {OnnxOperator{"Concat", lower_concat},
                                   OnnxOperator{"Split", lower_split},
                                   OnnxOperator{"Slice", lower_slice},
                                   OnnxOperator{"Gather", lower_gather},
                                   OnnxOperator{"GatherElements", lower_gather_elements},
                                   OnnxOperator{"Expand", lower_expand},
                                   OnnxOperator{"Tile", lower_tile},
                                   OnnxOperator{"Pad", lower_pad},
                                   OnnxOperator{"Resize", lower_resize, 3},
                                   OnnxOperator{"Trilu", lower_triangle}};

}  // namespace

std::span<const OnnxOperator> selection_operators() { return kOperators; }

}  // namespace olivine
