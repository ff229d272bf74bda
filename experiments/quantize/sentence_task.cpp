// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/sentence_task.h"

#include <algorithm>

#include "experiments/quantize/rank_agreement.h"
#include "experiments/quantize/sentence_pairs.h"
#include "experiments/quantize/text_model.h"
#include "models/numerics/tensor_quality.h"

namespace olivine::quality {
namespace {

// Of rows 0 and 1, 2 and 3, ...
std::vector<double> pair_similarities(const FloatMatrix& embeddings) {
  std::vector<double> result;
  for (int64_t row = 0; row + 1 < embeddings.rows; row += 2) {
    result.push_back(compare_values(embeddings.row(row), embeddings.row(row + 1)).cosine());
  }
  return result;
}

}  // namespace

SentenceTask::SentenceTask(const TextModel& model, const std::vector<SentencePair>& pairs)
    : model_(&model) {
  std::vector<std::string> sentences;
  for (const SentencePair& pair : pairs) {
    sentences.push_back(pair.first);
    sentences.push_back(pair.second);
    grades_.push_back(pair.grade);
  }
  tokens_ = model.tokenize(sentences);
  FloatExecutor executor;
  embeddings_ = embed(executor);
  similarities_ = pair_similarities(embeddings_);
}

FloatMatrix SentenceTask::embed(GemmExecutor& executor) const {
  return mean_pooled(model_->transformer.run(tokens_, executor), tokens_);
}

std::map<std::string, double> SentenceTask::reference() const {
  return {{"grade_agreement", spearman(similarities_, grades_)}};
}

std::map<std::string, double> SentenceTask::measure(GemmExecutor& executor) const {
  const FloatMatrix embeddings = embed(executor);
  double sum = 0.0;
  double least = 1.0;
  for (int64_t row = 0; row < embeddings.rows; ++row) {
    const double similarity = compare_values(embeddings_.row(row), embeddings.row(row)).cosine();
    sum += similarity;
    least = std::min(least, similarity);
  }
  const std::vector<double> similarities = pair_similarities(embeddings);
  return {{"mean_cosine", sum / static_cast<double>(embeddings.rows)},
          {"min_cosine", least},
          {"rank_agreement", spearman(similarities, similarities_)},
          {"grade_agreement", spearman(similarities, grades_)}};
}

}  // namespace olivine::quality
