// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/base/enum_names.h"
#include "models/workloads/workload.h"

namespace olivine {

// Bert   post-norm encoder, absolute positions, token types (BERT, MiniLM).
// Mpnet  as Bert without token types; positions start behind the padding index; one table of
//        relative-position biases that all layers add to their scores (T5 buckets, bidirectional).
// Gpt2   pre-norm causal decoder, absolute positions, tanh GELU, weights stored [in, out], output
//        layer tied to the embeddings.
// Llama  pre-norm causal decoder, rotary positions, RMS norm, gated SiLU, grouped keys and values.
enum class TransformerFamily : uint8_t { Bert, Mpnet, Gpt2, Llama };

// `model_type` in config.json.
inline constexpr std::array kTransformerFamilyNames = {
    EnumName<TransformerFamily>{TransformerFamily::Bert, "bert"},
    EnumName<TransformerFamily>{TransformerFamily::Mpnet, "mpnet"},
    EnumName<TransformerFamily>{TransformerFamily::Gpt2, "gpt2"},
    EnumName<TransformerFamily>{TransformerFamily::Llama, "llama"}};

// What config.json of a checkpoint says, in the terms of every family.
struct TransformerConfig {
  TransformerFamily family = TransformerFamily::Bert;
  int64_t layers = 0;
  int64_t hidden = 0;
  int64_t heads = 0;
  int64_t key_heads = 0;  // heads of keys and values; as `heads` but for grouped ones
  int64_t ffn = 0;
  int64_t vocabulary = 0;
  int64_t max_positions = 0;
  int64_t relative_buckets = 0;  // Mpnet
  int64_t token_types = 0;       // Bert
  int64_t padding_token = 0;     // encoders
  double norm_epsilon = 1e-12;
  double rope_theta = 10000.0;  // Llama
  bool has_tied_output = true;  // decoders: scores are products with the token embeddings

  [[nodiscard]] int64_t head_dim() const { return hidden / heads; }
  [[nodiscard]] bool is_causal() const {
    return family == TransformerFamily::Gpt2 || family == TransformerFamily::Llama;
  }
  // Tokens of the longest sequence.
  [[nodiscard]] int64_t max_tokens() const {
    return family == TransformerFamily::Mpnet ? max_positions - padding_token - 1 : max_positions;
  }
};

inline constexpr size_t kMaxTransformerConfigBytes = size_t{1} << 20;

// config.json of Hugging Face; untrusted. Throws ConfigError with every problem: another
// `model_type` or activation than those above (what is there is named), extents out of range,
// hidden not a multiple of heads, a variant that is not modelled (scaled rotary positions, biases
// of Llama, ...).
[[nodiscard]] TransformerConfig parse_transformer_config(std::string_view json,
                                                         const std::string& source);

// The network as the simulators run it; names as in models/workloads/networks/bert_base.yaml
// ("encoder.0.query", "encoder.0.qk", ...; decoders "decoder.0.query"): the whole network but for
// encoders' heads, which the task decides. GPT-2's fused qkv is three layers, as LinearLayers are.
// Scores of the next token are those of every position (Gpt2) or of the last one (Llama), as in the
// shipped networks. Throws ConfigError: batch or seq out of range.
[[nodiscard]] Workload transformer_workload(const TransformerConfig& config,
                                            const std::string& name, int64_t batch, int64_t seq);

}  // namespace olivine
