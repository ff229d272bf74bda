// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include "experiments/report/input.h"
#include "experiments/report/json_fields.h"
#include "experiments/report/page_data.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

// Rounding of sums over many elements.
constexpr double kCosineSlack = 1e-6;

double count(const Fields& fields, std::string_view key, double most) {
  const double number = fields.number(key);
  if (number < 0 || number != std::floor(number)) fields.fail(key, "must be a whole number");
  if (number > most) fields.fail(key, fmt::format("must be at most {}", most));
  return number;
}

// What encoding has done to one tensor.
void check_operand(const Fields& operand) {
  const double elements = operand.number("elements");
  if (elements < 1 || elements != std::floor(elements)) {
    operand.fail("elements", "must be a whole number above 0");
  }
  if (operand.number("mse") < 0) operand.fail("mse", "must be 0 or above");
  // No number is the ratio where nothing was lost.
  if (!operand.has("sqnr_db")) operand.fail("sqnr_db", "missing");
  (void)operand.optional_number("sqnr_db");
  if (std::abs(operand.number("cosine")) > 1 + kCosineSlack) {
    operand.fail("cosine", "must be -1..1");
  }
  const double outliers = count(operand, "outliers", elements);
  (void)count(operand, "victims", elements - outliers);
  (void)count(operand, "outlier_pairs", std::floor(elements / 2));
  const double scale_min = operand.number("scale_min");
  if (scale_min <= 0) operand.fail("scale_min", "must be above 0");
  if (operand.number("scale_max") < scale_min) {
    operand.fail("scale_max", "must be scale_min or above");
  }
}

void check_layers(const Fields& scheme) {
  const Fields layers = scheme.list("layers");
  if (layers.size() == 0) scheme.fail("layers", "is empty");
  std::set<std::string> names;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Fields layer = layers.item(i);
    const std::string& name = layer.text("name");
    if (!names.insert(name).second) layer.fail("name", fmt::format("{} stands twice", name));
    check_operand(layer.object("weights"));
    if (layer.has("activations")) check_operand(layer.object("activations"));
  }
}

// Measures of quality have names of their own; larger is better.
void check_scheme(const Fields& scheme) {
  if (scheme.has("quality")) (void)scheme.numbers("quality");
  for (const std::string_view key : {"time_s", "energy_pj"}) {
    const auto number = scheme.optional_number(key);
    if (number && *number <= 0) scheme.fail(key, "must be above 0");
  }
  check_layers(scheme);
}

Json model_data(const Input& input) {
  const Fields result{input.path, input.json};
  Json data = {{"file", std::filesystem::path{input.path}.filename().string()},
               {"model", result.text("model")},
               {"machine", result.has("machine") ? Json(result.text("machine")) : Json()}};
  const Fields schemes = result.list("schemes");
  if (schemes.size() == 0) result.fail("schemes", "is empty");
  std::set<std::string> names;
  for (size_t i = 0; i < schemes.size(); ++i) {
    const Fields scheme = schemes.item(i);
    const std::string& name = scheme.text("scheme");
    if (!names.insert(name).second) scheme.fail("scheme", fmt::format("{} stands twice", name));
    check_scheme(scheme);
  }
  data["schemes"] = schemes.json();
  return data;
}

}  // namespace

Json quality_data(std::span<const Input> inputs) {
  Json models = Json::array();
  for (const Input& input : inputs) models.push_back(model_data(input));
  const std::string what = models.size() == 1 ? models[0]["model"].get<std::string>()
                                              : fmt::format("{} models", models.size());
  return {{"title", fmt::format("What quantization costs: {}", what)},
          {"subtitle", "Error by layer and scheme, outliers, and accuracy against energy."},
          {"origin", "simulated"},
          {"models", std::move(models)}};
}

}  // namespace olivine::report
