// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "experiments/view/frame_text.h"
#include "experiments/view/recording.h"

namespace olivine::cli {

struct CycleRange {
  int64_t first = 0;
  int64_t last = 0;
};

// Whether stdout is a terminal on which frames can be drawn over one another.
[[nodiscard]] bool can_play();

// Plays the frames in place, at `fps` a second, in as much detail as the terminal has room for:
// space, arrows, Home, End, + and - control it, q or Ctrl-C ends it. Without keys (stdin is no
// terminal) it ends after the last frame. The terminal is as before afterwards, also when a signal
// ends the program.
void play(const view::Recording& recording, CycleRange cycles, double fps,
          view::TextOptions options);

}  // namespace olivine::cli
