// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/config_table.h"
#include "models/base/error.h"

namespace olivine {

struct YamlEntry;

// A YAML tree with the place of every node. Untrusted input: size (kMaxYamlBytes) and nesting
// (kMaxYamlDepth) are bounded before parsing; anchors, aliases and tags are refused.
struct YamlNode {
  enum class Kind : uint8_t { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  std::string place;               // "machine.yaml:12"
  std::string scalar;              // Kind::Scalar
  std::vector<YamlNode> items;     // Kind::Sequence
  std::vector<YamlEntry> entries;  // Kind::Map, in file order

  // The value of `key`, or null when absent or when this is no map.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  YamlNode value;
};

inline constexpr size_t kMaxYamlBytes = size_t{4} << 20;
inline constexpr int kMaxYamlDepth = 32;

// Parses one document. `source` names it in messages. Throws ConfigError: malformed, empty, too
// large, too deep, duplicate keys.
[[nodiscard]] YamlNode parse_yaml(std::string_view text, const std::string& source);

// Reads and parses a file. Throws ConfigError; a missing file is one line with its path.
[[nodiscard]] YamlNode load_yaml(const std::filesystem::path& path);

// Contents of a text file of at most `max_bytes`. Throws ConfigError.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path, size_t max_bytes);

// One scalar of a nested map under its dotted key: {array: {rows: 8}} is "array.rows" = "8".
struct FlatEntry {
  std::string key;
  std::string text;
  std::string place;
};

// All scalars below a map, in file order; sequences and nulls are problems.
[[nodiscard]] std::vector<FlatEntry> flatten(const YamlNode& map, Problems& problems);

// Sets every scalar of `map` in `config` by `table`; problems carry file:line.
template <class Config>
void apply_yaml(const YamlNode& map, const ConfigTable<Config>& table, Config& config,
                Problems& problems) {
  for (const FlatEntry& entry : flatten(map, problems)) {
    if (auto problem = table.set(config, entry.key, entry.text)) {
      problems.add(entry.place + ": " + *problem);
    }
  }
}

}  // namespace olivine
