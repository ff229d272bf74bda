// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace olivine {

// Text that language models are judged and calibrated with. One record a line; blank lines and
// lines that begin with '#' are skipped. Files are not trusted.

inline constexpr size_t kMaxSentenceLines = 10'000;
inline constexpr size_t kMaxSentenceLineBytes = 4096;
inline constexpr double kMaxSentenceGrade = 5;

// Two sentences and how much of their meaning they share, as people grade it: 0 unrelated to 5 the
// same in other words.
struct SentencePair {
  double grade = 0;
  std::string first;
  std::string second;
};

// Lines of grade, first and second sentence, separated by tabs. `source` stands in errors. Throws
// ConfigError with the line of every problem: a wrong count of fields, a grade that is no number in
// 0..5, an empty sentence, a control character, lines beyond the limits above, no pair at all.
[[nodiscard]] std::vector<SentencePair> parse_sentence_pairs(std::string_view text,
                                                             const std::string& source);

// Lines of one sentence each. Throws alike; a tab is a control character here.
[[nodiscard]] std::vector<std::string> parse_sentences(std::string_view text,
                                                       const std::string& source);

// Lines of token ids, separated by blanks: the text of a decoder, whose tokenizer is not here.
// Throws alike; an id is a whole number from 0.
[[nodiscard]] std::vector<std::vector<int32_t>> parse_token_lines(std::string_view text,
                                                                  const std::string& source);

// The same of a file. Throws ConfigError where it cannot be read.
[[nodiscard]] std::vector<SentencePair> read_sentence_pairs(const std::string& path);
[[nodiscard]] std::vector<std::string> read_sentences(const std::string& path);
[[nodiscard]] std::vector<std::vector<int32_t>> read_token_lines(const std::string& path);

}  // namespace olivine
