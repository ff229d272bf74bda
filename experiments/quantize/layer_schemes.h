// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/quantization/quant_scheme.h"

namespace olivine::quality {

struct LayerOverride;
struct QuantizeRequest;

struct LayerName {
  std::string layer;
  std::string tensor;
};

// The scheme of every layer: the network's, or that of the last override that matches. Throws
// ConfigError for an override that matches nothing, with the nearest name.
[[nodiscard]] std::vector<QuantScheme> schemes_of(const QuantScheme& base,
                                                  const std::vector<LayerName>& layers,
                                                  const std::vector<LayerOverride>& overrides);

// "w4a4-ovp", or "w4a4-ovp+layers" where some layer differs.
[[nodiscard]] std::string scheme_name(const QuantScheme& base, std::span<const QuantScheme> layers);

// "minilm" of "models/minilm/", "weights" of "weights.safetensors".
[[nodiscard]] std::string model_name(const std::filesystem::path& path);

// What a file of weights says about itself beside its tensors.
[[nodiscard]] std::map<std::string, std::string> file_metadata(const QuantizeRequest& request,
                                                               const std::string& scheme);

// Throws ConfigError with every combination that makes no sense.
void check_request(const QuantizeRequest& request);

}  // namespace olivine::quality
