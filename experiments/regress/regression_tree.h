// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::regress {

struct RtlFile {
  std::string path;  // relative to the tree: "pe/pe.sv"
  std::string text;
};

// The sources of an RTL tree and which module uses which, from the text: one module (or package) a
// file, as the style of the tree asks.
class RtlTree {
 public:
  // Throws ConfigError: no such folder, no files.f, a file of it that cannot be read.
  explicit RtlTree(const std::string& folder);
  explicit RtlTree(std::vector<RtlFile> files);

  [[nodiscard]] const std::vector<RtlFile>& files() const { return files_; }
  // The module or package that a file defines; "" for none.
  [[nodiscard]] const std::string& module_of(size_t file) const { return modules_[file]; }
  // "sparse/sparse_select.sv:11", the line that begins the module; "" if there is no such module.
  [[nodiscard]] std::string place_of(std::string_view module) const;
  // Modules instantiated and functions of packages ("olv_pkg::is_8bit") called in `module`.
  [[nodiscard]] const std::set<std::string>& used_by(const std::string& module) const;
  // Steps down from `top` to each module below it; 0 for itself.
  [[nodiscard]] std::map<std::string, int> depths_below(const std::string& top) const;

 private:
  void scan();

  std::vector<RtlFile> files_;
  std::vector<std::string> modules_;
  std::map<std::string, std::set<std::string>> uses_;
};

// The text with comments and the contents of strings blanked out; lines and columns stay.
[[nodiscard]] std::string code_of(std::string_view text);

// Whole content of a file. Throws ConfigError that names it.
[[nodiscard]] std::string read_text_file(const std::string& path);
// Written beside its place, then renamed: it is complete or absent. Throws ConfigError.
void write_text_file(const std::string& path, std::string_view text);

}  // namespace olivine::regress
