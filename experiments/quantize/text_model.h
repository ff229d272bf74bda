// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/transformer/transformer.h"
#include "models/transformer/word_piece.h"

namespace olivine::quality {

// A language model with its weights; an encoder with its tokenizer too.
struct TextModel {
  std::string name;  // of its folder
  Transformer transformer;
  std::optional<WordPiece> tokenizer;

  [[nodiscard]] bool is_decoder() const { return transformer.config().is_causal(); }
  // Contract: an encoder.
  [[nodiscard]] std::vector<TokenIds> tokenize(std::span<const std::string> sentences) const;
};

// Whether the folder has a config.json: a model that can be executed.
[[nodiscard]] bool is_model_folder(const std::filesystem::path& path);

// A folder as published: config.json, model.safetensors (or its shards), of encoders vocab.txt.
// Throws ConfigError: a file is absent or malformed.
[[nodiscard]] TextModel load_text_model(const std::filesystem::path& folder);

// What a model is calibrated on: sentences for an encoder, lines of token ids for a decoder. Throws
// ConfigError.
[[nodiscard]] std::vector<TokenIds> read_samples(const TextModel& model, const std::string& path);

}  // namespace olivine::quality
