// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/yaml_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace olivine {

// Quoted as JSON, which YAML reads.
std::string yaml_scalar(const std::string& text) {
  const bool is_plain = !text.empty() && text.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-.+") == std::string::npos;
  return is_plain && text[0] != '-' ? text : nlohmann::json(text).dump();
}

std::string yaml_map(const YamlEntries& entries, const std::string& indent) {
  std::string text;
  std::string section;
  for (const auto& [key, value] : entries) {
    const size_t dot = key.find('.');
    const std::string head = dot == std::string::npos ? "" : key.substr(0, dot);
    if (head != section && !head.empty()) text += fmt::format("{}{}:\n", indent, head);
    section = head;
    text += fmt::format("{}{}{}: {}\n", indent, head.empty() ? "" : "  ",
                        head.empty() ? key : key.substr(dot + 1), yaml_scalar(value));
  }
  return text;
}

}  // namespace olivine
