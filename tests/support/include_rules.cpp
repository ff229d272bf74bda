// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/support/include_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "models/base/text.h"

namespace olivine::support {
namespace {

struct Include {
  std::string header;
  bool is_quoted = false;
  int line = 0;
};

// `may_see` lists the folders a file of `folder` may include.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_see;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> table = {
      {"models", {"models"}},
      {"sim", {"models", "sim"}},
      {"kernels", {"models", "kernels"}},
      {"experiments", {"models", "sim", "kernels", "experiments"}},
      {"tests", {"models", "sim", "kernels", "experiments", "tests"}}};
  return table;
}

// Headers of an optional tool: the prefix of the include and the only folders that may have it.
struct ToolRule {
  std::string_view prefix;
  std::vector<std::string_view> folders;
  bool is_cuda = false;  // then also only in .cu and .cuh
};

const std::vector<ToolRule>& tool_rules() {
  static const std::vector<ToolRule> table = {
      {"boost/program_options", {"experiments/cli/"}},
      {"systemc", {"sim/platform/", "sim/cosim/", "tests/sim/platform/", "tests/sim/cosim/"}},
      {"sysc/", {"sim/platform/", "sim/cosim/"}},
      {"tlm", {"sim/platform/", "sim/cosim/", "tests/sim/platform/", "tests/sim/cosim/"}},
      {"verilated", {"sim/cosim/"}},
      {"cuda", {"kernels/", "tests/kernels/"}, true},
      {"cublas", {"kernels/", "tests/kernels/"}, true},
      {"cusparse", {"kernels/"}, true},
      {"cooperative_groups", {"kernels/"}, true},
      {"mma.h", {"kernels/"}, true},
      {"nvml.h", {"kernels/"}, true}};
  return table;
}

bool is_cpp(std::string_view path) { return has_suffix(path, {".h", ".cpp", ".cu", ".cuh"}); }
bool is_header(std::string_view path) { return has_suffix(path, {".h", ".cuh"}); }

const Layer* layer_of(std::string_view path) {
  for (const Layer& layer : layers()) {
    if (layer.folder == top_folder(path)) return &layer;
  }
  return nullptr;
}

std::optional<Include> parse_include(std::string_view line, int number) {
  line = trim(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = trim(line.substr(1));
  if (!line.starts_with("include")) return std::nullopt;
  line = trim(line.substr(7));
  if (line.empty() || (line[0] != '"' && line[0] != '<')) return std::nullopt;
  const size_t end = line.find(line[0] == '"' ? '"' : '>', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return Include{std::string{line.substr(1, end - 1)}, line[0] == '"', number};
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  int number = 0;
  for (const std::string& line : split(file.text, '\n')) {
    if (auto include = parse_include(line, ++number)) includes.push_back(std::move(*include));
  }
  return includes;
}

// Why `path` may not include this project header, or nothing.
std::optional<std::string> layer_problem(std::string_view path, const Include& include) {
  const Layer* from = layer_of(path);
  if (!include.is_quoted || from == nullptr) return std::nullopt;
  const bool is_verilated = path.starts_with("sim/cosim/") && include.header.starts_with('V');
  if (layer_of(include.header) == nullptr && !is_verilated) {
    return "must be written from the root of the tree, as in \"models/base/units.h\"";
  }
  const auto& may_see = from->may_see;
  if (!is_verilated &&
      std::find(may_see.begin(), may_see.end(), top_folder(include.header)) == may_see.end()) {
    return fmt::format("{} must not include {}", from->folder, top_folder(include.header));
  }
  return std::nullopt;
}

std::optional<std::string> tool_problem(std::string_view path, const Include& include) {
  if (include.is_quoted) return std::nullopt;
  for (const ToolRule& rule : tool_rules()) {
    if (!include.header.starts_with(rule.prefix)) continue;
    const bool is_in_folder =
        std::any_of(rule.folders.begin(), rule.folders.end(),
                    [path](std::string_view folder) { return path.starts_with(folder); });
    const bool is_cuda_source = has_suffix(path, {".cu", ".cuh"});
    if (!is_in_folder || (rule.is_cuda && !is_cuda_source)) {
      return fmt::format("belongs only in {}{}", rule.folders.front(),
                         rule.is_cuda ? "**.cu|cuh" : "");
    }
  }
  return std::nullopt;
}

using IncludeMap = std::map<std::string, std::vector<Include>, std::less<>>;

void collect_headers(const IncludeMap& map, const std::string& path, std::set<std::string>& seen) {
  const auto found = map.find(path);
  if (found == map.end()) return;
  for (const Include& include : found->second) {
    if (include.is_quoted && seen.insert(include.header).second) {
      collect_headers(map, include.header, seen);
    }
  }
}

void check_header(const SourceFile& file, const IncludeMap& map, std::vector<std::string>& out) {
  std::set<std::string> pulled;
  collect_headers(map, file.path, pulled);
  pulled.erase(file.path);
  const size_t limit = has_suffix(file.path, {".cuh"}) ? kMaxKernelHeaders : kMaxProjectHeaders;
  if (pulled.size() > limit) {
    out.push_back(fmt::format("{}:1: pulls {} project headers: must be at most {}", file.path,
                              pulled.size(), limit));
  }
  int number = 0;
  for (const std::string& line : split(file.text, '\n')) {
    ++number;
    if (trim(line).starts_with("using namespace")) {
      out.push_back(fmt::format("{}:{}: 'using namespace' in a header", file.path, number));
    }
  }
}

}  // namespace

std::vector<std::string> find_include_problems(const std::vector<SourceFile>& files) {
  IncludeMap map;
  for (const SourceFile& file : files) {
    if (is_cpp(file.path)) map[file.path] = includes_of(file);
  }
  std::vector<std::string> problems;
  for (const auto& [path, includes] : map) {
    for (const Include& include : includes) {
      for (const auto& problem : {layer_problem(path, include), tool_problem(path, include)}) {
        if (!problem) continue;
        problems.push_back(
            fmt::format("{}:{}: include {}: {}", path, include.line, include.header, *problem));
      }
    }
  }
  for (const SourceFile& file : files) {
    if (is_header(file.path)) check_header(file, map, problems);
  }
  return problems;
}

}  // namespace olivine::support
