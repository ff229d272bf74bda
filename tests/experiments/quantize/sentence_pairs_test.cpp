// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/sentence_pairs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "models/base/error.h"

namespace olivine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

const std::string kFolder = std::string{OLV_SOURCE_DIR} + "/experiments/studies/accuracy_energy/";
constexpr const char* kGood = "3\tA cat.\tA dog.\n";

std::vector<std::string> problems_of(const std::function<void()>& read) {
  try {
    read();
    return {"none"};
  } catch (const ConfigError& error) {
    return error.problems();
  }
}

std::vector<std::string> pair_problems(const std::string& text) {
  return problems_of([&] { (void)parse_sentence_pairs(text, "p.tsv"); });
}

std::vector<std::string> sentence_problems(const std::string& text) {
  return problems_of([&] { (void)parse_sentences(text, "s.txt"); });
}

TEST(SentencePairs, ReadsGradesAndSentences) {
  const auto pairs = parse_sentence_pairs(
      "# a comment\tof any\tshape\tat all\n\n0\tOne, two.\tThree!\r\n  \n4.5\t \"Four\" # "
      "no\t5\n5\ta\tb",
      "p.tsv");
  ASSERT_THAT(pairs, SizeIs(3));
  EXPECT_EQ(pairs[0].grade, 0);
  EXPECT_EQ(pairs[0].first, "One, two.");
  EXPECT_EQ(pairs[0].second, "Three!");
  EXPECT_EQ(pairs[1].grade, 4.5);
  EXPECT_EQ(pairs[1].first, "\"Four\" # no");
  EXPECT_EQ(pairs[2].second, "b");
}

TEST(SentencePairs, NamesTheLineOfEveryProblemBad) {
  const std::string text = "1\ta\n# c\n6\ta\tb\nx\t\tb\n1\ta\tb\tc\n-0.5\ta\tb\nnan\ta\tb\n";
  EXPECT_THAT(
      pair_problems(text),
      ElementsAre("p.tsv:1: 2 fields separated by tabs: must be 3 (grade, first, second)",
                  "p.tsv:3: grade = '6': must be a number in 0..5",
                  "p.tsv:4: grade = 'x': must be a number in 0..5", "p.tsv:4: empty sentence",
                  "p.tsv:5: 4 fields separated by tabs: must be 3 (grade, first, second)",
                  "p.tsv:6: grade = '-0.5': must be a number in 0..5",
                  "p.tsv:7: grade = 'nan': must be a number in 0..5"));
}

TEST(SentencePairs, RefusesControlCharactersBad) {
  EXPECT_THAT(pair_problems(std::string{"1\ta\0b\tc\n", 8}),
              ElementsAre("p.tsv:1: control character 0x00 at byte 1 of a sentence"));
  EXPECT_THAT(pair_problems("1\tab\x1b\x7f\tc\n"),
              ElementsAre("p.tsv:1: control character 0x1b at byte 2 of a sentence"));
}

TEST(SentencePairs, RefusesFilesWithoutPairsBad) {
  for (const char* text : {"", "\n", "# only a comment", "\r\n \n"}) {
    EXPECT_THAT(pair_problems(text), ElementsAre("p.tsv: no sentence pair in it")) << text;
  }
}

TEST(SentencePairs, HoldsLinesToTheirLimits) {
  const std::string fields = "1\ta\t";
  const std::string full(kMaxSentenceLineBytes - fields.size(), 'b');
  EXPECT_THAT(parse_sentence_pairs(fields + full, "p.tsv"), SizeIs(1));
  EXPECT_THAT(pair_problems(fields + full + "b"),
              ElementsAre(fmt::format("p.tsv:1: line of {} bytes: must be at most {}",
                                      kMaxSentenceLineBytes + 1, kMaxSentenceLineBytes)));
  std::string lines;
  for (size_t i = 0; i < kMaxSentenceLines; ++i) lines += kGood;
  EXPECT_THAT(parse_sentence_pairs(lines, "p.tsv"), SizeIs(kMaxSentenceLines));
  EXPECT_THAT(pair_problems(lines + "\n"),
              ElementsAre(fmt::format("p.tsv:{}: more lines than {}", kMaxSentenceLines + 1,
                                      kMaxSentenceLines)));
}

TEST(SentencePairs, StopsListingProblemsAtTwentyBad) {
  std::string text;
  for (int i = 0; i < 23; ++i) text += "?\n";
  const auto problems = pair_problems(text);
  ASSERT_THAT(problems, SizeIs(21));
  EXPECT_EQ(problems.back(), "p.tsv: 3 problems more");
}

TEST(Sentences, ReadsOneALine) {
  EXPECT_THAT(parse_sentences("# c\n one \n\ntwo words\r\nthree", "s.txt"),
              ElementsAre("one", "two words", "three"));
}

TEST(Sentences, NamesTheLineOfEveryProblemBad) {
  EXPECT_THAT(sentence_problems("a\nb\tc\n" + std::string(kMaxSentenceLineBytes + 1, 'd')),
              ElementsAre("s.txt:2: control character 0x09 at byte 1 of a sentence",
                          fmt::format("s.txt:3: line of {} bytes: must be at most {}",
                                      kMaxSentenceLineBytes + 1, kMaxSentenceLineBytes)));
  EXPECT_THAT(sentence_problems("#\n"), ElementsAre("s.txt: no sentence in it"));
}

TEST(Sentences, SayWhatCannotBeReadBad) {
  EXPECT_THAT([] { (void)read_sentence_pairs("no/such/pairs.tsv"); },
              ThrowsMessage<ConfigError>(HasSubstr("no/such/pairs.tsv: no such file")));
  EXPECT_THAT([] { (void)read_sentences(kFolder); },
              ThrowsMessage<ConfigError>(HasSubstr(kFolder)));
}

// What the study claims of its own set.
TEST(Sentences, OfTheStudyAreAsItSays) {
  const auto pairs = read_sentence_pairs(kFolder + "sentence_pairs.tsv");
  EXPECT_GE(pairs.size(), 240u);
  std::array<int, 6> grades{};
  std::set<std::string> seen;
  for (const SentencePair& pair : pairs) {
    ++grades.at(static_cast<size_t>(pair.grade));
    EXPECT_TRUE(seen.insert(pair.first).second) << pair.first;
    EXPECT_TRUE(seen.insert(pair.second).second) << pair.second;
  }
  for (const int count : grades) EXPECT_GE(count, 40);
  const auto calibration = read_sentences(kFolder + "calibration_sentences.txt");
  EXPECT_THAT(calibration, SizeIs(64));
  for (const std::string& sentence : calibration) {
    EXPECT_TRUE(seen.insert(sentence).second) << sentence;
  }
}

TEST(TokenLines, AreWholeNumbersSeparatedByBlanks) {
  EXPECT_EQ(parse_token_lines("# ids\n1 2  3\n\n0\n", "t"),
            (std::vector<std::vector<int32_t>>{{1, 2, 3}, {0}}));
  for (const char* text : {"-1", "1.5", "x", "2147483648", "# only"}) {
    EXPECT_THROW((void)parse_token_lines(text, "t"), ConfigError) << text;
  }
  EXPECT_EQ(parse_token_lines("2147483647", "t").front().front(), 2147483647);
}

}  // namespace
}  // namespace olivine
