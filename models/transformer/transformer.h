// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/checkpoint/checkpoint.h"
#include "models/numerics/float_matrix.h"
#include "models/transformer/gemm_executor.h"
#include "models/transformer/transformer_config.h"

namespace olivine {

using TokenIds = std::vector<int32_t>;

// A transformer with real weights. Norms, softmax, activations and residuals are float32; GEMMs are
// the executor's. Sequences are never padded: linear layers see the tokens of all sequences as rows
// of one matrix, attention runs sequence by sequence and head by head.
class Transformer {
 public:
  // Tensors by their Hugging Face names, with or without the family's prefix ("bert.",
  // "transformer.", "model."), converted to float32. Throws ConfigError that names a tensor that is
  // absent or has another shape than the configuration says.
  Transformer(const TransformerConfig& config, const Checkpoint& checkpoint);
  ~Transformer();
  Transformer(Transformer&&) noexcept;
  Transformer& operator=(Transformer&&) noexcept;

  [[nodiscard]] const TransformerConfig& config() const;
  [[nodiscard]] std::span<const LinearLayer> linear_layers() const;  // in order of execution

  // Hidden states behind the last norm: tokens of all sequences x hidden. Throws ConfigError: an
  // empty or too long sequence, a token beyond the vocabulary.
  [[nodiscard]] FloatMatrix run(std::span<const TokenIds> sequences, GemmExecutor& executor) const;

  // Decoders: scores of the next token at every position, tokens x vocabulary. The output layer
  // stays float. Contract: config().is_causal().
  [[nodiscard]] FloatMatrix logits(const FloatMatrix& hidden_states) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Sentence embeddings: mean over the tokens of each sequence, scaled to length 1. One row a
// sequence.
[[nodiscard]] FloatMatrix mean_pooled(const FloatMatrix& hidden_states,
                                      std::span<const TokenIds> sequences);

}  // namespace olivine
