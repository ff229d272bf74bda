// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// olivine quantize on small networks that it executes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "models/checkpoint/open_checkpoint.h"
#include "models/checkpoint/packed_container.h"
#include "models/checkpoint/safetensors.h"
#include "models/transformer/transformer.h"
#include "tests/experiments/cli/cli_process.h"
#include "tests/models/transformer/small_checkpoint.h"
#include "tests/models/transformer/small_configs.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr uint64_t kSeed = 931;

// A folder as published, with random weights.
class ModelFolder {
 public:
  explicit ModelFolder(const char* config_json) {
    const TransformerConfig config = parse_transformer_config(config_json, "config");
    const Checkpoint weights = test::random_checkpoint(test::TensorList{config}.tensors(), kSeed);
    folder_.write("config.json", config_json);
    std::vector<TensorHeader> headers;
    for (const StoredTensor& tensor : weights.tensors()) {
      headers.push_back({tensor.name, tensor.type, tensor.shape});
    }
    SafetensorsWriter writer{folder_.path("model.safetensors"), headers, {}};
    for (const StoredTensor& tensor : weights.tensors()) writer.append(tensor.bytes);
    writer.commit();
    // As many pieces as the configurations have.
    std::string vocabulary = "[PAD]\n[CLS]\n[SEP]\n[UNK]\n";
    for (char letter = 'a'; letter < 'a' + 25; ++letter) vocabulary += fmt::format("{}\n", letter);
    folder_.write("vocab.txt", vocabulary);
    folder_.write("calibration.txt", "a b c d\ne f g\nh i j k l m\n");
    folder_.write("pairs.tsv", "5\ta b c\ta b d\n0\te f\tx y w\n3\tq r s t\tq r s\n");
    folder_.write("tokens.txt", "1 2 3 4 5\n7 8 9\n20 21 22 23\n");
  }

  [[nodiscard]] std::string path() const {
    return std::filesystem::path{folder_.path("config.json")}.parent_path().string();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
  [[nodiscard]] CliResult quantize(std::vector<std::string> words) const {
    words.insert(words.begin(), {"quantize", path()});
    return run_cli(words);
  }

 private:
  ScratchFolder folder_;
};

TEST(QuantizeNetwork, JudgesAnEncoderByItsPairs) {
  const ModelFolder model{test::kBert};
  const CliResult result =
      model.quantize({"-s", "w16a16-fp16,w8a8-ovp,w4a4-int4", "--calibration",
                      model.path("calibration.txt"), "--pairs", model.path("pairs.tsv"), "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json schemes = result.json()["schemes"];
  const auto cosine = [&](size_t i) { return schemes[i]["quality"]["mean_cosine"].get<double>(); };
  EXPECT_GT(cosine(0), cosine(1));
  EXPECT_GT(cosine(1), cosine(2));
  EXPECT_TRUE(result.json()["reference"].contains("grade_agreement"));
  // Two blocks of six layers, with their inputs.
  ASSERT_EQ(schemes[0]["layers"].size(), 12u);
  EXPECT_TRUE(schemes[0]["layers"][0].contains("activations"));
}

TEST(QuantizeNetwork, JudgesADecoderByTheNextToken) {
  const ModelFolder model{test::kLlama};
  const std::vector<std::string> words = {"-s",
                                          "w8a8-int8",
                                          "--calibration",
                                          model.path("tokens.txt"),
                                          "--text",
                                          model.path("tokens.txt"),
                                          "--json"};
  const CliResult result = model.quantize(words);
  ASSERT_EQ(result.status, 0) << result.err;
  const json quality = result.json()["schemes"][0]["quality"];
  EXPECT_LT(quality["log_likelihood"], 0.0);
  EXPECT_GT(quality["mean_cosine"], 0.9);
  EXPECT_EQ(model.quantize(words).json()["schemes"], result.json()["schemes"]);
}

TEST(QuantizeNetwork, MixesSchemesWithinTheBudget) {
  const ModelFolder model{test::kBert};
  const auto run = [&](const std::string& budget) {
    return model.quantize({"-s", "w8a8-ovp,w4a4-ovp", "--calibration",
                           model.path("calibration.txt"), "--machine", "edge_16x16", "--seq", "9",
                           "--budget", budget, "--json"});
  };
  const CliResult result = run("energy=80%");
  ASSERT_EQ(result.status, 0) << result.err;
  const json schemes = result.json()["schemes"];
  ASSERT_EQ(schemes.size(), 3u);
  EXPECT_EQ(schemes[2]["scheme"], "mixed");
  const double first = schemes[0]["energy_pj"];
  EXPECT_LE(schemes[2]["energy_pj"].get<double>(), 0.8 * first);
  EXPECT_GE(schemes[2]["energy_pj"].get<double>(), schemes[1]["energy_pj"].get<double>());
  EXPECT_LE(schemes[2]["mixed"]["error_bound"], schemes[2]["mixed"]["error"]);
  EXPECT_THAT(run("energy=1%").err, HasSubstr("cheapest schemes cost"));
  EXPECT_EQ(run("time=1ns").status, 2);
}

TEST(QuantizeNetwork, PacksWeightsAndNotesActivations) {
  const ModelFolder model{test::kMpnet};
  const CliResult result =
      model.quantize({"-s", "w4a8-ovp", "--calibration", model.path("calibration.txt"), "--packed",
                      model.path("packed.safetensors")});
  ASSERT_EQ(result.status, 0) << result.err;
  const PackedContainer container{open_checkpoint(model.path("packed.safetensors"))};
  EXPECT_EQ(container.packed().size(), 12u);
  const std::string tensor = container.packed().front().name;
  const json noted = json::parse(container.checkpoint().metadata().at("activations:" + tensor));
  EXPECT_EQ(noted["format"], "ovp8");
  EXPECT_GT(noted["scale"], 0.0);
}

TEST(QuantizeNetwork, RefusesWhatDoesNotFitTheModel) {
  const ModelFolder encoder{test::kBert};
  const ModelFolder decoder{test::kGpt2};
  const std::string sentences = encoder.path("calibration.txt");
  const std::string tokens = decoder.path("tokens.txt");
  const auto message = [](const CliResult& result) {
    EXPECT_EQ(result.status, 2);
    return result.err;
  };
  EXPECT_THAT(
      message(encoder.quantize({"-s", "w8a8-int8", "--calibration", sentences, "--text", tokens})),
      HasSubstr("must be --pairs"));
  EXPECT_THAT(message(decoder.quantize({"-s", "w8a8-int8", "--calibration", tokens, "--pairs",
                                        encoder.path("pairs.tsv")})),
              HasSubstr("must be --text"));
  EXPECT_THAT(message(decoder.quantize({"-s", "w8a8-int8", "--calibration", sentences})),
              HasSubstr("token = 'a'"));
  EXPECT_THAT(message(decoder.quantize(
                  {"-s", "w8a8-int8", "--calibration", tokens, "--packed", decoder.path("p")})),
              HasSubstr("holds several layers"));
  EXPECT_THAT(message(encoder.quantize({"-s", "w8a8-int8,w4a4-mxfp4", "--calibration", sentences,
                                        "-m", "edge_16x16", "--seq", "9", "--budget", "time=50%"})),
              HasSubstr("no machine multiplies blocks"));
}

}  // namespace
}  // namespace olivine::support
