// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"

namespace olivine::test {

// Where make_models.py has written its files; empty where there is no onnx package.
inline std::filesystem::path onnx_folder() { return OLV_ONNX_MODELS; }
inline std::filesystem::path onnx_file(std::string_view name) {
  return onnx_folder() / (std::string{name} + ".onnx");
}

// Tests of files that the onnx package has written.
class OnnxFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (onnx_folder().empty()) GTEST_SKIP() << "SKIPPED (no python3-onnx)";
  }
};

inline std::vector<uint8_t> read_bytes(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

// weights() of make_models.py.
inline std::vector<float> weights(int64_t count, int64_t seed) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>((i * 7 + seed * 13) % 29 - 14) / 8.0f);
  }
  return values;
}

// What a ConfigError of `action` says, one problem a line; "" where there is none.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const ConfigError& error) {
    std::string text;
    for (const std::string& problem : error.problems()) text += problem + "\n";
    return text;
  }
  return "";
}

}  // namespace olivine::test
