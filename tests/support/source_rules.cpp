// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/support/source_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "models/base/text.h"

namespace olivine::support {
namespace {

constexpr std::array<std::string_view, 2> kSpdxLines = {
    "SPDX-License-Identifier: Apache-2.0", "SPDX-FileCopyrightText: The Olivine authors"};

// Literals are split so that this file does not hold the words it looks for.
const std::vector<std::string>& forbidden_words() {
  static const std::vector<std::string> words = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "X"
      "XX",
      "HA"
      "CK",
      "/wo"
      "rk/",
      "/ho"
      "me/",
      "/ro"
      "ot/"};
  return words;
}

bool is_code(std::string_view path) {
  return has_suffix(path, {".h", ".cpp", ".cu", ".cuh", ".sv", ".svh"});
}
bool is_script(std::string_view path) {
  return path == "olivine" || path == ".ci/run" || has_suffix(path, {".sh", ".py"});
}
bool is_page(std::string_view path) { return has_suffix(path, {".js", ".css", ".html"}); }
bool is_source(std::string_view path) { return is_code(path) || is_script(path) || is_page(path); }
bool is_wrapped(std::string_view path) {
  return is_source(path) || has_suffix(path, {".cmake", "CMakeLists.txt"});
}
bool is_text(std::string_view path) {
  return is_wrapped(path) || has_suffix(path, {".md", ".yaml", ".yml", ".json", ".in"});
}
bool is_output(std::string_view path) {
  return has_suffix(path, {".o", ".a", ".so", ".log", ".whl", ".vcd", ".fst", ".pyc", ".orig"});
}

// Bytes that continue a UTF-8 code point do not widen a line.
size_t columns_of(std::string_view line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
  }));
}

// "TODO(#12)" has an issue behind it; the bare word is an open end.
bool has_issue(std::string_view line, size_t word_end) {
  return line.substr(word_end).starts_with("(#");
}

// "/* x */" and "<!-- x -->" end after the text, other comments with the line.
std::string_view without_comment_end(std::string_view line) {
  for (const std::string_view end : {" */", " -->"}) {
    if (line.ends_with(end)) line.remove_suffix(end.size());
  }
  return line;
}

void check_spdx(const SourceFile& file, const std::vector<std::string>& lines,
                std::vector<std::string>& out) {
  const bool has_other_first =
      !lines.empty() && (lines[0].starts_with("#!") || lines[0].starts_with("<!doctype") ||
                         lines[0].starts_with("<!DOCTYPE"));
  size_t first = has_other_first ? 1 : 0;
  for (const std::string_view wanted : kSpdxLines) {
    if (first >= lines.size() || !without_comment_end(lines[first]).ends_with(wanted)) {
      out.push_back(fmt::format("{}:{}: must be the line '{}'", file.path, first + 1, wanted));
      return;
    }
    ++first;
  }
}

void check_line(const SourceFile& file, std::string_view line, size_t number,
                std::vector<std::string>& out) {
  if (is_wrapped(file.path) && columns_of(line) > kMaxColumns) {
    out.push_back(fmt::format("{}:{}: {} columns: must be at most {}", file.path, number,
                              columns_of(line), kMaxColumns));
  }
  for (const std::string& word : forbidden_words()) {
    const size_t found = line.find(word);
    if (found != std::string_view::npos && !has_issue(line, found + word.size())) {
      out.push_back(fmt::format("{}:{}: forbidden word '{}'", file.path, number, word));
    }
  }
  if (line.ends_with('\r')) {
    out.push_back(fmt::format("{}:{}: carriage return", file.path, number));
  } else if (is_wrapped(file.path) && (line.ends_with(' ') || line.ends_with('\t'))) {
    out.push_back(fmt::format("{}:{}: blank at the end of the line", file.path, number));
  }
}

void check_file(const SourceFile& file, std::vector<std::string>& out) {
  if (is_output(file.path)) out.push_back(fmt::format("{}: build output or log", file.path));
  if (!is_text(file.path)) return;
  std::vector<std::string> lines = split(file.text, '\n');
  if (!lines.empty() && lines.back().empty()) {
    lines.pop_back();
  } else {
    out.push_back(fmt::format("{}:{}: no newline at the end", file.path, lines.size()));
  }
  if (is_wrapped(file.path) && lines.size() > kMaxFileLines) {
    out.push_back(
        fmt::format("{}:1: {} lines: must be at most {}", file.path, lines.size(), kMaxFileLines));
  }
  if (is_source(file.path)) check_spdx(file, lines, out);
  for (size_t i = 0; i < lines.size(); ++i) check_line(file, lines[i], i + 1, out);
}

void check_distribution(const std::vector<SourceFile>& files, std::vector<std::string>& out) {
  size_t count = 0;
  size_t large = 0;
  for (const SourceFile& file : files) {
    if (!is_code(file.path) && !is_page(file.path)) continue;
    ++count;
    const auto lines = std::count(file.text.begin(), file.text.end(), '\n');
    if (static_cast<size_t>(lines) > kUsualFileLines) ++large;
  }
  if (large * 10 > count) {
    out.push_back(fmt::format("{} of {} source files have more than {} lines: must be at most 10 %",
                              large, count, kUsualFileLines));
  }
}

}  // namespace

std::vector<std::string> find_source_problems(const std::vector<SourceFile>& files) {
  std::vector<std::string> problems;
  for (const SourceFile& file : files) check_file(file, problems);
  check_distribution(files, problems);
  return problems;
}

}  // namespace olivine::support
