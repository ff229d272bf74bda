// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace olivine::trace {

// Arguments of a slice, as JSON under way.
class Args {
 public:
  Args&& add(std::string_view name, int64_t value) &&;
  Args&& add(std::string_view name, std::string_view text) &&;
  [[nodiscard]] const std::string& text() const { return text_; }  // without the braces

 private:
  void begin(std::string_view name);
  std::string text_;
};

// A slice of time on a track: cycles from .. until - 1.
struct Slice {
  std::string_view name;
  std::string_view category;
  std::string_view color;  // cname of the trace event format; "" for the viewer's choice
  int64_t from = 0;
  int64_t until = 0;
};

// A row of slices of a process, or a counter of one: what add_track() and add_counter() gave.
using Track = size_t;
using Counter = size_t;

// Writes the JSON of Chrome's trace event format, which Perfetto reads, as it comes: one time unit
// (1 us there) is one unit of the caller's, a cycle. Slices of a track may lie inside each other
// and must not overlap otherwise. A counter is a step function: samples of one cycle replace each
// other, those that change nothing are left out.
class TraceWriter {
 public:
  using Sink = std::function<void(std::string_view)>;

  // `metadata`: otherData of the file.
  TraceWriter(Sink sink, const nlohmann::ordered_json& metadata);

  // Shown in the order of these calls.
  int add_process(std::string_view name);
  Track add_track(int process, std::string_view name);
  Counter add_counter(int process, std::string_view name, std::vector<std::string> series);

  void slice(Track track, const Slice& slice, const Args& args = {});
  // One value a series. Contract: `at` does not fall for the same counter.
  void sample(Counter counter, int64_t at, const std::vector<double>& values);

  // The end of the file. Nothing may follow.
  void finish();

  [[nodiscard]] uint64_t slices() const { return slices_; }

 private:
  struct Row {
    int process;
    int thread;
  };
  struct CounterState {
    int process;
    std::string name;
    std::vector<std::string> series;
    bool has_pending = false;
    int64_t at = 0;
    std::vector<double> pending, written;
  };

  void event(std::string_view text);
  void name_row(std::string_view what, int process, int thread, std::string_view name, int order);
  void write_pending(CounterState& counter);

  Sink sink_;
  std::string buffer_;
  bool is_first_ = true;
  int processes_ = 0;
  std::vector<Row> rows_;
  std::vector<CounterState> counters_;
  uint64_t slices_ = 0;
};

}  // namespace olivine::trace
