// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/checkpoint/onnx/node_context.h"

namespace olivine {

// How a filter or a pool moves along one axis.
struct OnnxWindow {
  int64_t in = 0;
  int64_t filter = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0, pad_end = 0;
  int64_t out = 0;
};

// Windows along the axes of an input of shape [n, c, axes ...] from the attributes strides,
// dilations, pads, auto_pad and ceil_mode. Fails: extents that do not fit.
// Contract: as many filter extents as axes.
[[nodiscard]] std::vector<OnnxWindow> read_windows(const NodeContext& context,
                                                   const OnnxShape& shape,
                                                   const std::vector<int64_t>& filter);

}  // namespace olivine
