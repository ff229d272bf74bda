// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <utility>

#include "models/base/error.h"
#include "models/transformer/transformer_config.h"
#include "models/workloads/conv.h"
#include "models/workloads/layer_spec.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

int64_t ops_of(std::string_view name) {
  for (const VectorOp& op : kVectorOps) {
    if (op.name == name) return op.ops;
  }
  OLV_CHECK(false, "no vector operation {}", name);
}

// Layers in order of execution. Contract: the configuration is legal, tokens are within kMaxExtent:
// no product below leaves 64 bits.
class WorkloadWriter {
 public:
  WorkloadWriter(const TransformerConfig& config, int64_t batch, int64_t seq)
      : config_(config), batch_(batch), seq_(seq), tokens_(batch * seq) {}

  std::vector<Layer> write() {
    const std::string_view block = config_.is_causal() ? "decoder" : "encoder";
    if (!config_.is_causal()) {
      prefix_ = "embeddings.";
      vector("layernorm", tokens_ * config_.hidden, "layernorm_ops");
    }
    for (int64_t i = 0; i < config_.layers; ++i) {
      prefix_ = fmt::format("{}.{}.", block, i);
      switch (config_.family) {
        case TransformerFamily::Bert:
        case TransformerFamily::Mpnet:
          encoder_layer();
          break;
        case TransformerFamily::Gpt2:
          gpt2_layer();
          break;
        case TransformerFamily::Llama:
          llama_layer();
          break;
      }
    }
    if (config_.is_causal()) head();
    return std::move(layers_);
  }

 private:
  void linear(std::string_view name, int64_t n, int64_t k) {
    gemm(name, LayerKind::Linear, {.m = tokens_, .n = n, .k = k, .batch = 1});
  }

  void gemm(std::string_view name, LayerKind kind, const GemmShape& shape) {
    Layer layer;
    layer.name = prefix_ + std::string{name};
    layer.kind = kind;
    layer.gemm = shape;
    layers_.push_back(std::move(layer));
  }

  void vector(std::string_view name, int64_t elems, std::string_view ops) {
    Layer layer;
    layer.name = prefix_ + std::string{name};
    layer.kind = LayerKind::Vector;
    layer.vector_elems = elems;
    layer.vector_ops = ops_of(ops);
    layers_.push_back(std::move(layer));
  }

  void query_key_value() {
    linear("query", config_.hidden, config_.hidden);
    const int64_t grouped = config_.key_heads * config_.head_dim();
    linear("key", grouped, config_.hidden);
    linear("value", grouped, config_.hidden);
  }

  void attention() {
    const int64_t heads = batch_ * config_.heads;
    const int64_t head_dim = config_.head_dim();
    gemm("qk", LayerKind::Attention, {.m = seq_, .n = seq_, .k = head_dim, .batch = heads});
    vector("softmax", config_.heads * seq_ * tokens_, "softmax_ops");
    gemm("pv", LayerKind::Attention, {.m = seq_, .n = head_dim, .k = seq_, .batch = heads});
    linear("attention_output", config_.hidden, config_.hidden);
    vector("attention_add", tokens_ * config_.hidden, "add_ops");
  }

  void gelu_ffn() {
    linear("ffn_up", config_.ffn, config_.hidden);
    vector("gelu", tokens_ * config_.ffn, "gelu_ops");
    linear("ffn_down", config_.hidden, config_.ffn);
    vector("ffn_add", tokens_ * config_.hidden, "add_ops");
  }

  void encoder_layer() {
    query_key_value();
    attention();
    vector("attention_layernorm", tokens_ * config_.hidden, "layernorm_ops");
    gelu_ffn();
    vector("ffn_layernorm", tokens_ * config_.hidden, "layernorm_ops");
  }

  void gpt2_layer() {
    vector("attention_layernorm", tokens_ * config_.hidden, "layernorm_ops");
    query_key_value();
    attention();
    vector("ffn_layernorm", tokens_ * config_.hidden, "layernorm_ops");
    gelu_ffn();
  }

  void llama_layer() {
    vector("attention_rmsnorm", tokens_ * config_.hidden, "rmsnorm_ops");
    query_key_value();
    const int64_t rotated = config_.hidden + config_.key_heads * config_.head_dim();
    vector("rope", tokens_ * rotated, "rope_ops");
    attention();
    vector("ffn_rmsnorm", tokens_ * config_.hidden, "rmsnorm_ops");
    linear("gate", config_.ffn, config_.hidden);
    linear("up", config_.ffn, config_.hidden);
    vector("silu", tokens_ * config_.ffn, "silu_ops");
    vector("gate_multiply", tokens_ * config_.ffn, "add_ops");  // one product
    linear("down", config_.hidden, config_.ffn);
    vector("ffn_add", tokens_ * config_.hidden, "add_ops");
  }

  void head() {
    const bool is_llama = config_.family == TransformerFamily::Llama;
    const int64_t scored = is_llama ? batch_ : tokens_;
    prefix_ = "head.";
    vector(is_llama ? "rmsnorm" : "layernorm", scored * config_.hidden,
           is_llama ? "rmsnorm_ops" : "layernorm_ops");
    gemm("lm_head", LayerKind::Head,
         {.m = scored, .n = config_.vocabulary, .k = config_.hidden, .batch = 1});
  }

  const TransformerConfig& config_;
  int64_t batch_;
  int64_t seq_;
  int64_t tokens_;
  std::string prefix_;
  std::vector<Layer> layers_;
};

void check_request(const TransformerConfig& config, const std::string& name, int64_t batch,
                   int64_t seq) {
  Problems problems;
  if (seq < 1 || seq > config.max_tokens()) {
    problems.add(fmt::format("{}: seq = {}: must be 1..{}", name, seq, config.max_tokens()));
  } else if (batch < 1 || batch > kMaxExtent / seq) {
    problems.add(fmt::format("{}: batch = {}: must be 1..{}", name, batch, kMaxExtent / seq));
  }
  problems.throw_if_any();
}

// The limits of a workload file (layer_spec.h, workload_yaml.h).
void check_size(const Workload& workload) {
  Problems problems;
  uint64_t macs = 0;
  for (const Layer& layer : workload.layers) {
    if (layer.kind == LayerKind::Vector) {
      if (layer.vector_elems > kMaxVectorElems) {
        problems.add(fmt::format("{}: {}: {} elements: at most {}", workload.name, layer.name,
                                 layer.vector_elems, kMaxVectorElems));
      }
      continue;
    }
    const auto found = shape_problems(layer.gemm);
    for (const std::string& problem : found) {
      problems.add(fmt::format("{}: {}: {}", workload.name, layer.name, problem));
    }
    if (found.empty()) macs += layer.gemm.macs().count();
    // A sum beyond the limit is not added to: it stays inside 64 bits.
    if (macs > kMaxWorkloadMacs || problems.list().size() >= kMaxReportedProblems) break;
  }
  problems.throw_if_any();
  if (macs > kMaxWorkloadMacs) {
    throw ConfigError{fmt::format("{}: {} MACs or more: must be at most {}", workload.name, macs,
                                  kMaxWorkloadMacs)};
  }
}

}  // namespace

Workload transformer_workload(const TransformerConfig& config, const std::string& name,
                              int64_t batch, int64_t seq) {
  check_request(config, name, batch, seq);
  Workload workload;
  workload.name = name;
  workload.description =
      fmt::format("{}, {} layers, hidden {}, {} heads",
                  name_of<TransformerFamily>(kTransformerFamilyNames, config.family), config.layers,
                  config.hidden, config.heads);
  workload.source = "config.json of the checkpoint";
  workload.params = {{"batch", batch}, {"seq", seq}};
  workload.layers = WorkloadWriter{config, batch, seq}.write();
  check_size(workload);
  return workload;
}

}  // namespace olivine
