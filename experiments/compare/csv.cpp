// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/csv.h"

#include <algorithm>
#include <utility>

namespace olivine::compare {
namespace {

// Reads a field that begins with a quote; `at` is behind its closing quote then.
std::optional<std::string> quoted_field(std::string_view line, size_t& at) {
  std::string field;
  for (++at; at < line.size(); ++at) {
    if (line[at] != '"') {
      field += line[at];
      continue;
    }
    ++at;
    if (at == line.size() || line[at] == ',') return field;
    if (line[at] != '"') return std::nullopt;
    field += '"';
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> csv_fields(std::string_view line) {
  std::vector<std::string> fields;
  size_t at = 0;
  while (true) {
    if (at < line.size() && line[at] == '"') {
      std::optional<std::string> field = quoted_field(line, at);
      if (!field) return std::nullopt;
      fields.push_back(std::move(*field));
    } else {
      const size_t end = std::min(line.find(',', at), line.size());
      const std::string_view field = line.substr(at, end - at);
      if (field.find('"') != std::string_view::npos) return std::nullopt;
      fields.emplace_back(field);
      at = end;
    }
    if (at == line.size()) return fields;
    ++at;  // the comma
  }
}

}  // namespace olivine::compare
