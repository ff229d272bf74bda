// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "experiments/sweep/space/space.h"
#include "models/base/error.h"

namespace olivine::sweep {

// The top of a sweep's file, for tests that are about what follows.
inline constexpr char kArrayTop[] =
    "name: test\nmachine: edge_16x16\nworkload: bert_base\nscheme: w4a4-ovp\n"
    "objectives: [time_s]\n";
inline constexpr char kGpuTop[] =
    "name: test\nmachine: a100_sxm\nworkload: bert_base\nscheme: w8a8-int8\n"
    "objectives: [time_s]\n";

inline std::unique_ptr<DesignSpace> space_of(const std::string& text) {
  return std::make_unique<DesignSpace>(parse_spec(text, "s.yaml"));
}

inline std::vector<std::string> space_problems(const std::string& text) {
  try {
    static_cast<void>(space_of(text));
    return {};
  } catch (const ConfigError& error) {
    return error.problems();
  }
}

// Points that no constraint excludes.
inline std::vector<DesignPoint> points_of(const DesignSpace& space) {
  std::vector<DesignPoint> points;
  for (PointIndex i = 0; i < space.size(); ++i) {
    if (auto point = space.resolve(i)) points.push_back(*std::move(point));
  }
  return points;
}

inline DesignPoint first_point(const std::string& text) {
  auto point = space_of(text)->resolve(0);
  EXPECT_TRUE(point.has_value()) << text;
  return point.value_or(DesignPoint{});
}

// A folder of files that vanishes with the test.
class FileFolder {
 public:
  FileFolder()
      : path_(std::filesystem::path{testing::TempDir()} / ("sweep_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~FileFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FileFolder(const FileFolder&) = delete;
  FileFolder& operator=(const FileFolder&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  // Returns the path.
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream{path_ / name} << text;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

// A shipped file, to be changed.
inline std::string source_text(const std::string& path) {
  std::ifstream file{std::string{OLV_SOURCE_DIR} + "/" + path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace olivine::sweep
