// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/transformer/attention.h"
#include "models/transformer/network.h"
#include "models/transformer/relative_buckets.h"
#include "models/transformer/vector_layers.h"

namespace olivine {
namespace {

enum EncoderLinear : uint8_t { Query, Key, Value, AttentionOutput, FfnUp, FfnDown, LinearCount };

// Tensors of one layer behind "encoder.layer.0.".
struct EncoderTensors {
  std::string_view query, key, value, attention_output, attention_norm;
};
constexpr EncoderTensors kBertTensors = {"attention.self.query", "attention.self.key",
                                         "attention.self.value", "attention.output.dense",
                                         "attention.output.LayerNorm"};
constexpr EncoderTensors kMpnetTensors = {"attention.attn.q", "attention.attn.k",
                                          "attention.attn.v", "attention.attn.o",
                                          "attention.LayerNorm"};

// BERT (Devlin et al. 2019, arXiv 1810.04805) and MPNet (Song et al. 2020, arXiv 2004.09297).
class Encoder : public Network {
 public:
  Encoder(const TransformerConfig& config, const TensorLookup& lookup) : Network(config) {
    const int64_t hidden = config.hidden;
    set_tokens(lookup.matrix("embeddings.word_embeddings.weight", config.vocabulary, hidden));
    positions_ =
        lookup.matrix("embeddings.position_embeddings.weight", config.max_positions, hidden);
    embedding_norm_ = find_norm(lookup, "embeddings.LayerNorm", hidden);
    if (config.family == TransformerFamily::Mpnet) {
      relative_biases_ = lookup.matrix("encoder.relative_attention_bias.weight",
                                       config.relative_buckets, config.heads);
      first_position_ = config.padding_token + 1;
    } else {
      add_token_type(lookup);
    }
    for (int64_t i = 0; i < config.layers; ++i) add_layer(i, lookup);
  }

  FloatMatrix run(std::span<const TokenIds> sequences, GemmExecutor& executor) const override {
    FloatMatrix x = embed(sequences, positions_, first_position_);
    normalize(x, embedding_norm_);
    const std::vector<int64_t> lengths = lengths_of(sequences);
    RelativeBias bias;
    AttentionConfig attention{
        .heads = config().heads, .key_heads = config().heads, .head_dim = config().head_dim()};
    if (relative_biases_.rows > 0) {
      const auto longest = std::ranges::max_element(lengths);
      bias = make_relative_bias(relative_biases_, longest == lengths.end() ? 0 : *longest);
      attention.bias = &bias;
    }
    for (size_t i = 0; i < norms_.size(); ++i) run_layer(i, attention, lengths, x, executor);
    return x;
  }

 private:
  struct LayerNorms {
    Norm attention;
    Norm ffn;
  };

  // All tokens are of the first type; a pair of sentences would need the second.
  void add_token_type(const TensorLookup& lookup) {
    const FloatMatrix types = lookup.matrix("embeddings.token_type_embeddings.weight",
                                            config().token_types, config().hidden);
    for (int64_t i = 0; i < positions_.rows; ++i) {
      const auto row = positions_.row(i);
      for (size_t j = 0; j < row.size(); ++j) row[j] += types.values[j];
    }
  }

  void add_layer(int64_t i, const TensorLookup& lookup) {
    const EncoderTensors& names =
        config().family == TransformerFamily::Mpnet ? kMpnetTensors : kBertTensors;
    const std::string layer = fmt::format("encoder.{}.", i);
    const std::string tensor = fmt::format("encoder.layer.{}.", i);
    const auto add = [&](std::string_view name, std::string_view from, int64_t n, int64_t k) {
      linears().add(layer + std::string{name}, tensor + std::string{from}, n, k,
                    LinearStore::Bias::Present, lookup);
    };
    add("query", names.query, config().hidden, config().hidden);
    add("key", names.key, config().hidden, config().hidden);
    add("value", names.value, config().hidden, config().hidden);
    add("attention_output", names.attention_output, config().hidden, config().hidden);
    add("ffn_up", "intermediate.dense", config().ffn, config().hidden);
    add("ffn_down", "output.dense", config().hidden, config().ffn);
    norms_.push_back(
        {find_norm(lookup, tensor + std::string{names.attention_norm}, config().hidden),
         find_norm(lookup, tensor + "output.LayerNorm", config().hidden)});
  }

  void run_layer(size_t i, const AttentionConfig& attention, std::span<const int64_t> lengths,
                 FloatMatrix& x, GemmExecutor& executor) const {
    const size_t first = i * LinearCount;
    const AttentionInput input{linear(first + Query, x, executor), linear(first + Key, x, executor),
                               linear(first + Value, x, executor)};
    const FloatMatrix attended =
        attend(attention, input, lengths, fmt::format("encoder.{}.", i), executor);
    add(x, linear(first + AttentionOutput, attended, executor));
    normalize(x, norms_[i].attention);
    FloatMatrix up = linear(first + FfnUp, x, executor);
    gelu(up.values);
    add(x, linear(first + FfnDown, up, executor));
    normalize(x, norms_[i].ffn);
  }

  FloatMatrix positions_;  // Bert: with the embedding of the only token type
  int64_t first_position_ = 0;
  Norm embedding_norm_;
  FloatMatrix relative_biases_;  // Mpnet
  std::vector<LayerNorms> norms_;
};

}  // namespace

std::unique_ptr<Network> make_encoder(const TransformerConfig& config,
                                      const Checkpoint& checkpoint) {
  const bool is_mpnet = config.family == TransformerFamily::Mpnet;
  return std::make_unique<Encoder>(config, TensorLookup{checkpoint, is_mpnet ? "mpnet." : "bert."});
}

}  // namespace olivine
