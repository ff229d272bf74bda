// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "experiments/quantize/quality_task.h"
#include "models/numerics/float_matrix.h"

namespace olivine {
class Transformer;
}  // namespace olivine

namespace olivine::quality {

// Judges an executor by what a decoder says of the next token, at every position of some text.
//   mean_cosine           of the hidden states and those of the float32 network
//   next_token_agreement  share of positions where both think the same token likeliest
//   log_likelihood        mean of the natural logarithm of the probability of the token that does
//                         follow; perplexity is exp of its negative
class TokenTask : public QualityTask {
 public:
  // Executes the network in float32. Contract: `transformer` is a decoder and outlives the task.
  // Throws ConfigError where no sequence has two tokens.
  TokenTask(const Transformer& transformer, std::vector<std::vector<int32_t>> sequences);

  [[nodiscard]] std::map<std::string, double> reference() const override;
  [[nodiscard]] std::map<std::string, double> measure(GemmExecutor& executor) const override;

 private:
  // What the network says at every position that is followed by a token.
  struct Answers {
    FloatMatrix hidden_states;       // of every position
    std::vector<int32_t> likeliest;  // token
    double log_likelihood = 0.0;     // mean
  };
  [[nodiscard]] Answers ask(GemmExecutor& executor) const;

  const Transformer* transformer_;
  std::vector<std::vector<int32_t>> sequences_;
  Answers float_;
};

}  // namespace olivine::quality
