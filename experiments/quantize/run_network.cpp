// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/run_network.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

#include "experiments/quantize/cost_model.h"
#include "experiments/quantize/layer_schemes.h"
#include "experiments/quantize/network_quantizer.h"
#include "experiments/quantize/quantize_report.h"
#include "experiments/quantize/run_quantize.h"
#include "experiments/quantize/sentence_pairs.h"
#include "experiments/quantize/sentence_task.h"
#include "experiments/quantize/tensor_files.h"
#include "experiments/quantize/text_model.h"
#include "experiments/quantize/token_task.h"
#include "models/base/error.h"
#include "models/checkpoint/open_checkpoint.h"
#include "models/quantization/mixed_scheme.h"
#include "models/quantization/quantized_executor.h"
#include "models/quantization/quantized_tensor.h"

namespace olivine::quality {
namespace {

// Costs of every scheme that is asked for, simulated once each.
class NetworkCosts {
 public:
  NetworkCosts(const QuantizeRequest& request, const TextModel& model)
      : options_(request.options),
        machine_(request.cost->machine, request.cost->settings),
        workload_(transformer_workload(model.transformer.config(), model.name, request.cost->batch,
                                       request.cost->seq)) {}

  const std::string& machine_name() const { return machine_.machine_name(); }
  std::optional<std::string> refusal(const QuantScheme& scheme) const {
    return machine_.refusal(scheme, options_.density);
  }
  // Contract: refusal(scheme) is empty.
  const std::map<std::string, Cost>& of(const QuantScheme& scheme) {
    auto& made = costs_[scheme.name];
    if (made.empty()) {
      made = machine_.costs(workload_, scheme, options_.has_attention, options_.density);
    }
    return made;
  }

 private:
  const NetworkOptions& options_;
  CostModel machine_;
  Workload workload_;
  std::map<std::string, std::map<std::string, Cost>> costs_;
};

double cost_of(const Cost& cost, bool is_energy) {
  return is_energy ? cost.energy_pj : cost.time_s;
}

// Null: quality is not asked for.
std::unique_ptr<const QualityTask> make_task(const QuantizeRequest& request,
                                             const TextModel& model) {
  if (request.pairs && model.is_decoder()) {
    throw ConfigError{fmt::format("--pairs: {} is a decoder: must be --text", model.name)};
  }
  if (request.text && !model.is_decoder()) {
    throw ConfigError{fmt::format("--text: {} is an encoder: must be --pairs", model.name)};
  }
  if (request.pairs) {
    return std::make_unique<const SentenceTask>(model, read_sentence_pairs(*request.pairs));
  }
  if (request.text) {
    return std::make_unique<const TokenTask>(model.transformer, read_token_lines(*request.text));
  }
  return nullptr;
}

class NetworkRun {
 public:
  NetworkRun(const QuantizeRequest& request, const Watch& watch)
      : request_(request),
        watch_(watch),
        model_(load_text_model(request.model)),
        quantizer_(model_.transformer, read_samples(model_, *request.calibration), request.options),
        task_(make_task(request, model_)) {
    if (request.cost) costs_.emplace(request, model_);
    for (const LinearLayer& layer : layers()) names_.push_back({layer.name, layer.tensor});
    if (request.packed || request.decoded) check_tensors();
  }

  QuantizeReport run() {
    QuantizeReport report;
    report.model = model_.name;
    if (costs_) report.machine = costs_->machine_name();
    if (task_) report.reference = task_->reference();
    for (const QuantScheme& base : request_.schemes) {
      const auto schemes = schemes_of(base, names_, request_.overrides);
      report.schemes.push_back(run(scheme_name(base, schemes), schemes));
    }
    if (request_.budget) {
      report.schemes.push_back(run_mixed());
    } else {
      write_files(schemes_of(request_.schemes.front(), names_, request_.overrides));
    }
    return report;
  }

 private:
  std::span<const LinearLayer> layers() const { return model_.transformer.linear_layers(); }

  SchemeReport run(const std::string& name, const std::vector<QuantScheme>& schemes) {
    watch_(done_++, request_.schemes.size() + (request_.budget ? 1 : 0), name);
    SchemeReport report;
    report.scheme = name;
    report.layers = quantizer_.reports(schemes);
    if (task_) {
      const auto executor = quantizer_.executor(schemes);
      report.quality = task_->measure(*executor);
      report.overflow_count = executor->overflow_count();
    }
    if (costs_) add_costs(schemes, report);
    return report;
  }

  // Sums over the layers; attention products, if they count, are those of the first layer's scheme.
  void add_costs(const std::vector<QuantScheme>& schemes, SchemeReport& report) {
    for (const QuantScheme& scheme : schemes) {
      if (auto reason = costs_->refusal(scheme)) {
        report.refusal = *reason;
        return;
      }
    }
    Cost sum;
    for (size_t i = 0; i < schemes.size(); ++i) add(costs_->of(schemes[i]), names_[i].layer, sum);
    if (request_.options.has_attention) {
      for (const auto& [name, cost] : costs_->of(schemes.front())) {
        if (!is_linear(name)) add(costs_->of(schemes.front()), name, sum);
      }
    }
    report.time_s = sum.time_s;
    report.energy_pj = sum.energy_pj;
  }

  static void add(const std::map<std::string, Cost>& costs, const std::string& layer, Cost& sum) {
    const auto found = costs.find(layer);
    OLV_CHECK(found != costs.end(), "{} is no layer of the workload", layer);
    sum.time_s += found->second.time_s;
    sum.energy_pj += found->second.energy_pj;
  }

  bool is_linear(const std::string& name) const {
    for (const LayerName& layer : names_) {
      if (layer.layer == name) return true;
    }
    return false;
  }

  SchemeReport run_mixed() {
    const Budget& budget = *request_.budget;
    const auto candidates = candidates_by_layer();
    std::vector<std::vector<SchemeOption>> options(candidates.size());
    for (size_t i = 0; i < candidates.size(); ++i) {
      for (const QuantScheme& scheme : candidates[i]) {
        const Cost& cost = costs_->of(scheme).at(names_[i].layer);
        options[i].push_back({cost_of(cost, budget.is_energy), quantizer_.output_error(i, scheme)});
      }
    }
    const double limit = budget_of(budget, options);
    const MixedChoice choice = choose_mixed(options, limit);
    std::vector<QuantScheme> schemes;
    for (size_t i = 0; i < candidates.size(); ++i) {
      schemes.push_back(candidates[i][choice.option_of_layer[i]]);
    }
    SchemeReport report = run("mixed", schemes);
    report.mixed = MixedReport{budget.is_energy, limit, choice.error, choice.error_bound};
    write_files(schemes);
    return report;
  }

  // Every scheme of the request, or the one that an override says.
  std::vector<std::vector<QuantScheme>> candidates_by_layer() {
    for (const QuantScheme& scheme : request_.schemes) {
      if (auto reason = costs_->refusal(scheme)) {
        throw ConfigError{fmt::format("--budget: {}", *reason)};
      }
    }
    std::vector<std::vector<QuantScheme>> candidates(names_.size());
    for (const QuantScheme& base : request_.schemes) {
      const auto schemes = schemes_of(base, names_, request_.overrides);
      for (size_t i = 0; i < schemes.size(); ++i) {
        const bool is_new = candidates[i].empty() || candidates[i].back().name != schemes[i].name;
        if (is_new) candidates[i].push_back(schemes[i]);
      }
    }
    return candidates;
  }

  static double budget_of(const Budget& budget,
                          const std::vector<std::vector<SchemeOption>>& options) {
    constexpr double kPjPerJoule = 1e12;
    if (!budget.is_relative) return budget.value * (budget.is_energy ? kPjPerJoule : 1.0);
    double first = 0.0;
    for (const auto& layer : options) first += layer.front().cost;
    return budget.value * first;
  }

  // A file of weights has one entry a tensor.
  void check_tensors() const {
    std::set<std::string> tensors;
    for (const LayerName& name : names_) {
      if (tensors.insert(name.tensor).second) continue;
      throw ConfigError{fmt::format(
          "{}: holds several layers: --packed and --decoded need a tensor for each", name.tensor)};
    }
  }

  void write_files(const std::vector<QuantScheme>& schemes) {
    if (!request_.packed && !request_.decoded) return;
    const Checkpoint checkpoint = open_checkpoint(request_.model);
    auto metadata = file_metadata(request_, scheme_name(schemes.front(), schemes));
    for (size_t i = 0; i < schemes.size(); ++i) {
      const ActivationScale scale = quantizer_.activations(i, schemes[i]);
      metadata["activations:" + names_[i].tensor] =
          fmt::format("{{\"format\": \"{}\", \"scale\": {}}}", name_of(scale.storage), scale.scale);
    }
    if (request_.packed) write_packed(checkpoint, schemes, metadata);
    if (request_.decoded) write_decoded(checkpoint, schemes, metadata);
  }

  std::vector<WeightSource> sources() const {
    std::vector<WeightSource> sources;
    sources.reserve(layers().size());
    for (const LinearLayer& layer : layers()) {
      sources.push_back({layer.name, layer.tensor, layer.n, layer.k, layer.is_input_major, 0});
    }
    return sources;
  }

  void write_packed(const Checkpoint& checkpoint, const std::vector<QuantScheme>& schemes,
                    const std::map<std::string, std::string>& metadata) {
    const std::vector<WeightSource> sources = this->sources();
    std::vector<PlannedTensor> planned;
    planned.reserve(sources.size());
    for (size_t i = 0; i < schemes.size(); ++i) {
      planned.push_back(plan_tensor(sources[i], schemes[i], request_.options.quantize));
      planned.back().format =
          std::get<PackedMatrix>(quantizer_.weights(i, schemes[i])->stored).format;
    }
    PackedFile file{*request_.packed, checkpoint, planned, metadata};
    for (size_t i = 0; i < schemes.size(); ++i) file.append(*quantizer_.weights(i, schemes[i]));
    file.finish();
  }

  void write_decoded(const Checkpoint& checkpoint, const std::vector<QuantScheme>& schemes,
                     const std::map<std::string, std::string>& metadata) {
    const std::vector<WeightSource> sources = this->sources();
    DecodedFile file{*request_.decoded, checkpoint, sources, metadata};
    for (size_t i = 0; i < schemes.size(); ++i) {
      file.append(sources[i], *quantizer_.weights(i, schemes[i]));
    }
    file.finish();
  }

  const QuantizeRequest& request_;
  const Watch& watch_;
  TextModel model_;
  NetworkQuantizer quantizer_;
  std::unique_ptr<const QualityTask> task_;
  std::optional<NetworkCosts> costs_;
  std::vector<LayerName> names_;
  size_t done_ = 0;
};

}  // namespace

QuantizeReport run_network(const QuantizeRequest& request, const Watch& watch) {
  return NetworkRun{request, watch}.run();
}

}  // namespace olivine::quality
