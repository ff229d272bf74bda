// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/run_quantize.h"

#include <fmt/format.h>

#include "experiments/quantize/layer_schemes.h"
#include "experiments/quantize/quantize_report.h"
#include "experiments/quantize/run_network.h"
#include "experiments/quantize/tensor_files.h"
#include "models/base/error.h"
#include "models/checkpoint/open_checkpoint.h"
#include "models/quantization/quantized_tensor.h"
#include "models/quantization/weight_source.h"

namespace olivine::quality {
namespace {

WeightStorage storage_of(const QuantScheme& scheme, const NetworkOptions& options) {
  return {scheme.weights, scheme.sparsity, as_number(options.density), {}};
}

// The tensors of a checkpoint, quantized one after the other.
class WeightRun {
 public:
  WeightRun(const QuantizeRequest& request, const Watch& watch)
      : request_(request),
        watch_(watch),
        checkpoint_(open_checkpoint(request.model)),
        sources_(find_weights(checkpoint_, request.filter)) {
    if (sources_.empty()) {
      throw ConfigError{fmt::format(
          "{}: no weights: no float tensor of two or more extents{}", checkpoint_.source(),
          request.filter.include.empty() ? " that is no embedding or bias" : " matches --include")};
    }
  }

  QuantizeReport run() {
    QuantizeReport report;
    report.model = model_name(request_.model);
    for (const QuantScheme& scheme : request_.schemes) report.schemes.push_back(run(scheme));
    return report;
  }

 private:
  SchemeReport run(const QuantScheme& base) {
    const std::vector<QuantScheme> schemes = schemes_of(base, names(), request_.overrides);
    SchemeReport report;
    report.scheme = scheme_name(base, schemes);
    open_files(base, schemes);
    for (size_t i = 0; i < sources_.size(); ++i) {
      watch_(done_++, sources_.size() * request_.schemes.size(),
             fmt::format("{}: {}", report.scheme, sources_[i].tensor));
      report.layers.push_back(quantize(i, schemes[i]));
    }
    if (packed_) packed_->finish();
    if (decoded_) decoded_->finish();
    return report;
  }

  std::vector<LayerName> names() const {
    std::vector<LayerName> names;
    for (const WeightSource& source : sources_) names.push_back({source.layer, source.tensor});
    return names;
  }

  LayerReport quantize(size_t i, const QuantScheme& scheme) {
    const QuantizedTensor stored = quantize_source(
        checkpoint_, sources_[i], storage_of(scheme, request_.options), request_.options.quantize);
    if (packed_) packed_->append(stored);
    if (decoded_) decoded_->append(sources_[i], stored);
    LayerReport report;
    report.name = sources_[i].layer;
    report.tensor = sources_[i].tensor;
    report.scheme = scheme.name;
    report.storage = name_of(stored.storage());
    report.weights = stored.quality;
    report.choice = stored.choice;
    report.byte_count = stored.byte_count;
    checkpoint_.release(checkpoint_.at(sources_[i].tensor));
    return report;
  }

  void open_files(const QuantScheme& base, const std::vector<QuantScheme>& schemes) {
    const auto metadata = file_metadata(request_, base.name);
    if (request_.packed) {
      packed_.emplace(*request_.packed, checkpoint_, planned(schemes), metadata);
    }
    if (request_.decoded) decoded_.emplace(*request_.decoded, checkpoint_, sources_, metadata);
  }

  // The file's header comes first and names formats: where tensors choose their own, they are
  // quantized once for that.
  std::vector<PlannedTensor> planned(const std::vector<QuantScheme>& schemes) const {
    std::vector<PlannedTensor> planned;
    for (size_t i = 0; i < sources_.size(); ++i) {
      planned.push_back(plan_tensor(sources_[i], schemes[i], request_.options.quantize));
      const bool chooses = request_.options.quantize.ovp4 == Ovp4Normals::Best;
      if (!chooses || planned.back().format != Format::Ovp4) continue;
      const QuantizedTensor stored =
          quantize_source(checkpoint_, sources_[i], storage_of(schemes[i], request_.options),
                          request_.options.quantize);
      planned.back().format = std::get<PackedMatrix>(stored.stored).format;
    }
    return planned;
  }

  const QuantizeRequest& request_;
  const Watch& watch_;
  Checkpoint checkpoint_;
  std::vector<WeightSource> sources_;
  std::optional<PackedFile> packed_;
  std::optional<DecodedFile> decoded_;
  size_t done_ = 0;
};

}  // namespace

QuantizeReport run_quantize(const QuantizeRequest& request, const Watch& watch) {
  check_request(request);
  if (request.calibration) return run_network(request, watch);
  return WeightRun{request, watch}.run();
}

}  // namespace olivine::quality
