// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using Clock = std::chrono::steady_clock;

// Closed with the object; the child has copies of the write ends only.
struct Pipe {
  std::array<int, 2> ends{-1, -1};

  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw std::system_error{errno, std::generic_category(), "pipe"};
    }
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_end(size_t end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
};

// What the child gets: its own ends of the pipes, and signals as a shell would leave them.
class SpawnSetup {
 public:
  SpawnSetup(const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out.ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, err.ends[1], STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigset_t handled;
    sigemptyset(&handled);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&handled, number);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &handled);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  // 0 or an error number.
  int start(const std::vector<std::string>& arguments, pid_t& child) const {
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.data()));
    argv.push_back(nullptr);
    return posix_spawnp(&child, argv[0], &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// False at the end of the stream.
bool read_some(int descriptor, std::string& text) {
  std::array<char, 65536> block{};
  const ssize_t count = read(descriptor, block.data(), block.size());
  if (count > 0) text.append(block.data(), static_cast<size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

// Until both streams end; false when the deadline came first.
bool read_both(Pipe& out, Pipe& err, Clock::time_point deadline, ChildResult& result) {
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> polled{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    // A negative descriptor is skipped.
    const int ready = poll(polled.data(), polled.size(), static_cast<int>(std::min(left, 1000L)));
    if (ready <= 0) continue;
    if (polled[0].revents != 0 && !read_some(out.ends[0], result.out)) out.close_end(0);
    if (polled[1].revents != 0 && !read_some(err.ends[0], result.err)) err.close_end(0);
  }
  return true;
}

// It may close its streams and go on: the deadline holds for its end too.
bool wait_for_end(pid_t child, Clock::time_point deadline, int& state) {
  constexpr timespec kPause{0, 5'000'000};
  for (;;) {
    const pid_t ended = waitpid(child, &state, WNOHANG);
    if (ended == child) return true;
    OLV_CHECK(ended == 0 || errno == EINTR, "waitpid: {}", std::strerror(errno));
    if (Clock::now() >= deadline) return false;
    nanosleep(&kPause, nullptr);
  }
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, std::chrono::milliseconds limit) {
  OLV_CHECK(!arguments.empty(), "no program");
  const Clock::time_point deadline = Clock::now() + limit;
  Pipe out;
  Pipe err;
  ChildResult result;
  pid_t child = -1;
  if (const int error = SpawnSetup{out, err}.start(arguments, child); error != 0) {
    result.err = std::strerror(error);
    return result;
  }
  result.is_started = true;
  out.close_end(1);
  err.close_end(1);
  int state = 0;
  result.is_timed_out =
      !read_both(out, err, deadline, result) || !wait_for_end(child, deadline, state);
  if (result.is_timed_out) {
    kill(child, SIGKILL);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
  }
  result.status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  return result;
}

}  // namespace olivine::sweep
