// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/frame_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/view/canvas.h"
#include "experiments/view/pe_text.h"
#include "experiments/view/stage.h"
#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine::view {
namespace {

constexpr int64_t kHeadLines = 4;  // caption, two of explanation, what enters at the top
constexpr int64_t kMinFullColumns = 13;
constexpr int64_t kMaxFullColumns = 16;
constexpr int64_t kValuesColumns = 6;
constexpr int64_t kFoldsColumns = 3;

bool has_slices(const Recording& recording) {
  return recording.geometry.left_lanes > 1 || recording.geometry.top_lanes > 1;
}

// Room for what enters from the left.
int64_t margin_columns(const Recording& recording) {
  size_t longest = 6;
  for (const Frame& frame : recording.frames) {
    for (const Index index : frame.left) {
      if (index == kNone) continue;
      longest = std::max(longest, label(recording.event(index), has_slices(recording)).size());
    }
  }
  return static_cast<int64_t>(longest) + 1;
}

// Where everything stands.
struct Layout {
  Detail detail = Detail::Full;
  int64_t margin = 0;
  int64_t inner = 0;     // characters of a PE
  int64_t pe_lines = 1;  // of a PE
  bool has_grid = true;

  [[nodiscard]] int64_t column_of(int64_t col) const { return margin + col * (inner + 1) + 1; }
  [[nodiscard]] int64_t line_of(int64_t row) const {
    return kHeadLines + (has_grid ? 1 + row * (pe_lines + 1) : row);
  }
  [[nodiscard]] int64_t lines(int64_t rows) const { return line_of(rows) + 1; }
  [[nodiscard]] int64_t columns(int64_t cols) const { return column_of(cols); }
};

Layout layout_of(Detail detail, const Recording& recording, int64_t width) {
  Layout layout;
  layout.detail = detail;
  switch (detail) {
    case Detail::Full:
      layout.margin = margin_columns(recording);
      layout.inner = std::clamp((width - layout.margin - 1) / recording.geometry.cols - 1,
                                kMinFullColumns, kMaxFullColumns);
      layout.pe_lines = 3;
      return layout;
    case Detail::Values:
      layout.margin = 7;
      layout.inner = std::clamp((width - layout.margin - 1) / recording.geometry.cols - 1,
                                kValuesColumns, kMinFullColumns - 1);
      layout.pe_lines = 2;
      return layout;
    case Detail::Folds:
      layout.margin = 5;
      layout.inner = kFoldsColumns;
      layout.has_grid = false;
      return layout;
  }
  OLV_CHECK(false, "detail {}", static_cast<int>(detail));
}

// Draws one frame.
class FramePainter {
 public:
  FramePainter(const Recording& recording, const Frame& frame, const Layout& layout, int64_t width)
      : recording_(recording), frame_(frame), layout_(layout), width_(width), canvas_(width) {}

  Canvas paint() {
    paint_caption();
    paint_grid();
    paint_top();
    for (int64_t row = 0; row < recording_.geometry.rows; ++row) {
      paint_left(row);
      for (int64_t col = 0; col < recording_.geometry.cols; ++col) paint_pe(row, col);
    }
    paint_outputs();
    return std::move(canvas_);
  }

 private:
  void paint_caption();
  void paint_grid();
  void paint_top();
  void paint_left(int64_t row);
  void paint_pe(int64_t row, int64_t col);
  void paint_outputs();
  [[nodiscard]] Style style_of(const PortEvent& event) const {
    return {event.fold, false, event.is_padding};
  }

  const Recording& recording_;
  const Frame& frame_;
  Layout layout_;
  int64_t width_;
  Canvas canvas_;
};

void FramePainter::paint_caption() {
  const std::string cycle =
      fmt::format("cycle {:>2} of {}  {:<7}  ", frame_.cycle, recording_.frames.size() - 1,
                  name_of(phase_of(recording_, frame_)));
  canvas_.put(0, 0, cycle, {-1, true, false});
  canvas_.put(0, width_of(cycle), caption(recording_, frame_));
  int64_t line = 1;
  std::string text;
  for (const std::string& word : split(explanation(recording_, frame_), ' ')) {
    if (width_of(text) + width_of(word) + 1 > width_) {
      if (line == kHeadLines - 2) return;  // a narrow terminal: the caption says the most of it
      canvas_.put(line++, 0, text, {-1, false, true});
      text.clear();
    }
    text += (text.empty() ? "" : " ") + word;
  }
  canvas_.put(line, 0, text, {-1, false, true});
}

void FramePainter::paint_grid() {
  if (!layout_.has_grid) return;
  const int64_t rows = recording_.geometry.rows;
  const int64_t cols = recording_.geometry.cols;
  for (int64_t row = 0; row <= rows; ++row) {
    const int64_t line = layout_.line_of(row) - 1;
    for (int64_t col = 0; col <= cols; ++col) {
      const int64_t column = layout_.column_of(col) - 1;
      const bool is_top = row == 0, is_bottom = row == rows;
      const bool is_first = col == 0, is_last = col == cols;
      canvas_.put(line, column,
                  is_top      ? (is_first  ? "┌"
                                 : is_last ? "┐"
                                           : "┬")
                  : is_bottom ? (is_first  ? "└"
                                 : is_last ? "┘"
                                           : "┴")
                              : (is_first  ? "├"
                                 : is_last ? "┤"
                                           : "┼"),
                  {-1, false, true});
      for (int64_t i = 0; i < layout_.inner && !is_last; ++i) {
        canvas_.put(line, column + 1 + i, "─", {-1, false, true});
      }
      for (int64_t i = 0; i < layout_.pe_lines && !is_bottom; ++i) {
        canvas_.put(line + 1 + i, column, "│", {-1, false, true});
      }
    }
  }
}

void FramePainter::paint_top() {
  for (int64_t col = 0; col < recording_.geometry.cols; ++col) {
    const Index index = frame_.top[static_cast<size_t>(col)];
    if (index == kNone) continue;
    const PortEvent& event = recording_.event(index);
    const int64_t end = layout_.column_of(col) + layout_.inner;
    const int64_t line = kHeadLines - 1;
    if (layout_.detail == Detail::Folds) {
      canvas_.put(line, layout_.column_of(col), fold_digit(event.fold), style_of(event));
      canvas_.put(line, layout_.column_of(col) + 1, "↓", style_of(event));
      continue;
    }
    std::string value = operand_text(event) + "↓";
    if (layout_.detail == Detail::Full) {
      const std::string name = label(event, has_slices(recording_));
      if (width_of(name) + width_of(value) < layout_.inner)
        value = fmt::format("{} {}", name, value);
    }
    canvas_.put_right(line, end, value, style_of(event));
  }
}

void FramePainter::paint_left(int64_t row) {
  const Index index = frame_.left[static_cast<size_t>(row)];
  const int64_t line = layout_.line_of(row);
  const int64_t end = layout_.margin;
  if (layout_.detail == Detail::Folds) {
    canvas_.put_right(line, 2, fmt::format("{}", row), {-1, false, true});
  }
  if (index == kNone) return;
  const PortEvent& event = recording_.event(index);
  const Style style = style_of(event);
  if (layout_.detail == Detail::Folds) {
    canvas_.put_right(line, end, fold_digit(event.fold) + "→", style);
    return;
  }
  const bool is_full = layout_.detail == Detail::Full;
  if (is_full) canvas_.put_right(line, end - 1, label(event, has_slices(recording_)), style);
  if (event.elements == 1 || event.is_padding) {
    canvas_.put_right(line + (is_full ? 1 : 0), end, operand_text(event) + "→", style);
    return;
  }
  for (int64_t pair = 0; pair < 2; ++pair) {  // 2:4: the four operands of the bus
    const auto first = static_cast<size_t>(2 * pair);
    canvas_.put_right(
        line + pair + (is_full ? 1 : 0), end,
        fmt::format("{} {}→", short_text(event.values[first]), short_text(event.values[first + 1])),
        style);
  }
}

void FramePainter::paint_pe(int64_t row, int64_t col) {
  const PeView& pe = recording_.pe(frame_, row, col);
  const int64_t line = layout_.line_of(row);
  const int64_t begin = layout_.column_of(col);
  const auto draw = [&](int64_t offset, const PeLine& text) {
    const int64_t end = begin + layout_.inner;
    canvas_.put_right(line + offset, end, text.right.text, text.right.style);
    canvas_.put(line + offset, begin, text.left.text, text.left.style);
  };
  switch (layout_.detail) {
    case Detail::Full:
      draw(0, operand_line(recording_, pe, layout_.inner));
      draw(1, sum_line(pe, recording_));
      draw(2, third_line(recording_, pe, layout_.inner));
      return;
    case Detail::Values: {
      draw(0, operand_line(recording_, pe, layout_.inner));
      PeLine sum = sum_line(pe, recording_);
      sum.left = {};
      draw(1, sum);
      return;
    }
    case Detail::Folds:
      for (int64_t at = begin; const StyledText& part : fold_marks(recording_, pe)) {
        canvas_.put(line, at++, part.text, part.style);
      }
      return;
  }
}

void FramePainter::paint_outputs() {
  const int64_t line = layout_.line_of(recording_.geometry.rows);
  canvas_.put(line, 0, "");
  for (const Output& output : frame_.outputs) {
    const Result& result = recording_.result(output.result);
    const Style style{result.fold, true, false};
    const int64_t begin = layout_.column_of(output.col);
    if (layout_.detail == Detail::Folds) {
      canvas_.put(line, begin, fold_digit(result.fold) + "↓", style);
      continue;
    }
    std::string text = fmt::format("{}↓", output.value);
    const std::string name = label(result);
    if (width_of(name) + width_of(text) < layout_.inner) text = fmt::format("{} {}", name, text);
    canvas_.put_right(line, begin + layout_.inner, text, style);
  }
}

}  // namespace

Detail detail_for(const Recording& recording, const TextOptions& options) {
  for (const Detail detail : {Detail::Full, Detail::Values}) {
    const Layout layout = layout_of(detail, recording, options.width);
    if (layout.columns(recording.geometry.cols) <= options.width &&
        layout.lines(recording.geometry.rows) <= options.height) {
      return detail;
    }
  }
  return Detail::Folds;
}

std::string heading_text(const Recording& recording, const TextOptions& options) {
  Canvas canvas{options.width};
  canvas.put(0, 0, title(recording), {-1, true, false});
  canvas.put(1, 0, subtitle(recording));
  canvas.put(2, 0, reading_guide(recording, detail_for(recording, options)), {-1, false, true});
  return canvas.render(options.is_colored, options.is_ascii);
}

std::string frame_text(const Recording& recording, const Frame& frame, const TextOptions& options) {
  const Layout layout = layout_of(detail_for(recording, options), recording, options.width);
  FramePainter painter{recording, frame, layout, options.width};
  return painter.paint().render(options.is_colored, options.is_ascii);
}

}  // namespace olivine::view
