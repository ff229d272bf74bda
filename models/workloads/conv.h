// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/workloads/workload.h"

namespace olivine {

// What is wrong with an extent or a product of extents, one line each ("k = 0: must be
// 1..2147483648"); empty when the shape is one the models accept.
[[nodiscard]] std::vector<std::string> shape_problems(const GemmShape& gemm);
// The same for a convolution and the GEMM it lowers to. Contract: kind is Conv2d or
// DepthwiseConv2d; a depthwise convolution has filters = c.
[[nodiscard]] std::vector<std::string> shape_problems(const ConvShape& conv, LayerKind kind);

// Windows along one axis of padded extent `in`, without the part of a window beyond the end
// (floor; PyTorch, ONNX) or with it (ceil; SCALE-Sim, where the overhang reads 0).
// Contract: 1 <= filter <= in, stride >= 1.
[[nodiscard]] int64_t output_extent_floor(int64_t in, int64_t filter, int64_t stride);
[[nodiscard]] int64_t output_extent_ceil(int64_t in, int64_t filter, int64_t stride);

// Where the A operand of a lowered convolution lies in the ifmap, so that no im2col matrix is ever
// stored: A[m,k] is ifmap[n, y, x, ch] (channels last) or 0 where the window covers padding.
// m counts (n, p, q), q fastest; k counts (r, s, c), c fastest. Depthwise: GEMM `batch` is the
// channel and k counts (r, s). The ofmap row m is contiguous in either case: element (m, filter)
// of a convolution is ofmap[m * filters + filter], of a depthwise one ofmap[m * c + batch].
class ConvAddressing {
 public:
  // Contract: shape_problems(conv, kind) is empty.
  ConvAddressing(const ConvShape& conv, LayerKind kind);

  [[nodiscard]] const GemmShape& gemm() const { return gemm_; }
  [[nodiscard]] int64_t channels() const { return conv_.c; }

  // Element offset into the ifmap; nothing for padding.
  // Contract: m, k and batch are inside gemm().
  [[nodiscard]] std::optional<int64_t> ifmap_offset(int64_t m, int64_t k, int64_t batch = 0) const;

 private:
  ConvShape conv_;
  GemmShape gemm_;
  bool is_depthwise_;
};

}  // namespace olivine
