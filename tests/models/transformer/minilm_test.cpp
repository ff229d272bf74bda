// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The real model, where ./olivine has fetched it: sentences that mean the same are close.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "models/base/yaml_file.h"
#include "models/checkpoint/open_checkpoint.h"
#include "models/transformer/transformer.h"
#include "models/transformer/word_piece.h"

namespace olivine {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

TEST(MiniLm, PutsSentencesOfOneMeaningTogether) {
  const auto folder = std::filesystem::path{OLV_SOURCE_DIR} / "build/downloads/minilm";
  if (!std::filesystem::exists(folder / "model.safetensors")) GTEST_SKIP() << "SKIPPED (no model)";
  const TransformerConfig config = parse_transformer_config(
      read_text_file(folder / "config.json", kMaxTransformerConfigBytes), "config.json");
  const WordPiece tokenizer{read_text_file(folder / "vocab.txt", WordPiece::kMaxVocabularyBytes),
                            "vocab.txt"};
  EXPECT_EQ(tokenizer.piece_count(), config.vocabulary);
  const Transformer transformer{config, open_checkpoint(folder / "model.safetensors")};
  std::vector<TokenIds> sequences;
  for (const char* text : {"A cat is asleep on the sofa.", "The kitten naps on a couch.",
                           "Interest rates rose again this quarter."}) {
    sequences.push_back(tokenizer.encode(text, config.max_tokens()));
  }
  FloatExecutor executor;
  const FloatMatrix pooled = mean_pooled(transformer.run(sequences, executor), sequences);
  // Half of the way from unrelated (0) to the same (1) is a wide margin for this model.
  EXPECT_GT(cosine(pooled.row(0), pooled.row(1)), 0.5);
  EXPECT_LT(cosine(pooled.row(0), pooled.row(2)), 0.2);
  EXPECT_LT(cosine(pooled.row(1), pooled.row(2)), 0.2);
}

}  // namespace
}  // namespace olivine
