// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::view {

// How a character looks on a terminal.
struct Style {
  int hue = -1;  // of a fold; -1: the terminal's own colour
  bool is_bold = false;
  bool is_dim = false;

  bool operator==(const Style&) const = default;
};

// A page of characters. Text that does not fit is cut.
class Canvas {
 public:
  explicit Canvas(int64_t width) : width_(width) {}

  // UTF-8; a byte sequence counts as the characters it stands for.
  void put(int64_t line, int64_t column, std::string_view text, Style style = {});
  // The same, ending before `end`.
  void put_right(int64_t line, int64_t end, std::string_view text, Style style = {});

  // Lines without trailing blanks, each ended by '\n'. `is_ascii`: without box characters.
  [[nodiscard]] std::string render(bool is_colored, bool is_ascii) const;
  [[nodiscard]] int64_t lines() const { return static_cast<int64_t>(lines_.size()); }

 private:
  struct Cell {
    char32_t glyph = U' ';
    Style style;
  };

  int64_t width_;
  std::vector<std::vector<Cell>> lines_;
};

// Characters of UTF-8 text.
[[nodiscard]] int64_t width_of(std::string_view text);

}  // namespace olivine::view
