// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/layer_schemes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "experiments/quantize/run_quantize.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/quantization/weight_source.h"

namespace olivine::quality {
namespace {

bool matches(const LayerOverride& entry, const LayerName& name) {
  return olivine::matches(entry.pattern, name.layer) ||
         olivine::matches(entry.pattern, name.tensor);
}

void check_overrides(const std::vector<LayerName>& layers,
                     const std::vector<LayerOverride>& overrides) {
  std::vector<std::string> known;
  known.reserve(layers.size());
  for (const LayerName& name : layers) known.push_back(name.layer);
  Problems problems;
  for (const LayerOverride& entry : overrides) {
    const bool is_used = std::any_of(layers.begin(), layers.end(),
                                     [&](const LayerName& name) { return matches(entry, name); });
    if (is_used) continue;
    problems.add(fmt::format("--layer {}: matches no layer{}", entry.pattern,
                             suggestion(entry.pattern, known)));
  }
  problems.throw_if_any();
}

bool is_packable(const QuantScheme& scheme) {
  return std::holds_alternative<Format>(scheme.weights) && scheme.sparsity != Sparsity::Bitmap;
}

// Known before hours of work, not after.
void check_place(std::string_view option, const std::optional<std::filesystem::path>& path,
                 Problems& problems) {
  if (!path) return;
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(*path).parent_path();
  if (std::filesystem::is_directory(*path, error)) {
    problems.add(fmt::format("{} {}: is a folder", option, path->string()));
  } else if (access(folder.c_str(), W_OK | X_OK) != 0) {
    problems.add(
        fmt::format("{} {}: its folder is not there or cannot be written", option, path->string()));
  }
}

void check_files(const QuantizeRequest& request, Problems& problems) {
  check_place("--packed", request.packed, problems);
  check_place("--decoded", request.decoded, problems);
  const size_t count = request.schemes.size() + (request.budget ? 1 : 0);
  const bool is_written = request.packed || request.decoded;
  if (is_written && count > 1 && !request.budget) {
    problems.add("--packed and --decoded hold one scheme, not several: name one --scheme");
  }
  if (!request.packed) return;
  std::vector<const QuantScheme*> schemes;
  for (const QuantScheme& scheme : request.schemes) schemes.push_back(&scheme);
  for (const LayerOverride& entry : request.overrides) schemes.push_back(&entry.scheme);
  for (const QuantScheme* scheme : schemes) {
    if (is_packable(*scheme)) continue;
    problems.add(fmt::format("--packed: {} has no packed form: bitmaps and block formats have none",
                             scheme->name));
  }
  if (request.options.quantize.policy == EncoderPolicy::Artifact) {
    problems.add("--packed: the artifact's policy has no codes: use --decoded");
  }
}

void check_execution(const QuantizeRequest& request, Problems& problems) {
  if (request.calibration) {
    if (request.options.quantize.policy == EncoderPolicy::Artifact) {
      problems.add("--policy artifact: quantizes weights alone, without --calibration");
    }
    return;
  }
  const char* needs = "needs --calibration FILE, text that the network is run on";
  if (request.pairs) problems.add(fmt::format("--pairs: {}", needs));
  if (request.text) problems.add(fmt::format("--text: {}", needs));
  if (request.options.has_attention) problems.add(fmt::format("--attention: {}", needs));
  if (request.options.is_pruned_by_effect) {
    problems.add(fmt::format("--prune activations: {}", needs));
  }
  if (request.cost) problems.add(fmt::format("--machine: {}", needs));
  if (request.budget) problems.add(fmt::format("--budget: {}", needs));
}

}  // namespace

std::vector<QuantScheme> schemes_of(const QuantScheme& base, const std::vector<LayerName>& layers,
                                    const std::vector<LayerOverride>& overrides) {
  check_overrides(layers, overrides);
  std::vector<QuantScheme> schemes(layers.size(), base);
  for (size_t i = 0; i < layers.size(); ++i) {
    for (const LayerOverride& entry : overrides) {
      if (matches(entry, layers[i])) schemes[i] = entry.scheme;
    }
  }
  return schemes;
}

std::string scheme_name(const QuantScheme& base, std::span<const QuantScheme> layers) {
  const bool is_uniform = std::all_of(layers.begin(), layers.end(), [&](const QuantScheme& scheme) {
    return scheme.name == base.name;
  });
  return is_uniform ? base.name : base.name + "+layers";
}

std::string model_name(const std::filesystem::path& path) {
  const std::filesystem::path full = std::filesystem::absolute(path).lexically_normal();
  const std::filesystem::path last = full.has_filename() ? full : full.parent_path();
  return (std::filesystem::is_directory(full) ? last.filename() : last.stem()).string();
}

std::map<std::string, std::string> file_metadata(const QuantizeRequest& request,
                                                 const std::string& scheme) {
  const QuantizeOptions& options = request.options.quantize;
  std::string range = "default";
  if (options.range) {
    range = fmt::format("{}:{}:{}", options.range->low_percent, options.range->up_percent,
                        options.range->step_percent);
  }
  return {{"olivine.model", model_name(request.model)},
          {"olivine.scheme", scheme},
          {"olivine.policy", options.policy == EncoderPolicy::Paper ? "paper" : "artifact"},
          {"olivine.search", range},
          {"olivine.pruning", request.options.is_pruned_by_effect ? "activations" : "magnitude"}};
}

void check_request(const QuantizeRequest& request) {
  Problems problems;
  check_files(request, problems);
  check_execution(request, problems);
  if (request.budget && !request.cost) {
    problems.add("--budget: needs --machine, where time and energy come from");
  }
  if (request.budget && request.schemes.size() < 2) {
    problems.add("--budget: needs two or more schemes to choose from");
  }
  problems.throw_if_any();
}

}  // namespace olivine::quality
