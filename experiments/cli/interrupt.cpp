// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/interrupt.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include "models/base/error.h"

namespace olivine::cli {
namespace {

// By Unfinished.
std::array<std::array<char, 4096>, 6> unfinished_files{};

termios terminal_before{};
volatile std::sig_atomic_t is_screen_entered = 0;
volatile std::sig_atomic_t is_terminal_changed = 0;

// Only calls that POSIX allows in a handler. The program holds nothing else that outlives it, so
// ending here is as clean as unwinding, and works in the middle of a search too.
extern "C" void on_interrupt(int) {
  for (const auto& file : unfinished_files) {
    if (file[0] != '\0') unlink(file.data());
  }
  if (is_terminal_changed != 0) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
  if (is_screen_entered != 0 &&
      write(STDOUT_FILENO, kLeaveScreen.data(), kLeaveScreen.size()) < 0) {
    _exit(kInterruptedStatus);
  }
  constexpr std::string_view kMessage = "\ninterrupted: no result was written\n";
  if (write(STDERR_FILENO, kMessage.data(), kMessage.size()) < 0) _exit(kInterruptedStatus);
  _exit(kInterruptedStatus);
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void set_unfinished_file(Unfinished what, const std::string& path) {
  auto& unfinished_file = unfinished_files[static_cast<size_t>(what)];
  OLV_CHECK(path.size() < unfinished_file.size(), "{}", path);
  unfinished_file[0] = '\0';  // a handler that runs between the two lines sees no path
  if (path.empty()) return;
  std::memcpy(unfinished_file.data() + 1, path.c_str() + 1, path.size());
  unfinished_file[0] = path[0];
}

void restore_terminal_when_interrupted(bool is_entered, const termios* before) {
  is_terminal_changed = 0;  // a handler that runs before the settings are copied does not use them
  is_screen_entered = is_entered ? 1 : 0;
  if (before == nullptr) return;
  terminal_before = *before;
  is_terminal_changed = 1;
}

}  // namespace olivine::cli
