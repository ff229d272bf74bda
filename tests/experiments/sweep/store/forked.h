// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <grp.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>

#include "models/base/error.h"

namespace olivine::sweep {

// A child process that runs `work` and ends; what `work` returns is its message.
class Forked {
 public:
  explicit Forked(const std::function<std::string()>& work) {
    int ends[2];
    OLV_CHECK(pipe(ends) == 0);
    pid_ = fork();
    OLV_CHECK(pid_ >= 0);
    if (pid_ == 0) {
      close(ends[0]);
      std::string message;
      try {
        message = work();
      } catch (const std::exception& error) {
        message = error.what();
      }
      const ssize_t written = write(ends[1], message.data(), message.size());
      _exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
    }
    close(ends[1]);
    end_ = ends[0];
  }
  ~Forked() {
    kill();
    close(end_);
  }
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;

  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    reap();
  }
  // Waits for the end.
  [[nodiscard]] std::string message() {
    std::string text;
    char buffer[512];
    ssize_t count = 0;
    while ((count = read(end_, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR)) {
      if (count > 0) text.append(buffer, static_cast<size_t>(count));
    }
    reap();
    return text;
  }

 private:
  void reap() {
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid_ = -1;
  int end_ = -1;
};

// Contract: in a child. The superuser may write everywhere; tests of what is forbidden give that
// up.
inline void give_up_privileges() {
  constexpr uid_t kNobody = 65534;
  if (geteuid() != 0) return;
  OLV_CHECK(setgroups(0, nullptr) == 0);
  OLV_CHECK(setgid(kNobody) == 0);
  OLV_CHECK(setuid(kNobody) == 0);
}

}  // namespace olivine::sweep
