// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace olivine::cli {

// Whether stdout is a terminal that wants colours (NO_COLOR is unset).
[[nodiscard]] bool is_stdout_colored();
[[nodiscard]] std::string bold(const std::string& text, bool is_colored);

enum class Align : uint8_t { Left, Right };

// Columns as wide as their widest cell, two blanks between them.
class TextTable {
 public:
  TextTable& column(std::string heading, Align align = Align::Right);
  // Contract: one cell a column.
  void row(std::vector<std::string> cells);

  [[nodiscard]] size_t width_chars() const;
  [[nodiscard]] std::string render(bool is_colored) const;

 private:
  struct Column {
    std::string heading;
    Align align;
    size_t width_chars;
  };
  [[nodiscard]] std::string line(const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace olivine::cli
