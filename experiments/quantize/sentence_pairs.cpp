// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/sentence_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"

namespace olivine {
namespace {

constexpr size_t kFields = 3;
// Of a file that is no sentence list at all, one screen is enough.
constexpr size_t kMaxProblems = 20;
// Every line full, and its end: two bytes.
constexpr size_t kMaxFileBytes = kMaxSentenceLines * (kMaxSentenceLineBytes + 2);

// Problems of one file, each with its line.
class LineProblems {
 public:
  explicit LineProblems(std::string source) : source_{std::move(source)} {}

  void add(size_t line, const std::string& problem) {
    ++count_;
    if (count_ <= kMaxProblems) problems_.add(fmt::format("{}:{}: {}", source_, line, problem));
  }
  void throw_if_any() {
    if (count_ > kMaxProblems) {
      problems_.add(fmt::format("{}: {} problems more", source_, count_ - kMaxProblems));
    }
    problems_.throw_if_any();
  }

 private:
  std::string source_;
  size_t count_ = 0;
  Problems problems_;
};

// Calls `record(number, line)` with every line that holds one, without its end. Checks lengths.
template <class Record>
void for_each_line(std::string_view text, LineProblems& problems, const Record& record) {
  size_t number = 0;
  while (!text.empty()) {
    if (++number > kMaxSentenceLines) {
      problems.add(number, fmt::format("more lines than {}", kMaxSentenceLines));
      return;
    }
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kMaxSentenceLineBytes) {
      problems.add(number, fmt::format("line of {} bytes: must be at most {}", line.size(),
                                       kMaxSentenceLineBytes));
      continue;
    }
    if (line.starts_with('#') || trim(line).empty()) continue;
    record(number, line);
  }
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// What is wrong with a sentence; nothing of a good one.
std::optional<std::string> sentence_problem(std::string_view sentence) {
  const auto control = std::find_if(sentence.begin(), sentence.end(), is_control);
  if (control != sentence.end()) {
    return fmt::format("control character 0x{:02x} at byte {} of a sentence",
                       static_cast<unsigned char>(*control), control - sentence.begin());
  }
  if (sentence.empty()) return "empty sentence";
  return std::nullopt;
}

// The sentence, or nothing and a problem more.
std::optional<std::string> parse_sentence(std::string_view field, size_t line,
                                          LineProblems& problems) {
  const std::string_view sentence = trim(field);
  if (auto problem = sentence_problem(sentence)) {
    problems.add(line, *problem);
    return std::nullopt;
  }
  return std::string{sentence};
}

std::optional<double> parse_grade(std::string_view field, size_t line, LineProblems& problems) {
  const auto grade = parse_number(trim(field));
  if (!grade || *grade < 0 || *grade > kMaxSentenceGrade) {
    problems.add(line, fmt::format("grade = '{}': must be a number in 0..{}", trim(field),
                                   kMaxSentenceGrade));
    return std::nullopt;
  }
  return grade;
}

void check_any(bool is_empty, const std::string& source, const char* what) {
  if (is_empty) throw ConfigError{fmt::format("{}: no {} in it", source, what)};
}

}  // namespace

std::vector<SentencePair> parse_sentence_pairs(std::string_view text, const std::string& source) {
  std::vector<SentencePair> pairs;
  LineProblems problems{source};
  for_each_line(text, problems, [&](size_t line, std::string_view record) {
    const std::vector<std::string> fields = split(record, '\t');
    if (fields.size() != kFields) {
      problems.add(line, fmt::format("{} fields separated by tabs: must be {} (grade, first, "
                                     "second)",
                                     fields.size(), kFields));
      return;
    }
    const auto grade = parse_grade(fields[0], line, problems);
    auto first = parse_sentence(fields[1], line, problems);
    auto second = parse_sentence(fields[2], line, problems);
    if (grade && first && second) pairs.push_back({*grade, std::move(*first), std::move(*second)});
  });
  problems.throw_if_any();
  check_any(pairs.empty(), source, "sentence pair");
  return pairs;
}

std::vector<std::string> parse_sentences(std::string_view text, const std::string& source) {
  std::vector<std::string> sentences;
  LineProblems problems{source};
  for_each_line(text, problems, [&](size_t line, std::string_view record) {
    if (auto sentence = parse_sentence(record, line, problems)) {
      sentences.push_back(std::move(*sentence));
    }
  });
  problems.throw_if_any();
  check_any(sentences.empty(), source, "sentence");
  return sentences;
}

std::vector<std::vector<int32_t>> parse_token_lines(std::string_view text,
                                                    const std::string& source) {
  std::vector<std::vector<int32_t>> sequences;
  LineProblems problems{source};
  for_each_line(text, problems, [&](size_t line, std::string_view record) {
    sequences.emplace_back();
    for (const std::string& word : split(record, ' ')) {
      if (word.empty()) continue;
      const auto id = parse_int(word);
      if (id && *id >= 0 && *id <= std::numeric_limits<int32_t>::max()) {
        sequences.back().push_back(static_cast<int32_t>(*id));
      } else {
        problems.add(line, fmt::format("token = '{}': must be a whole number from 0", word));
      }
    }
  });
  problems.throw_if_any();
  check_any(sequences.empty(), source, "line of tokens");
  return sequences;
}

std::vector<SentencePair> read_sentence_pairs(const std::string& path) {
  return parse_sentence_pairs(read_text_file(path, kMaxFileBytes), path);
}

std::vector<std::string> read_sentences(const std::string& path) {
  return parse_sentences(read_text_file(path, kMaxFileBytes), path);
}

std::vector<std::vector<int32_t>> read_token_lines(const std::string& path) {
  return parse_token_lines(read_text_file(path, kMaxFileBytes), path);
}

}  // namespace olivine
