// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "experiments/cli/numbers.h"

namespace olivine::cli {
namespace {

constexpr std::chrono::milliseconds kBarInterval{200};
constexpr std::chrono::seconds kLineInterval{5};
constexpr int kBarColumns = 24;

std::string clock_text(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds + 0.5);
  if (whole >= 3600)
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string unit, uint64_t total)
    : unit_(std::move(unit)), total_(total), is_terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::update(uint64_t done) {
  const Clock::time_point now = Clock::now();
  const auto interval =
      is_terminal_ ? Clock::duration{kBarInterval} : Clock::duration{kLineInterval};
  if (now - last_ < interval) return;
  last_ = now;
  is_shown_ = true;
  print(std::min(done, total_), std::chrono::duration<double>(now - start_).count());
}

void Progress::print(uint64_t done, double elapsed_s) const {
  const double share = total_ == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total_);
  const double rate = static_cast<double>(done) / elapsed_s;
  const double left_s = done == 0 ? 0.0 : static_cast<double>(total_ - done) / rate;
  const std::string rest =
      fmt::format("{:3.0f} %  {} {}/s  {} left  {}", 100.0 * share,
                  with_separators(static_cast<uint64_t>(rate)), unit_, clock_text(left_s), label_);
  if (!is_terminal_) {
    fmt::print(stderr, "{}\n", rest);
    return;
  }
  const auto filled = static_cast<int>(share * kBarColumns);
  fmt::print(stderr, "\r\033[K[{:#<{}}{:.<{}}] {}", "", filled, "", kBarColumns - filled, rest);
  std::fflush(stderr);
}

void Progress::finish() {
  if (is_shown_ && is_terminal_) fmt::print(stderr, "\r\033[K");
  is_shown_ = false;
}

}  // namespace olivine::cli
