// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "experiments/quantize/sentence_model.h"
#include "experiments/quantize/sentence_pairs.h"
#include "models/transformer/gemm_executor.h"

namespace olivine::quality {

// Judges an executor by sentence embeddings against those of the float32 network.
//   mean_cosine, min_cosine  of the embeddings of one sentence, over all sentences
//   rank_agreement           Spearman correlation of the pairs' similarities
//   grade_agreement          Spearman correlation of the pairs' similarities and their grades
class SentenceTask {
 public:
  // Executes the network in float32. Contract: `model` outlives the task.
  SentenceTask(const SentenceModel& model, const std::vector<SentencePair>& pairs);

  // Of the float32 network: grade_agreement.
  [[nodiscard]] std::map<std::string, double> reference() const;
  [[nodiscard]] std::map<std::string, double> measure(GemmExecutor& executor) const;

 private:
  [[nodiscard]] FloatMatrix embed(GemmExecutor& executor) const;

  const SentenceModel* model_;
  std::vector<TokenIds> tokens_;  // first and second of every pair
  std::vector<double> grades_;
  FloatMatrix embeddings_;            // float32
  std::vector<double> similarities_;  // of the pairs, float32
};

}  // namespace olivine::quality
