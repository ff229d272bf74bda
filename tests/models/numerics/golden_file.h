// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "models/numerics/quantize.h"

namespace olivine::testing {

// The golden vectors of the authors' quantizer; nothing when the data folder is absent.
inline std::optional<nlohmann::json> load_ovp_golden() {
  std::ifstream file{std::filesystem::path{OLV_SOURCE_DIR} / "../shared/data/ovp_golden.json"};
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  // One mean squared error is written as NaN, which JSON has no word for.
  for (size_t at = text.find("NaN"); at != std::string::npos; at = text.find("NaN", at)) {
    text.replace(at, 3, "null");
  }
  return nlohmann::json::parse(text);
}

// One case of that file.
struct GoldenCase {
  explicit GoldenCase(const nlohmann::json& json)
      : id(json["id"]),
        is_unsigned(!json["signed"].get<bool>()),
        granularity_is_row(json["granularity"] == "per_row"),
        rows(json["shape"][0]),
        k(json["shape"][1]),
        alpha(json["alpha"].get<std::vector<float>>()),
        input(json["input"].get<std::vector<float>>()),
        source(json["alpha_source"]),
        expected(json["expected"]) {
    if (json["bits"] == 8) {
      format = Format::Ovp8;
    } else {
      format = json["type"] == "flint4" ? Format::Ovp4f : Format::Ovp4;
    }
  }

  [[nodiscard]] TensorView view() const { return {id, input, rows, k}; }
  [[nodiscard]] EncodeRules artifact_rules() const {
    return rules_for(format, EncoderPolicy::Artifact, is_unsigned);
  }
  // alpha over the largest normal; 1 for a row of zeros.
  [[nodiscard]] std::vector<float> scales(const EncodeRules& rules) const {
    std::vector<float> result;
    for (const float value : alpha) {
      result.push_back(value == 0.0F ? 1.0F : value / static_cast<float>(rules.grid.max_normal));
    }
    return result;
  }

  std::string id;
  Format format = Format::Ovp4;
  bool is_unsigned;
  bool granularity_is_row;
  int64_t rows;
  int64_t k;
  std::vector<float> alpha;
  std::vector<float> input;
  nlohmann::json source;
  nlohmann::json expected;
};

inline std::vector<GoldenCase> golden_cases(const nlohmann::json& file) {
  std::vector<GoldenCase> cases;
  for (const auto& json : file["cases"]) cases.emplace_back(json);
  return cases;
}

}  // namespace olivine::testing
