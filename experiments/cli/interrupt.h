// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

namespace olivine::cli {

inline constexpr int kInterruptedStatus = 130;  // 128 + SIGINT, as shells report it

// Ctrl-C and SIGTERM: removes the file being written, says so and ends with kInterruptedStatus.
void install_interrupt_handler();

// The unfinished file to remove when interrupted; "" for none.
void set_unfinished_file(const std::string& path);

}  // namespace olivine::cli
