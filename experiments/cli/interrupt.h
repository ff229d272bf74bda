// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct termios;

namespace olivine::cli {

inline constexpr int kInterruptedStatus = 130;  // 128 + SIGINT, as shells report it

// What may be half written when the program is interrupted.
enum class Unfinished : uint8_t { Result, Trace, Picture, Timeline, Packed, Decoded };

// Ctrl-C and SIGTERM: removes the files being written, says so and ends with kInterruptedStatus.
void install_interrupt_handler();

// The unfinished file to remove when interrupted; "" for none.
void set_unfinished_file(Unfinished what, const std::string& path);

// A second screen without a cursor, and back.
inline constexpr std::string_view kEnterScreen = "\033[?1049h\033[?25l\033[2J";
inline constexpr std::string_view kLeaveScreen = "\033[?25h\033[?1049l";

// While the screen has been entered: an interrupt leaves it and gives stdin its settings `before`
// back; null: they were not changed.
void restore_terminal_when_interrupted(bool is_entered, const termios* before);

}  // namespace olivine::cli
