// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/regression_tree.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <system_error>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::regress {
namespace {

namespace fs = std::filesystem;

std::vector<RtlFile> load_files(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw ConfigError{fmt::format("{}: no such folder", folder)};
  }
  const std::string list = folder + "/files.f";
  if (!fs::exists(list, error)) {
    throw ConfigError{fmt::format("{}: no such file; an RTL tree lists its sources in it", list)};
  }
  std::vector<RtlFile> files;
  int line_number = 0;
  for (const std::string& raw : split(read_text_file(list), '\n')) {
    ++line_number;
    const std::string line{trim(raw)};
    if (line.empty() || line.starts_with("//")) continue;
    const std::string path = fmt::format("{}/{}", folder, line);
    if (!fs::is_regular_file(path, error)) {
      throw ConfigError{fmt::format("{}:{}: {}: no such file", list, line_number, line)};
    }
    files.push_back({line, read_text_file(path)});
  }
  return files;
}

const std::regex& module_pattern() {
  static const std::regex kPattern{R"((?:^|\n)\s*(?:module|package)\s+(\w+))"};
  return kPattern;
}

// "olv_pkg::is_8bit" of every function, if the text is a package. Its types and constants have no
// behaviour of their own.
std::vector<std::string> functions_of_package(const std::string& code, const std::string& package) {
  std::vector<std::string> names;
  if (code.find("endpackage") == std::string::npos) return names;
  static const std::regex kFunctionPattern{R"(\bfunction\s[^;(]*?(\w+)\s*\()"};
  for (std::sregex_iterator at{code.begin(), code.end(), kFunctionPattern}, end; at != end; ++at) {
    names.push_back(fmt::format("{}::{}", package, (*at)[1].str()));
  }
  return names;
}

}  // namespace

std::string read_text_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw ConfigError{fmt::format("{}: cannot be read", path)};
  return text.str();
}

void write_text_file(const std::string& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  std::ofstream file{temporary, std::ios::binary};
  file << text;
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int error = errno;
  std::remove(temporary.c_str());
  throw ConfigError{fmt::format("{}: cannot be written: {}", path, std::strerror(error))};
}

std::string code_of(std::string_view text) {
  std::string code{text};
  char inside = 0;  // '/' line comment, '*' block comment, '"' string
  for (size_t i = 0; i < code.size(); ++i) {
    const std::string_view two = text.substr(i, 2);
    if (inside == 0) {
      if (two == "//" || two == "/*") inside = two[1];
      if (text[i] == '"') inside = '"';
      if (inside == '/' || inside == '*') code[i] = ' ';
      continue;
    }
    const bool is_end = (inside == '/' && text[i] == '\n') || (inside == '"' && text[i] == '"') ||
                        (inside == '*' && i > 0 && text.substr(i - 1, 2) == "*/");
    if (text[i] != '\n' && !(is_end && inside == '"')) code[i] = ' ';
    if (is_end) inside = 0;
  }
  return code;
}

RtlTree::RtlTree(const std::string& folder) : files_(load_files(folder)) { scan(); }
RtlTree::RtlTree(std::vector<RtlFile> files) : files_(std::move(files)) { scan(); }

void RtlTree::scan() {
  std::vector<std::string> codes;
  std::set<std::string> known;
  for (const RtlFile& file : files_) {
    codes.push_back(code_of(file.text));
    std::smatch match;
    modules_.push_back(std::regex_search(codes.back(), match, module_pattern()) ? match[1].str()
                                                                                : "");
    known.insert(modules_.back());
    for (const std::string& name : functions_of_package(codes.back(), modules_.back())) {
      known.insert(name);
    }
  }
  static const std::regex kWordPattern{R"(\w+::\w+|\w+)"};
  for (size_t i = 0; i < files_.size(); ++i) {
    std::set<std::string>& uses = uses_[modules_[i]];
    for (std::sregex_iterator at{codes[i].begin(), codes[i].end(), kWordPattern}, end; at != end;
         ++at) {
      const std::string name = at->str();
      if (name != modules_[i] && known.contains(name)) uses.insert(name);
    }
  }
}

std::string RtlTree::place_of(std::string_view module) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (modules_[i] != module) continue;
    const std::string code = code_of(files_[i].text);
    std::smatch match;
    std::regex_search(code, match, module_pattern());
    const auto name_at = code.begin() + match.position(1);
    return fmt::format("{}:{}", files_[i].path, 1 + std::count(code.begin(), name_at, '\n'));
  }
  return "";
}

const std::set<std::string>& RtlTree::used_by(const std::string& module) const {
  static const std::set<std::string> kNothing;
  const auto found = uses_.find(module);
  return found == uses_.end() ? kNothing : found->second;
}

std::map<std::string, int> RtlTree::depths_below(const std::string& top) const {
  std::map<std::string, int> depths;
  if (!uses_.contains(top)) return depths;
  std::deque<std::string> waiting = {top};
  depths[top] = 0;
  while (!waiting.empty()) {
    const std::string module = waiting.front();
    waiting.pop_front();
    for (const std::string& used : used_by(module)) {
      if (!depths.emplace(used, depths[module] + 1).second) continue;
      waiting.push_back(used);
    }
  }
  return depths;
}

}  // namespace olivine::regress
