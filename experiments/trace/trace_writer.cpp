// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/trace_writer.h"

#include <fmt/format.h>

#include <iterator>

#include "models/base/error.h"

namespace olivine::trace {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

// A JSON string with its quotes; what is no UTF-8 is replaced.
std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void Args::begin(std::string_view name) {
  if (!text_.empty()) text_ += ',';
  text_ += json_string(name);
  text_ += ':';
}

Args&& Args::add(std::string_view name, int64_t value) && {
  begin(name);
  fmt::format_to(std::back_inserter(text_), "{}", value);
  return std::move(*this);
}

Args&& Args::add(std::string_view name, std::string_view text) && {
  begin(name);
  text_ += json_string(text);
  return std::move(*this);
}

TraceWriter::TraceWriter(Sink sink, const nlohmann::ordered_json& metadata)
    : sink_(std::move(sink)) {
  buffer_ = fmt::format("{{\"displayTimeUnit\":\"ns\",\n\"otherData\":{},\n\"traceEvents\":[\n",
                        metadata.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void TraceWriter::event(std::string_view text) {
  if (!is_first_) buffer_ += ",\n";
  is_first_ = false;
  buffer_ += text;
  if (buffer_.size() < kBufferBytes) return;
  sink_(buffer_);
  buffer_.clear();
}

// Name and place of a process (thread 0) or of a track.
void TraceWriter::name_row(std::string_view what, int process, int thread, std::string_view name,
                           int order) {
  event(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"{}_name","args":{{"name":{}}}}})",
                    process, thread, what, json_string(name)));
  event(fmt::format(
      R"({{"ph":"M","pid":{},"tid":{},"name":"{}_sort_index","args":{{"sort_index":{}}}}})",
      process, thread, what, order));
}

int TraceWriter::add_process(std::string_view name) {
  ++processes_;
  name_row("process", processes_, 0, name, processes_);
  return processes_;
}

Track TraceWriter::add_track(int process, std::string_view name) {
  const int thread = static_cast<int>(rows_.size()) + 1;
  rows_.push_back({process, thread});
  name_row("thread", process, thread, name, thread);
  return rows_.size() - 1;
}

Counter TraceWriter::add_counter(int process, std::string_view name,
                                 std::vector<std::string> series) {
  counters_.push_back({.process = process,
                       .name = json_string(name),
                       .series = std::move(series),
                       .pending = {},
                       .written = {}});
  return counters_.size() - 1;
}

void TraceWriter::slice(Track track, const Slice& slice, const Args& args) {
  OLV_CHECK(slice.until >= slice.from, "{}: {}..{}", slice.name, slice.from, slice.until);
  const Row& row = rows_[track];
  std::string text = fmt::format(
      R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{},"cat":"{}")", row.process,
      row.thread, slice.from, slice.until - slice.from, json_string(slice.name), slice.category);
  if (!slice.color.empty()) text += fmt::format(R"(,"cname":"{}")", slice.color);
  if (!args.text().empty()) text += fmt::format(R"(,"args":{{{}}})", args.text());
  event(text + "}");
  ++slices_;
}

void TraceWriter::sample(Counter counter, int64_t at, const std::vector<double>& values) {
  CounterState& state = counters_[counter];
  OLV_CHECK(values.size() == state.series.size(), "{}: {} values", state.name, values.size());
  if (state.has_pending && at != state.at) {
    OLV_CHECK(at > state.at, "{}: a sample of {} after {}", state.name, at, state.at);
    write_pending(state);
  }
  state.has_pending = true;
  state.at = at;
  state.pending = values;
}

void TraceWriter::write_pending(CounterState& counter) {
  counter.has_pending = false;
  if (counter.pending == counter.written) return;
  std::string values;
  for (size_t i = 0; i < counter.series.size(); ++i) {
    // Shortest text that reads back to the same double.
    fmt::format_to(std::back_inserter(values), "{}{}:{}", i == 0 ? "" : ",",
                   json_string(counter.series[i]), nlohmann::json(counter.pending[i]).dump());
  }
  event(fmt::format(R"({{"ph":"C","pid":{},"ts":{},"name":{},"args":{{{}}}}})", counter.process,
                    counter.at, counter.name, values));
  counter.written = counter.pending;
}

void TraceWriter::finish() {
  for (CounterState& counter : counters_) {
    if (counter.has_pending) write_pending(counter);
  }
  buffer_ += "\n]}\n";
  sink_(buffer_);
  buffer_.clear();
}

}  // namespace olivine::trace
