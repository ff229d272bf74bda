// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "experiments/view/recording.h"

namespace olivine::view {

// How much of a PE a terminal has room for. Full: operands, sum and third register with their
// folds. Values: operands and sum. Folds: which fold it works for, and whose registers it holds.
enum class Detail : uint8_t { Full, Values, Folds };

struct TextOptions {
  int64_t width = 80;
  int64_t height = std::numeric_limits<int64_t>::max();  // lines
  bool is_colored = false;
  bool is_ascii = false;
};

// The most that fits; Folds where nothing does.
[[nodiscard]] Detail detail_for(const Recording& recording, const TextOptions& options);

// What is shown, and how to read it, in three lines.
[[nodiscard]] std::string heading_text(const Recording& recording, const TextOptions& options);

// The array after one cycle: what enters, every PE, what leaves, which folds are where.
[[nodiscard]] std::string frame_text(const Recording& recording, const Frame& frame,
                                     const TextOptions& options);

}  // namespace olivine::view
