// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of what comes beside a checkpoint's weights. The first byte of an input says
// what the rest is: config.json (0), a vocabulary (1), or a text to tokenize.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "models/base/error.h"
#include "models/transformer/transformer_config.h"
#include "models/transformer/word_piece.h"

namespace {

// A configuration that is accepted makes a workload, unless the sum of its work is out of range.
void read_config(std::string_view text) {
  const olivine::TransformerConfig config = olivine::parse_transformer_config(text, "fuzz");
  if (config.max_tokens() < 1 || config.head_dim() < 1) std::abort();
  (void)olivine::transformer_workload(config, "fuzz", 1, config.max_tokens());
}

void encode(const olivine::WordPiece& tokenizer, std::string_view text) {
  const olivine::TokenIds ids = tokenizer.encode(text, 16);
  if (ids.size() < 2 || ids.size() > 16) std::abort();
  for (const int32_t id : ids) {
    if (id < 0 || id >= tokenizer.piece_count()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  static const olivine::WordPiece kTokenizer{"[UNK]\n[CLS]\n[SEP]\na\n##a\nab\n##c\n,\ne\n",
                                             "small"};
  const std::string_view text{reinterpret_cast<const char*>(data), byte_count};
  try {
    if (text.starts_with('{')) {
      read_config(text);
    } else if (text.starts_with('[') || text.starts_with('<')) {
      encode(olivine::WordPiece{text, "fuzz"}, text);
    } else {
      encode(kTokenizer, text);
    }
  } catch (const olivine::ConfigError&) {
    return 0;
  }
  return 0;
}
