// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/weight_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <list>
#include <memory>

#include "models/base/error.h"
#include "models/quantization/quantized_tensor.h"
#include "tests/models/quantization/heavy_tailed.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;

// A checkpoint of float32 tensors in memory.
class Builder {
 public:
  Builder& add(const std::string& name, std::vector<int64_t> shape, std::vector<float> values) {
    auto& kept = storage_->emplace_back(std::move(values));
    const auto* first = reinterpret_cast<const uint8_t*>(kept.data());
    tensors_.push_back(
        {name, ElementType::F32, std::move(shape), {first, kept.size() * sizeof(float)}});
    return *this;
  }
  [[nodiscard]] Checkpoint build() const { return {"test", tensors_, {}, storage_}; }

 private:
  std::shared_ptr<std::list<std::vector<float>>> storage_ =
      std::make_shared<std::list<std::vector<float>>>();
  std::vector<StoredTensor> tensors_;
};

std::vector<float> counting(int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i));
  return values;
}

TEST(Matches, StarStandsForAnyText) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("encoder.*.query", "encoder.11.query"));
  EXPECT_TRUE(matches("*down*", "encoder.0.ffn_down.weight"));
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches("encoder.*.query", "encoder.0.key"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("abc", "abcd"));
  // Many stars cost no more than length times length.
  EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(4000, 'a')));
}

TEST(FindWeights, TakesMatricesThatAreNoEmbeddings) {
  const Checkpoint checkpoint = Builder{}
                                    .add("embeddings.word.weight", {4, 2}, counting(8))
                                    .add("layer.weight", {2, 3}, counting(6))
                                    .add("layer.bias", {2}, counting(2))
                                    .add("conv.weight", {2, 3, 1, 2}, counting(12))
                                    .add("attention_bias.weight", {2, 2}, counting(4))
                                    .add("empty.weight", {0, 3}, {})
                                    .build();
  const auto names = [&](const WeightFilter& filter) {
    std::vector<std::string> found;
    for (const WeightSource& source : find_weights(checkpoint, filter)) {
      found.push_back(fmt::format("{} {}x{}", source.tensor, source.rows, source.k));
    }
    return found;
  };
  EXPECT_THAT(names({}), ElementsAre("layer.weight 2x3", "conv.weight 2x6"));
  EXPECT_THAT(names({{}, {"conv*"}}), ElementsAre("layer.weight 2x3"));
  EXPECT_THAT(names({{"*word*"}, {}}), ElementsAre("embeddings.word.weight 4x2"));
}

TEST(FindWeights, ReadsOnnxProductsByColumns) {
  const Checkpoint plain = Builder{}.add("w", {3, 2}, counting(6)).build();
  const std::vector<StoredTensor> tensors{plain.tensors().begin(), plain.tensors().end()};
  const Checkpoint onnx{"onnx", tensors, {{"onnx.layout:w", "k,n"}}, nullptr};
  const WeightSource source = find_weights(onnx).front();
  EXPECT_EQ(source.rows, 2);
  EXPECT_EQ(source.k, 3);
  EXPECT_THAT(read_rows(onnx.at("w"), source, 1, 1), ElementsAre(1, 3, 5));
}

TEST(ReadRows, ReadsWhatEveryOrderHolds) {
  const Checkpoint checkpoint = Builder{}
                                    .add("plain", {3, 2}, counting(6))
                                    .add("transposed", {2, 3}, counting(6))
                                    .add("conv", {2, 2, 1, 3}, counting(12))
                                    .build();
  EXPECT_THAT(read_rows(checkpoint.at("plain"), {"", "plain", 3, 2}, 1, 2),
              ElementsAre(2, 3, 4, 5));
  // [k, n] = 2 x 3: row 2 is the last column.
  EXPECT_THAT(read_rows(checkpoint.at("transposed"), {"", "transposed", 3, 2, true}, 2, 1),
              ElementsAre(2, 5));
  // Row 1 of the part that begins at column 1.
  EXPECT_THAT(read_rows(checkpoint.at("transposed"), {"", "transposed", 2, 2, true, 1}, 1, 1),
              ElementsAre(2, 5));
  // Filter 1 is [c, r, s] = [[6, 7, 8], [9, 10, 11]]; channel fastest.
  EXPECT_THAT(read_rows(checkpoint.at("conv"), {"", "conv", 2, 6}, 1, 1),
              ElementsAre(6, 9, 7, 10, 8, 11));
}

TEST(ReadRows, AndBackAgain) {
  const Checkpoint checkpoint = Builder{}
                                    .add("transposed", {2, 3}, counting(6))
                                    .add("conv", {2, 2, 1, 3}, counting(12))
                                    .build();
  const WeightSource transposed{"", "transposed", 3, 2, true};
  const WeightSource conv{"", "conv", 2, 6};
  for (const WeightSource& source : {transposed, conv}) {
    const StoredTensor& tensor = checkpoint.at(source.tensor);
    EXPECT_EQ(in_stored_order(tensor, source, read_rows(tensor, source, 0, source.rows)),
              tensor.floats());
  }
}

TEST(QuantizeSource, BlocksGiveWhatTheWholeGives) {
  constexpr uint64_t kSeed = 903;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  // A row is a third of a block, so that blocks of 3 rows, and of 1 at the end, are read.
  constexpr int64_t kK = (int64_t{1} << 16) / 3 - 1;
  const std::vector<float> values = testing::heavy_tailed(7 * kK, rng);
  const Checkpoint checkpoint = Builder{}.add("w", {7, kK}, values).build();
  QuantizeOptions options;
  options.range = SearchRange{75, 250, 50};
  for (const Ovp4Normals normals : {Ovp4Normals::Int4, Ovp4Normals::Best}) {
    options.ovp4 = normals;
    const WeightStorage storage{Format::Ovp4, Sparsity::Dense, 1.0, {}};
    const QuantizedTensor blocks = quantize_source(checkpoint, {"w", "w", 7, kK}, storage, options);
    const QuantizedTensor whole = quantize_weights({"w", values, 7, kK}, storage, options);
    EXPECT_EQ(std::get<PackedMatrix>(blocks.stored).codes,
              std::get<PackedMatrix>(whole.stored).codes);
    EXPECT_EQ(blocks.choice->alpha, whole.choice->alpha);
    EXPECT_EQ(blocks.storage(), whole.storage());
  }
}

TEST(QuantizeSource, NamesTheElementThatIsNoNumber) {
  constexpr int64_t kK = int64_t{1} << 16;  // a block a row
  std::vector<float> values(static_cast<size_t>(3 * kK), 0.5F);
  values[static_cast<size_t>(2 * kK + 5)] = std::numeric_limits<float>::quiet_NaN();
  const Checkpoint checkpoint = Builder{}.add("w", {3, kK}, values).build();
  EXPECT_THAT(
      [&] {
        (void)quantize_source(checkpoint, {"w", "w", 3, kK}, {Format::Int8, Sparsity::Dense, 1, {}},
                              {});
      },
      ::testing::ThrowsMessage<ConfigError>(
          ::testing::HasSubstr(fmt::format("w[{}] = nan", 2 * kK + 5))));
}

}  // namespace
}  // namespace olivine
