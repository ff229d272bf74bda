// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/numerics/float_matrix.h"
#include "models/transformer/gemm_executor.h"

namespace olivine {

// What a head adds to the score of a key for a query, by the distance of the two.
struct RelativeBias {
  int64_t max_distance = 0;
  FloatMatrix by_head;  // heads x (2 * max_distance + 1): key - query = -max_distance ...

  [[nodiscard]] float at(int64_t head, int64_t query, int64_t key) const {
    return by_head.row(head)[static_cast<size_t>(key - query + max_distance)];
  }
};

struct AttentionConfig {
  int64_t heads = 0;
  int64_t key_heads = 0;  // divides heads: a head of keys serves heads / key_heads of queries
  int64_t head_dim = 0;
  bool is_causal = false;              // a token sees those before it and itself
  const RelativeBias* bias = nullptr;  // for all sequences' lengths
};

// Rows are tokens, sequence behind sequence; heads lie side by side.
struct AttentionInput {
  FloatMatrix query;  // tokens x heads * head_dim
  FloatMatrix key;    // tokens x key_heads * head_dim
  FloatMatrix value;
};

// softmax(q k^T / sqrt(head_dim) + bias) v of every sequence and head. `prefix` is that of the
// layers' names ("encoder.0."). Contract: the lengths add up to the rows.
[[nodiscard]] FloatMatrix attend(const AttentionConfig& config, const AttentionInput& input,
                                 std::span<const int64_t> lengths, const std::string& prefix,
                                 GemmExecutor& executor);

}  // namespace olivine
