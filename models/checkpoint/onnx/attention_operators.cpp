// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Attention that ONNX Runtime has fused into one node: the layers are those of the plain subgraph.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "models/base/gemm_shape.h"
#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/onnx/vector_ops.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

constexpr size_t kScoresToAdd = 5;  // input of both operators
constexpr int64_t kAddOps = vector_ops("add_ops");
constexpr int64_t kSoftmaxOps = vector_ops("softmax_ops");

struct AttentionShape {
  int64_t images = 0;  // of the batch
  int64_t heads = 0;
  int64_t queries = 0;
  int64_t keys = 0;
  int64_t key_extent = 0;    // of all heads
  int64_t value_extent = 0;  // of all heads
};

int64_t head_count(const NodeContext& context) {
  const int64_t heads = context.integer_attribute("num_heads", 0);
  if (heads < 1 || heads > kMaxExtent) {
    context.fail(fmt::format("num_heads = {}: must be 1..{}", heads, kMaxExtent));
  }
  return heads;
}

void add_attention(NodeContext& context, const AttentionShape& shape) {
  if (shape.key_extent % shape.heads != 0 || shape.value_extent % shape.heads != 0) {
    context.fail(fmt::format("num_heads = {}: must divide {} and {}", shape.heads, shape.key_extent,
                             shape.value_extent));
  }
  const std::array stack = {shape.images, shape.heads};
  const std::array scores = {shape.images, shape.heads, shape.queries, shape.keys};
  const auto batch = checked_element_count(stack);
  const auto score_count = checked_element_count(scores);
  if (!batch || !score_count) context.fail("more scores than 63 bits count");
  const int64_t key = shape.key_extent / shape.heads;
  const int64_t value = shape.value_extent / shape.heads;
  context.add_gemm(LayerKind::Attention, {shape.queries, shape.keys, key, *batch}, "qk");
  if (context.has_input(kScoresToAdd)) context.add_vector(*score_count, kAddOps, "add");
  context.add_vector(*score_count, kSoftmaxOps, "softmax");
  context.add_gemm(LayerKind::Attention, {shape.queries, value, shape.keys, *batch}, "pv");
}

void refuse_input(const NodeContext& context, size_t i, std::string_view what) {
  if (context.has_input(i)) context.fail(fmt::format("input {} ({}): not supported", i, what));
}

// Inputs: [batch, tokens, in], weights [in, q + k + v], bias, mask, past, scores to add.
void lower_attention(NodeContext& context, const OnnxOperator&) {
  const OnnxShape& in = context.shape(0);
  const OnnxShape& weights = context.shape(1);
  if (in.size() != 3 || weights.size() != 2 || weights[0] != in[2]) {
    context.fail(fmt::format("input {} and weights {}: must be [batch, tokens, k] and [k, n]",
                             shape_text(in), shape_text(weights)));
  }
  if (!context.input(1).is_constant) context.fail("weights must be constant");
  refuse_input(context, 4, "past");
  const std::vector<int64_t> sizes = context.integers_attribute("qkv_hidden_sizes")
                                         .value_or(std::vector<int64_t>(3, weights[1] / 3));
  const auto is_extent = [](int64_t size) { return size >= 1 && size <= kMaxExtent; };
  if (sizes.size() != 3 || !std::all_of(sizes.begin(), sizes.end(), is_extent) ||
      sizes[0] != sizes[1] || sizes[0] + sizes[1] + sizes[2] != weights[1]) {
    context.fail(fmt::format("qkv_hidden_sizes {}: must be q, k = q and v that add up to {}",
                             shape_text(sizes), weights[1]));
  }
  const std::array tokens = {in[0], in[1]};
  const auto rows = checked_element_count(tokens);
  if (!rows) context.fail("more tokens than 63 bits count");
  context.add_gemm(LayerKind::Linear, {*rows, weights[1], weights[0], 1}, "qkv");
  const AttentionShape shape{in[0], head_count(context), in[1], in[1], sizes[0], sizes[2]};
  add_attention(context, shape);
  context.set_output(0, OnnxShape{in[0], in[1], sizes[2]});
}

// Inputs: query, key, value as [batch, tokens, heads * extent], bias, mask, scores to add, past.
void lower_multi_head_attention(NodeContext& context, const OnnxOperator&) {
  const OnnxShape& query = context.shape(0);
  const OnnxShape& key = context.shape(1);
  const OnnxShape& value = context.shape(2);
  const bool fits = query.size() == 3 && key.size() == 3 && value.size() == 3 &&
                    key[0] == query[0] && value[0] == query[0] && key[2] == query[2] &&
                    value[1] == key[1];
  if (!fits) {
    context.fail(fmt::format("query {}, key {}, value {}: must be [batch, tokens, n]",
                             shape_text(query), shape_text(key), shape_text(value)));
  }
  refuse_input(context, 6, "past key");
  refuse_input(context, 7, "past value");
  const AttentionShape shape{query[0], head_count(context), query[1], key[1], query[2], value[2]};
  add_attention(context, shape);
  context.set_output(0, OnnxShape{query[0], query[1], value[2]});
}

constexpr std::array kOperators = {
    OnnxOperator{"Attention", lower_attention, 0, nullptr, kMicrosoftDomain},
    OnnxOperator{"MultiHeadAttention", lower_multi_head_attention, 0, nullptr, kMicrosoftDomain}};

}  // namespace

std::span<const OnnxOperator> attention_operators() { return kOperators; }

}  // namespace olivine
