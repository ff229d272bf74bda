// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace olivine {

// The words of a text as BERT's uncased tokenizer sees them, in UTF-8. In this order: control
// characters and U+FFFD (also in place of bytes that are no UTF-8) are dropped, Chinese characters
// stand alone, canonical decompositions lose their accents (category Mn), letters become lower
// case; then the text is cut at white space, and every punctuation character (ASCII's, and
// Unicode's categories P) is a word.
[[nodiscard]] std::vector<std::string> uncased_words(std::string_view text);

}  // namespace olivine
