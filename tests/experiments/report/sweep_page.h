// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::report {

inline std::vector<uint8_t> bytes_of_base64(const std::string& text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6U | static_cast<uint32_t>(kDigits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<uint8_t>(group >> static_cast<unsigned>(bits)));
  }
  return bytes;
}

// A packed column as the page reads it.
inline std::vector<double> unpacked(const nlohmann::ordered_json& column) {
  const std::string type = column.at("type").get<std::string>();
  const size_t width = type == "u8" ? 1 : type == "u16" ? 2 : type == "u32" ? 4 : 8;
  const std::vector<uint8_t> bytes = bytes_of_base64(column.at("data").get<std::string>());
  std::vector<double> numbers;
  for (size_t i = 0; i + width <= bytes.size(); i += width) {
    uint64_t bits = 0;
    for (size_t byte = width; byte-- > 0;) bits = bits << 8U | bytes[i + byte];
    numbers.push_back(type == "f64" ? std::bit_cast<double>(bits) : static_cast<double>(bits));
  }
  if (!column.contains("values")) return numbers;
  for (double& number : numbers) {
    const auto& value = column["values"].at(static_cast<size_t>(number));
    number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  }
  return numbers;
}

// What the page does with the templates of machine files.
class MachineFileReader {
 public:
  explicit MachineFileReader(const nlohmann::ordered_json& data)
      : data_(data), files_(data.at("machine_files")) {
    for (const auto& axis : data.at("axes")) axes_.push_back(unpacked(axis.at("positions")));
  }

  [[nodiscard]] std::string yaml(size_t row) const {
    const auto& machine = files_.at("machine");
    const size_t which =
        machine.contains("axis") ? position(machine["axis"].get<size_t>(), row) : 0;
    std::string text;
    for (const auto& part : files_.at("templates").at(which)) {
      text += part.is_string() ? part.get<std::string>()
                               : value(files_.at("slots").at(part.at("slot").get<size_t>()), row);
    }
    return text;
  }

  // Words after "olivine".
  [[nodiscard]] std::vector<std::string> command(size_t row, const std::string& file) const {
    std::vector<std::string> words = {"run",
                                      "--machine",
                                      file,
                                      "--workload",
                                      value(files_.at("workload"), row),
                                      "--scheme",
                                      value(files_.at("scheme"), row)};
    const std::string layers = files_.at("layers").get<std::string>();
    if (!layers.empty()) words.insert(words.end(), {"--layers", layers});
    for (const auto& setting : files_.at("set")) {
      words.insert(words.end(), {"--set", fmt::format("{}={}", setting.at("key").get<std::string>(),
                                                      value(setting.at("value"), row))});
    }
    return words;
  }

 private:
  [[nodiscard]] size_t position(size_t axis, size_t row) const {
    return static_cast<size_t>(axes_.at(axis).at(row));
  }
  [[nodiscard]] std::string value(const nlohmann::ordered_json& source, size_t row) const {
    if (source.contains("text")) return source["text"].get<std::string>();
    if (source.contains("axis")) {
      return source["texts"].at(position(source["axis"].get<size_t>(), row)).get<std::string>();
    }
    const auto& parameter = data_.at("parameters").at(source.at("column").get<size_t>());
    const auto at = static_cast<size_t>(unpacked(parameter.at("positions")).at(row));
    return parameter.at("texts").at(at).get<std::string>();
  }

  const nlohmann::ordered_json& data_;
  const nlohmann::ordered_json& files_;
  std::vector<std::vector<double>> axes_;
};

// The column of a measure.
inline std::vector<double> measure_of(const nlohmann::ordered_json& data, std::string_view name) {
  for (const auto& measure : data.at("measures")) {
    if (measure.at("name") == name) return unpacked(measure.at("column"));
  }
  return {};
}

}  // namespace olivine::report
