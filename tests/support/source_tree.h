// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::support {

struct SourceFile {
  std::string path;  // relative to the root of the tree, with '/'
  std::string text;
};

// Every file of the working tree that is part of the project, sorted by path: not .git, not build*
// folders, not editor and cache folders. Files over 4 MiB have an empty text.
[[nodiscard]] std::vector<SourceFile> read_tree(const std::filesystem::path& root);

[[nodiscard]] bool has_suffix(std::string_view path, const std::vector<std::string_view>& suffixes);

// "sim" of "sim/memory/dram.h"; "" of a file in the root.
[[nodiscard]] std::string_view top_folder(std::string_view path);

// One line a problem, for the message of a failed test.
[[nodiscard]] std::string joined(const std::vector<std::string>& problems);

}  // namespace olivine::support
