// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/quantize_report.h"

namespace olivine::quality {
namespace {

using Json = nlohmann::ordered_json;

// Scales are above 0 in the schema; a tensor that has none (block formats) counts as unscaled.
constexpr float kUnscaled = 1.0F;

Json quality_of(const TensorQuality& quality) {
  const auto sqnr = quality.sqnr_db();
  const bool has_scale = quality.scale_min > 0.0F;
  return {{"elements", quality.elements},
          {"mse", quality.mse()},
          {"sqnr_db", sqnr ? Json(*sqnr) : Json()},
          {"cosine", quality.cosine()},
          {"outliers", quality.outliers},
          {"victims", quality.victims},
          {"outlier_pairs", quality.outlier_pairs},
          {"scale_min", has_scale ? quality.scale_min : kUnscaled},
          {"scale_max", has_scale ? quality.scale_max : kUnscaled}};
}

Json search_of(const ScaleChoice& choice) {
  Json percents = Json::array();
  for (const auto& percent : choice.best_percent) {
    percents.push_back(percent ? Json(*percent) : Json());
  }
  return {{"x_max", choice.x_max},
          {"alpha", choice.alpha},
          {"best_percent", std::move(percents)},
          {"mse", choice.mse}};
}

Json layer_of(const LayerReport& layer, bool has_search) {
  Json json = {{"name", layer.name},        {"tensor", layer.tensor},
               {"scheme", layer.scheme},    {"storage", layer.storage},
               {"bytes", layer.byte_count}, {"weights", quality_of(layer.weights)}};
  if (layer.activations) json["activations"] = quality_of(*layer.activations);
  if (has_search && layer.choice) json["search"] = search_of(*layer.choice);
  return json;
}

Json scheme_of(const SchemeReport& scheme, bool has_search) {
  Json json = {{"scheme", scheme.scheme}};
  if (!scheme.quality.empty()) json["quality"] = scheme.quality;
  if (scheme.time_s) json["time_s"] = *scheme.time_s;
  if (scheme.energy_pj) json["energy_pj"] = *scheme.energy_pj;
  if (!scheme.refusal.empty()) json["refusal"] = scheme.refusal;
  if (scheme.mixed) {
    json["mixed"] = {{"of", scheme.mixed->is_energy ? "energy_pj" : "time_s"},
                     {"budget", scheme.mixed->budget},
                     {"error", scheme.mixed->error},
                     {"error_bound", scheme.mixed->error_bound}};
  }
  json["weight_bytes"] = scheme.byte_count();
  json["overflows"] = scheme.overflow_count;
  json["layers"] = Json::array();
  for (const LayerReport& layer : scheme.layers) {
    json["layers"].push_back(layer_of(layer, has_search));
  }
  return json;
}

}  // namespace

TensorQuality SchemeReport::weights() const {
  TensorQuality sum;
  for (const LayerReport& layer : layers) sum.add(layer.weights);
  return sum;
}

uint64_t SchemeReport::byte_count() const {
  uint64_t bytes = 0;
  for (const LayerReport& layer : layers) bytes += layer.byte_count;
  return bytes;
}

Json quality_json(const QuantizeReport& report, const Json& provenance, bool has_search) {
  Json json = {{"schema", "olivine.quality/1"}, {"model", report.model}};
  if (!report.machine.empty()) json["machine"] = report.machine;
  json["provenance"] = provenance;
  if (!report.reference.empty()) json["reference"] = report.reference;
  json["schemes"] = Json::array();
  for (const SchemeReport& scheme : report.schemes) {
    json["schemes"].push_back(scheme_of(scheme, has_search));
  }
  return json;
}

}  // namespace olivine::quality
