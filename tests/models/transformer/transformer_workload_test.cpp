// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Workloads from config.json against the shipped networks of the same models, layer by layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/transformer/transformer_config.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

using testing::HasSubstr;

TransformerConfig bert_base() {
  TransformerConfig config;
  config.family = TransformerFamily::Bert;
  config.layers = 12;
  config.hidden = 768;
  config.heads = config.key_heads = 12;
  config.ffn = 3072;
  config.vocabulary = 30522;
  config.max_positions = 512;
  config.token_types = 2;
  return config;
}

TransformerConfig gpt2_xl() {
  TransformerConfig config;
  config.family = TransformerFamily::Gpt2;
  config.layers = 48;
  config.hidden = 1600;
  config.heads = config.key_heads = 25;
  config.ffn = 6400;
  config.vocabulary = 50257;
  config.max_positions = 1024;
  return config;
}

TransformerConfig llama_7b() {
  TransformerConfig config;
  config.family = TransformerFamily::Llama;
  config.layers = 32;
  config.hidden = 4096;
  config.heads = config.key_heads = 32;
  config.ffn = 11008;
  config.vocabulary = 32000;
  config.max_positions = 2048;
  return config;
}

void expect_same(const std::vector<Layer>& ours, const std::vector<Layer>& shipped) {
  ASSERT_EQ(ours.size(), shipped.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].name, shipped[i].name);
    EXPECT_EQ(ours[i].kind, shipped[i].kind) << ours[i].name;
    EXPECT_EQ(ours[i].gemm, shipped[i].gemm) << ours[i].name;
    EXPECT_EQ(ours[i].vector_elems, shipped[i].vector_elems) << ours[i].name;
    EXPECT_EQ(ours[i].vector_ops, shipped[i].vector_ops) << ours[i].name;
  }
}

TEST(TransformerWorkload, BertIsTheShippedOneWithoutItsHead) {
  Workload shipped = load_workload("bert_base", {{"batch", "3"}, {"seq", "77"}});
  std::erase_if(shipped.layers, [](const Layer& l) { return l.name.starts_with("head."); });
  expect_same(transformer_workload(bert_base(), "bert", 3, 77).layers, shipped.layers);
}

TEST(TransformerWorkload, MpnetIsBert) {
  TransformerConfig mpnet = bert_base();
  mpnet.family = TransformerFamily::Mpnet;
  mpnet.relative_buckets = 32;
  expect_same(transformer_workload(mpnet, "mpnet", 2, 5).layers,
              transformer_workload(bert_base(), "bert", 2, 5).layers);
}

TEST(TransformerWorkload, Gpt2IsTheShippedOneWithQueryKeyAndValueApart) {
  std::vector<Layer> shipped;
  for (const Layer& layer : load_workload("gpt2_xl", {{"batch", "2"}, {"seq", "101"}}).layers) {
    if (!layer.name.ends_with(".qkv")) {
      shipped.push_back(layer);
      continue;
    }
    for (const char* part : {"query", "key", "value"}) {
      Layer& added = shipped.emplace_back(layer);
      added.name.replace(added.name.size() - 3, 3, part);
      added.gemm.n /= 3;
    }
  }
  expect_same(transformer_workload(gpt2_xl(), "gpt2", 2, 101).layers, shipped);
}

TEST(TransformerWorkload, LlamaIsTheShippedOne) {
  expect_same(transformer_workload(llama_7b(), "llama", 2, 1000).layers,
              load_workload("llama_7b_prefill", {{"batch", "2"}, {"seq", "1000"}}).layers);
}

TEST(TransformerWorkload, GroupedKeysAreSmaller) {
  TransformerConfig config = llama_7b();
  config.key_heads = 8;
  for (const Layer& layer : transformer_workload(config, "llama", 1, 10).layers) {
    if (layer.name == "decoder.0.key" || layer.name == "decoder.31.value") {
      EXPECT_EQ(layer.gemm, (GemmShape{.m = 10, .n = 8 * 128, .k = 4096, .batch = 1}));
    }
    if (layer.name == "decoder.0.rope") {
      EXPECT_EQ(layer.vector_elems, 10 * (32 + 8) * 128);
    }
    if (layer.name == "decoder.0.qk") {
      EXPECT_EQ(layer.gemm.batch, 32);
    }
  }
}

TEST(TransformerWorkload, NamesItsParameters) {
  const Workload workload = transformer_workload(bert_base(), "mine", 4, 9);
  EXPECT_EQ(workload.name, "mine");
  EXPECT_EQ(workload.params, (std::map<std::string, int64_t>{{"batch", 4}, {"seq", 9}}));
  EXPECT_THAT(workload.description, HasSubstr("bert, 12 layers, hidden 768, 12 heads"));
}

std::string problem(const TransformerConfig& config, int64_t batch, int64_t seq) {
  try {
    (void)transformer_workload(config, "net", batch, seq);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

TEST(TransformerWorkload, RefusesWhatTheModelCannotRun) {
  EXPECT_EQ(problem(bert_base(), 1, 512), "none");
  EXPECT_THAT(problem(bert_base(), 1, 513), HasSubstr("net: seq = 513: must be 1..512"));
  EXPECT_THAT(problem(bert_base(), 1, 0), HasSubstr("seq = 0"));
  EXPECT_THAT(problem(bert_base(), 0, 7), HasSubstr("net: batch = 0: must be 1..306783378"));
  EXPECT_THAT(problem(bert_base(), kMaxExtent, 2), HasSubstr("must be 1..1073741824"));
}

TEST(TransformerWorkload, StaysInsideTheLimitsOfWorkloads) {
  // The largest configuration that config.json may describe, of the largest batch.
  TransformerConfig config = llama_7b();
  config.layers = 1024;
  config.hidden = int64_t{1} << 16;
  config.heads = config.key_heads = 1024;
  config.ffn = int64_t{1} << 18;
  config.vocabulary = int64_t{1} << 21;
  config.max_positions = int64_t{1} << 20;
  EXPECT_THAT(problem(config, kMaxExtent >> 20, config.max_positions), HasSubstr("at most"));
  EXPECT_THAT(problem(config, kMaxExtent, 1), HasSubstr("at most"));
  EXPECT_THAT(problem(config, int64_t{1} << 19, 1), HasSubstr("MACs"));
}

}  // namespace
}  // namespace olivine
