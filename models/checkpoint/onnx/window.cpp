// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/window.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/gemm_shape.h"
#include "models/base/units.h"

namespace olivine {
namespace {

constexpr size_t kFirstAxis = 2;  // after n and c

// The attribute with one number an axis, each within low..kMaxExtent.
std::vector<int64_t> numbers(const NodeContext& context, std::string_view attribute, size_t count,
                             int64_t low) {
  std::vector<int64_t> values =
      context.integers_attribute(attribute).value_or(std::vector<int64_t>(count, low));
  if (values.size() != count) {
    context.fail(fmt::format("{}: {} numbers: must be {}", attribute, values.size(), count));
  }
  for (const int64_t value : values) {
    if (value < low || value > kMaxExtent) {
      context.fail(fmt::format("{}: {}: must be {}..{}", attribute, value, low, kMaxExtent));
    }
  }
  return values;
}

// Extent of the filter with the gaps between its elements. At most 2^62: both are at most 2^31.
int64_t reach(const OnnxWindow& window) { return (window.filter - 1) * window.dilation + 1; }

// As many outputs as ceil(in / stride), padding spread evenly, the odd one at `auto_pad`'s side.
void pad_same(const NodeContext& context, OnnxWindow& window, bool is_upper) {
  window.out = ceil_div(window.in, window.stride);
  const int64_t total =
      std::max<int64_t>((window.out - 1) * window.stride + reach(window) - window.in, 0);
  if (total > kMaxExtent) context.fail(fmt::format("padding of {}: too much", total));
  window.pad_begin = is_upper ? total / 2 : total - total / 2;
  window.pad_end = total - window.pad_begin;
}

void count_outputs(const NodeContext& context, OnnxWindow& window, bool is_ceil) {
  const int64_t room = window.in + window.pad_begin + window.pad_end - reach(window);
  if (room < 0) {
    context.fail(fmt::format("filter extent {}: must be at most the padded input's {}",
                             reach(window), window.in + window.pad_begin + window.pad_end));
  }
  window.out = (is_ceil ? ceil_div(room, window.stride) : room / window.stride) + 1;
  // A window that begins in the padding after the input has nothing in it (ONNX, MaxPool).
  if (is_ceil && (window.out - 1) * window.stride >= window.in + window.pad_begin) --window.out;
}

}  // namespace

std::vector<OnnxWindow> read_windows(const NodeContext& context, const OnnxShape& shape,
                                     const std::vector<int64_t>& filter) {
  const size_t axes = filter.size();
  const std::vector<int64_t> strides = numbers(context, "strides", axes, 1);
  const std::vector<int64_t> dilations = numbers(context, "dilations", axes, 1);
  const std::vector<int64_t> pads = numbers(context, "pads", 2 * axes, 0);
  const std::string_view padding = context.text_attribute("auto_pad", "NOTSET");
  const bool is_upper = padding == "SAME_UPPER";
  if (!is_upper && padding != "SAME_LOWER" && padding != "VALID" && padding != "NOTSET") {
    context.fail(fmt::format("auto_pad = {}: must be NOTSET|VALID|SAME_UPPER|SAME_LOWER", padding));
  }
  const bool is_ceil = context.integer_attribute("ceil_mode", 0) != 0;
  std::vector<OnnxWindow> windows;
  for (size_t i = 0; i < axes; ++i) {
    OnnxWindow window{shape[kFirstAxis + i], filter[i], strides[i], dilations[i], 0, 0, 0};
    for (const int64_t extent : {window.in, window.filter}) {
      if (extent < 1 || extent > kMaxExtent) {
        context.fail(fmt::format("extent {}: must be 1..{}", extent, kMaxExtent));
      }
    }
    if (padding.starts_with("SAME")) {
      pad_same(context, window, is_upper);
    } else {
      if (padding == "NOTSET") {
        window.pad_begin = pads[i];
        window.pad_end = pads[axes + i];
      }
      count_outputs(context, window, is_ceil);
    }
    windows.push_back(window);
  }
  return windows;
}

}  // namespace olivine
