// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/transformer_config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/checkpoint/bounded_json.h"

namespace olivine {
namespace {

using nlohmann::json;

// Products of any three of these stay inside 64 bits.
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxHeads = 1024;
constexpr int64_t kMaxHidden = int64_t{1} << 16;
constexpr int64_t kMaxFfn = int64_t{1} << 18;
constexpr int64_t kMaxVocabulary = int64_t{1} << 21;
constexpr int64_t kMaxPositions = int64_t{1} << 20;
constexpr int64_t kMaxBuckets = 4096;
constexpr int kMaxDepth = 16;  // of the JSON; those of Hugging Face have 3

// What the families call the same thing.
struct FamilyKeys {
  std::string_view hidden, layers, heads, ffn, positions, epsilon, activation;
};
constexpr FamilyKeys kCommonKeys = {
    "hidden_size",       "num_hidden_layers",       "num_attention_heads",
    "intermediate_size", "max_position_embeddings", "layer_norm_eps",
    "hidden_act"};
constexpr FamilyKeys kGpt2Keys = {"n_embd",
                                  "n_layer",
                                  "n_head",
                                  "n_inner",
                                  "n_positions",
                                  "layer_norm_epsilon",
                                  "activation_function"};

// config.json on its way to a TransformerConfig; all problems are collected.
class ConfigReader {
 public:
  ConfigReader(std::string_view text, const std::string& source)
      : source_(source),
        root_(parse_bounded_json({reinterpret_cast<const uint8_t*>(text.data()), text.size()},
                                 kMaxDepth, source)) {
    if (!root_.is_object()) throw ConfigError{fmt::format("{}: must be a JSON object", source)};
    for (const auto& [key, value] : root_.items()) keys_.push_back(key);
  }

  TransformerConfig read() {
    config_.family = family();
    const FamilyKeys keys = keys_of_family();
    config_.hidden = extent(keys.hidden, kMaxHidden);
    config_.layers = extent(keys.layers, kMaxLayers);
    config_.heads = extent(keys.heads, kMaxHeads);
    config_.key_heads = config_.heads;
    config_.max_positions = extent(keys.positions, kMaxPositions);
    config_.vocabulary = extent("vocab_size", kMaxVocabulary);
    config_.norm_epsilon = positive(keys.epsilon, std::nullopt, 1.0);
    read_family(keys);
    check_heads();
    problems_.throw_if_any();
    return config_;
  }

 private:
  [[nodiscard]] const json* find(std::string_view key) const {
    const auto found = root_.find(std::string{key});
    return found == root_.end() || found->is_null() ? nullptr : &*found;
  }

  void add(std::string_view key, const json& value, std::string_view rule) {
    problems_.add(fmt::format("{}: {} = {}: must be {}", source_, key, shown(value), rule));
  }

  // Long values are cut where errors are printed; bytes that are no UTF-8 do not stop the message.
  static std::string shown(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  void add_missing(std::string_view key) {
    problems_.add(fmt::format("{}: no {}{}", source_, key, suggestion(key, keys_)));
  }

  TransformerFamily family() {
    const json* type = find("model_type");
    if (type == nullptr) throw ConfigError{fmt::format("{}: no model_type", source_)};
    const auto text = type->is_string() ? type->get<std::string>() : std::string{};
    if (const auto found = value_of<TransformerFamily>(kTransformerFamilyNames, text)) {
      return *found;
    }
    throw ConfigError{fmt::format("{}: model_type = {}: must be {}", source_, shown(*type),
                                  joined_names<TransformerFamily>(kTransformerFamilyNames))};
  }

  [[nodiscard]] FamilyKeys keys_of_family() const {
    FamilyKeys keys = config_.family == TransformerFamily::Gpt2 ? kGpt2Keys : kCommonKeys;
    if (config_.family == TransformerFamily::Llama) keys.epsilon = "rms_norm_eps";
    return keys;
  }

  // 1..max; 1 where it has a problem, so that later arithmetic is safe.
  int64_t extent(std::string_view key, int64_t max, std::optional<int64_t> absent = std::nullopt,
                 int64_t min = 1) {
    const json* value = find(key);
    if (value == nullptr) {
      if (!absent) add_missing(key);
      return absent.value_or(1);
    }
    // An unsigned number beyond int64_t would come out negative.
    const bool is_small = value->is_number_unsigned() && value->get<uint64_t>() <= kMaxExtent;
    const int64_t number = is_small ? value->get<int64_t>() : -1;
    if (number >= min && number <= max) return number;
    add(key, *value, fmt::format("{}..{}", min, max));
    return 1;
  }

  double positive(std::string_view key, std::optional<double> absent, double max) {
    const json* value = find(key);
    if (value == nullptr) {
      if (!absent) add_missing(key);
      return absent.value_or(1.0);
    }
    const double number = value->is_number() ? value->get<double>() : 0.0;
    if (number > 0.0 && number <= max) return number;
    add(key, *value, fmt::format("above 0, at most {:g}", max));
    return 1.0;
  }

  // Absent means the first word.
  void require_word(std::string_view key, std::span<const std::string_view> words) {
    const json* value = find(key);
    if (value == nullptr) return;
    for (const std::string_view word : words) {
      if (value->is_string() && value->get_ref<const std::string&>() == word) return;
    }
    add(key, *value, fmt::format("\"{}\"", fmt::join(words, "\" or \"")));
  }

  // A switch of the original implementation that is not modelled here.
  void require_switch(std::string_view key, bool wanted) {
    const json* value = find(key);
    if (value != nullptr && *value != json(wanted)) add(key, *value, wanted ? "true" : "false");
  }

  bool switch_value(std::string_view key, bool absent) {
    const json* value = find(key);
    if (value == nullptr) return absent;
    if (!value->is_boolean()) add(key, *value, "true or false");
    return value->is_boolean() ? value->get<bool>() : absent;
  }

  void read_family(const FamilyKeys& keys) {
    static constexpr std::array<std::string_view, 1> kGelu = {"gelu"};
    static constexpr std::array<std::string_view, 2> kTanhGelu = {"gelu_new", "gelu_pytorch_tanh"};
    static constexpr std::array<std::string_view, 1> kSilu = {"silu"};
    switch (config_.family) {
      case TransformerFamily::Bert: {
        static constexpr std::array<std::string_view, 1> kAbsolute = {"absolute"};
        require_word(keys.activation, kGelu);
        require_word("position_embedding_type", kAbsolute);
        require_switch("is_decoder", false);
        config_.token_types = extent("type_vocab_size", kMaxHidden, 2);
        read_encoder(keys);
        return;
      }
      case TransformerFamily::Mpnet:
        require_word(keys.activation, kGelu);
        config_.relative_buckets = extent("relative_attention_num_buckets", kMaxBuckets, 32, 4);
        read_encoder(keys);
        check_mpnet();
        return;
      case TransformerFamily::Gpt2:
        require_word(keys.activation, kTanhGelu);
        require_switch("scale_attn_weights", true);
        require_switch("scale_attn_by_inverse_layer_idx", false);
        require_switch("tie_word_embeddings", true);
        config_.ffn = extent(keys.ffn, kMaxFfn, 4 * config_.hidden);
        return;
      case TransformerFamily::Llama:
        require_word(keys.activation, kSilu);
        read_llama(keys);
        return;
    }
  }

  void read_encoder(const FamilyKeys& keys) {
    config_.ffn = extent(keys.ffn, kMaxFfn);
    config_.padding_token = extent("pad_token_id", config_.vocabulary - 1,
                                   config_.family == TransformerFamily::Mpnet ? 1 : 0, 0);
  }

  void check_mpnet() {
    if (config_.relative_buckets % 4 != 0) {
      problems_.add(fmt::format(
          "{}: relative_attention_num_buckets = {}: must be a multiple of 4 (two directions, half "
          "of each exact)",
          source_, config_.relative_buckets));
    }
    if (config_.padding_token + 1 >= config_.max_positions) {
      problems_.add(
          fmt::format("{}: max_position_embeddings = {}: must be above pad_token_id + 1 = {}",
                      source_, config_.max_positions, config_.padding_token + 1));
    }
  }

  void read_llama(const FamilyKeys& keys) {
    config_.ffn = extent(keys.ffn, kMaxFfn);
    config_.key_heads = extent("num_key_value_heads", config_.heads, config_.heads);
    config_.rope_theta = positive("rope_theta", 10000.0, 1e12);
    config_.has_tied_output = switch_value("tie_word_embeddings", false);
    require_switch("attention_bias", false);
    require_switch("mlp_bias", false);
    if (const json* scaling = find("rope_scaling")) add("rope_scaling", *scaling, "null");
    if (config_.heads % config_.key_heads != 0) {
      problems_.add(fmt::format("{}: num_key_value_heads = {}: must divide the {} heads", source_,
                                config_.key_heads, config_.heads));
    }
    const json* head_dim = find("head_dim");
    if (head_dim != nullptr && *head_dim != json(config_.head_dim())) {
      add("head_dim", *head_dim, fmt::format("{} (hidden / heads)", config_.head_dim()));
    }
    if (config_.head_dim() % 2 != 0) {
      problems_.add(fmt::format("{}: heads of {}: must be even, positions rotate pairs", source_,
                                config_.head_dim()));
    }
  }

  void check_heads() {
    if (config_.hidden % config_.heads == 0) return;
    problems_.add(fmt::format("{}: {} = {}: must be a multiple of the {} heads", source_,
                              keys_of_family().hidden, config_.hidden, config_.heads));
  }

  std::string source_;
  json root_;
  std::vector<std::string> keys_;  // what is there, for suggestions
  Problems problems_;
  TransformerConfig config_;
};

}  // namespace

TransformerConfig parse_transformer_config(std::string_view json, const std::string& source) {
  if (json.size() > kMaxTransformerConfigBytes) {
    throw ConfigError{
        fmt::format("{}: {} bytes: at most {}", source, json.size(), kMaxTransformerConfigBytes)};
  }
  return ConfigReader{json, source}.read();
}

}  // namespace olivine
