// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/pe_text.h"

#include <fmt/format.h>

#include "models/base/error.h"

namespace olivine::view {
namespace {

Index fold_of_event(const Recording& recording, Index event) {
  return event == kNone ? kNone : recording.event(event).fold;
}

Index fold_of_result(const Recording& recording, Index result) {
  return result == kNone ? kNone : recording.result(result).fold;
}

// The lane of the bus that meets this PE's weight.
uint8_t selected_lane(const Recording& recording, const PeState& registers) {
  if (!recording.geometry.is_sparse) return 0;
  return recording.geometry.is_output_stationary() ? registers.top_position
                                                   : registers.active_position;
}

}  // namespace

std::string fold_digit(Index fold) { return fold == kNone ? "·" : fmt::format("{}", fold % 10); }

std::string short_text(Slice slice) {
  const std::string value = fmt::format("{}", slice.value());
  const std::string shifted = text(slice);
  return width_of(value) < width_of(shifted) ? value : shifted;
}

std::string operand_text(const PortEvent& event) {
  return event.is_padding ? "-" : text(event.values[0]);
}

PeLine operand_line(const Recording& recording, const PeView& pe, int64_t columns) {
  PeLine line;
  const bool is_os = recording.geometry.is_output_stationary();
  if (!is_os && pe.active != kNone && columns >= 13) {
    const Index fold = fold_of_event(recording, pe.active);
    line.right = {fmt::format("act{}", fold_digit(fold)), {fold, false, false}};
  }
  const Slice top = is_os ? pe.registers.top : pe.registers.active;
  if (pe.left == kNone) {
    if (!is_os && pe.active != kNone) {
      line.left = {"  × " + text(top), {fold_of_event(recording, pe.active), false, true}};
    }
    return line;
  }
  const uint8_t lane = selected_lane(recording, pe.registers);
  const Slice left = pe.registers.left[lane];
  const std::string select = recording.geometry.is_sparse ? fmt::format("@{}", lane) : "";
  std::string product = fmt::format("{}{} × {}", text(left), select, text(top));
  if (width_of(product) > columns) {
    product = fmt::format("{}×{}", short_text(left), short_text(top));
  }
  const bool is_idle = recording.event(pe.left).is_padding;
  if (width_of(product) + width_of(line.right.text) >= columns) line.right = {};
  line.left = {product, {fold_of_event(recording, pe.left), !is_idle, is_idle}};
  return line;
}

PeLine sum_line(const PeView& pe, const Recording& recording) {
  if (pe.sum == kNone) return {};
  const Index fold = fold_of_result(recording, pe.sum);
  const Style style{fold, pe.left != kNone, pe.left == kNone};
  return {{fmt::format("sum{}", fold_digit(fold)), style},
          {fmt::format("{}", pe.registers.sum), style}};
}

PeLine third_line(const Recording& recording, const PeView& pe, int64_t columns) {
  if (recording.geometry.is_output_stationary()) {
    if (pe.hold == kNone) return {};
    const Style style{fold_of_result(recording, pe.hold), false, false};
    return {{fmt::format("hold{}", fold_digit(style.hue)), style},
            {fmt::format("{}", pe.registers.hold), style}};
  }
  PeLine line;
  if (pe.next != kNone) {
    const Index fold = fold_of_event(recording, pe.next);
    line.left = {fmt::format("next{} {}", fold_digit(fold), text(pe.registers.next)),
                 {fold, false, false}};
  }
  if (pe.top != kNone) {
    std::string pass = "↓" + text(pe.registers.top);
    if (width_of(line.left.text) + width_of(pass) >= columns) {
      pass = "↓" + short_text(pe.registers.top);
    }
    if (width_of(line.left.text) + width_of(pass) < columns) {
      line.right = {pass, {fold_of_event(recording, pe.top), false, false}};
    }
  }
  return line;
}

std::vector<StyledText> fold_marks(const Recording& recording, const PeView& pe) {
  const auto mark = [](Index fold, bool is_bold) {
    return StyledText{fold_digit(fold), {fold, is_bold && fold != kNone, fold == kNone}};
  };
  std::vector<StyledText> marks = {mark(fold_of_event(recording, pe.left), true)};
  if (recording.geometry.is_output_stationary()) {
    marks.push_back(mark(fold_of_result(recording, pe.hold), false));
  } else {
    marks.push_back(mark(fold_of_event(recording, pe.active), false));
    marks.push_back(mark(fold_of_event(recording, pe.next), false));
  }
  return marks;
}

std::string reading_guide(const Recording& recording, Detail detail) {
  const bool is_os = recording.geometry.is_output_stationary();
  const std::string_view select = recording.geometry.is_sparse ? ", @ lane selected" : "";
  switch (detail) {
    case Detail::Full:
      return is_os ? fmt::format("PE: left × top{}; sum and hold with their fold", select)
                   : fmt::format("PE: left × active{}; sum; next and ↓pass; digits: fold", select);
    case Detail::Values:
      return fmt::format("PE: left × {}{}; sum", is_os ? "top" : "active", select);
    case Detail::Folds:
      return is_os ? "PE, by fold: multiplies for, holds a sum of"
                   : "PE, by fold: multiplies for, operand in active, in next";
  }
  OLV_CHECK(false, "detail {}", static_cast<int>(detail));
}

}  // namespace olivine::view
