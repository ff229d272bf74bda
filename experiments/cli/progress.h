// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace olivine::cli {

// Progress on stderr: a bar with rate and time to go on a terminal, a plain line every few seconds
// otherwise. Silent for work that ends before the first line is due.
class Progress {
 public:
  // Contract: `unit` is a plural noun; update() never goes back.
  Progress(std::string unit, uint64_t total);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void set_label(std::string label) { label_ = std::move(label); }
  void update(uint64_t done);
  // Clears the bar.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void print(uint64_t done, double elapsed_s) const;

  std::string unit_;
  uint64_t total_;
  std::string label_;
  bool is_terminal_;
  bool is_shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace olivine::cli
