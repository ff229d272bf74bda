// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/token_task.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/error.h"
#include "models/numerics/tensor_quality.h"
#include "models/transformer/transformer.h"

namespace olivine::quality {
namespace {

double log_probability(std::span<const float> scores, int32_t token) {
  const auto largest = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
  double sum = 0.0;
  for (const float score : scores) sum += std::exp(static_cast<double>(score) - largest);
  return static_cast<double>(scores[static_cast<size_t>(token)]) - largest - std::log(sum);
}

}  // namespace

TokenTask::TokenTask(const Transformer& transformer, std::vector<std::vector<int32_t>> sequences)
    : transformer_(&transformer), sequences_(std::move(sequences)) {
  const bool has_next = std::any_of(sequences_.begin(), sequences_.end(),
                                    [](const auto& sequence) { return sequence.size() >= 2; });
  if (!has_next) throw ConfigError{"text: no sequence has two tokens or more"};
  FloatExecutor executor;
  float_ = ask(executor);
}

TokenTask::Answers TokenTask::ask(GemmExecutor& executor) const {
  Answers answers;
  answers.hidden_states = transformer_->run(sequences_, executor);
  double sum = 0.0;
  int64_t first = 0;
  for (const auto& sequence : sequences_) {
    // Scores of one sequence at a time: a vocabulary is large.
    const auto count = static_cast<int64_t>(sequence.size());
    FloatMatrix states(count, answers.hidden_states.columns);
    for (int64_t i = 0; i < count; ++i) {
      const auto row = answers.hidden_states.row(first + i);
      std::copy(row.begin(), row.end(), states.row(i).begin());
    }
    first += count;
    const FloatMatrix scores = transformer_->logits(states);
    for (int64_t i = 0; i + 1 < count; ++i) {
      const auto row = scores.row(i);
      answers.likeliest.push_back(
          static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
      sum += log_probability(row, sequence[static_cast<size_t>(i + 1)]);
    }
  }
  answers.log_likelihood = sum / static_cast<double>(answers.likeliest.size());
  return answers;
}

std::map<std::string, double> TokenTask::reference() const {
  return {{"log_likelihood", float_.log_likelihood}};
}

std::map<std::string, double> TokenTask::measure(GemmExecutor& executor) const {
  const Answers answers = ask(executor);
  double cosines = 0.0;
  for (int64_t row = 0; row < answers.hidden_states.rows; ++row) {
    cosines +=
        compare_values(float_.hidden_states.row(row), answers.hidden_states.row(row)).cosine();
  }
  size_t agreed = 0;
  for (size_t i = 0; i < answers.likeliest.size(); ++i) {
    if (answers.likeliest[i] == float_.likeliest[i]) ++agreed;
  }
  return {{"mean_cosine", cosines / static_cast<double>(answers.hidden_states.rows)},
          {"next_token_agreement",
           static_cast<double>(agreed) / static_cast<double>(answers.likeliest.size())},
          {"log_likelihood", answers.log_likelihood}};
}

}  // namespace olivine::quality
