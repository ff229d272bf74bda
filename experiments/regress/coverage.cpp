// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::regress {
namespace {

// A line is: C 'KEY' COUNT, the key being fields of \1 name \2 value.
constexpr char kFieldStart = '\1';
constexpr char kValueStart = '\2';

std::string_view field(std::string_view key, std::string_view name) {
  size_t at = 0;
  while ((at = key.find(kFieldStart, at)) != std::string_view::npos) {
    const std::string_view rest = key.substr(++at);
    if (!rest.starts_with(name) || rest.substr(name.size(), 1) != std::string_view{&kValueStart, 1})
      continue;
    const std::string_view value = rest.substr(name.size() + 1);
    return value.substr(0, value.find(kFieldStart));
  }
  return {};
}

int number(std::string_view text) {
  const auto value = parse_int(text);
  return value ? static_cast<int>(*value) : 0;
}

// "12,14-16".
std::vector<int> line_list(std::string_view text) {
  std::vector<int> lines;
  for (const std::string& part : split(text, ',')) {
    if (part.empty()) continue;
    const size_t dash = part.find('-');
    const int first = number(std::string_view{part}.substr(0, dash));
    const int last = dash == std::string::npos ? first : number(part.substr(dash + 1));
    for (int line = first; line <= last; ++line) lines.push_back(line);
  }
  return lines;
}

// The file of the tree that a path of the model names, wherever the tree was.
const std::string* tree_file(std::string_view path, const std::vector<std::string>& files) {
  const auto is_it = [&](const std::string& file) {
    return path == file || path.ends_with("/" + file);
  };
  const auto found = std::ranges::find_if(files, is_it);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace

void add_coverage(std::string_view dat, const std::string& source, CoverageCounts& counts) {
  size_t line_number = 0;
  while (!dat.empty()) {
    const size_t newline = std::min(dat.find('\n'), dat.size());
    const std::string_view line = dat.substr(0, newline);
    dat.remove_prefix(std::min(newline + 1, dat.size()));
    ++line_number;
    if (line.empty() || line.starts_with('#')) continue;
    const size_t end = line.rfind("' ");
    const bool has_key = line.starts_with("C '") && end != std::string_view::npos && end >= 3;
    const auto count = has_key ? parse_int(line.substr(end + 2)) : std::nullopt;
    if (!count || *count < 0) {
      throw ConfigError{fmt::format("{}:{}: no coverage count", source, line_number)};
    }
    const std::string_view key = line.substr(3, end - 3);
    const auto found = counts.find(key);
    if (found != counts.end()) {
      found->second += static_cast<uint64_t>(*count);
    } else {
      counts.emplace(key, static_cast<uint64_t>(*count));
    }
  }
}

std::string coverage_text(const CoverageCounts& counts) {
  std::string text = "# SystemC::Coverage-3\n";
  for (const auto& [key, count] : counts) text += fmt::format("C '{}' {}\n", key, count);
  return text;
}

Coverage merge_points(const CoverageCounts& counts, const std::vector<std::string>& files) {
  Coverage coverage;
  for (const auto& [key, count] : counts) {
    const std::string* file = tree_file(field(key, "f"), files);
    if (file == nullptr) continue;
    const std::string_view page = field(key, "page");
    CoveragePoint point;
    point.file = *file;
    point.line = number(field(key, "l"));
    point.column = number(field(key, "n"));
    point.kind = page.starts_with("v_toggle") ? PointKind::Toggle : PointKind::Line;
    point.name = field(key, "o");
    PointCount& merged = coverage[point];
    merged.count += count;
    if (point.kind == PointKind::Line && merged.lines.empty()) {
      merged.lines = line_list(field(key, "S"));
      if (merged.lines.empty()) merged.lines = {point.line};
    }
  }
  return coverage;
}

}  // namespace olivine::regress
