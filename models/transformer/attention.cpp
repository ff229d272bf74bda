// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/transformer/vector_layers.h"

namespace olivine {
namespace {

// Where one head of one sequence lies in a matrix of all.
struct Block {
  int64_t row = 0;
  int64_t rows = 0;
  int64_t column = 0;
  int64_t columns = 0;
};

FloatMatrix cut(const FloatMatrix& x, const Block& block) {
  FloatMatrix part(block.rows, block.columns);
  for (int64_t i = 0; i < block.rows; ++i) {
    const auto from = x.row(block.row + i).subspan(static_cast<size_t>(block.column));
    std::copy_n(from.begin(), block.columns, part.row(i).begin());
  }
  return part;
}

FloatMatrix cut_transposed(const FloatMatrix& x, const Block& block) {
  FloatMatrix part(block.columns, block.rows);
  for (int64_t i = 0; i < block.rows; ++i) {
    const auto from = x.row(block.row + i).subspan(static_cast<size_t>(block.column));
    for (int64_t j = 0; j < block.columns; ++j) {
      part.row(j)[static_cast<size_t>(i)] = from[static_cast<size_t>(j)];
    }
  }
  return part;
}

void paste(const FloatMatrix& part, const Block& block, FloatMatrix& x) {
  for (int64_t i = 0; i < block.rows; ++i) {
    const auto to = x.row(block.row + i).subspan(static_cast<size_t>(block.column));
    std::copy_n(part.row(i).begin(), block.columns, to.begin());
  }
}

void scale_and_mask(const AttentionConfig& config, int64_t head, FloatMatrix& scores) {
  const float factor = 1.0F / std::sqrt(static_cast<float>(config.head_dim));
  for (float& score : scores.values) score *= factor;
  for (int64_t query = 0; query < scores.rows; ++query) {
    const auto row = scores.row(query);
    for (int64_t key = 0; config.bias != nullptr && key < scores.columns; ++key) {
      row[static_cast<size_t>(key)] += config.bias->at(head, query, key);
    }
    if (config.is_causal) {
      std::fill(row.begin() + query + 1, row.end(), -std::numeric_limits<float>::infinity());
    }
  }
}

// The layers' names, put together once for all heads.
struct AttentionNames {
  std::string qk;
  std::string pv;
};

FloatMatrix attend_head(const AttentionConfig& config, const AttentionInput& input, int64_t head,
                        Block block, const AttentionNames& names, GemmExecutor& executor) {
  const FloatMatrix query = cut(input.query, block);
  block.column = head / (config.heads / config.key_heads) * config.head_dim;
  FloatMatrix scores = executor.attention(names.qk, query, cut(input.key, block));
  OLV_CHECK(scores.rows == block.rows && scores.columns == block.rows, "{}: {} x {}", names.qk,
            scores.rows, scores.columns);
  scale_and_mask(config, head, scores);
  softmax_rows(scores);
  FloatMatrix out = executor.attention(names.pv, scores, cut_transposed(input.value, block));
  OLV_CHECK(out.rows == block.rows && out.columns == config.head_dim, "{}: {} x {}", names.pv,
            out.rows, out.columns);
  return out;
}

}  // namespace

FloatMatrix attend(const AttentionConfig& config, const AttentionInput& input,
                   std::span<const int64_t> lengths, const std::string& prefix,
                   GemmExecutor& executor) {
  const AttentionNames names{prefix + "qk", prefix + "pv"};
  FloatMatrix out(input.query.rows, config.heads * config.head_dim);
  int64_t first = 0;
  for (const int64_t length : lengths) {
    for (int64_t head = 0; head < config.heads; ++head) {
      const Block block{first, length, head * config.head_dim, config.head_dim};
      paste(attend_head(config, input, head, block, names, executor), block, out);
    }
    first += length;
  }
  OLV_CHECK(first == out.rows, "{} tokens of {}", first, out.rows);
  return out;
}

}  // namespace olivine
