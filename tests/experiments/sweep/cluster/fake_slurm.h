// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace olivine::sweep {

// A folder of its own with made-up programs, first on PATH. What they are called with is in
// bin/NAME.words, a word a line.
class FakeSlurm : public testing::Test {
 protected:
  FakeSlurm() {
    std::string name = testing::TempDir() + "olivine_slurm_" + std::string(6, 'X');
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    root_ = std::filesystem::canonical(name).string();
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    std::filesystem::create_directory(root_ + "/bin");
    set_path(root_ + "/bin:" + path_);
  }
  ~FakeSlurm() override {
    set_path(path_);
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  FakeSlurm(const FakeSlurm&) = delete;
  FakeSlurm& operator=(const FakeSlurm&) = delete;

  static void set_path(const std::string& path) { setenv("PATH", path.c_str(), 1); }

  // An executable that keeps its words and then runs `body`, in bash; returns its path.
  std::string make_program(const std::string& name, const std::string& body) const {
    std::string path = root_ + "/bin/" + name;
    write(path, "#!/bin/bash\nprintf '%s\\n' \"$@\" >>\"$0.words\"\n" + body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  [[nodiscard]] std::vector<std::string> words_of(const std::string& name) const {
    std::istringstream text{read(root_ + "/bin/" + name + ".words")};
    std::vector<std::string> words;
    for (std::string word; std::getline(text, word);) words.push_back(word);
    return words;
  }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream{path} << text;
  }
  [[nodiscard]] static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
  }
  [[nodiscard]] static bool is_there(const std::string& path) {
    return std::filesystem::exists(path);
  }
  // Names in a folder, sorted.
  [[nodiscard]] static std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string root_;

 private:
  std::string path_;
};

}  // namespace olivine::sweep
