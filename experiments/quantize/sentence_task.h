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
struct SentencePair;
}  // namespace olivine

namespace olivine::quality {

struct TextModel;

// Judges an executor by sentence embeddings against those of the float32 network.
//   mean_cosine, min_cosine  of the embeddings of one sentence, over all sentences
//   rank_agreement           Spearman correlation of the pairs' similarities
//   grade_agreement          Spearman correlation of the pairs' similarities and their grades
class SentenceTask : public QualityTask {
 public:
  // Executes the network in float32. Contract: `model` is an encoder and outlives the task.
  SentenceTask(const TextModel& model, const std::vector<SentencePair>& pairs);

  // Of the float32 network: grade_agreement.
  [[nodiscard]] std::map<std::string, double> reference() const override;
  [[nodiscard]] std::map<std::string, double> measure(GemmExecutor& executor) const override;

 private:
  [[nodiscard]] FloatMatrix embed(GemmExecutor& executor) const;

  const TextModel* model_;
  std::vector<std::vector<int32_t>> tokens_;  // first and second of every pair
  std::vector<double> grades_;
  FloatMatrix embeddings_;            // float32
  std::vector<double> similarities_;  // of the pairs, float32
};

}  // namespace olivine::quality
