// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/experiments/cli/terminal_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

constexpr std::chrono::seconds kPatience{60};

// In the child: the terminal becomes the controlling one, then the program replaces it.
[[noreturn]] void become_cli(int terminal, std::vector<std::string> words) {
  setsid();
  ioctl(terminal, TIOCSCTTY, 0);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(terminal, stream);
  setenv("TERM", "xterm-256color", 1);
  words.insert(words.begin(), cli_path());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

TerminalProcess::TerminalProcess(const std::string& line, int columns, int lines) {
  terminal_ = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal_ < 0 || grantpt(terminal_) != 0 || unlockpt(terminal_) != 0) {
    throw std::runtime_error{"posix_openpt"};
  }
  program_end_ = open(ptsname(terminal_), O_RDWR | O_NOCTTY);
  const winsize size{static_cast<unsigned short>(lines), static_cast<unsigned short>(columns), 0,
                     0};
  ioctl(terminal_, TIOCSWINSZ, &size);
  child_ = fork();
  if (child_ < 0) throw std::runtime_error{"fork"};
  if (child_ == 0) become_cli(program_end_, words_of(line));
}

TerminalProcess::~TerminalProcess() {
  if (!is_finished_) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  close(program_end_);
  close(terminal_);
}

void TerminalProcess::press(std::string_view keys) const {
  if (write(terminal_, keys.data(), keys.size()) < 0) throw std::runtime_error{"write"};
}

void TerminalProcess::send(int signal) const { kill(child_, signal); }

bool TerminalProcess::read_more() {
  pollfd ready{terminal_, POLLIN, 0};
  if (poll(&ready, 1, 20) <= 0) return false;
  std::array<char, 4096> bytes{};
  const ssize_t count = read(terminal_, bytes.data(), bytes.size());
  if (count <= 0) return false;
  screen_.append(bytes.data(), static_cast<size_t>(count));
  return true;
}

bool TerminalProcess::wait_for(std::string_view text) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const size_t found = screen_.find(text, seen_);
    if (found != std::string::npos) {
      seen_ = found + text.size();
      return true;
    }
    if (read_more()) continue;
    siginfo_t state{};
    const int looked =
        waitid(P_PID, static_cast<id_t>(child_), &state, WEXITED | WNOHANG | WNOWAIT);
    if (looked == 0 && state.si_pid == child_ && !read_more()) return false;
  }
  return false;
}

int TerminalProcess::finish() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int state = 0;
  while (waitpid(child_, &state, WNOHANG) == 0) {
    read_more();
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error{"does not end"};
  }
  is_finished_ = true;
  while (read_more()) {
  }
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

termios TerminalProcess::settings() const {
  termios settings{};
  if (tcgetattr(program_end_, &settings) != 0) throw std::runtime_error{"tcgetattr"};
  return settings;
}

}  // namespace olivine::support
