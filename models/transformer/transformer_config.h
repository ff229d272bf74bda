// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/workloads/workload.h"

namespace olivine {

// Bert   post-norm encoder, absolute positions, token types (BERT, MiniLM).
// Mpnet  as Bert without token types; positions start behind the padding index; one table of
//        relative-position biases that all layers add to their scores (T5 buckets, bidirectional).
// Gpt2   pre-norm causal decoder, absolute positions, tanh GELU, weights stored [in, out], output
//        layer tied to the embeddings.
// Llama  pre-norm causal decoder, rotary positions, RMS norm, gated SiLU, grouped keys and values.
enum class TransformerFamily : uint8_t { Bert, Mpnet, Gpt2, Llama };

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
  int64_t padding_token = 0;
  double norm_epsilon = 1e-12;
  double rope_theta = 10000.0;  // Llama

  [[nodiscard]] int64_t head_dim() const { return hidden / heads; }
  [[nodiscard]] bool is_causal() const {
    return family == TransformerFamily::Gpt2 || family == TransformerFamily::Llama;
  }
};

// config.json of Hugging Face; untrusted. Throws ConfigError with every problem: another
// `model_type` or activation than those above (what is there is named), extents out of range,
// hidden not a multiple of heads.
[[nodiscard]] TransformerConfig parse_transformer_config(std::string_view json,
                                                         const std::string& source);

// The network as the simulators run it; names as in models/workloads/networks/bert_base.yaml
// ("encoder.0.query", "encoder.0.qk", ...; decoders "decoder.0.query").
[[nodiscard]] Workload transformer_workload(const TransformerConfig& config,
                                            const std::string& name, int64_t batch, int64_t seq);

}  // namespace olivine
