// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// Prints an olivine.quality/1 of synthetic tensors with heavy tails, quantized by models/numerics:
// every number is computed from them. Arguments are results of `olivine run --json`, whose time and
// energy the scheme of the same name gets.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/base/rng.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/scale_search.h"
#include "models/numerics/sparse.h"

namespace olivine {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kSeed = 8;
constexpr int kBlocks = 6;
constexpr SearchRange kSearch{75, 250, 7};

struct Tensor {
  std::string name;
  int64_t rows = 0;
  int64_t k = 0;
  std::vector<float> values;

  [[nodiscard]] TensorView view() const { return {name, values, rows, k}; }
};

// Normal values, of which a few are several times as large: more of them in deeper layers, in
// activations most of them in a few channels, as in Transformers.
Tensor make_tensor(const std::string& name, int64_t rows, double outliers, bool is_by_channel,
                   Rng& rng) {
  Tensor tensor{name, rows, 256, {}};
  std::vector<double> gains(static_cast<size_t>(tensor.k), 1.0);
  if (is_by_channel) {
    for (double& gain : gains) gain = rng.chance(outliers) ? 4 + 16 * rng.unit() : 1.0;
  }
  bool is_outlier = false;  // beside one, another is likelier
  for (int64_t i = 0; i < rows * tensor.k; ++i) {
    is_outlier = rng.chance((is_by_channel ? outliers / 10 : outliers) + (is_outlier ? 0.1 : 0));
    const double gain = is_outlier ? 3 + 7 * rng.unit() : 1.0;
    tensor.values.push_back(
        static_cast<float>(0.02 * rng.normal() * gain * gains[static_cast<size_t>(i % tensor.k)]));
  }
  return tensor;
}

struct Counts {
  int64_t outliers = 0;
  int64_t victims = 0;
  int64_t outlier_pairs = 0;
};

// Of values in pairs along a row: as the encoder stores them, and which both are beyond the grid's
// normal values.
Counts counts_of(const Quantized& quantized, const TensorView& tensor) {
  Counts counts;
  const float boundary = quantized.rules.grid.outlier_boundary();
  for (int64_t i = 0; i < quantized.rows * quantized.k; ++i) {
    counts.outliers += quantized.is_outlier(i) ? 1 : 0;
    counts.victims += quantized.is_victim(i) ? 1 : 0;
    if (i % 2 == 1 || !quantized.rules.grid.has_outliers()) continue;
    const float scale = quantized.scale(i / quantized.k);
    const auto is_large = [&](int64_t at) {
      return std::abs(tensor.values[static_cast<size_t>(at)]) / scale >= boundary;
    };
    counts.outlier_pairs += is_large(i) && is_large(i + 1) ? 1 : 0;
  }
  return counts;
}

struct Encoded {
  std::vector<float> values;  // decoded, in dense order
  Counts counts;
  std::vector<float> scales;
};

std::vector<float> decoded(const PackedMatrix& packed) {
  std::vector<float> values = dense_float(packed, packed.k);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t row = i / static_cast<size_t>(packed.k);
    values[i] *= packed.scales[packed.scales.size() == 1 ? 0 : row];
  }
  return values;
}

Encoded encode_tensor(const Tensor& tensor, Format format, Pattern pattern,
                      Granularity granularity) {
  const EncodeRules rules = rules_for(format, EncoderPolicy::Paper);
  if (pattern == Pattern::Dense) {
    const std::vector<float> scales =
        search_scales(tensor.view(), rules, granularity, kSearch).scales;
    const Quantized quantized = quantize(tensor.view(), rules, scales);
    return {decoded(pack(quantized)), counts_of(quantized, tensor.view()), scales};
  }
  const TwoFourTensor kept = prune_two_four(tensor.view());
  const TensorView view = kept.view(tensor.name);
  const std::vector<float> scales = search_scales(view, rules, granularity, kSearch).scales;
  return {decoded(encode_two_four(kept, tensor.name, format, scales)),
          counts_of(quantize(view, rules, scales), view), scales};
}

double dot(const float* a, const float* b, int64_t size) {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  const auto size = static_cast<int64_t>(a.size());
  const double norms = dot(a.data(), a.data(), size) * dot(b.data(), b.data(), size);
  return norms > 0 ? dot(a.data(), b.data(), size) / std::sqrt(norms) : 1.0;
}

Json operand_json(const Tensor& tensor, const Encoded& encoded) {
  double signal = 0;
  double noise = 0;
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    const double x = tensor.values[i];
    const double error = x - static_cast<double>(encoded.values[i]);
    signal += x * x;
    noise += error * error;
  }
  const auto [low, high] = std::minmax_element(encoded.scales.begin(), encoded.scales.end());
  return {{"elements", tensor.values.size()},
          {"mse", noise / static_cast<double>(tensor.values.size())},
          {"sqnr_db", noise > 0 ? Json(10 * std::log10(signal / noise)) : Json(nullptr)},
          {"cosine", cosine(tensor.values, encoded.values)},
          {"outliers", encoded.counts.outliers},
          {"victims", encoded.counts.victims},
          {"outlier_pairs", encoded.counts.outlier_pairs},
          {"scale_min", *low},
          {"scale_max", *high}};
}

std::vector<float> product(const std::vector<float>& a, const std::vector<float>& b, int64_t k) {
  std::vector<float> c;
  for (size_t i = 0; i < a.size(); i += static_cast<size_t>(k)) {
    for (size_t j = 0; j < b.size(); j += static_cast<size_t>(k)) {
      c.push_back(static_cast<float>(dot(&a[i], &b[j], k)));
    }
  }
  return c;
}

// Share of rows whose largest element stays the largest.
double agreement(const std::vector<float>& a, const std::vector<float>& b, int64_t columns) {
  int64_t equal = 0;
  const auto rows = static_cast<int64_t>(a.size()) / columns;
  for (int64_t row = 0; row < rows; ++row) {
    const auto place = [&](const std::vector<float>& c) {
      const auto begin = c.begin() + row * columns;
      return std::max_element(begin, begin + columns) - begin;
    };
    equal += place(a) == place(b) ? 1 : 0;
  }
  return static_cast<double>(equal) / static_cast<double>(rows);
}

struct Layer {
  Tensor weights;
  Tensor activations;
  std::vector<float> outputs;
};

std::vector<Layer> make_layers() {
  Rng rng{kSeed};
  std::vector<Layer> layers;
  for (int block = 0; block < kBlocks; ++block) {
    for (const char* part : {"qkv", "attention_out", "ffn_up", "ffn_down"}) {
      const std::string name = fmt::format("encoder.{}.{}", block, part);
      const double outliers = (0.002 + 0.002 * block) * (std::string{part} == "ffn_down" ? 2 : 1);
      Layer layer{make_tensor(name, 64, outliers, false, rng),
                  make_tensor(name, 48, outliers, true, rng),
                  {}};
      layer.outputs = product(layer.activations.values, layer.weights.values, layer.weights.k);
      layers.push_back(std::move(layer));
    }
  }
  return layers;
}

Json scheme_json(const Scheme& scheme, const std::vector<Layer>& layers) {
  Json list = Json::array();
  double cosines = 0;
  double agreements = 0;
  for (const Layer& layer : layers) {
    const Encoded weights =
        encode_tensor(layer.weights, scheme.weights, scheme.weight_pattern, Granularity::PerRow);
    const Encoded activations = encode_tensor(layer.activations, scheme.activations, Pattern::Dense,
                                              Granularity::PerTensor);
    const std::vector<float> outputs = product(activations.values, weights.values, layer.weights.k);
    cosines += cosine(layer.outputs, outputs);
    agreements += agreement(layer.outputs, outputs, layer.weights.rows);
    list.push_back({{"name", layer.weights.name},
                    {"weights", operand_json(layer.weights, weights)},
                    {"activations", operand_json(layer.activations, activations)}});
  }
  const auto count = static_cast<double>(layers.size());
  return {{"scheme", scheme.name},
          {"quality", {{"mean_cosine", cosines / count}, {"rank_agreement", agreements / count}}},
          {"layers", std::move(list)}};
}

// Results of `olivine run --json` by scheme.
std::map<std::string, Json> read_runs(int argc, char** argv) {
  std::map<std::string, Json> runs;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file{argv[i]};
    const Json run = Json::parse(file);
    runs[run.at("scheme").get<std::string>()] = run.at("total");
  }
  return runs;
}

}  // namespace
}  // namespace olivine

int main(int argc, char** argv) {
  using olivine::Json;
  const auto runs = olivine::read_runs(argc, argv);
  const auto layers = olivine::make_layers();
  Json schemes = Json::array();
  for (const char* name : {"w8a8-int8", "w4a4-int4", "w4a4-ovp", "w8a8-ovp", "w4a8-ovp",
                           "w8a8-int8-2:4", "w4a4-int4-2:4", "w4a4-ovp-2:4", "w8a8-ovp-2:4"}) {
    Json scheme = olivine::scheme_json(olivine::parse_scheme(name), layers);
    if (const auto run = runs.find(name); run != runs.end()) {
      scheme["time_s"] = run->second.at("time_s");
      scheme["energy_pj"] = run->second.at("energy_pj").at("total");
    }
    schemes.push_back(std::move(scheme));
  }
  const Json result = {{"schema", "olivine.quality/1"},
                       {"model", "synthetic tensors with heavy tails"},
                       {"machine", "olive_64x64"},
                       {"provenance", {{"seed", olivine::kSeed}}},
                       {"schemes", std::move(schemes)}};
  fmt::print("{}\n", result.dump(1));
  return 0;
}
