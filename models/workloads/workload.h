// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/base/enum_names.h"
#include "models/base/gemm_shape.h"

namespace olivine {

// Linear: weights times activations. Attention: QK^T and PV. Head: language-model or classifier
// output layer that the papers do not quantize. Vector: softmax, norm, activation on the vector
// unit; no MACs.
enum class LayerKind : uint8_t { Linear, Attention, Head, Conv2d, DepthwiseConv2d, Vector };

inline constexpr std::array kLayerKindNames = {
    EnumName<LayerKind>{LayerKind::Linear, "linear"},
    EnumName<LayerKind>{LayerKind::Attention, "attention"},
    EnumName<LayerKind>{LayerKind::Head, "head"},
    EnumName<LayerKind>{LayerKind::Conv2d, "conv2d"},
    EnumName<LayerKind>{LayerKind::DepthwiseConv2d, "depthwise_conv2d"},
    EnumName<LayerKind>{LayerKind::Vector, "vector"}};

// A convolution: ifmap n x h x w x c (channels last), `filters` filters of r x s x c, output
// n x p x q x filters. Rows of the padded ifmap beyond the end read 0.
struct ConvShape {
  int64_t n = 1, h = 0, w = 0, c = 0;
  int64_t r = 0, s = 0, filters = 0;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;  // on each side
  int64_t p = 0, q = 0;          // output extents

  bool operator==(const ConvShape&) const = default;
};

// The GEMM a convolution is lowered to by addressing: m = n*p*q, n = filters, k = r*s*c (channel
// fastest). Depthwise: batch = c GEMMs of m = n*p*q, n = 1, k = r*s.
[[nodiscard]] GemmShape lower_conv(const ConvShape& conv);
[[nodiscard]] GemmShape lower_depthwise(const ConvShape& conv);

struct Layer {
  std::string name;
  LayerKind kind = LayerKind::Linear;
  GemmShape gemm;                 // every kind but Vector
  std::optional<ConvShape> conv;  // Conv2d, DepthwiseConv2d
  int64_t vector_elems = 0;       // Vector only: elements ...
  int64_t vector_ops = 0;         // ... and operations an element
};

struct Workload {
  std::string name;
  std::string description;
  std::string source;
  std::map<std::string, int64_t> params;  // resolved: {"batch": 64, "seq": 128}
  std::vector<Layer> layers;              // repeated blocks expanded: "encoder.0.query"
};

}  // namespace olivine
