// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::report {

// Untrusted JSON, field by field: each throws ConfigError ("run.json: total.cycles: must be a
// number") where the file does not say what it has to. The field itself stays the file's.
class Fields {
 public:
  // `place` of the value within the file: "" at the top, "layers[3]" further in.
  Fields(const std::string& path, const nlohmann::ordered_json& json, std::string place = "");

  [[nodiscard]] Fields object(std::string_view key) const;
  // An array's items, each of which is an object.
  [[nodiscard]] Fields list(std::string_view key) const;
  [[nodiscard]] size_t size() const;
  [[nodiscard]] Fields item(size_t index) const;  // contract: of a list, index < size()

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;  // finite
  // Nothing where the field is null or absent.
  [[nodiscard]] std::optional<double> optional_number(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] const std::string& text(std::string_view key) const;
  // A list of texts.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  // An object whose values are all finite numbers.
  [[nodiscard]] Fields numbers(std::string_view key) const;

  [[nodiscard]] const nlohmann::ordered_json& json() const { return *json_; }
  // Throws ConfigError that names the field.
  [[noreturn]] void fail(std::string_view key, std::string_view problem) const;

 private:
  [[nodiscard]] const nlohmann::ordered_json& at(std::string_view key) const;
  [[nodiscard]] std::string place_of(std::string_view key) const;

  const std::string* path_;
  const nlohmann::ordered_json* json_;
  std::string place_;
};

}  // namespace olivine::report
