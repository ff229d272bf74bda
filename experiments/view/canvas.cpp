// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/canvas.h"

#include <array>

namespace olivine::view {
namespace {

// Cyan, yellow, magenta, green, blue, red: of the terminal's own palette, so legible on any ground.
constexpr std::array<int, 6> kHues = {36, 33, 35, 32, 34, 31};

std::u32string decode_utf8(std::string_view text) {
  std::u32string glyphs;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0u) == 0x80u && !glyphs.empty()) {
      glyphs.back() = (glyphs.back() << 6) | (byte & 0x3Fu);
    } else {
      glyphs += static_cast<char32_t>(byte < 0x80 ? byte : byte < 0xE0 ? byte & 0x1F : byte & 0x0F);
    }
  }
  return glyphs;
}

void append_utf8(std::string& text, char32_t glyph) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (glyph < 0x80) {
    text += static_cast<char>(glyph);
  } else if (glyph < 0x800) {
    text += static_cast<char>(0xC0 | (glyph >> 6));
    text += tail(glyph);
  } else {
    text += static_cast<char>(0xE0 | (glyph >> 12));
    text += tail(glyph >> 6);
    text += tail(glyph);
  }
}

// What stands for a character where only ASCII may.
std::string_view ascii_of(char32_t glyph) {
  switch (glyph) {
    case U'─':
      return "-";
    case U'│':
      return "|";
    case U'×':
      return "x";
    case U'→':
      return ">";
    case U'↓':
      return "v";
    case U'·':
      return ".";
    default:
      return "+";
  }
}

std::string escape_for(Style style) {
  std::string codes = "\033[0";
  if (style.is_bold) codes += ";1";
  if (style.is_dim) codes += ";2";
  if (style.hue >= 0) {
    codes += ";" + std::to_string(kHues[static_cast<size_t>(style.hue) % kHues.size()]);
  }
  return codes + "m";
}

}  // namespace

int64_t width_of(std::string_view text) { return static_cast<int64_t>(decode_utf8(text).size()); }

void Canvas::put(int64_t line, int64_t column, std::string_view text, Style style) {
  if (static_cast<size_t>(line) >= lines_.size()) lines_.resize(static_cast<size_t>(line) + 1);
  std::vector<Cell>& cells = lines_[static_cast<size_t>(line)];
  for (const char32_t glyph : decode_utf8(text)) {
    if (column >= width_) return;
    if (static_cast<size_t>(column) >= cells.size()) cells.resize(static_cast<size_t>(column) + 1);
    cells[static_cast<size_t>(column++)] = {glyph, style};
  }
}

void Canvas::put_right(int64_t line, int64_t end, std::string_view text, Style style) {
  const int64_t column = end - width_of(text);
  if (column >= 0) put(line, column, text, style);
}

std::string Canvas::render(bool is_colored, bool is_ascii) const {
  std::string text;
  for (const std::vector<Cell>& cells : lines_) {
    size_t end = cells.size();
    while (end > 0 && cells[end - 1].glyph == U' ') --end;
    Style current;
    for (size_t i = 0; i < end; ++i) {
      const Cell& cell = cells[i];
      if (is_colored && cell.glyph != U' ' && !(cell.style == current)) {
        text += escape_for(cell.style);
        current = cell.style;
      }
      if (is_ascii && cell.glyph >= 0x80) {
        text += ascii_of(cell.glyph);
      } else {
        append_utf8(text, cell.glyph);
      }
    }
    if (!(current == Style{})) text += "\033[0m";
    text += '\n';
  }
  return text;
}

}  // namespace olivine::view
