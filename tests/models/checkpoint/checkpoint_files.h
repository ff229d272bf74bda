// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"
#include "tests/models/checkpoint/checkpoint_bytes.h"

namespace olivine::test {

// A folder that lives as long as its test.
class TestFolder {
 public:
  explicit TestFolder(std::string_view name)
      : path_(std::filesystem::path{::testing::TempDir()} /
              ("olivine_" + std::string{name} + "_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] size_t file_count() const {
    const std::filesystem::directory_iterator files{path_};
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& path, std::span<const uint8_t> bytes) {
  std::ofstream file{path, std::ios::binary};
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}
inline std::vector<uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Expects a ConfigError of one line that starts with `source` and contains `reason`.
template <class Function>
void expect_refused(Function function, std::string_view source, std::string_view reason) {
  try {
    function();
    ADD_FAILURE() << "accepted, expected: " << reason;
  } catch (const ConfigError& error) {
    const std::string what = error.what();
    EXPECT_TRUE(what.starts_with(source)) << what;
    EXPECT_NE(what.find(reason), std::string::npos) << what << "\nexpected: " << reason;
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
  }
}

}  // namespace olivine::test
