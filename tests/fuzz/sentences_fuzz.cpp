// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of the readers of sentences: any text either gives records within the stated
// limits, or ends in a ConfigError.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "experiments/quantize/sentence_pairs.h"
#include "models/base/error.h"

namespace {

void check(const std::string& sentence) {
  if (sentence.empty() || sentence.size() > olivine::kMaxSentenceLineBytes) std::abort();
}

void read_pairs(std::string_view text) {
  try {
    for (const olivine::SentencePair& pair : olivine::parse_sentence_pairs(text, "fuzz")) {
      if (!(pair.grade >= 0 && pair.grade <= olivine::kMaxSentenceGrade)) std::abort();
      check(pair.first);
      check(pair.second);
    }
  } catch (const olivine::ConfigError&) {
    return;
  }
}

void read_sentences(std::string_view text) {
  try {
    for (const std::string& sentence : olivine::parse_sentences(text, "fuzz")) check(sentence);
  } catch (const olivine::ConfigError&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  const std::string text(data, data + byte_count);
  read_pairs(text);
  read_sentences(text);
  return 0;
}
