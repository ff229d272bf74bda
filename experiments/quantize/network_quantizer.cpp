// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/network_quantizer.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "experiments/quantize/quantize_report.h"
#include "models/quantization/calibration.h"
#include "models/quantization/quantized_executor.h"
#include "models/quantization/quantized_tensor.h"
#include "models/transformer/transformer.h"

namespace olivine::quality {
namespace {

std::string weight_key(const QuantScheme& scheme) {
  return fmt::format("{} {}", name_of(scheme.weights), static_cast<int>(scheme.sparsity));
}

TensorView as_row(std::string_view name, const std::vector<float>& values) {
  return {name, values, 1, static_cast<int64_t>(values.size())};
}

}  // namespace

struct NetworkQuantizer::Parts {
  using Key = std::pair<size_t, std::string>;  // layer, how it is stored

  explicit Parts(int64_t max_rows) : samples(max_rows) {}

  CalibrationExecutor samples;
  std::map<Key, std::shared_ptr<const QuantizedTensor>> weights;
  std::map<Key, ActivationScale> activations;
};

NetworkQuantizer::NetworkQuantizer(const Transformer& transformer,
                                   std::span<const TokenIds> samples, const NetworkOptions& options)
    : transformer_(&transformer),
      options_(options),
      parts_(std::make_unique<Parts>(options.max_calibration_rows)) {
  (void)transformer.run(samples, parts_->samples);
}

NetworkQuantizer::~NetworkQuantizer() = default;

std::shared_ptr<const QuantizedTensor> NetworkQuantizer::weights(size_t layer,
                                                                 const QuantScheme& scheme) {
  auto& made = parts_->weights[{layer, weight_key(scheme)}];
  if (made != nullptr) return made;
  const LinearLayer& linear = transformer_->linear_layers()[layer];
  std::vector<float> importance;
  if (options_.is_pruned_by_effect && scheme.sparsity != Sparsity::Dense) {
    importance = channel_importance(parts_->samples.inputs(linear.name));
  }
  const WeightStorage storage{scheme.weights, scheme.sparsity, as_number(options_.density),
                              importance};
  made = std::make_shared<const QuantizedTensor>(quantize_weights(
      {linear.tensor, linear.weights, linear.n, linear.k}, storage, options_.quantize));
  return made;
}

ActivationScale NetworkQuantizer::activations(size_t layer, const QuantScheme& scheme) {
  const Parts::Key key{layer, std::string{name_of(scheme.activations)}};
  const auto found = parts_->activations.find(key);
  if (found != parts_->activations.end()) return found->second;
  const LinearLayer& linear = transformer_->linear_layers()[layer];
  const ActivationScale scale =
      find_activation_scale(view_of(parts_->samples.inputs(linear.name), linear.name),
                            scheme.activations, options_.quantize);
  parts_->activations.emplace(key, scale);
  return scale;
}

std::vector<LayerReport> NetworkQuantizer::reports(Schemes schemes) {
  std::vector<LayerReport> result;
  const auto layers = transformer_->linear_layers();
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto stored = weights(i, schemes[i]);
    const ActivationScale scale = activations(i, schemes[i]);
    LayerReport report;
    report.name = layers[i].name;
    report.tensor = layers[i].tensor;
    report.scheme = schemes[i].name;
    report.storage = name_of(stored->storage());
    report.weights = stored->quality;
    report.activations =
        measure_activations(view_of(parts_->samples.inputs(layers[i].name), layers[i].name), scale);
    report.choice = stored->choice;
    report.activation_scale = scale.scale;
    report.byte_count = stored->byte_count;
    result.push_back(std::move(report));
  }
  return result;
}

std::unique_ptr<QuantizedExecutor> NetworkQuantizer::executor(Schemes schemes) {
  auto executor = std::make_unique<QuantizedExecutor>();
  const auto layers = transformer_->linear_layers();
  for (size_t i = 0; i < layers.size(); ++i) {
    executor->set_layer(layers[i].name, {weights(i, schemes[i]), activations(i, schemes[i])});
  }
  if (options_.has_attention && !schemes.empty()) {
    add_attention(*executor, schemes.front().activations);
  }
  return executor;
}

void NetworkQuantizer::add_attention(QuantizedExecutor& executor, const Storage& storage) const {
  for (const auto& [name, inputs] : parts_->samples.attentions()) {
    executor.set_attention(
        name, {find_activation_scale(as_row(name, inputs.a), storage, options_.quantize),
               find_activation_scale(as_row(name, inputs.b), storage, options_.quantize)});
  }
}

double NetworkQuantizer::output_error(size_t layer, const QuantScheme& scheme) {
  const LinearLayer& linear = transformer_->linear_layers()[layer];
  const FloatMatrix& inputs = parts_->samples.inputs(linear.name);
  FloatExecutor exact;
  const FloatMatrix outputs = exact.linear(linear, inputs);
  QuantizedExecutor executor;
  executor.set_layer(linear.name, {weights(layer, scheme), activations(layer, scheme)});
  const FloatMatrix stored = executor.linear(linear, inputs);
  const TensorQuality error = compare_values(outputs.values, stored.values);
  return error.squared_signal == 0.0 ? error.squared_error
                                     : error.squared_error / error.squared_signal;
}

}  // namespace olivine::quality
