// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/transformer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "tests/models/transformer/small_configs.h"

namespace olivine {
namespace {

using test::edited;
using testing::ElementsAre;
using testing::HasSubstr;

TransformerConfig parse(const std::string& json) {
  return parse_transformer_config(json, "config.json");
}

std::string problems_of(const std::string& json) {
  try {
    (void)parse(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no problem";
}

TEST(TransformerConfig, ReadsBert) {
  const TransformerConfig config = parse(test::kBert);
  EXPECT_EQ(config.family, TransformerFamily::Bert);
  EXPECT_EQ(config.layers, 2);
  EXPECT_EQ(config.hidden, 12);
  EXPECT_EQ(config.heads, 3);
  EXPECT_EQ(config.key_heads, 3);
  EXPECT_EQ(config.head_dim(), 4);
  EXPECT_EQ(config.ffn, 20);
  EXPECT_EQ(config.vocabulary, 29);
  EXPECT_EQ(config.max_positions, 11);
  EXPECT_EQ(config.max_tokens(), 11);
  EXPECT_EQ(config.token_types, 2);
  EXPECT_EQ(config.norm_epsilon, 1e-12);
  EXPECT_FALSE(config.is_causal());
}

TEST(TransformerConfig, ReadsMpnet) {
  const TransformerConfig config = parse(test::kMpnet);
  EXPECT_EQ(config.family, TransformerFamily::Mpnet);
  EXPECT_EQ(config.relative_buckets, 32);
  EXPECT_EQ(config.padding_token, 1);
  EXPECT_EQ(config.max_tokens(), 11);  // 13 positions, the first two are padding's
  EXPECT_EQ(config.norm_epsilon, 1e-5);
  EXPECT_FALSE(config.is_causal());
}

TEST(TransformerConfig, ReadsGpt2WithItsOwnKeys) {
  const TransformerConfig config = parse(test::kGpt2);
  EXPECT_EQ(config.family, TransformerFamily::Gpt2);
  EXPECT_EQ(config.hidden, 12);
  EXPECT_EQ(config.ffn, 4 * 12);
  EXPECT_TRUE(config.has_tied_output);
  EXPECT_TRUE(config.is_causal());
  EXPECT_EQ(parse(edited(test::kGpt2, "n_inner", "17")).ffn, 17);
  EXPECT_EQ(parse(edited(test::kGpt2, "n_inner", "null")).ffn, 4 * 12);
}

TEST(TransformerConfig, ReadsLlama) {
  const TransformerConfig config = parse(test::kLlama);
  EXPECT_EQ(config.family, TransformerFamily::Llama);
  EXPECT_EQ(config.heads, 6);
  EXPECT_EQ(config.key_heads, 2);
  EXPECT_EQ(config.rope_theta, 5e5);
  EXPECT_FALSE(config.has_tied_output);
  EXPECT_TRUE(parse(edited(test::kLlama, "tie_word_embeddings", "true")).has_tied_output);
  EXPECT_EQ(parse(edited(test::kLlama, "rope_theta", "null")).rope_theta, 1e4);
  EXPECT_EQ(parse(edited(test::kLlama, "num_key_value_heads", "null")).key_heads, 6);
}

TEST(TransformerConfig, ReportsEveryProblem) {
  const std::string json = edited(edited(test::kBert, "hidden_size", "0"), "vocab_size", "-3");
  try {
    (void)parse(json);
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre("config.json: hidden_size = 0: must be 1..65536",
                            "config.json: vocab_size = -3: must be 1..2097152",
                            "config.json: hidden_size = 1: must be a multiple of the 3 heads"));
  }
}

struct BadValue {
  const char* config;
  const char* key;
  const char* value;  // empty: the key is absent
  const char* message;
};

class TransformerConfigBad : public testing::TestWithParam<BadValue> {};

TEST_P(TransformerConfigBad, IsRefused) {
  const BadValue& bad = GetParam();
  EXPECT_THAT(problems_of(edited(bad.config, bad.key, bad.value)), HasSubstr(bad.message));
}

INSTANTIATE_TEST_SUITE_P(
    Values, TransformerConfigBad,
    testing::Values(
        BadValue{test::kBert, "model_type", "", "config.json: no model_type"},
        BadValue{test::kBert, "model_type", "7", "model_type = 7: must be bert|mpnet|gpt2|llama"},
        BadValue{test::kBert, "model_type", R"("roberta")",
                 R"(model_type = "roberta": must be bert|mpnet|gpt2|llama)"},
        BadValue{test::kBert, "hidden_size", "", "no hidden_size"},
        BadValue{test::kBert, "hidden_size", "1e9", "hidden_size = 1000000000.0: must be 1..65536"},
        BadValue{test::kBert, "hidden_size", "12.0", "hidden_size = 12.0: must be 1..65536"},
        BadValue{test::kBert, "hidden_size", "18446744073709551615", "must be 1..65536"},
        BadValue{test::kBert, "hidden_size", "99999999999999999999999", "must be 1..65536"},
        BadValue{test::kBert, "hidden_size", "[[[]]]", "hidden_size = [[[]]]: must be 1..65536"},
        BadValue{test::kBert, "hidden_size", "13", "must be a multiple of the 3 heads"},
        BadValue{test::kBert, "num_attention_heads", "0", "must be 1..1024"},
        BadValue{test::kBert, "num_hidden_layers", "1025", "must be 1..1024"},
        BadValue{test::kBert, "intermediate_size", "\"20\"", "must be 1..262144"},
        BadValue{test::kBert, "max_position_embeddings", "1048577", "must be 1..1048576"},
        BadValue{test::kBert, "layer_norm_eps", "0", "layer_norm_eps = 0: must be above 0"},
        BadValue{test::kBert, "layer_norm_eps", "-1e-5", "must be above 0, at most 1"},
        BadValue{test::kBert, "layer_norm_eps", "\"small\"", "must be above 0"},
        BadValue{test::kBert, "hidden_act", R"("relu")", R"(hidden_act = "relu": must be "gelu")"},
        BadValue{test::kBert, "hidden_act", R"("gelu_new")", R"(must be "gelu")"},
        BadValue{test::kBert, "position_embedding_type", R"("relative_key")",
                 R"(must be "absolute")"},
        BadValue{test::kBert, "is_decoder", "true", "is_decoder = true: must be false"},
        BadValue{test::kBert, "pad_token_id", "29", "pad_token_id = 29: must be 0..28"},
        BadValue{test::kMpnet, "relative_attention_num_buckets", "30", "must be a multiple of 4"},
        BadValue{test::kMpnet, "relative_attention_num_buckets", "2", "must be 4..4096"},
        BadValue{test::kMpnet, "max_position_embeddings", "2", "must be above pad_token_id + 1"},
        BadValue{test::kGpt2, "n_embd", "", "no n_embd"},
        BadValue{test::kGpt2, "activation_function", R"("gelu")",
                 R"(must be "gelu_new" or "gelu_pytorch_tanh")"},
        BadValue{test::kGpt2, "scale_attn_weights", "false", "must be true"},
        BadValue{test::kGpt2, "scale_attn_by_inverse_layer_idx", "true", "must be false"},
        BadValue{test::kLlama, "hidden_act", R"("gelu")", R"(must be "silu")"},
        BadValue{test::kLlama, "num_key_value_heads", "4", "must divide the 6 heads"},
        BadValue{test::kLlama, "num_key_value_heads", "7", "must be 1..6"},
        BadValue{test::kLlama, "hidden_size", "18", "heads of 3: must be even"},
        BadValue{test::kLlama, "head_dim", "8", "head_dim = 8: must be 4 (hidden / heads)"},
        BadValue{test::kLlama, "rope_scaling", R"({"type": "linear", "factor": 2})",
                 "must be null"},
        BadValue{test::kLlama, "attention_bias", "true", "must be false"},
        BadValue{test::kLlama, "mlp_bias", "true", "must be false"},
        BadValue{test::kLlama, "rope_theta", "1e13", "must be above 0, at most 1e+12"},
        BadValue{test::kLlama, "tie_word_embeddings", "1", "must be true or false"}));

TEST(TransformerConfig, NamesTheNearestKey) {
  std::string json = test::kBert;
  json.replace(json.find("hidden_size"), 11, "hiden_sizes");
  EXPECT_THAT(problems_of(json), HasSubstr("no hidden_size; did you mean 'hiden_sizes'?"));
}

TEST(TransformerConfig, RefusesWhatIsNoObject) {
  for (const char* json : {"", "{", "[1]", "7", "{\"a\": }", "\xff\xfe", "{} {}"}) {
    EXPECT_THAT(problems_of(json), HasSubstr("config.json")) << json;
  }
  EXPECT_THAT(problems_of(std::string(100000, '[')), HasSubstr("config.json"));
  EXPECT_THAT(problems_of(std::string(kMaxTransformerConfigBytes + 1, ' ')), HasSubstr("at most"));
}

}  // namespace
}  // namespace olivine
