// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "models/transformer/linear_store.h"
#include "models/transformer/transformer.h"

namespace olivine {

struct Norm {
  std::vector<float> weight;
  std::vector<float> bias;  // empty: an RMS norm
};

// One family's arithmetic over its weights.
class Network {
 public:
  explicit Network(const TransformerConfig& config) : config_(config) {}
  virtual ~Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  [[nodiscard]] const TransformerConfig& config() const { return config_; }
  [[nodiscard]] std::span<const LinearLayer> linear_layers() const { return linears_.layers(); }

  // Contract: sequences and tokens are in range.
  [[nodiscard]] virtual FloatMatrix run(std::span<const TokenIds> sequences,
                                        GemmExecutor& executor) const = 0;

  // Decoders: the weights of the output layer, vocabulary x hidden.
  [[nodiscard]] virtual const FloatMatrix& output_weights() const { return tokens_; }

 protected:
  // A row of the embeddings each, plus one of `positions` from `first_position` on unless it is
  // empty.
  [[nodiscard]] FloatMatrix embed(std::span<const TokenIds> sequences, const FloatMatrix& positions,
                                  int64_t first_position) const;
  void normalize(FloatMatrix& x, const Norm& norm) const;
  [[nodiscard]] FloatMatrix linear(size_t layer, const FloatMatrix& x,
                                   GemmExecutor& executor) const {
    return linears_.run(layer, x, executor);
  }

  // For the constructors of families.
  [[nodiscard]] LinearStore& linears() { return linears_; }
  void set_tokens(FloatMatrix tokens) { tokens_ = std::move(tokens); }

 private:
  TransformerConfig config_;
  LinearStore linears_;
  FloatMatrix tokens_;  // embeddings, vocabulary x hidden
};

[[nodiscard]] Norm find_norm(const TensorLookup& lookup, const std::string& name, int64_t hidden);
[[nodiscard]] std::vector<int64_t> lengths_of(std::span<const TokenIds> sequences);

[[nodiscard]] std::unique_ptr<Network> make_encoder(const TransformerConfig& config,
                                                    const Checkpoint& checkpoint);
[[nodiscard]] std::unique_ptr<Network> make_gpt2(const TransformerConfig& config,
                                                 const Checkpoint& checkpoint);
[[nodiscard]] std::unique_ptr<Network> make_llama(const TransformerConfig& config,
                                                  const Checkpoint& checkpoint);

}  // namespace olivine
