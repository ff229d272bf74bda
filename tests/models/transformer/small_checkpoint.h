// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/base/rng.h"
#include "models/checkpoint/checkpoint.h"
#include "models/transformer/transformer_config.h"

namespace olivine::test {

struct SmallTensor {
  std::string name;  // without the family's prefix
  std::vector<int64_t> shape;
};

// The tensors of a network by their names at Hugging Face.
class TensorList {
 public:
  explicit TensorList(const TransformerConfig& config) : config_(config) {
    switch (config.family) {
      case TransformerFamily::Bert:
        encoder(
            "attention.self.query attention.self.key attention.self.value "
            "attention.output.dense",
            "attention.output.LayerNorm");
        add("embeddings.token_type_embeddings.weight", {config.token_types, config.hidden});
        break;
      case TransformerFamily::Mpnet:
        encoder("attention.attn.q attention.attn.k attention.attn.v attention.attn.o",
                "attention.LayerNorm");
        add("encoder.relative_attention_bias.weight", {config.relative_buckets, config.heads});
        break;
      case TransformerFamily::Gpt2:
        gpt2();
        break;
      case TransformerFamily::Llama:
        llama();
        break;
    }
  }

  [[nodiscard]] const std::vector<SmallTensor>& tensors() const { return tensors_; }

 private:
  void add(const std::string& name, std::vector<int64_t> shape) {
    tensors_.push_back({name, std::move(shape)});
  }
  void pair(const std::string& name, std::vector<int64_t> shape, int64_t bias) {
    add(name + ".weight", std::move(shape));
    add(name + ".bias", {bias});
  }

  void encoder(const std::string& square_layers, const std::string& norm) {
    const int64_t hidden = config_.hidden;
    add("embeddings.word_embeddings.weight", {config_.vocabulary, hidden});
    add("embeddings.position_embeddings.weight", {config_.max_positions, hidden});
    pair("embeddings.LayerNorm", {hidden}, hidden);
    for (int64_t i = 0; i < config_.layers; ++i) {
      const std::string stem = "encoder.layer." + std::to_string(i) + ".";
      for (size_t begin = 0; begin < square_layers.size();) {
        const size_t end = std::min(square_layers.find(' ', begin), square_layers.size());
        pair(stem + square_layers.substr(begin, end - begin), {hidden, hidden}, hidden);
        begin = end + 1;
      }
      pair(stem + norm, {hidden}, hidden);
      pair(stem + "intermediate.dense", {config_.ffn, hidden}, config_.ffn);
      pair(stem + "output.dense", {hidden, config_.ffn}, hidden);
      pair(stem + "output.LayerNorm", {hidden}, hidden);
    }
  }

  void gpt2() {
    const int64_t hidden = config_.hidden;
    add("wte.weight", {config_.vocabulary, hidden});
    add("wpe.weight", {config_.max_positions, hidden});
    for (int64_t i = 0; i < config_.layers; ++i) {
      const std::string stem = "h." + std::to_string(i) + ".";
      pair(stem + "ln_1", {hidden}, hidden);
      pair(stem + "attn.c_attn", {hidden, 3 * hidden}, 3 * hidden);
      pair(stem + "attn.c_proj", {hidden, hidden}, hidden);
      pair(stem + "ln_2", {hidden}, hidden);
      pair(stem + "mlp.c_fc", {hidden, config_.ffn}, config_.ffn);
      pair(stem + "mlp.c_proj", {config_.ffn, hidden}, hidden);
    }
    pair("ln_f", {hidden}, hidden);
  }

  void llama() {
    const int64_t hidden = config_.hidden;
    const int64_t grouped = config_.key_heads * config_.head_dim();
    add("embed_tokens.weight", {config_.vocabulary, hidden});
    for (int64_t i = 0; i < config_.layers; ++i) {
      const std::string stem = "layers." + std::to_string(i) + ".";
      add(stem + "input_layernorm.weight", {hidden});
      add(stem + "self_attn.q_proj.weight", {hidden, hidden});
      add(stem + "self_attn.k_proj.weight", {grouped, hidden});
      add(stem + "self_attn.v_proj.weight", {grouped, hidden});
      add(stem + "self_attn.o_proj.weight", {hidden, hidden});
      add(stem + "post_attention_layernorm.weight", {hidden});
      add(stem + "mlp.gate_proj.weight", {config_.ffn, hidden});
      add(stem + "mlp.up_proj.weight", {config_.ffn, hidden});
      add(stem + "mlp.down_proj.weight", {hidden, config_.ffn});
    }
    add("norm.weight", {hidden});
    if (!config_.has_tied_output) add("lm_head.weight", {config_.vocabulary, hidden});
  }

  TransformerConfig config_;
  std::vector<SmallTensor> tensors_;
};

// Normal deviates of 0.3 in float32.
inline Checkpoint random_checkpoint(const std::vector<SmallTensor>& tensors, uint64_t seed,
                                    const std::string& prefix = "") {
  Rng rng{seed};
  auto storage = std::make_shared<std::vector<std::vector<float>>>();
  std::vector<StoredTensor> stored;
  for (const SmallTensor& tensor : tensors) {
    StoredTensor& out = stored.emplace_back();
    out.name = prefix + tensor.name;
    out.shape = tensor.shape;
    auto& values = storage->emplace_back(static_cast<size_t>(out.element_count()));
    for (float& value : values) value = static_cast<float>(0.3 * rng.normal());
    out.bytes = {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(float)};
  }
  return {"small", std::move(stored), {}, storage};
}

}  // namespace olivine::test
