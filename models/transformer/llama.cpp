// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include "models/transformer/attention.h"
#include "models/transformer/network.h"
#include "models/transformer/rotary.h"
#include "models/transformer/vector_layers.h"

namespace olivine {
namespace {

enum LlamaLinear : uint8_t { Query, Key, Value, AttentionOutput, Gate, Up, Down, LinearCount };

// LLaMA (Touvron et al. 2023, arXiv 2302.13971); grouped keys and values as in Llama 2.
class Llama : public Network {
 public:
  Llama(const TransformerConfig& config, const TensorLookup& lookup) : Network(config) {
    set_tokens(lookup.matrix("embed_tokens.weight", config.vocabulary, config.hidden));
    for (int64_t i = 0; i < config.layers; ++i) add_layer(i, lookup);
    last_norm_.weight = lookup.vector("norm.weight", config.hidden);
    if (!config.has_tied_output) {
      output_ = lookup.matrix("lm_head.weight", config.vocabulary, config.hidden);
    }
  }

  FloatMatrix run(std::span<const TokenIds> sequences, GemmExecutor& executor) const override {
    FloatMatrix x = embed(sequences, {}, 0);
    const std::vector<int64_t> lengths = lengths_of(sequences);
    for (size_t i = 0; i < norms_.size(); ++i) run_layer(i, lengths, x, executor);
    normalize(x, last_norm_);
    return x;
  }

  const FloatMatrix& output_weights() const override {
    return config().has_tied_output ? Network::output_weights() : output_;
  }

 private:
  struct LayerNorms {
    Norm attention;
    Norm ffn;
  };

  void add_layer(int64_t i, const TensorLookup& lookup) {
    const std::string layer = fmt::format("decoder.{}.", i);
    const std::string tensor = fmt::format("layers.{}.", i);
    const int64_t hidden = config().hidden;
    const int64_t grouped = config().key_heads * config().head_dim();
    const auto add = [&](std::string_view name, std::string_view from, int64_t n, int64_t k) {
      linears().add(layer + std::string{name}, tensor + std::string{from}, n, k,
                    LinearStore::Bias::None, lookup);
    };
    add("query", "self_attn.q_proj", hidden, hidden);
    add("key", "self_attn.k_proj", grouped, hidden);
    add("value", "self_attn.v_proj", grouped, hidden);
    add("attention_output", "self_attn.o_proj", hidden, hidden);
    add("gate", "mlp.gate_proj", config().ffn, hidden);
    add("up", "mlp.up_proj", config().ffn, hidden);
    add("down", "mlp.down_proj", hidden, config().ffn);
    norms_.push_back({{lookup.vector(tensor + "input_layernorm.weight", hidden), {}},
                      {lookup.vector(tensor + "post_attention_layernorm.weight", hidden), {}}});
  }

  FloatMatrix attention(size_t i, std::span<const int64_t> lengths, const FloatMatrix& normed,
                        GemmExecutor& executor) const {
    const size_t first = i * LinearCount;
    AttentionInput input{linear(first + Query, normed, executor),
                         linear(first + Key, normed, executor),
                         linear(first + Value, normed, executor)};
    rotate_positions(input.query, config().head_dim(), config().rope_theta, lengths);
    rotate_positions(input.key, config().head_dim(), config().rope_theta, lengths);
    const AttentionConfig shape{.heads = config().heads,
                                .key_heads = config().key_heads,
                                .head_dim = config().head_dim(),
                                .is_causal = true};
    return linear(first + AttentionOutput,
                  attend(shape, input, lengths, fmt::format("decoder.{}.", i), executor), executor);
  }

  void run_layer(size_t i, std::span<const int64_t> lengths, FloatMatrix& x,
                 GemmExecutor& executor) const {
    const size_t first = i * LinearCount;
    FloatMatrix normed = x;
    normalize(normed, norms_[i].attention);
    add(x, attention(i, lengths, normed, executor));
    normed = x;
    normalize(normed, norms_[i].ffn);
    FloatMatrix gated = linear(first + Gate, normed, executor);
    silu_multiply(gated.values, linear(first + Up, normed, executor).values);
    add(x, linear(first + Down, gated, executor));
  }

  std::vector<LayerNorms> norms_;
  Norm last_norm_;
  FloatMatrix output_;  // unless it is tied to the embeddings
};

}  // namespace

std::unique_ptr<Network> make_llama(const TransformerConfig& config, const Checkpoint& checkpoint) {
  return std::make_unique<Llama>(config, TensorLookup{checkpoint, "model."});
}

}  // namespace olivine
