// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <string>
#include <string_view>
#include <vector>

namespace olivine::support {

// The program on a pseudo-terminal, as a person would see and control it.
class TerminalProcess {
 public:
  TerminalProcess(const std::string& line, int columns, int lines);
  ~TerminalProcess();
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;

  void press(std::string_view keys) const;
  void send(int signal) const;
  // Reads until everything written so far holds `text` after what was waited for before; false when
  // a minute has passed or the program has ended.
  bool wait_for(std::string_view text);
  // Reads to the end. Exit status, or 128 + signal.
  int finish();

  [[nodiscard]] const std::string& screen() const { return screen_; }
  // Settings of the terminal, which outlive the program.
  [[nodiscard]] termios settings() const;

 private:
  bool read_more();

  pid_t child_ = -1;
  int terminal_ = -1;     // our end
  int program_end_ = -1;  // kept open, so that settings stay
  bool is_finished_ = false;
  std::string screen_;
  size_t seen_ = 0;
};

}  // namespace olivine::support
