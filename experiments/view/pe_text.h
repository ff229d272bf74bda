// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/view/canvas.h"
#include "experiments/view/frame_text.h"
#include "experiments/view/recording.h"

namespace olivine::view {

struct StyledText {
  std::string text;
  Style style;
};

// One line of a PE: a part at its left edge, one at its right edge.
struct PeLine {
  StyledText left, right;
};

// The last digit of a fold's number; "·" for none.
[[nodiscard]] std::string fold_digit(Index fold);
// "3<<5", its value where that is shorter.
[[nodiscard]] std::string short_text(Slice slice);
[[nodiscard]] std::string operand_text(const PortEvent& event);  // "-" for padding

// "-3 × 5" and, ws and is, whose operand is active; "-3@2 × 5" where the multiplexer chose lane 2.
[[nodiscard]] PeLine operand_line(const Recording& recording, const PeView& pe, int64_t columns);
[[nodiscard]] PeLine sum_line(const PeView& pe, const Recording& recording);
// os: the held sum. ws, is: the next operand and what passes by.
[[nodiscard]] PeLine third_line(const Recording& recording, const PeView& pe, int64_t columns);

// Detail::Folds: the fold a PE multiplies for, then, os, whose sum it holds; ws, is: whose operand
// is active, and next.
[[nodiscard]] std::vector<StyledText> fold_marks(const Recording& recording, const PeView& pe);

// One line: what the text of a PE means.
[[nodiscard]] std::string reading_guide(const Recording& recording, Detail detail);

}  // namespace olivine::view
