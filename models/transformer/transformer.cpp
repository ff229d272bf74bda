// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/transformer.h"

#include <fmt/format.h>

#include <cmath>

#include "models/base/error.h"
#include "models/transformer/network.h"

namespace olivine {
namespace {

std::unique_ptr<Network> make_network(const TransformerConfig& config,
                                      const Checkpoint& checkpoint) {
  switch (config.family) {
    case TransformerFamily::Bert:
    case TransformerFamily::Mpnet:
      return make_encoder(config, checkpoint);
    case TransformerFamily::Gpt2:
      return make_gpt2(config, checkpoint);
    case TransformerFamily::Llama:
      return make_llama(config, checkpoint);
  }
  OLV_CHECK(false, "transformer family {}", static_cast<int>(config.family));
}

// What is wrong with a sequence; empty: nothing.
std::string sequence_problem(const TransformerConfig& config, const TokenIds& sequence) {
  const auto length = static_cast<int64_t>(sequence.size());
  if (length < 1 || length > config.max_tokens()) {
    return fmt::format("{} tokens: must be 1..{}", length, config.max_tokens());
  }
  for (const int32_t token : sequence) {
    if (token < 0 || token >= config.vocabulary) {
      return fmt::format("token {}: must be 0..{}", token, config.vocabulary - 1);
    }
  }
  return {};
}

}  // namespace

struct Transformer::Parts {
  std::unique_ptr<Network> network;
};

Transformer::Transformer(const TransformerConfig& config, const Checkpoint& checkpoint)
    : parts_(std::make_unique<Parts>(Parts{make_network(config, checkpoint)})) {}

Transformer::~Transformer() = default;
Transformer::Transformer(Transformer&&) noexcept = default;
Transformer& Transformer::operator=(Transformer&&) noexcept = default;

const TransformerConfig& Transformer::config() const { return parts_->network->config(); }

std::span<const LinearLayer> Transformer::linear_layers() const {
  return parts_->network->linear_layers();
}

FloatMatrix Transformer::run(std::span<const TokenIds> sequences, GemmExecutor& executor) const {
  Problems problems;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const std::string problem = sequence_problem(config(), sequences[i]);
    if (!problem.empty()) problems.add(fmt::format("sequence {}: {}", i, problem));
  }
  problems.throw_if_any();
  return parts_->network->run(sequences, executor);
}

FloatMatrix Transformer::logits(const FloatMatrix& hidden_states) const {
  OLV_CHECK(config().is_causal(), "an encoder has no scores of a next token");
  return FloatExecutor{}.attention("head.lm_head", hidden_states,
                                   parts_->network->output_weights());
}

FloatMatrix mean_pooled(const FloatMatrix& hidden_states, std::span<const TokenIds> sequences) {
  FloatMatrix pooled(static_cast<int64_t>(sequences.size()), hidden_states.columns);
  int64_t row = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    std::vector<double> sums(static_cast<size_t>(hidden_states.columns));
    for (size_t token = 0; token < sequences[i].size(); ++token) {
      const auto state = hidden_states.row(row++);
      for (size_t j = 0; j < sums.size(); ++j) sums[j] += state[j];
    }
    // Dividing by the number of tokens would be undone by the scaling.
    double squares = 0.0;
    for (const double sum : sums) squares += sum * sum;
    const double factor = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    const auto out = pooled.row(static_cast<int64_t>(i));
    for (size_t j = 0; j < sums.size(); ++j) out[j] = static_cast<float>(sums[j] * factor);
  }
  OLV_CHECK(row == hidden_states.rows, "{} tokens of {}", row, hidden_states.rows);
  return pooled;
}

}  // namespace olivine
