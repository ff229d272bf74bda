// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Every shipped network against published figures. Parameter counts are exact: matrix weights from
// the layers plus biases, norms and embeddings by the formula next to each number.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "models/workloads/conv.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

struct Totals {
  uint64_t linear = 0;  // MACs
  uint64_t attention = 0;
  uint64_t head = 0;
  uint64_t conv = 0;
  int64_t linear_layers = 0;
  int64_t attention_layers = 0;
  int64_t conv_layers = 0;
  int64_t weights = 0;       // of linear and convolution layers
  int64_t head_weights = 0;  // of language-model output layers (may be tied to the embedding)

  [[nodiscard]] uint64_t macs() const { return linear + attention + head + conv; }
};

Totals totals_of(const std::string& name, const ParamOverrides& overrides) {
  Totals totals;
  for (const Layer& layer : load_workload(name, overrides).layers) {
    const uint64_t macs = layer.gemm.macs().count();
    const int64_t weights = layer.gemm.n * layer.gemm.k * layer.gemm.batch;
    switch (layer.kind) {
      case LayerKind::Linear:
        totals.linear += macs;
        totals.linear_layers += 1;
        totals.weights += weights;
        break;
      case LayerKind::Attention:
        totals.attention += macs;
        totals.attention_layers += 1;
        break;
      case LayerKind::Head:
        totals.head += macs;
        totals.head_weights += weights;
        break;
      case LayerKind::Conv2d:
      case LayerKind::DepthwiseConv2d:
        totals.conv += macs;
        totals.conv_layers += 1;
        totals.weights += weights;
        break;
      case LayerKind::Vector:
        break;
    }
  }
  return totals;
}

// Rounded to `digits` decimals of 1e9, the way papers print it.
double giga(uint64_t count, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(static_cast<double>(count) * 1e-9 * scale) / scale;
}

TEST(Networks, AllShippedLoadAndAreConsistent) {
  const std::vector<std::string> names = shipped_workloads();
  EXPECT_EQ(names.size(), 17u);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const Workload workload = load_workload(name);
    EXPECT_EQ(workload.name, name);
    EXPECT_NE(workload.description, "");
    EXPECT_NE(workload.source, "");
    EXPECT_TRUE(workload.params.contains("batch"));
    std::set<std::string> layer_names;
    for (const Layer& layer : workload.layers) {
      SCOPED_TRACE(layer.name);
      EXPECT_TRUE(layer_names.insert(layer.name).second) << "name appears twice";
      if (layer.kind == LayerKind::Vector) {
        EXPECT_GE(layer.vector_elems * layer.vector_ops, 1);
        EXPECT_EQ(layer.gemm, GemmShape{});
      } else {
        EXPECT_THAT(shape_problems(layer.gemm), ::testing::IsEmpty());
      }
      const bool is_conv =
          layer.kind == LayerKind::Conv2d || layer.kind == LayerKind::DepthwiseConv2d;
      EXPECT_EQ(layer.conv.has_value(), is_conv);
    }
  }
}

// Work is proportional to the batch everywhere.
TEST(Networks, MacsScaleWithTheBatch) {
  for (const std::string& name : shipped_workloads()) {
    SCOPED_TRACE(name);
    const uint64_t one = totals_of(name, {{"batch", "1"}}).macs();
    EXPECT_EQ(totals_of(name, {{"batch", "5"}}).macs(), 5 * one);
  }
}

// Layers, hidden, feed-forward: Devlin et al. 2019, section 3. Published parameter counts are those
// of the Hugging Face models bert-base-uncased and bert-large-uncased (vocabulary 30522, 512
// positions, 2 segments, without the classifier). 10.87 GMAC a sample at seq 128 without pooler and
// classifier is the ANT simulator's list, as are its 74 layers.
struct BertCase {
  const char* name;
  int64_t layers, hidden, ffn, parameters;
};

TEST(Networks, Bert) {
  for (const auto& [name, layers, hidden, ffn, parameters] :
       {BertCase{"bert_base", 12, 768, 3072, 109482240},
        BertCase{"bert_large", 24, 1024, 4096, 335141888}}) {
    SCOPED_TRACE(name);
    const Totals totals = totals_of(name, {});
    EXPECT_EQ(totals.linear_layers, 6 * layers + 2);
    EXPECT_EQ(totals.attention_layers, 2 * layers);
    const int64_t tokens = 64 * 128;
    const int64_t encoder_weights = layers * (4 * hidden * hidden + 2 * hidden * ffn);
    const int64_t pooler_and_classifier = hidden * hidden + 2 * hidden;
    EXPECT_EQ(totals.linear,
              static_cast<uint64_t>(encoder_weights * tokens + pooler_and_classifier * 64));
    // QK^T and PV: 2 * heads * seq^2 * head_dim = 2 * seq^2 * hidden a layer and sequence
    EXPECT_EQ(totals.attention, static_cast<uint64_t>(64 * layers * 2 * 128 * 128 * hidden));

    const int64_t biases = layers * (5 * hidden + ffn) + hidden;
    const int64_t norms = (2 * layers + 1) * 2 * hidden;
    const int64_t embeddings = (30522 + 512 + 2) * hidden;
    EXPECT_EQ(totals.weights - 2 * hidden + biases + norms + embeddings, parameters);
  }
  const Totals base = totals_of("bert_base", {{"batch", "1"}});
  EXPECT_EQ(giga(base.linear, 2), 10.87);
  EXPECT_EQ(base.linear_layers, 74);
}

// facebook/bart-base: 139,420,416 parameters (vocabulary 50265, 1026 positions on each side).
TEST(Networks, BartBase) {
  const Totals totals = totals_of("bart_base", {});
  const int64_t h = 768;
  const int64_t ffn = 3072;
  EXPECT_EQ(totals.linear_layers, 6 * 6 + 6 * 10 + 2);  // decoder: two attentions a layer
  EXPECT_EQ(totals.attention_layers, 6 * 2 + 6 * 4);
  const int64_t classifier = h * h + 2 * h;
  const int64_t biases = 6 * (4 * h + ffn + h) + 6 * (8 * h + ffn + h);
  const int64_t norms = 2 * h * (1 + 6 * 2 + 1 + 6 * 3);
  const int64_t embeddings = (50265 + 2 * 1026) * h;
  EXPECT_EQ(totals.weights - classifier + biases + norms + embeddings, 139420416);

  // Cross attention reads keys and values of the encoder: 2 projections over source tokens, 2 over
  // target tokens.
  const Totals skewed =
      totals_of("bart_base", {{"batch", "1"}, {"seq", "100"}, {"target_seq", "7"}});
  const int64_t encoder = 6 * (4 * h * h + 2 * h * ffn) * 100;
  const int64_t decoder = 6 * (6 * h * h + 2 * h * ffn) * 7 + 6 * 2 * h * h * 100;
  EXPECT_EQ(skewed.linear, static_cast<uint64_t>(encoder + decoder + classifier));
  EXPECT_EQ(skewed.attention, static_cast<uint64_t>(6 * 2 * h * (100 * 100 + 7 * 7 + 7 * 100)));
}

// Published parameter counts of the model cards; positions and biases per model.
struct DecoderCase {
  const char* name;
  int64_t layers, hidden, vocab, positions;
  bool has_embedding_norm;
  int64_t parameters;
};

TEST(Networks, DecoderLanguageModels) {
  for (const auto& [name, layers, hidden, vocab, positions, has_embedding_norm, parameters] :
       {DecoderCase{"gpt2_xl", 48, 1600, 50257, 1024, false, 1557611200},
        DecoderCase{"bloom_7b1", 30, 4096, 250880, 0, true, 7069016064},  // ALiBi: no positions
        DecoderCase{"opt_6_7b", 32, 4096, 50272, 2050, false, 6658473984}}) {
    SCOPED_TRACE(name);
    const Totals totals = totals_of(name, {});
    const int64_t weights_of_layer = 12 * hidden * hidden;  // 4 h^2 attention, 8 h^2 feed-forward
    EXPECT_EQ(totals.weights, layers * weights_of_layer);
    EXPECT_EQ(totals.linear, static_cast<uint64_t>(2 * 1024 * layers * weights_of_layer));
    EXPECT_EQ(totals.head, static_cast<uint64_t>(2 * 1024 * vocab * hidden));
    EXPECT_EQ(totals.attention, static_cast<uint64_t>(2 * layers * 2 * 1024 * 1024 * hidden));
    // Biases: 3h + h + 4h + h. The output layer is the embedding matrix, counted once.
    const int64_t biases = layers * 9 * hidden;
    const int64_t norms = (2 * layers + 1 + (has_embedding_norm ? 1 : 0)) * 2 * hidden;
    EXPECT_EQ(totals.weights + totals.head_weights + positions * hidden + biases + norms,
              parameters);
  }
}

TEST(Networks, Opt67bDecode) {
  const int64_t h = 4096;
  const int64_t weights = 32 * 12 * h * h;
  const Totals decode = totals_of("opt_6_7b_decode", {{"batch", "3"}, {"context", "200"}});
  EXPECT_EQ(decode.weights, weights);
  EXPECT_EQ(decode.linear, static_cast<uint64_t>(weights * 3));
  EXPECT_EQ(decode.attention, static_cast<uint64_t>(3 * 32 * 2 * 200 * h));
  EXPECT_EQ(decode.head, static_cast<uint64_t>(3 * h * 50272));
}

// 6,738,415,616: model card huggyllama/llama-7b; no biases, RMSNorm has one vector, embedding and
// output layer are two matrices.
TEST(Networks, Llama7b) {
  const int64_t h = 4096;
  const int64_t ffn = 11008;
  const int64_t weights = 32 * (4 * h * h + 3 * h * ffn);
  const Totals prefill = totals_of("llama_7b_prefill", {{"batch", "3"}, {"seq", "200"}});
  EXPECT_EQ(prefill.weights + 2 * prefill.head_weights + (2 * 32 + 1) * h, 6738415616);
  EXPECT_EQ(prefill.linear, static_cast<uint64_t>(weights * 3 * 200));
  EXPECT_EQ(prefill.attention, static_cast<uint64_t>(3 * 32 * 2 * 200 * 200 * h));
  EXPECT_EQ(prefill.head, static_cast<uint64_t>(3 * h * 32000));

  const Totals decode = totals_of("llama_7b_decode", {{"batch", "3"}, {"context", "200"}});
  EXPECT_EQ(decode.weights, weights);
  EXPECT_EQ(decode.linear, static_cast<uint64_t>(weights * 3));
  EXPECT_EQ(decode.attention, static_cast<uint64_t>(3 * 32 * 2 * 200 * h));
  EXPECT_EQ(decode.head, prefill.head);
}

// Parameters of the authors' released models (deit_*_patch16_224: 5,717,416, 22,050,664,
// 86,567,656); GMAC as torchvision reports it for the same architecture (vit_b_16: 17.56) and as
// the DeiT repository rounds it (1.3, 4.6).
struct DeitCase {
  const char* name;
  int64_t hidden, parameters;
  double gmacs;
  int digits;
};

TEST(Networks, Deit) {
  for (const auto& [name, h, parameters, gmacs, digits] :
       {DeitCase{"deit_tiny", 192, 5717416, 1.3, 1}, DeitCase{"deit_small", 384, 22050664, 4.6, 1},
        DeitCase{"deit_base", 768, 86567656, 17.56, 2}}) {
    SCOPED_TRACE(name);
    const Totals totals = totals_of(name, {{"batch", "1"}});
    EXPECT_EQ(giga(totals.macs(), digits), gmacs);
    EXPECT_EQ(totals.linear_layers, 12 * 4 + 1);
    EXPECT_EQ(
        totals.linear,
        static_cast<uint64_t>(197 * 12 * 12 * h * h + 1000 * h));  // fused qkv: 12 h^2 a layer
    const int64_t biases = 12 * 9 * h + h + 1000;                  // layers, patch embedding, head
    const int64_t norms = (2 * 12 + 1) * 2 * h;
    const int64_t embeddings = 197 * h + h;  // positions, class token
    EXPECT_EQ(totals.weights + biases + norms + embeddings, parameters);
  }
}

// Parameters of the authors' released models (28,288,354, 49,606,258, 87,768,224); GMAC of
// torchvision's swin_t, swin_s, swin_b (4.491, 8.741, 15.431), 4.5, 8.7 and 15.4 in the paper.
struct SwinCase {
  const char* name;
  int64_t dim, heads;
  std::array<int64_t, 4> depths;
  int64_t parameters;
  double gmacs;
};

TEST(Networks, Swin) {
  for (const auto& [name, dim, heads, depths, parameters, gmacs] :
       {SwinCase{"swin_tiny", 96, 3, {2, 2, 6, 2}, 28288354, 4.491},
        SwinCase{"swin_small", 96, 3, {2, 2, 18, 2}, 49606258, 8.741},
        SwinCase{"swin_base", 128, 4, {2, 2, 18, 2}, 87768224, 15.431}}) {
    SCOPED_TRACE(name);
    const Totals totals = totals_of(name, {{"batch", "1"}});
    EXPECT_EQ(giga(totals.macs(), 3), gmacs);
    int64_t others = dim + 2 * dim;  // patch embedding: bias, norm
    int64_t attention_macs = 0;
    for (int64_t stage = 0; stage < 4; ++stage) {
      const int64_t c = dim << stage;
      const int64_t tokens = (56 >> stage) * (56 >> stage);
      const int64_t depth = depths[static_cast<size_t>(stage)];
      // biases 9c, norms 4c, relative position bias (2 * 7 - 1)^2 a head
      others += depth * (9 * c + 4 * c + 13 * 13 * (heads << stage));
      if (stage < 3) others += 2 * 4 * c;  // norm of the patch merging
      attention_macs += depth * 2 * tokens * 49 * c;
    }
    others += 2 * 8 * dim + 1000;  // last norm, classifier bias
    EXPECT_EQ(totals.weights + others, parameters);
    EXPECT_EQ(totals.attention, static_cast<uint64_t>(attention_macs));
  }
}

// torchvision: 25,557,032 parameters, 4.09 GMAC (v1.5). v1 of He et al. is 3.8 to 3.9: the 3 x 3
// convolutions of three first blocks then run at a quarter of the pixels before the stride.
TEST(Networks, Resnet50) {
  const Totals totals = totals_of("resnet50", {});
  EXPECT_EQ(totals.conv_layers, 1 + 3 * (3 + 4 + 6 + 3) + 4);
  EXPECT_EQ(giga(totals.macs(), 2), 4.09);
  // Batch normalization has two parameters an output channel of every convolution.
  int64_t channels = 0;
  for (const Layer& layer : load_workload("resnet50").layers) {
    if (layer.conv) channels += layer.conv->filters;
  }
  EXPECT_EQ(totals.weights + 2 * channels + 1000, 25557032);
  EXPECT_EQ(totals.linear, 2048u * 1000u);
}

// torchvision: 3,504,872 parameters, 0.301 GMAC; the paper's table 4 has 3.4 M and 300 M.
TEST(Networks, MobilenetV2) {
  const Totals totals = totals_of("mobilenet_v2", {});
  EXPECT_EQ(giga(totals.macs(), 3), 0.301);
  int64_t channels = 0;
  int64_t depthwise_layers = 0;
  for (const Layer& layer : load_workload("mobilenet_v2").layers) {
    if (layer.conv) channels += layer.conv->filters;
    if (layer.kind == LayerKind::DepthwiseConv2d) depthwise_layers += 1;
  }
  EXPECT_EQ(depthwise_layers, 17);  // one a bottleneck
  EXPECT_EQ(totals.weights + 2 * channels + 1000, 3504872);
}

}  // namespace
}  // namespace olivine
