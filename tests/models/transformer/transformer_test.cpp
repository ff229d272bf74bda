// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/transformer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "tests/models/transformer/plain_executor.h"
#include "tests/models/transformer/small_checkpoint.h"
#include "tests/models/transformer/small_configs.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr uint64_t kSeed = 31;

std::string family_name(const testing::TestParamInfo<const char*>& param) {
  const auto family = parse_transformer_config(param.param, "config").family;
  return std::string{name_of<TransformerFamily>(kTransformerFamilyNames, family)};
}

class AnyTransformer : public testing::TestWithParam<const char*> {
 protected:
  AnyTransformer()
      : config_(parse_transformer_config(GetParam(), "config.json")),
        tensors_(test::TensorList{config_}.tensors()) {}

  [[nodiscard]] Transformer make() const {
    return {config_, test::random_checkpoint(tensors_, kSeed)};
  }
  [[nodiscard]] static FloatMatrix run(const Transformer& transformer,
                                       const std::vector<TokenIds>& sequences) {
    test::PlainExecutor executor;
    return transformer.run(sequences, executor);
  }
  // What the constructor says about a checkpoint of `tensors`.
  [[nodiscard]] std::string problem(const std::vector<test::SmallTensor>& tensors) const {
    try {
      (void)Transformer{config_, test::random_checkpoint(tensors, kSeed)};
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "none";
  }

  TransformerConfig config_;
  std::vector<test::SmallTensor> tensors_;
};

TEST_P(AnyTransformer, NamesATensorThatIsAbsent) {
  EXPECT_EQ(problem(tensors_), "none");
  for (size_t i = 0; i < tensors_.size(); ++i) {
    std::vector<test::SmallTensor> without = tensors_;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THAT(problem(without), HasSubstr(tensors_[i].name));
  }
}

TEST_P(AnyTransformer, NamesATensorOfAnotherShape) {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    std::vector<test::SmallTensor> other = tensors_;
    other[i].shape.back() += 1;
    EXPECT_THAT(problem(other), HasSubstr("small: " + tensors_[i].name + " is ["));
    other[i].shape = {tensors_[i].shape.front(), 1, tensors_[i].shape.back()};
    EXPECT_THAT(problem(other), HasSubstr("the configuration says ["));
  }
}

TEST_P(AnyTransformer, TakesNamesWithThePrefix) {
  std::vector<test::SmallTensor> prefixed = tensors_;
  const std::string prefix = config_.family == TransformerFamily::Gpt2    ? "transformer."
                             : config_.family == TransformerFamily::Llama ? "model."
                             : config_.family == TransformerFamily::Mpnet ? "mpnet."
                                                                          : "bert.";
  for (test::SmallTensor& tensor : prefixed) {
    if (tensor.name != "lm_head.weight") tensor.name = prefix + tensor.name;
  }
  const Transformer transformer{config_, test::random_checkpoint(prefixed, kSeed)};
  const std::vector<TokenIds> sequences = {{1, 2, 3}};
  EXPECT_EQ(run(transformer, sequences).values, run(make(), sequences).values);
  EXPECT_TRUE(transformer.linear_layers()[0].tensor.starts_with(prefix));
}

TEST_P(AnyTransformer, RunsTheLayersOfItsWorkload) {
  const Transformer transformer = make();
  test::PlainExecutor executor;
  const int64_t seq = 7;
  (void)transformer.run(std::vector<TokenIds>{{1, 2, 3, 4, 5, 6, 7}}, executor);
  std::vector<test::PlainExecutor::Call> expected;
  std::vector<std::string> linear_names;
  for (const Layer& layer : transformer_workload(config_, "net", 1, seq).layers) {
    const test::PlainExecutor::Call call{layer.name, layer.gemm.m, layer.gemm.n, layer.gemm.k};
    if (layer.kind == LayerKind::Linear) {
      expected.push_back(call);
      linear_names.push_back(layer.name);
    }
    // The pv of each head follows its qk.
    for (int64_t head = 0; layer.name.ends_with(".qk") && head < layer.gemm.batch; ++head) {
      expected.push_back(call);
      expected.push_back(
          {call.name.substr(0, call.name.size() - 2) + "pv", seq, config_.head_dim(), seq});
    }
  }
  EXPECT_EQ(executor.calls(), expected);
  std::vector<std::string> names;
  for (const LinearLayer& layer : transformer.linear_layers()) names.push_back(layer.name);
  EXPECT_EQ(names, linear_names);
}

TEST_P(AnyTransformer, SequencesAreIndependent) {
  const Transformer transformer = make();
  const TokenIds a = {5, 6, 7, 8, 9};
  const TokenIds b = {10};
  const TokenIds c(static_cast<size_t>(config_.max_tokens()), 28);
  std::vector<float> expected;
  for (const TokenIds& sequence : {a, b, c}) {
    const FloatMatrix alone = run(transformer, {sequence});
    expected.insert(expected.end(), alone.values.begin(), alone.values.end());
  }
  const FloatMatrix together = run(transformer, {a, b, c});
  EXPECT_EQ(together.rows, 5 + 1 + config_.max_tokens());
  EXPECT_EQ(together.values, expected);
}

TEST_P(AnyTransformer, LaterTokensMatterToEncodersOnly) {
  const Transformer transformer = make();
  const FloatMatrix one = run(transformer, {{3, 4, 5}});
  const FloatMatrix other = run(transformer, {{3, 4, 6}});
  for (int64_t i = 0; i < 2; ++i) {
    const bool is_same = std::ranges::equal(one.row(i), other.row(i));
    EXPECT_EQ(is_same, config_.is_causal()) << i;
  }
  EXPECT_FALSE(std::ranges::equal(one.row(2), other.row(2)));
}

TEST_P(AnyTransformer, OrderMatters) {
  const Transformer transformer = make();
  const FloatMatrix one = run(transformer, {{3, 4}});
  const FloatMatrix other = run(transformer, {{4, 3}});
  EXPECT_FALSE(std::ranges::equal(one.row(1), other.row(0)));
}

TEST_P(AnyTransformer, RefusesSequencesOutOfRange) {
  const Transformer transformer = make();
  const auto problem_of = [&](const std::vector<TokenIds>& sequences) -> std::string {
    try {
      (void)run(transformer, sequences);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "none";
  };
  const TokenIds longest(static_cast<size_t>(config_.max_tokens()), 0);
  TokenIds longer = longest;
  longer.push_back(0);
  EXPECT_EQ(problem_of({longest}), "none");
  EXPECT_EQ(problem_of({longer}), fmt::format("sequence 0: {} tokens: must be 1..{}", longer.size(),
                                              config_.max_tokens()));
  EXPECT_EQ(problem_of({{0}, {}}),
            fmt::format("sequence 1: 0 tokens: must be 1..{}", config_.max_tokens()));
  EXPECT_EQ(problem_of({{28, 29}}), "sequence 0: token 29: must be 0..28");
  EXPECT_EQ(problem_of({{-1}}), "sequence 0: token -1: must be 0..28");
  EXPECT_EQ(run(transformer, {}).rows, 0);
}

TEST_P(AnyTransformer, FloatExecutorAgreesWithPlainSums) {
  const Transformer transformer = make();
  const std::vector<TokenIds> sequences = {{1, 2, 3, 4, 5}, {6}};
  FloatExecutor executor;
  const FloatMatrix hidden = transformer.run(sequences, executor);
  const FloatMatrix plain = run(transformer, sequences);
  // Rounding differs in each of some 20 steps between norms, that keep values around 1.
  const float tolerance = 1000 * std::numeric_limits<float>::epsilon();
  for (size_t i = 0; i < plain.values.size(); ++i) {
    EXPECT_NEAR(hidden.values[i], plain.values[i],
                tolerance * std::max(1.0F, std::abs(plain.values[i])));
  }
}

INSTANTIATE_TEST_SUITE_P(Families, AnyTransformer,
                         testing::Values(test::kBert, test::kMpnet, test::kGpt2, test::kLlama),
                         family_name);

TEST(Transformer, Gpt2LayersAreColumnsOfItsTensors) {
  const TransformerConfig config = parse_transformer_config(test::kGpt2, "config.json");
  const Checkpoint checkpoint = test::random_checkpoint(test::TensorList{config}.tensors(), kSeed);
  const Transformer transformer{config, checkpoint};
  for (const LinearLayer& layer : transformer.linear_layers()) {
    EXPECT_TRUE(layer.is_input_major) << layer.name;
    const StoredTensor& tensor = checkpoint.at(layer.tensor);
    const std::vector<float> values = tensor.floats();
    const auto outputs = static_cast<size_t>(tensor.shape[1]);
    for (size_t n = 0; n < static_cast<size_t>(layer.n); ++n) {
      for (size_t k = 0; k < static_cast<size_t>(layer.k); ++k) {
        ASSERT_EQ(layer.weights[n * static_cast<size_t>(layer.k) + k],
                  values[k * outputs + static_cast<size_t>(layer.first_output) + n])
            << layer.name;
      }
    }
  }
  EXPECT_EQ(transformer.linear_layers()[1].name, "decoder.0.key");
  EXPECT_EQ(transformer.linear_layers()[1].tensor, "h.0.attn.c_attn.weight");
  EXPECT_EQ(transformer.linear_layers()[1].first_output, 12);
  EXPECT_EQ(transformer.linear_layers()[3].first_output, 0);
}

TEST(Transformer, ScoresAreProductsWithTheOutputLayer) {
  for (const std::string& json : {std::string{test::kGpt2}, std::string{test::kLlama},
                                  test::edited(test::kLlama, "tie_word_embeddings", "true")}) {
    const TransformerConfig config = parse_transformer_config(json, "config.json");
    const Checkpoint checkpoint =
        test::random_checkpoint(test::TensorList{config}.tensors(), kSeed);
    const std::string name = config.family == TransformerFamily::Gpt2 ? "wte.weight"
                             : config.has_tied_output                 ? "embed_tokens.weight"
                                                                      : "lm_head.weight";
    const Transformer transformer{config, checkpoint};
    FloatMatrix hidden(1, config.hidden);
    hidden.row(0)[3] = 2.0F;  // scores are twice the fourth column
    const FloatMatrix scores = transformer.logits(hidden);
    ASSERT_EQ(scores.columns, config.vocabulary);
    const std::vector<float> weights = checkpoint.at(name).floats();
    for (size_t token = 0; token < 29; ++token) {
      EXPECT_EQ(scores.values[token],
                2.0F * weights[token * static_cast<size_t>(config.hidden) + 3]);
    }
  }
}

TEST(MeanPooled, IsTheScaledMeanOfEachSequence) {
  FloatMatrix hidden(3, 2);
  hidden.values = {1, 2, 5, 6, -3, 4};
  const FloatMatrix pooled = mean_pooled(hidden, std::vector<TokenIds>{{7, 7}, {7}});
  // Means {3, 4} and {-3, 4}, both of length 5.
  EXPECT_THAT(pooled.values, testing::ElementsAre(0.6F, 0.8F, -0.6F, 0.8F));
}

TEST(MeanPooled, OfZerosIsZero) {
  EXPECT_THAT(mean_pooled(FloatMatrix(2, 2), std::vector<TokenIds>{{1, 2}}).values,
              testing::ElementsAre(0, 0));
  EXPECT_EQ(mean_pooled(FloatMatrix(0, 4), {}).rows, 0);
}

}  // namespace
}  // namespace olivine
