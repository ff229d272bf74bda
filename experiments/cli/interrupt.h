// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

namespace olivine::cli {

inline constexpr int kInterruptedStatus = 130;  // 128 + SIGINT, as shells report it

// What may be half written when the program is interrupted.
enum class Unfinished : uint8_t { Result, Trace, Picture, Timeline };

// Ctrl-C and SIGTERM: removes the files being written, says so and ends with kInterruptedStatus.
void install_interrupt_handler();

// The unfinished file to remove when interrupted; "" for none.
void set_unfinished_file(Unfinished what, const std::string& path);

}  // namespace olivine::cli
