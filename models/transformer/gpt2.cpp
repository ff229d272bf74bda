// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>

#include "models/transformer/attention.h"
#include "models/transformer/network.h"
#include "models/transformer/vector_layers.h"

namespace olivine {
namespace {

enum Gpt2Linear : uint8_t { Query, Key, Value, AttentionOutput, FfnUp, FfnDown, LinearCount };

// GPT-2 (Radford et al. 2019).
class Gpt2 : public Network {
 public:
  Gpt2(const TransformerConfig& config, const TensorLookup& lookup) : Network(config) {
    set_tokens(lookup.matrix("wte.weight", config.vocabulary, config.hidden));
    positions_ = lookup.matrix("wpe.weight", config.max_positions, config.hidden);
    for (int64_t i = 0; i < config.layers; ++i) add_layer(i, lookup);
    last_norm_ = find_norm(lookup, "ln_f", config.hidden);
  }

  FloatMatrix run(std::span<const TokenIds> sequences, GemmExecutor& executor) const override {
    FloatMatrix x = embed(sequences, positions_, 0);
    const std::vector<int64_t> lengths = lengths_of(sequences);
    for (size_t i = 0; i < norms_.size(); ++i) run_layer(i, lengths, x, executor);
    normalize(x, last_norm_);
    return x;
  }

 private:
  struct LayerNorms {
    Norm attention;
    Norm ffn;
  };

  void add_layer(int64_t i, const TensorLookup& lookup) {
    const std::string layer = fmt::format("decoder.{}.", i);
    const std::string tensor = fmt::format("h.{}.", i);
    const std::array<std::string, 3> qkv = {layer + "query", layer + "key", layer + "value"};
    linears().add_input_major(qkv, tensor + "attn.c_attn", 3 * config().hidden, config().hidden,
                              lookup);
    const auto add = [&](const std::string& name, const std::string& from, int64_t n, int64_t k) {
      linears().add_input_major({&name, 1}, from, n, k, lookup);
    };
    add(layer + "attention_output", tensor + "attn.c_proj", config().hidden, config().hidden);
    add(layer + "ffn_up", tensor + "mlp.c_fc", config().ffn, config().hidden);
    add(layer + "ffn_down", tensor + "mlp.c_proj", config().hidden, config().ffn);
    norms_.push_back({find_norm(lookup, tensor + "ln_1", config().hidden),
                      find_norm(lookup, tensor + "ln_2", config().hidden)});
  }

  void run_layer(size_t i, std::span<const int64_t> lengths, FloatMatrix& x,
                 GemmExecutor& executor) const {
    const size_t first = i * LinearCount;
    FloatMatrix normed = x;
    normalize(normed, norms_[i].attention);
    const AttentionInput input{linear(first + Query, normed, executor),
                               linear(first + Key, normed, executor),
                               linear(first + Value, normed, executor)};
    const AttentionConfig attention{.heads = config().heads,
                                    .key_heads = config().heads,
                                    .head_dim = config().head_dim(),
                                    .is_causal = true};
    const FloatMatrix attended =
        attend(attention, input, lengths, fmt::format("decoder.{}.", i), executor);
    add(x, linear(first + AttentionOutput, attended, executor));
    normed = x;
    normalize(normed, norms_[i].ffn);
    FloatMatrix up = linear(first + FfnUp, normed, executor);
    gelu_tanh(up.values);
    add(x, linear(first + FfnDown, up, executor));
  }

  FloatMatrix positions_;
  std::vector<LayerNorms> norms_;
  Norm last_norm_;
};

}  // namespace

std::unique_ptr<Network> make_gpt2(const TransformerConfig& config, const Checkpoint& checkpoint) {
  return std::make_unique<Gpt2>(config, TensorLookup{checkpoint, "transformer."});
}

}  // namespace olivine
