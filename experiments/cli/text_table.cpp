// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/text_table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "models/base/error.h"

namespace olivine::cli {

bool is_stdout_colored() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
  return isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') && !is_dumb;
}

std::string bold(const std::string& text, bool is_colored) {
  return is_colored ? "\033[1m" + text + "\033[0m" : text;
}

TextTable& TextTable::column(std::string heading, Align align) {
  const size_t width_chars = heading.size();
  columns_.push_back({std::move(heading), align, width_chars});
  return *this;
}

void TextTable::row(std::vector<std::string> cells) {
  OLV_CHECK(cells.size() == columns_.size(), "{} cells", cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    columns_[i].width_chars = std::max(columns_[i].width_chars, cells[i].size());
  }
  rows_.push_back(std::move(cells));
}

size_t TextTable::width_chars() const {
  size_t width_chars = columns_.empty() ? 0 : 2 * (columns_.size() - 1);
  for (const Column& column : columns_) width_chars += column.width_chars;
  return width_chars;
}

std::string TextTable::line(const std::vector<std::string>& cells) const {
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) {
    const Column& column = columns_[i];
    if (i > 0) text += "  ";
    text += column.align == Align::Left ? fmt::format("{:<{}}", cells[i], column.width_chars)
                                        : fmt::format("{:>{}}", cells[i], column.width_chars);
  }
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string TextTable::render(bool is_colored) const {
  std::vector<std::string> headings;
  for (const Column& column : columns_) headings.push_back(column.heading);
  std::string text = bold(line(headings), is_colored) + "\n";
  for (const auto& cells : rows_) text += line(cells) + "\n";
  return text;
}

}  // namespace olivine::cli
