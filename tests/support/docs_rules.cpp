// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/support/docs_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "models/base/text.h"

namespace olivine::support {
namespace {

constexpr std::string_view kPunctuation = ".,;:()\"'";

std::string_view strip(std::string_view word, std::string_view characters) {
  while (!word.empty() && characters.find(word.front()) != std::string_view::npos &&
         word.front() != '.') {
    word.remove_prefix(1);
  }
  while (!word.empty() && characters.find(word.back()) != std::string_view::npos) {
    word.remove_suffix(1);
  }
  return word;
}

std::vector<std::string> words_of(std::string_view code) {
  std::vector<std::string> words;
  for (const std::string& word : split(code, ' ')) {
    if (!trim(word).empty()) words.emplace_back(trim(word));
  }
  return words;
}

// "a/{b,c}.h" is "a/b.h" and "a/c.h".
std::vector<std::string> expand_braces(const std::string& path) {
  const size_t open = path.find('{');
  const size_t close = path.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {path};
  std::vector<std::string> expanded;
  for (const std::string& part : split(path.substr(open + 1, close - open - 1), ',')) {
    for (std::string& rest : expand_braces(part + path.substr(close + 1))) {
      expanded.push_back(path.substr(0, open) + rest);
    }
  }
  return expanded;
}

// `*` stands for anything within one folder, `**` across folders.
std::regex glob_of(const std::string& path) {
  std::string pattern;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '*') {
      const bool is_double = i + 1 < path.size() && path[i + 1] == '*';
      pattern += is_double ? ".*" : "[^/]*";
      i += is_double ? 1 : 0;
    } else if (std::string_view{".+()[]^|?\\"}.find(path[i]) != std::string_view::npos) {
      pattern += {'\\', path[i]};
    } else {
      pattern += path[i];
    }
  }
  return std::regex{pattern};
}

class Checker {
 public:
  Checker(const SourceFile& document, const ProjectNames& names)
      : document_(document), names_(names) {}

  std::vector<std::string> run() {
    const bool is_changelog = document_.path == "CHANGELOG.md";
    bool is_fenced = false;
    for (const std::string& line : split(document_.text, '\n')) {
      ++line_;
      if (is_changelog && line.starts_with("## [") && !line.starts_with("## [Unreleased]")) break;
      if (trim(line).starts_with("```")) {
        is_fenced = !is_fenced;
      } else if (is_fenced) {
        check_code(trim(line));
      } else {
        check_links(line);
        check_inline_code(line);
      }
    }
    return std::move(problems_);
  }

 private:
  void report(std::string_view kind, std::string_view name, std::string_view hint = "") {
    problems_.push_back(
        fmt::format("{}:{}: no {} '{}'{}", document_.path, line_, kind, name, hint));
  }

  void check_links(const std::string& line) {
    static const std::regex link{R"(\]\(([^)\s]+)\))"};
    for (std::sregex_iterator match{line.begin(), line.end(), link}, end; match != end; ++match) {
      const std::string target = (*match)[1].str();
      if (target.find("://") != std::string::npos || target.starts_with("mailto:")) continue;
      const std::string file = target.substr(0, target.find('#'));
      if (file.empty()) continue;
      const auto folder = std::filesystem::path{document_.path}.parent_path();
      check_path((folder / file).lexically_normal().generic_string());
    }
  }

  void check_inline_code(const std::string& line) {
    const std::vector<std::string> parts = split(line, '`');
    for (size_t i = 1; i < parts.size(); i += 2) check_code(parts[i]);
  }

  void check_code(std::string_view code) {
    if (code.starts_with("$ ")) code.remove_prefix(2);
    const std::vector<std::string> words = words_of(code.substr(0, code.find(" # ")));
    if (words.empty()) return;
    const bool is_olivine = words[0] == "olivine" || words[0] == "./olivine";
    if (is_olivine && words.size() > 1) check_command(strip(words[1], kPunctuation));
    for (size_t i = 0; i < words.size(); ++i) {
      check_word(words[i]);
      if (is_olivine || words.size() == 1) check_option(words[i]);
      if (i > 0 && words[0] == "cmake") check_cmake_argument(words[i - 1], words[i]);
    }
  }

  static bool is_placeholder(std::string_view word) {
    return word.empty() || word.find_first_of("<>$") != std::string_view::npos;
  }

  void check_command(std::string_view word) {
    const bool is_word = std::all_of(word.begin(), word.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
    if (word.empty() || word[0] == '-' || !is_word) return;
    if (!names_.commands.contains(std::string{word})) report("command", word);
  }

  void check_option(std::string_view word) {
    while (!word.empty() && (word.front() == '[' || word.front() == '(')) word.remove_prefix(1);
    word = word.substr(0, word.find_first_of("=[],|)"));
    if (!word.starts_with("--") || word.size() < 3 || is_placeholder(word)) return;
    if (!names_.options.contains(std::string{word})) report("option", word);
  }

  void check_cmake_argument(std::string_view flag, const std::string& word) {
    if (is_placeholder(word)) return;
    if (flag == "--preset" && !names_.presets.contains(word)) report("preset", word);
    if (flag == "--target" && !names_.targets.contains(word)) report("target", word);
  }

  void check_word(std::string_view word) {
    word = strip(word, kPunctuation);
    if (is_placeholder(word)) return;
    check_variable(word);
    if (word.starts_with("olivine::")) {
      check_target(word);
    } else if (is_path(word)) {
      check_path(word);
    } else {
      check_key(word);
    }
  }

  void check_target(std::string_view word) {
    // Lower case only: olivine::PackedMatrix is a C++ name.
    if (word.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ(") != std::string_view::npos) return;
    if (!names_.targets.contains(std::string{word})) report("target", word);
  }

  void check_variable(std::string_view word) {
    if (word.starts_with("-D")) word.remove_prefix(2);
    if (!word.starts_with("OLV_")) return;
    word = word.substr(0, word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"));
    if (word.ends_with('_')) return;  // a family: OLV_ENABLE_*
    if (!names_.variables.contains(std::string{word})) report("variable", word);
  }

  [[nodiscard]] bool is_path(std::string_view word) const {
    if (word.starts_with("./")) return true;
    const std::string folder{top_folder(word)};
    return !folder.empty() && std::binary_search(names_.paths.begin(), names_.paths.end(), folder);
  }

  void check_path(std::string_view word) {
    if (word.starts_with("../") || word == "." || word.empty()) return;
    if (word.starts_with("./")) word.remove_prefix(2);
    if (word.starts_with("build/")) return;
    static const std::regex line_number{R"((:[0-9]+)+$)"};
    for (std::string path : expand_braces(std::regex_replace(std::string{word}, line_number, ""))) {
      while (path.ends_with('/')) path.pop_back();
      if (!path_exists(path)) report("path", path);
    }
  }

  [[nodiscard]] bool path_exists(const std::string& path) const {
    if (path.find('*') == std::string::npos) {
      return std::binary_search(names_.paths.begin(), names_.paths.end(), path);
    }
    const std::regex glob = glob_of(path);
    return std::any_of(names_.paths.begin(), names_.paths.end(),
                       [&glob](const std::string& name) { return std::regex_match(name, glob); });
  }

  void check_key(std::string_view word) {
    static const std::regex dotted{R"(([a-z_][a-z0-9_]*)(\.[a-z0-9_]+)+)"};
    const std::string key{word.substr(0, word.find('='))};
    std::smatch match;
    if (!std::regex_match(key, match, dotted) || !names_.sections.contains(match[1].str())) return;
    static const std::vector<std::string_view> file_types = {".h", ".cpp", ".md", ".yaml", ".json"};
    if (has_suffix(key, file_types) || names_.keys.contains(key)) return;
    report("config key", key);
  }

  const SourceFile& document_;
  const ProjectNames& names_;
  int line_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> find_doc_problems(const SourceFile& document, const ProjectNames& names) {
  return Checker{document, names}.run();
}

}  // namespace olivine::support
