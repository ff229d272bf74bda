// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "models/transformer/transformer.h"

namespace olivine {

// BERT's uncased tokenizer: clean-up, lower case, accents stripped, split at white space,
// punctuation and CJK characters, then greedy longest WordPieces from a vocabulary with one piece a
// line. Names of the special tokens differ: [CLS] [SEP] [UNK] of BERT, <s> </s> [UNK] of MPNet. A
// text that spells them is text: no user can place one.
class WordPiece {
 public:
  static constexpr size_t kMaxVocabularyBytes = size_t{64} << 20;

  // Untrusted text; throws ConfigError: no such special tokens, a piece twice or empty, too many.
  WordPiece(std::string_view vocabulary, const std::string& source);

  // With the start and end token, cut to `max_tokens` in all. A word that no pieces make up, or of
  // more than 100 characters, is [UNK]. Contract: max_tokens >= 2.
  [[nodiscard]] TokenIds encode(std::string_view text, int64_t max_tokens) const;

  [[nodiscard]] int64_t piece_count() const { return static_cast<int64_t>(pieces_.size()); }

 private:
  void read_pieces(std::string_view vocabulary, const std::string& source);
  void find_special_tokens(const std::string& source);
  void append_word(std::string_view word, TokenIds& ids) const;
  // Appends the longest piece that `text` begins with and returns its bytes; 0: there is none. The
  // first `mark` bytes of `text` are no part of the word.
  size_t longest_piece(std::string_view text, size_t mark, TokenIds& ids) const;

  std::map<std::string, int32_t, std::less<>> pieces_;
  int32_t start_ = 0;
  int32_t end_ = 0;
  int32_t unknown_ = 0;
};

}  // namespace olivine
