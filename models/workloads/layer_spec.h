// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/base/config_table.h"
#include "models/base/error.h"
#include "models/base/yaml_file.h"
#include "models/workloads/expression.h"
#include "models/workloads/workload.h"

namespace olivine {

// Vector work of one layer: elems * ops stays within kMaxLayerMacs.
inline constexpr int64_t kMaxVectorOps = 1024;
inline constexpr int64_t kMaxVectorElems = kMaxLayerMacs / kMaxVectorOps;

// Operations an element of common vector layers, usable by name in every workload file
// (`ops: softmax_ops`). A transcendental function counts as one operation.
struct VectorOp {
  std::string_view name;
  int64_t ops;
};
inline constexpr std::array kVectorOps = {
    VectorOp{"add_ops", 1},        // residual connection
    VectorOp{"relu_ops", 1},       // max
    VectorOp{"gelu_ops", 8},       // 0.5x(1 + tanh(a(x + bx^3))): 5 mul, 2 add, 1 tanh
    VectorOp{"silu_ops", 4},       // x / (1 + exp(-x)): negate, exp, add, divide
    VectorOp{"softmax_ops", 6},    // scale, max, subtract, exp, sum, multiply
    VectorOp{"layernorm_ops", 7},  // sum, subtract, square, sum, multiply, scale, shift
    VectorOp{"rmsnorm_ops", 4},    // square, sum, multiply, scale
    VectorOp{"rope_ops", 3},       // two products and a sum (rotary position embedding)
};

// One entry of a block's `layers`, as written. Extents are expressions in the file and numbers
// here. conv.p and conv.q are computed, never written.
struct LayerSpec {
  std::string name;
  LayerKind kind = LayerKind::Linear;
  GemmShape gemm;
  ConvShape conv;
  int64_t stride = 1;  // both directions
  int64_t pad = 0;
  int64_t vector_elems = 0;
  int64_t vector_ops = 0;
};

// The one table of layer keys (docs/config.md).
[[nodiscard]] const ConfigTable<LayerSpec>& layer_table();

// Reads one layer. Nothing when it has problems; each carries file:line.
[[nodiscard]] std::optional<Layer> read_layer(const YamlNode& node, const NamedValues& names,
                                              Problems& problems);

// True for 1..64 letters, digits, '_', '-' and '.'.
[[nodiscard]] bool is_plain_name(std::string_view text);
inline constexpr std::string_view kPlainNameRule = "1..64 letters, digits, '_', '-' or '.'";

// "unknown key" problems for the entries of `map` that are not in `known`.
void check_keys(const YamlNode& map, std::span<const std::string> known, Problems& problems);

}  // namespace olivine
