// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace olivine::regress {

// How a worker process ended.
struct WorkerEnd {
  enum class Kind : uint8_t { Finished, Signal, Exit, Silent };
  Kind kind = Kind::Finished;
  int number = 0;      // of the signal or the exit status
  std::string output;  // the last lines it printed on stdout or stderr
};

// "killed by signal 11 (Segmentation fault): ...", "no answer for 60 s".
[[nodiscard]] std::string describe(const WorkerEnd& end, std::chrono::milliseconds patience);

// The lines a worker sends to the program. Contract: a line holds no newline.
using Send = std::function<void(const std::string& line)>;

// What workers do, and who hears of it. Only `work` runs in the worker.
struct WorkerJob {
  size_t count = 0;
  std::function<void(size_t index, const Send& send)> work;
  std::function<void(size_t index, const std::string& line)> on_line;
  std::function<void(size_t index, const WorkerEnd& end)> on_end;
  // False: this index is not started any more. Empty: all are.
  std::function<bool(size_t index)> is_wanted;
  // Asked several times a second; true stops everything. Empty: never.
  std::function<bool()> is_cancelled;
  // A folder where programs that a worker started may leave "*.PID.tmp"; removed when it is killed.
  std::string folder;
};

struct WorkerLimits {
  int jobs = 1;
  std::chrono::milliseconds patience{60'000};  // between two lines of a worker
};

// Runs `work` for 0..count-1, each in a process of its own (fork without exec), in order, at most
// `jobs` at once: what crashes or hangs in one is its own failure. An exception that leaves `work`
// is a bug of the caller and counts as a crash. False: cancelled, and no worker is left.
bool run_workers(const WorkerJob& job, const WorkerLimits& limits);

// Removes what a killed worker and its tools left unfinished in `folder`.
void remove_unfinished(const std::string& folder, int process);

}  // namespace olivine::regress
