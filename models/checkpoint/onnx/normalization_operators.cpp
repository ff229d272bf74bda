// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Softmax and normalizations: the result has the shape of the first operand.
#include <array>

#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/onnx/vector_ops.h"
#include "models/checkpoint/tensor_shape.h"

namespace olivine {
namespace {

constexpr int64_t kLayerNorm = vector_ops("layernorm_ops");
constexpr int64_t kRmsNorm = vector_ops("rmsnorm_ops");

void lower_normalization(NodeContext& context, const OnnxOperator& op) {
  context.add_vector(context.count(context.shape(0)), op.ops);
  context.set_output(0, context.shape(0));
}

// At inference a scale and a shift a channel, which fold into the product before, if there is one.
void lower_batch_normalization(NodeContext& context, const OnnxOperator& op) {
  const OnnxValue& in = context.input(0);
  if (context.integer_attribute("training_mode", 0) != 0) context.fail("training_mode must be 0");
  if (!in.product_axis) context.add_vector(context.count(in.shape), op.ops);
  OnnxValue out = in;
  out.integers.reset();
  out.tensor = nullptr;
  out.is_constant = context.is_constant();
  context.set_output(0, std::move(out));
}

// Inputs: x, skip, scale(, shift)(, bias). One addition for skip, one for the bias; the sum is an
// output, too.
void lower_skip_normalization(NodeContext& context, const OnnxOperator& op) {
  const OnnxShape shape = context.broadcast(context.shape(0), context.shape(1));
  const size_t bias = op.name == "SkipLayerNormalization" ? 4 : 3;
  context.add_vector(context.count(shape), op.ops + 1 + (context.has_input(bias) ? 1 : 0));
  context.set_output(0, shape);
  context.set_output(3, shape);
}

// Inputs: ids [batch, tokens], segments, tables of words, positions and segments. Look-ups are no
// work; two sums and the normalization are.
void lower_embed_normalization(NodeContext& context, const OnnxOperator& op) {
  OnnxShape shape = context.shape(0);
  const OnnxShape& words = context.shape(2);
  if (shape.size() != 2 || words.size() != 2) {
    context.fail("ids and table of words: must have two axes");
  }
  const int64_t sums = context.has_input(1) ? 2 : 1;
  shape.push_back(words[1]);
  const auto count = checked_element_count(shape);
  if (!count) context.fail("more elements than 63 bits count");
  context.add_vector(*count, op.ops + sums);
  context.set_output(0, shape);
  context.set_output(1, OnnxShape{shape[0]});
  context.set_output(2, shape);
}

constexpr std::array kOperators = {
    OnnxOperator{"Softmax", lower_normalization, vector_ops("softmax_ops")},
    // Max, subtract, exp, sum, log, subtract.
    OnnxOperator{"LogSoftmax", lower_normalization, 6},
    OnnxOperator{"LayerNormalization", lower_normalization, kLayerNorm},
    OnnxOperator{"GroupNormalization", lower_normalization, kLayerNorm},
    OnnxOperator{"InstanceNormalization", lower_normalization, kLayerNorm},
    OnnxOperator{"BatchNormalization", lower_batch_normalization, 2},
    // Square, sum, square root, divide.
    OnnxOperator{"LpNormalization", lower_normalization, 4},
    OnnxOperator{"SimplifiedLayerNormalization", lower_normalization, kRmsNorm},
    OnnxOperator{"SimplifiedLayerNormalization", lower_normalization, kRmsNorm, nullptr,
                 kMicrosoftDomain},
    OnnxOperator{"SkipLayerNormalization", lower_skip_normalization, kLayerNorm, nullptr,
                 kMicrosoftDomain},
    OnnxOperator{"SkipSimplifiedLayerNormalization", lower_skip_normalization, kRmsNorm, nullptr,
                 kMicrosoftDomain},
    OnnxOperator{"EmbedLayerNormalization", lower_embed_normalization, kLayerNorm, nullptr,
                 kMicrosoftDomain},
    OnnxOperator{"RotaryEmbedding", lower_normalization, vector_ops("rope_ops"), nullptr,
                 kMicrosoftDomain}};

}  // namespace

std::span<const OnnxOperator> normalization_operators() { return kOperators; }

}  // namespace olivine
