// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/sentence_model.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "models/base/error.h"
#include "models/checkpoint/mapped_file.h"
#include "models/checkpoint/open_checkpoint.h"

namespace olivine::quality {
namespace {

constexpr std::string_view kConfigFile = "config.json";
constexpr std::string_view kVocabularyFile = "vocab.txt";

std::string read_text(const std::filesystem::path& path) {
  const MappedFile file{path};
  const auto bytes = file.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "minilm" of "models/minilm" and of "models/minilm/".
std::string folder_name(const std::filesystem::path& folder) {
  const std::filesystem::path full = std::filesystem::absolute(folder).lexically_normal();
  return full.has_filename() ? full.filename().string() : full.parent_path().filename().string();
}

}  // namespace

std::vector<TokenIds> SentenceModel::tokenize(std::span<const std::string> sentences) const {
  std::vector<TokenIds> tokens;
  for (const std::string& sentence : sentences) {
    tokens.push_back(tokenizer.encode(sentence, transformer.config().max_positions));
  }
  return tokens;
}

bool is_model_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path / kConfigFile, error);
}

SentenceModel load_sentence_model(const std::filesystem::path& folder) {
  const std::filesystem::path config_path = folder / kConfigFile;
  const TransformerConfig config =
      parse_transformer_config(read_text(config_path), config_path.string());
  if (config.is_causal()) {
    throw ConfigError{fmt::format("{}: a decoder has no sentence embeddings: must be an encoder",
                                  config_path.string())};
  }
  const std::filesystem::path vocabulary_path = folder / kVocabularyFile;
  return {folder_name(folder), Transformer{config, open_checkpoint(folder)},
          WordPiece{read_text(vocabulary_path), vocabulary_path.string()}};
}

}  // namespace olivine::quality
