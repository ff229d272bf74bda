// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/text_model.h"

#include <string_view>
#include <utility>

#include "experiments/quantize/layer_schemes.h"
#include "experiments/quantize/sentence_pairs.h"
#include "models/base/error.h"
#include "models/base/yaml_file.h"
#include "models/checkpoint/open_checkpoint.h"

namespace olivine::quality {
namespace {

constexpr std::string_view kConfigFile = "config.json";
constexpr std::string_view kVocabularyFile = "vocab.txt";

}  // namespace

std::vector<TokenIds> TextModel::tokenize(std::span<const std::string> sentences) const {
  OLV_CHECK(tokenizer.has_value(), "{} has no tokenizer", name);
  std::vector<TokenIds> tokens;
  for (const std::string& sentence : sentences) {
    tokens.push_back(tokenizer->encode(sentence, transformer.config().max_tokens()));
  }
  return tokens;
}

bool is_model_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path / kConfigFile, error);
}

TextModel load_text_model(const std::filesystem::path& folder) {
  const std::filesystem::path config_path = folder / kConfigFile;
  const TransformerConfig config = parse_transformer_config(
      read_text_file(config_path, kMaxTransformerConfigBytes), config_path.string());
  TextModel model{model_name(folder), Transformer{config, open_checkpoint(folder)}, {}};
  if (!model.is_decoder()) {
    const std::filesystem::path vocabulary_path = folder / kVocabularyFile;
    model.tokenizer.emplace(read_text_file(vocabulary_path, WordPiece::kMaxVocabularyBytes),
                            vocabulary_path.string());
  }
  return model;
}

std::vector<TokenIds> read_samples(const TextModel& model, const std::string& path) {
  return model.is_decoder() ? read_token_lines(path) : model.tokenize(read_sentences(path));
}

}  // namespace olivine::quality
