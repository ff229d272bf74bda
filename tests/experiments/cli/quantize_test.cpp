// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// olivine quantize as a process.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "models/base/rng.h"
#include "models/checkpoint/open_checkpoint.h"
#include "models/checkpoint/packed_container.h"
#include "models/quantization/quantized_tensor.h"
#include "tests/experiments/cli/cli_process.h"
#include "tests/models/numerics/golden_file.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr double kXmaxTolerance = 2e-6;  // float32 deviations of the published code

// A safetensors file of float32 tensors.
struct Tensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

std::string safetensors(const std::vector<Tensor>& tensors) {
  json header;
  std::string data;
  for (const Tensor& tensor : tensors) {
    const size_t bytes = tensor.values.size() * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"},
                           {"shape", tensor.shape},
                           {"data_offsets", {data.size(), data.size() + bytes}}};
    data.append(reinterpret_cast<const char*>(tensor.values.data()), bytes);
  }
  const std::string text = header.dump();
  const uint64_t length = text.size();
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  return file + text + data;
}

struct LoadedTensor {
  std::string type;
  std::vector<int64_t> shape;
  std::string bytes;

  [[nodiscard]] std::vector<float> floats() const {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

std::map<std::string, LoadedTensor> load_safetensors(const std::string& path, json* metadata) {
  const std::string file = read_text(path);
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  const json header = json::parse(file.substr(sizeof(length), length));
  const std::string data = file.substr(sizeof(length) + length);
  std::map<std::string, LoadedTensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (metadata != nullptr) *metadata = entry;
      continue;
    }
    const size_t first = entry["data_offsets"][0];
    const size_t last = entry["data_offsets"][1];
    tensors[name] = {entry["dtype"], entry["shape"], data.substr(first, last - first)};
  }
  return tensors;
}

std::vector<float> random_values(int64_t count, Rng& rng) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(rng.normal() * (rng.chance(0.02) ? 8.0 : 1.0)));
  }
  return values;
}

std::vector<Tensor> small_network() {
  Rng rng{911};
  return {{"embed.weight", {5, 8}, random_values(40, rng)},
          {"a.weight", {6, 16}, random_values(96, rng)},
          {"a.bias", {6}, random_values(6, rng)},
          {"b.weight", {4, 3, 2, 2}, random_values(48, rng)}};
}

TEST(Quantize, ReportsEverySchemeAndLayer) {
  const ScratchFolder folder;
  const std::string file = folder.write("net.safetensors", safetensors(small_network()));
  const CliResult result = run_cli({"quantize", file, "--scheme", "w8a8-int8,w4a4-ovp", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json report = result.json();
  EXPECT_EQ(report["schema"], "olivine.quality/1");
  EXPECT_EQ(report["model"], "net");
  ASSERT_EQ(report["schemes"].size(), 2u);
  for (const json& scheme : report["schemes"]) {
    ASSERT_EQ(scheme["layers"].size(), 2u) << "neither the embedding nor the bias";
    EXPECT_EQ(scheme["layers"][0]["name"], "a.weight");
    EXPECT_EQ(scheme["layers"][0]["weights"]["elements"], 96);
  }
  // 8 bits an element and a float a row; 4 bits.
  EXPECT_EQ(report["schemes"][0]["weight_bytes"], 96 + 6 * 4 + 48 + 4 * 4);
  EXPECT_EQ(report["schemes"][1]["weight_bytes"], 48 + 6 * 4 + 24 + 4 * 4);
  EXPECT_GT(report["schemes"][0]["layers"][0]["weights"]["sqnr_db"],
            report["schemes"][1]["layers"][0]["weights"]["sqnr_db"]);
}

TEST(Quantize, WritesWhatTheReportPageTakes) {
  const ScratchFolder folder;
  const std::string file = folder.write("net.safetensors", safetensors(small_network()));
  const std::string report = folder.path("quality.json");
  ASSERT_EQ(run_cli({"quantize", file, "-s", "w4a4-ovp,w4a4-mxfp4,w8a8-int8-bitmap", "--json", "-o",
                     report})
                .status,
            0);
  const CliResult page = run_cli({"report", report, "-o", folder.path("page.html")});
  EXPECT_EQ(page.status, 0) << page.err;
}

TEST(Quantize, DecodedValuesAreWithinHalfAStepAndOthersUntouched) {
  const ScratchFolder folder;
  const std::vector<Tensor> network = small_network();
  const std::string file = folder.write("net.safetensors", safetensors(network));
  const std::string decoded = folder.path("decoded.safetensors");
  // With the largest value as the threshold, int8 rounds and nothing else.
  const CliResult result = run_cli({"quantize", file, "-s", "w8a8-int8", "--search", "100:101",
                                    "--decoded", decoded, "--json", "--searches"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto tensors = load_safetensors(decoded, nullptr);
  ASSERT_EQ(tensors.size(), network.size());
  for (const Tensor& tensor : network) {
    SCOPED_TRACE(tensor.name);
    const LoadedTensor& written = tensors.at(tensor.name);
    EXPECT_EQ(written.shape, tensor.shape);
    const std::vector<float> values = written.floats();
    ASSERT_EQ(values.size(), tensor.values.size());
    const bool is_weight = tensor.name == "a.weight" || tensor.name == "b.weight";
    const size_t row = tensor.values.size() / static_cast<size_t>(tensor.shape[0]);
    for (size_t first = 0; first < values.size(); first += row) {
      float largest = 0.0F;
      for (size_t i = first; i < first + row; ++i) {
        largest = std::max(largest, std::fabs(tensor.values[i]));
      }
      // Half a step, and the roundings of quotient and product.
      const float bound = is_weight ? largest / 127.0F * 0.5F * (1.0F + 0x1p-15F) : 0.0F;
      for (size_t i = first; i < first + row; ++i) {
        EXPECT_LE(std::fabs(values[i] - tensor.values[i]), bound) << i;
      }
    }
  }
}

TEST(Quantize, PackedFilesHoldCodesScalesAndTheirDescription) {
  const ScratchFolder folder;
  const std::string file = folder.write("net.safetensors", safetensors(small_network()));
  const std::string packed = folder.path("packed.safetensors");
  const CliResult result = run_cli(
      {"quantize", file, "-s", "w4a4-ovp-2:4", "--layer", "b.*=w8a8-int8", "--packed", packed});
  ASSERT_EQ(result.status, 0) << result.err;
  json metadata;
  const auto tensors = load_safetensors(packed, &metadata);
  EXPECT_EQ(tensors.at("a.weight.codes").bytes.size(), 6u * 16 / 2 / 2);
  EXPECT_EQ(tensors.at("a.weight.metadata").bytes.size(), 6u * 16 / 4 / 2);
  EXPECT_EQ(tensors.at("a.weight.scales").floats().size(), 6u);
  EXPECT_EQ(tensors.at("b.weight.codes").bytes.size(), 48u);
  EXPECT_EQ(tensors.at("a.bias").floats(), small_network()[2].values);
  const json a = json::parse(metadata["packed:a.weight"].get<std::string>());
  EXPECT_EQ(a["format"], "ovp4");
  EXPECT_EQ(a["pattern"], "2:4");
  EXPECT_EQ(metadata["olivine.policy"], "paper");
  EXPECT_EQ(folder.names().size(), 2u) << "nothing half-written is left";
}

TEST(Quantize, PackedAndDecodedFilesHoldTheSameWeights) {
  const ScratchFolder folder;
  const std::vector<Tensor> network = small_network();
  const std::string file = folder.write("net.safetensors", safetensors(network));
  for (const char* scheme : {"w8a8-int8", "w4a4-ovp", "w8a8-ovp-2:4", "w16a16-fp16", "w8a8-fp8"}) {
    for (const char* normals : {"int4", "best"}) {
      SCOPED_TRACE(fmt::format("{} {}", scheme, normals));
      const std::string packed = folder.path("packed.safetensors");
      const std::string decoded = folder.path("decoded.safetensors");
      const CliResult result = run_cli({"quantize", file, "-s", scheme, "--ovp4", normals,
                                        "--packed", packed, "--decoded", decoded});
      ASSERT_EQ(result.status, 0) << result.err;
      const PackedContainer container{open_checkpoint(packed)};
      ASSERT_EQ(container.packed().size(), 2u);
      EXPECT_EQ(real_values(container.read("a.weight")),
                load_safetensors(decoded, nullptr).at("a.weight").floats());
      EXPECT_EQ(container.plain().size(), 2u);
    }
  }
}

TEST(Quantize, FollowsThePublishedSearch) {
  const auto golden = ::olivine::testing::load_ovp_golden();
  if (!golden) GTEST_SKIP() << "no ../shared/data/ovp_golden.json";
  int cases = 0;
  for (const auto& entry : (*golden)["cases"]) {
    const json& source = entry["alpha_source"];
    if (source["source"] != "search") continue;
    SCOPED_TRACE(entry["id"].get<std::string>());
    const ScratchFolder folder;
    const std::string file = folder.write(
        "case.safetensors",
        safetensors({{"case", entry["shape"], entry["input"].get<std::vector<float>>()}}));
    const std::map<std::string, std::string> normals = {
        {"int", "int4"}, {"flint", "flint4"}, {"ant-int-flint", "best"}};
    const CliResult result = run_cli(
        {"quantize", file, "--policy", "artifact", "-s",
         entry["bits"] == 8 ? "w8a8-ovp" : "w4a4-ovp", "--ovp4",
         normals.at(source["requested_mode"]), "--granularity", entry["granularity"], "--search",
         fmt::format("{}:{}:{}", source["low"].get<int>(), source["up"].get<int>(),
                     source["step"].get<int>()),
         "--json", "--searches", "--decoded", folder.path("decoded.safetensors")});
    ASSERT_EQ(result.status, 0) << result.err;
    const json layer = result.json()["schemes"][0]["layers"][0];
    const json& search = layer["search"];
    EXPECT_EQ(search["best_percent"], source["best_percent"]);
    for (size_t i = 0; i < search["x_max"].size(); ++i) {
      const double stated = source["xmax_3sigma"][i];
      EXPECT_NEAR(search["x_max"][i].get<double>(), stated, kXmaxTolerance * stated);
    }
    const std::string type = entry["type"];
    EXPECT_EQ(layer["storage"], type == "int4" ? "ovp4" : type == "flint4" ? "ovp4f" : "ovp8");
    const auto values =
        load_safetensors(folder.path("decoded.safetensors"), nullptr).at("case").floats();
    for (size_t i = 0; i < values.size(); ++i) {
      const json& stated = entry["expected"]["dequant_exact"][i];
      if (stated.is_null()) continue;  // the published code's 0/0 on a row of zeros
      // The same integer times a scale that differs as x_max may.
      const double expected = stated;
      EXPECT_NEAR(static_cast<double>(values[i]), expected,
                  (kXmaxTolerance + 0x1p-22) * std::fabs(expected))
          << i;
    }
    ++cases;
  }
  EXPECT_GE(cases, 8);
}

TEST(Quantize, HoldsLittleOfALargeCheckpoint) {
  const ScratchFolder folder;
  const auto peak_of = [&](const std::string& file) {
    const CliResult result = run_cli({"quantize", file, "-s", "w4a4-ovp", "--packed",
                                      folder.path("packed"), "--search", "100:101"});
    EXPECT_EQ(result.status, 0) << result.err;
    return result.peak_bytes;
  };
  constexpr int64_t kLargest = int64_t{64} << 20;
  constexpr int64_t kRows = kLargest / 4 / 1024;
  const auto weights = [](int64_t rows) {
    std::vector<float> values(static_cast<size_t>(rows * 1024));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 97) - 48.0F;
    return values;
  };
  // Written and forgotten first: a child's peak counts what it was forked with.
  const std::string small = folder.write("small.safetensors", safetensors(small_network()));
  const std::string large = folder.write(
      "large.safetensors", safetensors({{"a.weight", {kRows, 1024}, weights(kRows)},
                                        {"embed.weight", {kRows / 2, 1024}, weights(kRows / 2)}}));
  const int64_t program = peak_of(small);
  const int64_t peak = peak_of(large);
  // Codes are an eighth of the weights; a vector that grows has up to twice that, and copies once.
  EXPECT_LT(peak - program, kLargest / 2);
}

struct BadRequest {
  const char* name;
  std::vector<std::string> words;
  const char* message;
};

TEST(Quantize, RefusesWhatMakesNoSense) {
  const ScratchFolder folder;
  const std::string file = folder.write("net.safetensors", safetensors(small_network()));
  const std::vector<BadRequest> requests = {
      {"no model", {"-s", "w8a8-int8"}, "missing: the model"},
      {"no scheme", {file}, "missing: --scheme"},
      {"unknown scheme", {file, "-s", "w4a4-ov"}, "did you mean 'w4a4-ovp'"},
      {"scheme twice", {file, "-s", "w8a8-int8,w8a8-int8"}, "stands twice"},
      {"no such file", {folder.path("none"), "-s", "w8a8-int8"}, "none"},
      {"not a checkpoint", {folder.write("text", "hello"), "-s", "w8a8-int8"}, "text"},
      {"bad search", {file, "-s", "w8a8-int8", "--search", "250:75"}, "LOW < UP"},
      {"bad density", {file, "-s", "w8a8-int8-bitmap", "--density", "1.5"}, "0.001 to 1"},
      {"bad policy", {file, "-s", "w8a8-int8", "--policy", "papr"}, "did you mean 'paper'"},
      {"bad layer", {file, "-s", "w8a8-int8", "--layer", "c*=w4a4-ovp"}, "matches no layer"},
      {"layer form", {file, "-s", "w8a8-int8", "--layer", "c*"}, "PATTERN=SCHEME"},
      {"two packed",
       {file, "-s", "w8a8-int8,w4a4-ovp", "--packed", folder.path("p")},
       "one scheme"},
      {"blocks packed", {file, "-s", "w4a4-mxfp4", "--packed", folder.path("p")}, "no packed form"},
      {"no such folder", {file, "-s", "w8a8-int8", "--decoded", folder.path("x/y")}, "its folder"},
      {"pairs alone", {file, "-s", "w8a8-int8", "--pairs", file}, "needs --calibration"},
      {"machine alone", {file, "-s", "w8a8-int8", "-m", "olive_64x64"}, "needs --calibration"},
      {"seq alone", {file, "-s", "w8a8-int8", "--seq", "8"}, "needs --machine"},
      {"bad budget", {file, "-s", "w8a8-int8", "--budget", "80%"}, "time=AMOUNT"},
      {"nothing included", {file, "-s", "w8a8-int8", "--include", "x"}, "no weights"},
      {"artifact 2:4", {file, "-s", "w4a4-ovp-2:4", "--policy", "artifact"}, "dense integer"},
      {"not a model", {file, "-s", "w8a8-int8", "--calibration", file}, "config.json"}};
  for (const BadRequest& request : requests) {
    SCOPED_TRACE(request.name);
    std::vector<std::string> words = {"quantize"};
    words.insert(words.end(), request.words.begin(), request.words.end());
    const CliResult result = run_cli(words);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(request.message));
    EXPECT_EQ(result.out, "");
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("p")));
}

TEST(Quantize, NamesTheElementThatIsNoNumber) {
  const ScratchFolder folder;
  std::vector<Tensor> network = small_network();
  network[1].values[37] = std::nanf("");
  const std::string file = folder.write("net.safetensors", safetensors(network));
  const CliResult result = run_cli({"quantize", file, "-s", "w8a8-int8"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("a.weight[37] = nan"));
}

}  // namespace
}  // namespace olivine::support
