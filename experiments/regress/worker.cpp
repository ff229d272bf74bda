// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "models/base/text.h"

namespace olivine::regress {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 100;
constexpr size_t kKeptOutput = 2000;  // bytes of what a worker printed

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error{errno, std::generic_category(), "pipe"};
  }
  return {ends[0], ends[1]};
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno != EINTR) _exit(1);  // nobody listens any more
    if (count > 0) text.remove_prefix(static_cast<size_t>(count));
  }
}

struct Worker {
  size_t index = 0;
  pid_t process = 0;
  int lines = -1;  // read ends
  int output = -1;
  std::string partial;  // of a line
  std::string printed;
  Clock::time_point last_sign = Clock::now();
};

// Its own process group, so that the tools it starts end with it; ends when the program does.
[[noreturn]] void become_worker(const WorkerJob& job, size_t index, int lines, int output,
                                pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  for (const int number : {SIGINT, SIGTERM}) signal(number, SIG_DFL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  int status = 0;
  try {
    job.work(index, [lines](const std::string& line) { write_all(lines, line + "\n"); });
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    status = 1;
  }
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(status);
}

class Pool {
 public:
  Pool(const WorkerJob& job, const WorkerLimits& limits) : job_(job), limits_(limits) {}
  ~Pool() { kill_all(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool run() {
    for (;;) {
      if (job_.is_cancelled && job_.is_cancelled()) return false;
      start_more();
      if (workers_.empty()) return true;
      wait_for_signs();
      stop_silent_ones();
    }
  }

 private:
  void start_more() {
    while (next_ < job_.count && workers_.size() < static_cast<size_t>(std::max(1, limits_.jobs))) {
      const size_t index = next_++;
      if (!job_.is_wanted || job_.is_wanted(index)) start(index);
    }
  }

  void start(size_t index) {
    const Pipe lines = make_pipe();
    const Pipe output = make_pipe();
    std::fflush(stdout);
    std::fflush(stderr);
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (process == 0) become_worker(job_, index, lines.write_end, output.write_end, parent);
    setpgid(process, process);  // in both, so that it holds whoever runs first
    close(lines.write_end);
    close(output.write_end);
    for (const int end : {lines.read_end, output.read_end}) fcntl(end, F_SETFL, O_NONBLOCK);
    Worker& worker = workers_.emplace_back();
    worker.index = index;
    worker.process = process;
    worker.lines = lines.read_end;
    worker.output = output.read_end;
  }

  void wait_for_signs() {
    std::vector<pollfd> polled;
    for (const Worker& worker : workers_) {
      polled.push_back({worker.lines, POLLIN, 0});
      polled.push_back({worker.output, POLLIN, 0});
    }
    if (poll(polled.data(), polled.size(), kPollMs) <= 0) return;
    std::vector<pid_t> closed;
    for (size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = workers_[i];
      if (polled[2 * i + 1].revents != 0) read_output(worker);
      if (polled[2 * i].revents != 0 && !read_lines(worker)) closed.push_back(worker.process);
    }
    for (const pid_t process : closed) end(process, WorkerEnd::Kind::Finished);
  }

  static void read_output(Worker& worker) {
    std::array<char, 4096> block{};
    const ssize_t count = read(worker.output, block.data(), block.size());
    if (count <= 0) return;
    worker.printed.append(block.data(), static_cast<size_t>(count));
    if (worker.printed.size() > 2 * kKeptOutput) {
      worker.printed.erase(0, worker.printed.size() - kKeptOutput);
    }
  }

  // False when the worker closed its end.
  bool read_lines(Worker& worker) {
    std::array<char, 65536> block{};
    const ssize_t count = read(worker.lines, block.data(), block.size());
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    worker.last_sign = Clock::now();
    worker.partial.append(block.data(), static_cast<size_t>(count));
    size_t begin = 0;
    for (size_t newline = worker.partial.find('\n'); newline != std::string::npos;
         newline = worker.partial.find('\n', begin)) {
      if (job_.on_line) job_.on_line(worker.index, worker.partial.substr(begin, newline - begin));
      begin = newline + 1;
    }
    worker.partial.erase(0, begin);
    return true;
  }

  void stop_silent_ones() {
    std::vector<pid_t> silent;
    for (const Worker& worker : workers_) {
      if (Clock::now() - worker.last_sign > limits_.patience) silent.push_back(worker.process);
    }
    for (const pid_t process : silent) end(process, WorkerEnd::Kind::Silent);
  }

  // Takes the worker off the list, waits for it and tells how it ended.
  void end(pid_t process, WorkerEnd::Kind kind) {
    const auto at = std::ranges::find(workers_, process, &Worker::process);
    Worker worker = std::move(*at);
    workers_.erase(at);
    WorkerEnd result{kind, 0, ""};
    const int status = reap(worker, kind == WorkerEnd::Kind::Silent);
    if (kind == WorkerEnd::Kind::Finished && WIFSIGNALED(status)) {
      result = {WorkerEnd::Kind::Signal, WTERMSIG(status), ""};
    } else if (kind == WorkerEnd::Kind::Finished && WEXITSTATUS(status) != 0) {
      result = {WorkerEnd::Kind::Exit, WEXITSTATUS(status), ""};
    }
    result.output = std::string{trim(worker.printed)};
    if (job_.on_end) job_.on_end(worker.index, result);
  }

  int reap(Worker& worker, bool is_killed) const {
    if (is_killed) kill(-worker.process, SIGKILL);
    int status = 0;
    while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) continue;
    read_output(worker);
    close(worker.lines);
    close(worker.output);
    if (is_killed || WIFSIGNALED(status)) remove_unfinished(job_.folder, worker.process);
    return status;
  }

  void kill_all() {
    for (Worker& worker : workers_) reap(worker, true);
    workers_.clear();
  }

  const WorkerJob& job_;
  const WorkerLimits& limits_;
  std::vector<Worker> workers_;
  size_t next_ = 0;
};

}  // namespace

bool run_workers(const WorkerJob& job, const WorkerLimits& limits) {
  return Pool{job, limits}.run();
}

std::string describe(const WorkerEnd& end, std::chrono::milliseconds patience) {
  std::string text;
  switch (end.kind) {
    case WorkerEnd::Kind::Finished:
      text = "ended without an answer";
      break;
    case WorkerEnd::Kind::Signal:
      text = fmt::format("killed by signal {} ({})", end.number, strsignal(end.number));
      break;
    case WorkerEnd::Kind::Exit:
      text = fmt::format("ended with status {}", end.number);
      break;
    case WorkerEnd::Kind::Silent:
      text = fmt::format("no answer for {:g} s", std::chrono::duration<double>(patience).count());
      break;
  }
  return end.output.empty() ? text : fmt::format("{}: {}", text, end.output);
}

void remove_unfinished(const std::string& folder, int process) {
  if (folder.empty()) return;
  const std::string ending = fmt::format(".{}.tmp", process);
  std::error_code error;
  std::vector<fs::path> unfinished;
  for (const std::string& place : {folder, folder + "/models"}) {
    for (const auto& entry : fs::directory_iterator{place, error}) {
      if (entry.path().string().ends_with(ending)) unfinished.push_back(entry.path());
    }
  }
  for (const fs::path& path : unfinished) fs::remove_all(path, error);
}

}  // namespace olivine::regress
