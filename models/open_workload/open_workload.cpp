// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/open_workload/open_workload.h"

#include <fmt/format.h>

#include <filesystem>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/yaml_file.h"
#include "models/checkpoint/onnx/onnx_workload.h"
#include "models/transformer/transformer_config.h"

namespace olivine {
namespace {

constexpr std::string_view kConfigFile = "config.json";
constexpr int64_t kMaxBatch = 1 << 16;

bool is_onnx(const std::string& path) { return path.ends_with(".onnx"); }
bool is_transformer(const std::string& path) {
  return std::filesystem::path{path}.filename() == kConfigFile;
}

// batch and seq of a transformer, whose configuration has neither.
class TransformerParams {
 public:
  explicit TransformerParams(const ParamOverrides& overrides) {
    for (const auto& [name, text] : overrides) read(name, text);
    problems_.throw_if_any();
  }
  int64_t batch = 1;
  int64_t seq = 128;

 private:
  void read(const std::string& name, const std::string& text) {
    if (name != "batch" && name != "seq") {
      problems_.add(fmt::format("workload.{}: unknown parameter: must be batch|seq", name));
      return;
    }
    const auto value = parse_int(text);
    if (value && *value >= 1 && *value <= kMaxBatch) {
      (name == "batch" ? batch : seq) = *value;
    } else {
      problems_.add(fmt::format("workload.{} = {}: must be 1..{}", name, text, kMaxBatch));
    }
  }

  Problems problems_;
};

// The folder is what a model is called by.
std::string model_name(const std::filesystem::path& config) {
  const std::string folder = std::filesystem::absolute(config).parent_path().filename().string();
  return folder.empty() ? "transformer" : folder;
}

Workload open_transformer(const std::string& path, const ParamOverrides& overrides) {
  const TransformerConfig config =
      parse_transformer_config(read_text_file(path, kMaxTransformerConfigBytes), path);
  const TransformerParams params{overrides};
  return transformer_workload(config, model_name(path), params.batch, params.seq);
}

}  // namespace

Workload open_workload(const std::string& name_or_path, const ParamOverrides& overrides) {
  if (is_onnx(name_or_path)) return load_onnx_workload(name_or_path, overrides);
  if (is_transformer(name_or_path)) return open_transformer(name_or_path, overrides);
  return load_workload(name_or_path, overrides);
}

bool needs_all_params(const std::string& name_or_path) { return is_onnx(name_or_path); }

}  // namespace olivine
