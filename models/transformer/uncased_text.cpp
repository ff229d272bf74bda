// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/uncased_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace olivine {
namespace {

using CodePoint = utf8proc_int32_t;
constexpr CodePoint kReplacement = 0xFFFD;

struct CodePointRange {
  CodePoint first;
  CodePoint last;
};

// CJK ideographs and their compatibility forms. What BERT calls Chinese: no kana, no Hangul.
constexpr std::array kChinese = {
    CodePointRange{0x3400, 0x4DBF},   CodePointRange{0x4E00, 0x9FFF},
    CodePointRange{0xF900, 0xFAFF},   CodePointRange{0x20000, 0x2A6DF},
    CodePointRange{0x2A700, 0x2B73F}, CodePointRange{0x2B740, 0x2B81F},
    CodePointRange{0x2B820, 0x2CEAF}, CodePointRange{0x2F800, 0x2FA1F}};

bool is_chinese(CodePoint c) {
  return std::ranges::any_of(
      kChinese, [&](const CodePointRange& range) { return c >= range.first && c <= range.last; });
}

// White space that is a control character to Unicode.
bool is_layout(CodePoint c) { return c == '\t' || c == '\n' || c == '\r'; }

bool is_space(CodePoint c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return is_layout(c) || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

bool is_control(CodePoint c) {
  const utf8proc_category_t category = utf8proc_category(c);
  return !is_layout(c) && (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
                           category == UTF8PROC_CATEGORY_CO);
}

bool is_punctuation(CodePoint c) {
  const bool is_symbol = (c >= '!' && c <= '/') || (c >= ':' && c <= '@') ||
                         (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
  const utf8proc_category_t category = utf8proc_category(c);
  return is_symbol || (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO);
}

// Cuts a stream of characters into words.
class WordCutter {
 public:
  void put(CodePoint c) {
    if (c == kReplacement || is_control(c)) return;
    if (is_space(c)) {
      end_word();
    } else if (is_chinese(c)) {
      end_word();
      put_decomposed(c);
      end_word();
    } else {
      put_decomposed(c);
    }
  }

  std::vector<std::string> finish() {
    end_word();
    return std::move(words_);
  }

 private:
  void put_decomposed(CodePoint c) {
    std::array<CodePoint, 32> parts{};  // 18 are the most that any character has
    int boundary_class = 0;
    const utf8proc_ssize_t count =
        utf8proc_decompose_char(c, parts.data(), static_cast<utf8proc_ssize_t>(parts.size()),
                                UTF8PROC_DECOMPOSE, &boundary_class);
    for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, parts.size()); ++i) {
      const CodePoint part = parts[static_cast<size_t>(i)];
      if (utf8proc_category(part) == UTF8PROC_CATEGORY_MN) continue;
      put_letter(utf8proc_tolower(part));
    }
  }

  void put_letter(CodePoint c) {
    if (is_punctuation(c)) {
      end_word();
      append(c);
      end_word();
    } else {
      append(c);
    }
  }

  void append(CodePoint c) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const utf8proc_ssize_t count = utf8proc_encode_char(c, bytes.data());
    word_.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(count));
  }

  void end_word() {
    if (!word_.empty()) words_.push_back(std::move(word_));
    word_.clear();
  }

  std::vector<std::string> words_;
  std::string word_;
};

}  // namespace

std::vector<std::string> uncased_words(std::string_view text) {
  WordCutter cutter;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto count = static_cast<utf8proc_ssize_t>(text.size());
  for (utf8proc_ssize_t i = 0; i < count;) {
    CodePoint c = kReplacement;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + i, count - i, &c);
    cutter.put(length > 0 ? c : kReplacement);
    i += std::max<utf8proc_ssize_t>(length, 1);
  }
  return cutter.finish();
}

}  // namespace olivine
