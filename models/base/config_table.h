// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/enum_names.h"
#include "models/base/text.h"

namespace olivine {

// Inclusive legal range of a number.
template <class T>
struct Range {
  T low;
  T high;
};

// The documentation of one key, as printed by --help and docs/config.md.
struct FieldDoc {
  std::string key;
  std::string unit;           // "bytes", "Hz", "cycles" or ""
  std::string legal;          // "1..1024", "ws|os|is"
  std::string default_value;  // canonical text; "" for a required field
  std::string help;
};

// One table a struct: a row names a key, the member it sets, its unit, legal range and help. The
// same row parses YAML and --set, prints --dump-config and JSON, and generates docs/config.md.
// Contract: accessors return a reference into the struct passed to them and capture nothing.
template <class Config>
class ConfigTable {
 public:
  template <class Member>
  ConfigTable& integer(std::string key, Member member, Range<int64_t> range, std::string help,
                       std::string unit = "") {
    const std::string legal = fmt::format("{}..{}", range.low, range.high);
    return add(
        {std::move(key), std::move(unit), legal, "", std::move(help)},
        [member, range](Config& config, std::string_view text) {
          const auto value = parse_int(text);
          if (!value || *value < range.low || *value > range.high) return false;
          member(config) = *value;
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        [member](Config& config) { return fmt::format("{}", member(config)); });
  }

  // A byte count, written with or without unit ("64KiB").
  template <class Member>
  ConfigTable& bytes(std::string key, Member member, Range<int64_t> range, std::string help) {
    const std::string legal =
        fmt::format("{}..{}", format_bytes(range.low), format_bytes(range.high));
    return add(
        {std::move(key), "bytes", legal, "", std::move(help)},
        [member, range](Config& config, std::string_view text) {
          const auto value = parse_bytes(text);
          if (!value || *value < range.low || *value > range.high) return false;
          member(config) = *value;
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        [member](Config& config) { return format_bytes(member(config)); });
  }

  // An address, written in hexadecimal ("0x1000"), in decimal or with a unit ("4KiB").
  template <class Member>
  ConfigTable& address(std::string key, Member member, Range<int64_t> range, std::string help) {
    const std::string legal = fmt::format("{:#x}..{:#x}", range.low, range.high);
    return add(
        {std::move(key), "bytes", legal, "", std::move(help)},
        [member, range](Config& config, std::string_view text) {
          const auto value = parse_address(text);
          if (!value || *value < range.low || *value > range.high) return false;
          member(config) = *value;
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        [member](Config& config) { return fmt::format("{:#x}", member(config)); });
  }

  // A frequency in hertz, written with or without unit ("500MHz").
  template <class Member>
  ConfigTable& frequency(std::string key, Member member, Range<double> range, std::string help) {
    const std::string legal =
        fmt::format("{}..{}", format_frequency(range.low), format_frequency(range.high));
    return add(
        {std::move(key), "Hz", legal, "", std::move(help)},
        [member, range](Config& config, std::string_view text) {
          const auto value = parse_frequency(text);
          if (!value || *value < range.low || *value > range.high) return false;
          member(config) = *value;
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        [member](Config& config) { return format_frequency(member(config)); });
  }

  template <class Member>
  ConfigTable& number(std::string key, Member member, Range<double> range, std::string help,
                      std::string unit = "") {
    const std::string legal = fmt::format("{:g}..{:g}", range.low, range.high);
    return add(
        {std::move(key), std::move(unit), legal, "", std::move(help)},
        [member, range](Config& config, std::string_view text) {
          const auto value = parse_number(text);
          if (!value || *value < range.low || *value > range.high) return false;
          member(config) = *value;
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        // The shortest text that parses back to the same bits.
        [member](Config& config) { return fmt::format("{}", member(config)); });
  }

  // Contract: `names` outlives the table (a constexpr array at namespace scope).
  template <class Enum, class Member>
  ConfigTable& choice(std::string key, Member member, std::span<const EnumName<Enum>> names,
                      std::string help) {
    return add(
        {std::move(key), "", joined_names(names), "", std::move(help)},
        [member, names](Config& config, std::string_view text) {
          const auto value = value_of(names, text);
          if (value) member(config) = *value;
          return value.has_value();
        },
        [member, names](Config& config) {
          return nlohmann::json(std::string{name_of(names, member(config))});
        },
        [member, names](Config& config) { return std::string{name_of(names, member(config))}; });
  }

  template <class Member>
  ConfigTable& boolean(std::string key, Member member, std::string help) {
    return add(
        {std::move(key), "", "true|false", "", std::move(help)},
        [member](Config& config, std::string_view text) {
          if (text != "true" && text != "false") return false;
          member(config) = text == "true";
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        [member](Config& config) { return std::string{member(config) ? "true" : "false"}; });
  }

  template <class Member>
  ConfigTable& text(std::string key, Member member, std::string help) {
    return add(
        {std::move(key), "", "text", "", std::move(help)},
        [member](Config& config, std::string_view text) {
          member(config) = std::string{text};
          return true;
        },
        [member](Config& config) { return nlohmann::json(member(config)); },
        [member](Config& config) { return member(config); });
  }

  // The rows of another table whose keys begin with `prefix`. Contract: load(config) gives the
  // struct of that table with their values, store(config, other) takes them from it.
  template <class Other, class Load, class Store>
  ConfigTable& include(const ConfigTable<Other>& other, std::string_view prefix, Load load,
                       Store store) {
    for (const auto& row : other.rows_) {
      if (!row.doc.key.starts_with(prefix)) continue;
      add(
          row.doc,
          [load, store, parse = row.parse](Config& config, std::string_view text) {
            Other part = load(config);
            if (!parse(part, text)) return false;
            store(config, part);
            return true;
          },
          [load, json = row.json](Config& config) {
            Other part = load(config);
            return json(part);
          },
          [load, print = row.print](Config& config) {
            Other part = load(config);
            return print(part);
          });
    }
    return *this;
  }

  // Sets one key from text. Returns the problem, without a place ("array.rows = 0: must be
  // 1..1024"), or nothing on success; the config is unchanged after a problem.
  [[nodiscard]] std::optional<std::string> set(Config& config, std::string_view key,
                                               std::string_view text) const {
    for (const Row& row : rows_) {
      if (row.doc.key != key) continue;
      if (row.parse(config, text)) return std::nullopt;
      return fmt::format("{} = {}: must be {}", key, text, row.doc.legal);
    }
    return fmt::format("{} = {}: unknown key{}", key, text, suggestion(key, keys()));
  }

  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> result;
    for (const Row& row : rows_) result.push_back(row.doc.key);
    return result;
  }

  // Canonical text of every key, in table order; loading it back gives the same struct.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> dump(Config config) const {
    std::vector<std::pair<std::string, std::string>> result;
    for (const Row& row : rows_) result.emplace_back(row.doc.key, row.print(config));
    return result;
  }

  // {"array.rows": 64, ...}: numbers as numbers in base units.
  [[nodiscard]] nlohmann::json to_json(Config config) const {
    nlohmann::json result = nlohmann::json::object();
    for (const Row& row : rows_) result[row.doc.key] = row.json(config);
    return result;
  }

  // Rows with the values of `defaults` as default text.
  [[nodiscard]] std::vector<FieldDoc> docs(Config defaults) const {
    std::vector<FieldDoc> result;
    for (const Row& row : rows_) {
      FieldDoc doc = row.doc;
      doc.default_value = row.print(defaults);
      result.push_back(std::move(doc));
    }
    return result;
  }

 private:
  template <class>
  friend class ConfigTable;

  struct Row {
    FieldDoc doc;
    std::function<bool(Config&, std::string_view)> parse;
    std::function<nlohmann::json(Config&)> json;
    std::function<std::string(Config&)> print;
  };

  template <class Parse, class Json, class Print>
  ConfigTable& add(FieldDoc doc, Parse parse, Json json, Print print) {
    rows_.push_back({std::move(doc), parse, json, print});
    return *this;
  }

  std::vector<Row> rows_;
};

}  // namespace olivine
