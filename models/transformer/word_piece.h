// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/transformer/transformer.h"

namespace olivine {

// BERT's uncased tokenizer: clean-up, lower case, accents stripped, split at white space,
// punctuation and CJK characters, then greedy longest WordPieces from a vocabulary with one piece a
// line. Names of the special tokens differ: [CLS] [SEP] [UNK] of BERT, <s> </s> [UNK] of MPNet.
class WordPiece {
 public:
  // Untrusted text; throws ConfigError: no such special tokens, a piece twice.
  WordPiece(std::string_view vocabulary, const std::string& source);

  // With the start and end token, cut to `max_tokens` in all.
  [[nodiscard]] TokenIds encode(std::string_view text, int64_t max_tokens) const;

 private:
  std::map<std::string, int32_t, std::less<>> pieces_;
  int32_t start_ = 0;
  int32_t end_ = 0;
  int32_t unknown_ = 0;
};

}  // namespace olivine
