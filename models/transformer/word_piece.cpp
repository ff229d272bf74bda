// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/word_piece.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/transformer/uncased_text.h"

namespace olivine {
namespace {

constexpr size_t kMaxPieces = size_t{1} << 21;
constexpr int64_t kMaxWordCharacters = 100;  // a longer word is unknown
constexpr std::string_view kContinued = "##";

bool is_character_start(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

}  // namespace

WordPiece::WordPiece(std::string_view vocabulary, const std::string& source) {
  if (vocabulary.size() > kMaxVocabularyBytes) {
    throw ConfigError{
        fmt::format("{}: {} bytes: at most {}", source, vocabulary.size(), kMaxVocabularyBytes)};
  }
  read_pieces(vocabulary, source);
  find_special_tokens(source);
}

void WordPiece::read_pieces(std::string_view vocabulary, const std::string& source) {
  size_t line = 0;
  while (!vocabulary.empty()) {
    const size_t end = std::min(vocabulary.find('\n'), vocabulary.size());
    std::string_view piece = vocabulary.substr(0, end);
    vocabulary.remove_prefix(std::min(end + 1, vocabulary.size()));
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    ++line;
    if (line > kMaxPieces) {
      throw ConfigError{fmt::format("{}:{}: at most {} pieces", source, line, kMaxPieces)};
    }
    const auto [found, is_new] = pieces_.emplace(piece, static_cast<int32_t>(line - 1));
    if (piece.empty() || !is_new) {
      throw ConfigError{piece.empty() ? fmt::format("{}:{}: an empty piece", source, line)
                                      : fmt::format("{}:{}: piece '{}' again: line {} has it",
                                                    source, line, piece, found->second + 1)};
    }
  }
}

void WordPiece::find_special_tokens(const std::string& source) {
  // MPNet's vocabulary has BERT's, too, but was trained with its own.
  const bool is_mpnet = pieces_.contains("<s>") && pieces_.contains("</s>");
  Problems problems;
  const auto find = [&](std::string_view name, int32_t& id) {
    const auto found = pieces_.find(name);
    if (found == pieces_.end()) {
      problems.add(fmt::format("{}: no piece '{}'", source, name));
    } else {
      id = found->second;
    }
  };
  find(is_mpnet ? "<s>" : "[CLS]", start_);
  find(is_mpnet ? "</s>" : "[SEP]", end_);
  find("[UNK]", unknown_);
  problems.throw_if_any();
}

TokenIds WordPiece::encode(std::string_view text, int64_t max_tokens) const {
  OLV_CHECK(max_tokens >= 2, "{} tokens: start and end are two", max_tokens);
  TokenIds ids = {start_};
  for (const std::string& word : uncased_words(text)) {
    append_word(word, ids);
    if (static_cast<int64_t>(ids.size()) >= max_tokens - 1) break;
  }
  ids.resize(std::min(ids.size(), static_cast<size_t>(max_tokens - 1)));
  ids.push_back(end_);
  return ids;
}

void WordPiece::append_word(std::string_view word, TokenIds& ids) const {
  const size_t first_id = ids.size();
  const bool is_long = std::ranges::count_if(word, is_character_start) > kMaxWordCharacters;
  // What is left of the word, behind the mark of a piece that continues one.
  std::string rest = std::string{kContinued} + std::string{word};
  bool is_first = true;
  while (!is_long && rest.size() > kContinued.size()) {
    const size_t mark = is_first ? 0 : kContinued.size();
    const size_t length =
        longest_piece(std::string_view{rest}.substr(kContinued.size() - mark), mark, ids);
    if (length == 0) break;
    rest.erase(kContinued.size(), length);
    is_first = false;
  }
  if (is_long || rest.size() > kContinued.size()) {
    ids.resize(first_id);
    ids.push_back(unknown_);
  }
}

size_t WordPiece::longest_piece(std::string_view text, size_t mark, TokenIds& ids) const {
  for (size_t end = text.size(); end > mark; --end) {
    if (end < text.size() && !is_character_start(text[end])) continue;
    const auto found = pieces_.find(text.substr(0, end));
    if (found == pieces_.end()) continue;
    ids.push_back(found->second);
    return end - mark;
  }
  return 0;
}

}  // namespace olivine
