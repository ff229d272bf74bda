// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Small networks of every family, quantized and executed by every scheme.
#include "experiments/quantize/network_quantizer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "experiments/quantize/quantize_report.h"
#include "experiments/quantize/token_task.h"
#include "models/base/error.h"
#include "models/quantization/quantized_executor.h"
#include "models/quantization/quantized_tensor.h"
#include "models/transformer/transformer.h"
#include "tests/models/transformer/small_checkpoint.h"
#include "tests/models/transformer/small_configs.h"

namespace olivine::quality {
namespace {

constexpr uint64_t kSeed = 921;
constexpr std::array kFamilies = {test::kBert, test::kMpnet, test::kGpt2, test::kLlama};

Transformer small_network(const char* config_json) {
  const TransformerConfig config = parse_transformer_config(config_json, "config");
  return {config, test::random_checkpoint(test::TensorList{config}.tensors(), kSeed)};
}

// Sequences of 1 to 9 tokens.
std::vector<TokenIds> some_text(uint64_t seed) {
  Rng rng{seed};
  std::vector<TokenIds> sequences(9);
  for (size_t i = 0; i < sequences.size(); ++i) {
    for (size_t j = 0; j <= i; ++j) {
      sequences[i].push_back(static_cast<int32_t>(rng.uniform(2, 28)));
    }
  }
  return sequences;
}

double squared_distance(const FloatMatrix& a, const FloatMatrix& b) {
  double sum = 0.0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    sum += std::pow(static_cast<double>(a.values[i]) - static_cast<double>(b.values[i]), 2);
  }
  return sum;
}

class Network : public ::testing::TestWithParam<const char*> {
 protected:
  Network() : network_(small_network(GetParam())) {
    options_.quantize.range = SearchRange{75, 250, 25};
  }

  std::vector<QuantScheme> everywhere(std::string_view name) const {
    return std::vector<QuantScheme>(network_.linear_layers().size(), parse_quant_scheme(name));
  }
  double error_of(NetworkQuantizer& quantizer, std::string_view name) const {
    FloatExecutor exact;
    const auto text = some_text(kSeed + 1);
    const auto executor = quantizer.executor(everywhere(name));
    return squared_distance(network_.run(text, exact), network_.run(text, *executor));
  }

  Transformer network_;
  NetworkOptions options_;
};

TEST_P(Network, RunsInEveryScheme) {
  NetworkQuantizer quantizer{network_, some_text(kSeed), options_};
  for (const std::string& name : quant_scheme_names()) {
    SCOPED_TRACE(name);
    const double error = error_of(quantizer, name);
    EXPECT_TRUE(std::isfinite(error));
    EXPECT_GT(error, 0.0);
  }
}

TEST_P(Network, ErrsLessWithMoreBits) {
  NetworkQuantizer quantizer{network_, some_text(kSeed), options_};
  EXPECT_LT(error_of(quantizer, "w16a16-fp16"), error_of(quantizer, "w8a8-int8"));
  EXPECT_LT(error_of(quantizer, "w8a8-int8"), error_of(quantizer, "w4a4-int4"));
  EXPECT_LT(error_of(quantizer, "w8a8-ovp"), error_of(quantizer, "w4a4-ovp"));
  EXPECT_LT(error_of(quantizer, "w8a8-int8"), error_of(quantizer, "w8a8-int8-2:4"));
}

TEST_P(Network, ReportsEveryLayerAndItsInputs) {
  NetworkQuantizer quantizer{network_, some_text(kSeed), options_};
  const auto reports = quantizer.reports(everywhere("w4a4-ovp"));
  const auto layers = network_.linear_layers();
  ASSERT_EQ(reports.size(), layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    EXPECT_EQ(reports[i].name, layers[i].name);
    EXPECT_EQ(reports[i].weights.elements, static_cast<uint64_t>(layers[i].n * layers[i].k));
    // 1 + 2 + ... + 9 tokens.
    EXPECT_EQ(reports[i].activations->elements, static_cast<uint64_t>(45 * layers[i].k));
    EXPECT_EQ(reports[i].scheme, "w4a4-ovp");
  }
}

TEST_P(Network, QuantizesAttentionWhenAsked) {
  NetworkQuantizer without{network_, some_text(kSeed), options_};
  options_.has_attention = true;
  NetworkQuantizer with{network_, some_text(kSeed), options_};
  EXPECT_NE(error_of(with, "w8a8-int8"), error_of(without, "w8a8-int8"));
}

TEST_P(Network, OutputErrorIsThatOfTheLayerAlone) {
  NetworkQuantizer quantizer{network_, some_text(kSeed), options_};
  EXPECT_LT(quantizer.output_error(0, parse_quant_scheme("w16a16-fp16")),
            quantizer.output_error(0, parse_quant_scheme("w8a8-int8")));
  EXPECT_LT(quantizer.output_error(0, parse_quant_scheme("w8a8-int8")),
            quantizer.output_error(0, parse_quant_scheme("w4a4-int4")));
}

std::string family_name(const ::testing::TestParamInfo<const char*>& family) {
  return nlohmann::json::parse(family.param)["model_type"];
}

INSTANTIATE_TEST_SUITE_P(Families, Network, ::testing::ValuesIn(kFamilies), family_name);

TEST(TokenTask, JudgesADecoderByTheNextToken) {
  const Transformer network = small_network(test::kGpt2);
  const TokenTask task{network, some_text(kSeed + 2)};
  FloatExecutor exact;
  const auto same = task.measure(exact);
  EXPECT_NEAR(same.at("mean_cosine"), 1.0, 0x1p-40);
  EXPECT_EQ(same.at("next_token_agreement"), 1.0);
  EXPECT_EQ(same.at("log_likelihood"), task.reference().at("log_likelihood"));
  // Not far from chance over 29 tokens, since weights are random.
  EXPECT_LT(same.at("log_likelihood"), 0.0);
  NetworkOptions options;
  NetworkQuantizer quantizer{network, some_text(kSeed), options};
  const std::vector<QuantScheme> schemes(network.linear_layers().size(),
                                         parse_quant_scheme("w4a4-int4"));
  EXPECT_LT(task.measure(*quantizer.executor(schemes)).at("mean_cosine"), 0.999);
}

TEST(TokenTask, NeedsATokenThatFollows) {
  const Transformer network = small_network(test::kGpt2);
  EXPECT_THROW((TokenTask{network, {{1}, {2}}}), ConfigError);
}

}  // namespace
}  // namespace olivine::quality
