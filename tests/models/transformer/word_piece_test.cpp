// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/word_piece.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/base/yaml_file.h"
#include "models/transformer/uncased_text.h"

namespace olivine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Ids are line numbers from 0.
constexpr std::string_view kSmall =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\naff\n,\n##é\ne\n";

TokenIds encode(std::string_view text, int64_t max_tokens = 100) {
  return WordPiece{kSmall, "vocab.txt"}.encode(text, max_tokens);
}

TEST(WordPiece, TakesTheLongestPieces) {
  EXPECT_THAT(encode(""), ElementsAre(2, 3));
  EXPECT_THAT(encode("unaffable"), ElementsAre(2, 4, 5, 6, 3));
  EXPECT_THAT(encode("Aff, UN"), ElementsAre(2, 7, 8, 4, 3));
  EXPECT_THAT(encode("affun"), ElementsAre(2, 1, 3));       // no ##un
  EXPECT_THAT(encode("unaffables"), ElementsAre(2, 1, 3));  // the whole word is unknown
  EXPECT_THAT(encode("able"), ElementsAre(2, 1, 3));        // only as a continuation
  EXPECT_THAT(encode("\xC3\x89"), ElementsAre(2, 10, 3));   // É without its accent
}

TEST(WordPiece, CutsToTheNumberOfTokens) {
  EXPECT_THAT(encode("un un un", 5), ElementsAre(2, 4, 4, 4, 3));
  EXPECT_THAT(encode("un un un", 4), ElementsAre(2, 4, 4, 3));
  EXPECT_THAT(encode("unaffable", 4), ElementsAre(2, 4, 5, 3));  // within a word, too
  EXPECT_THAT(encode("unaffable", 2), ElementsAre(2, 3));
}

TEST(WordPiece, KnowsNoWordOfMoreThan100Characters) {
  std::string vocabulary{kSmall};
  for (const size_t length : {100U, 101U}) vocabulary += std::string(length, 'x') + "\n";
  const WordPiece tokenizer{vocabulary, "vocab.txt"};
  EXPECT_THAT(tokenizer.encode(std::string(100, 'x'), 9), ElementsAre(2, 11, 3));
  EXPECT_THAT(tokenizer.encode(std::string(101, 'x'), 9), ElementsAre(2, 1, 3));
}

TEST(WordPiece, TakesMpnetsSpecialTokensWhereTheyAre) {
  const WordPiece tokenizer{"<s>\n<pad>\n</s>\n<unk>\n[UNK]\n[CLS]\n[SEP]\na\n", "vocab.txt"};
  EXPECT_THAT(tokenizer.encode("a b", 9), ElementsAre(0, 7, 4, 2));
}

TEST(WordPiece, ReadsLinesHoweverTheyEnd) {
  const WordPiece tokenizer{"[UNK]\r\n[CLS]\r\n[SEP]\r\nz", "vocab.txt"};
  EXPECT_EQ(tokenizer.piece_count(), 4);
  EXPECT_THAT(tokenizer.encode("z", 9), ElementsAre(1, 3, 2));
}

TEST(WordPiece, RefusesBadVocabularies) {
  const auto problem = [](const std::string& vocabulary) -> std::string {
    try {
      (void)WordPiece{vocabulary, "vocab.txt"};
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(problem("[UNK]\n[CLS]\n[SEP]\n"), "none");
  EXPECT_EQ(
      problem(""),
      "vocab.txt: no piece '[CLS]'\nvocab.txt: no piece '[SEP]'\nvocab.txt: no piece '[UNK]'");
  EXPECT_EQ(problem("[CLS]\n[SEP]\nx"), "vocab.txt: no piece '[UNK]'");
  EXPECT_EQ(problem("<s>\n[SEP]\n[UNK]"), "vocab.txt: no piece '[CLS]'");
  EXPECT_EQ(problem("[UNK]\na\nb\na\n"), "vocab.txt:4: piece 'a' again: line 2 has it");
  EXPECT_EQ(problem("[UNK]\n\n[CLS]\n"), "vocab.txt:2: an empty piece");
  EXPECT_EQ(problem("\n"), "vocab.txt:1: an empty piece");
  EXPECT_THAT(problem(std::string("\x00\xff\n\x00\xff\n", 6)), HasSubstr("vocab.txt:2: piece"));
  EXPECT_THAT(problem(std::string(WordPiece::kMaxVocabularyBytes + 1, 'x')), HasSubstr("at most"));
}

TEST(UncasedWords, AreCutAtSpacesPunctuationAndChinese) {
  EXPECT_THAT(uncased_words(" a\tb\r\nC\xC2\xA0"
                            "d "),
              ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(uncased_words("don't-$5^"), ElementsAre("don", "'", "t", "-", "$", "5", "^"));
  EXPECT_THAT(uncased_words("x\u4F60\u597Dy"), ElementsAre("x", "\u4F60", "\u597D", "y"));
  EXPECT_THAT(uncased_words("\u3042\u3044"), ElementsAre("\u3042\u3044"));  // kana are no Chinese
}

TEST(UncasedWords, LoseAccentsAndControlCharacters) {
  EXPECT_THAT(uncased_words("\u00C9t\u00E9 e\u0301"), ElementsAre("ete", "e"));
  EXPECT_THAT(uncased_words(std::string("a\0b\x07\x7F"
                                        "c",
                                        6)),
              ElementsAre("abc"));
  EXPECT_THAT(uncased_words("a\u200Bb\uFFFDc\uE000"), ElementsAre("abc"));
  EXPECT_THAT(uncased_words("\u0301"), ElementsAre());
  EXPECT_THAT(uncased_words("\u03A3\u0391\u03A3"), ElementsAre("\u03C3\u03B1\u03C3"));
}

TEST(UncasedWords, DropBytesThatAreNoUtf8) {
  EXPECT_THAT(uncased_words("a\xFF"
                            "b\xC3"),
              ElementsAre("ab"));
  EXPECT_THAT(uncased_words("\xED\xA0\x80x"), ElementsAre("x"));      // a surrogate
  EXPECT_THAT(uncased_words("\xF4\x90\x80\x80x"), ElementsAre("x"));  // beyond Unicode
  EXPECT_THAT(uncased_words("\xC0\x80x"), ElementsAre("x"));          // overlong
}

// word_piece_golden.json holds what Hugging Face's package `tokenizers` makes of texts in several
// scripts, of accents, punctuation, emoji, control characters and long words. Texts were left out
// where that package has another table of characters: punctuation added after Unicode 8, and the
// ideographs U+2B820 to U+2B91F, which it does not set apart.
TEST(WordPiece, AgreesWithTheTokenizerOfMiniLm) {
  const std::filesystem::path root{OLV_SOURCE_DIR};
  const std::filesystem::path file = root / "build/downloads/minilm/vocab.txt";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "SKIPPED (no model)";
  const WordPiece tokenizer{read_text_file(file, WordPiece::kMaxVocabularyBytes), "vocab.txt"};
  EXPECT_EQ(tokenizer.piece_count(), 30522);
  const auto golden = nlohmann::json::parse(
      read_text_file(root / "tests/models/transformer/word_piece_golden.json", 1 << 20));
  EXPECT_GE(golden.at("cases").size(), 40u);
  for (const auto& item : golden.at("cases")) {
    const auto text = item.at("text").get<std::string>();
    EXPECT_EQ(tokenizer.encode(text, 512), item.at("ids").get<TokenIds>()) << text;
  }
}

}  // namespace
}  // namespace olivine
