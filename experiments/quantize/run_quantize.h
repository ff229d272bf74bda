// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/quantize/network_options.h"
#include "models/quantization/quant_scheme.h"
#include "models/quantization/weight_filter.h"

namespace olivine::quality {

struct QuantizeReport;

// Layers whose name, or whose tensor's name, matches get a scheme of their own; of several matches
// the last one counts.
struct LayerOverride {
  std::string pattern;
  QuantScheme scheme;
};

// Where the network's time and energy come from.
struct CostRequest {
  std::string machine;  // shipped name, or path
  std::vector<std::pair<std::string, std::string>> settings;
  int64_t batch = 1;
  int64_t seq = 128;
};

// The most a mixed scheme may take, of time or of energy.
struct Budget {
  bool is_energy = false;
  double value = 0.0;        // seconds or joules; or
  bool is_relative = false;  // a share of what the first scheme takes
};

struct QuantizeRequest {
  std::filesystem::path model;  // what open_checkpoint() takes
  std::vector<QuantScheme> schemes;
  std::vector<LayerOverride> overrides;
  NetworkOptions options;
  WeightFilter filter;  // models that are not executed
  std::optional<std::filesystem::path>
      calibration;                             // sentences or token ids; the model is executed
  std::optional<std::filesystem::path> pairs;  // graded pairs of sentences, of an encoder
  std::optional<std::filesystem::path> text;   // token ids, of a decoder
  std::optional<CostRequest> cost;
  std::optional<Budget> budget;                  // adds a scheme "mixed" of the others
  std::optional<std::filesystem::path> packed;   // file for the weights as stored
  std::optional<std::filesystem::path> decoded;  // file for their values in float32
};

// How far it is: steps done of all, and what is next ("w4a4-ovp: encoder.0.query").
using Watch = std::function<void(size_t done, size_t total, const std::string& what)>;

// Runs the request. Without calibration, weights alone are quantized, tensor by tensor and block by
// block, so that little is in memory. Throws ConfigError or ShapeError with every problem.
[[nodiscard]] QuantizeReport run_quantize(const QuantizeRequest& request, const Watch& watch);

}  // namespace olivine::quality
