// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace olivine::test {

// config.json of one small network of each family.
inline constexpr const char* kBert =
    R"({"model_type": "bert", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": 20, "vocab_size": 29, "max_position_embeddings": 11,
        "type_vocab_size": 2, "pad_token_id": 0, "layer_norm_eps": 1e-12, "hidden_act": "gelu"})";
inline constexpr const char* kMpnet =
    R"({"model_type": "mpnet", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": 20, "vocab_size": 29, "max_position_embeddings": 13,
        "relative_attention_num_buckets": 32, "pad_token_id": 1, "layer_norm_eps": 1e-5,
        "hidden_act": "gelu"})";
inline constexpr const char* kGpt2 =
    R"({"model_type": "gpt2", "n_embd": 12, "n_layer": 2, "n_head": 3, "vocab_size": 29,
        "n_positions": 11, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"})";
inline constexpr const char* kLlama =
    R"({"model_type": "llama", "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 6,
        "num_key_value_heads": 2, "intermediate_size": 20, "vocab_size": 29,
        "max_position_embeddings": 11, "rms_norm_eps": 1e-6, "rope_theta": 500000.0,
        "hidden_act": "silu"})";

// `config` with another value of one key, as JSON; an empty one takes the key away.
inline std::string edited(const std::string& config, const std::string& key,
                          const std::string& value) {
  nlohmann::json json = nlohmann::json::parse(config);
  if (value.empty()) {
    json.erase(key);
  } else {
    json[key] = nlohmann::json::parse(value);
  }
  return json.dump();
}

}  // namespace olivine::test
