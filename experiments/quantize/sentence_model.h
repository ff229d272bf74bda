// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/transformer/transformer.h"
#include "models/transformer/word_piece.h"

namespace olivine::quality {

// A text encoder with its weights and its tokenizer.
struct SentenceModel {
  std::string name;  // of its folder
  Transformer transformer;
  WordPiece tokenizer;

  [[nodiscard]] std::vector<TokenIds> tokenize(std::span<const std::string> sentences) const;
};

// Whether the folder has a config.json: a model that can be executed.
[[nodiscard]] bool is_model_folder(const std::filesystem::path& path);

// A folder as published: config.json, model.safetensors, vocab.txt. Throws ConfigError: a file is
// absent or malformed, or the network is a decoder.
[[nodiscard]] SentenceModel load_sentence_model(const std::filesystem::path& folder);

}  // namespace olivine::quality
