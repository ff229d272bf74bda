// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/experiments/trace/trace_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace olivine::support {
namespace {

using Json = nlohmann::json;

// Colour names of the trace event format ("Trace Event Format", field cname).
const std::set<std::string> kColors = {"thread_state_uninterruptible",
                                       "thread_state_iowait",
                                       "thread_state_running",
                                       "thread_state_runnable",
                                       "thread_state_sleeping",
                                       "thread_state_unknown",
                                       "background_memory_dump",
                                       "light_memory_dump",
                                       "detailed_memory_dump",
                                       "vsync_highlight_color",
                                       "generic_work",
                                       "good",
                                       "bad",
                                       "terrible",
                                       "black",
                                       "grey",
                                       "white",
                                       "yellow",
                                       "olive",
                                       "rail_response",
                                       "rail_animation",
                                       "rail_idle",
                                       "rail_load",
                                       "startup",
                                       "heap_dump_stack_frame",
                                       "heap_dump_object_type",
                                       "heap_dump_child_node_arrow",
                                       "cq_build_running",
                                       "cq_build_passed",
                                       "cq_build_failed",
                                       "cq_build_abandoned",
                                       "cq_build_attempt_runnig",
                                       "cq_build_attempt_passed",
                                       "cq_build_attempt_failed"};

class Reader {
 public:
  explicit Reader(std::vector<std::string>& problems) : problems_(problems) {}

  TraceFile read(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) {
      problem("no JSON object");
      return {};
    }
    if (!json.contains("traceEvents") || !json["traceEvents"].is_array()) {
      problem("no array traceEvents");
      return {};
    }
    file_.metadata = json.value("otherData", Json::object());
    if (file_.metadata.value("schema", "") != "olivine.trace/1") problem("another schema");
    for (const Json& event : json["traceEvents"]) read_event(event);
    for (auto& [row, slices] : slices_) finish_track(row, slices);
    if (file_.metadata.value("slices", uint64_t{0}) != file_.slices) problem("slices miscounted");
    return std::move(file_);
  }

 private:
  using Row = std::pair<int64_t, int64_t>;  // pid, tid

  void problem(const std::string& text) { problems_.push_back(text); }

  [[nodiscard]] bool has_fields(const Json& event,
                                std::initializer_list<std::pair<const char*, bool>> fields) {
    for (const auto& [name, is_text] : fields) {
      const bool is_right =
          event.contains(name) &&
          (is_text ? event[name].is_string() && !event[name].get<std::string>().empty()
                   : event[name].is_number_integer() && event[name].get<int64_t>() >= 0);
      if (is_right) continue;
      problem(fmt::format("{} is missing or wrong in {}", name, event.dump()));
      return false;
    }
    return true;
  }

  void read_event(const Json& event) {
    if (!event.is_object()) return problem("an event that is no object");
    if (!has_fields(event, {{"ph", true}, {"name", true}, {"pid", false}})) return;
    const std::string phase = event["ph"];
    if (phase == "M") return read_metadata(event);
    if (phase == "X") return read_slice(event);
    if (phase == "C") return read_sample(event);
    problem("unknown phase " + phase);
  }

  void read_metadata(const Json& event) {
    if (!has_fields(event, {{"tid", false}})) return;
    const std::string what = event["name"];
    const Json args = event.value("args", Json::object());
    const Row row{event["pid"], event["tid"]};
    if (what == "process_name" && args.contains("name")) {
      if (!processes_.emplace(row.first, args["name"]).second) problem("a process named twice");
    } else if (what == "thread_name" && args.contains("name")) {
      if (!rows_.emplace(row, args["name"]).second) problem("a track named twice");
    } else if ((what != "process_sort_index" && what != "thread_sort_index") ||
               !args.contains("sort_index")) {
      problem("unknown metadata " + event.dump());
    }
  }

  void read_slice(const Json& event) {
    if (!has_fields(event, {{"tid", false}, {"ts", false}, {"dur", false}, {"cat", true}})) return;
    if (event.contains("cname") && !kColors.contains(event["cname"].get<std::string>())) {
      problem("unknown colour in " + event.dump());
    }
    if (event["dur"] == 0) problem("an empty slice: " + event.dump());
    const Row row{event["pid"], event["tid"]};
    if (!rows_.contains(row)) return problem("a slice on a row without name: " + event.dump());
    const int64_t from = event["ts"];
    slices_[row].push_back({event["name"], event["cat"], from, from + event["dur"].get<int64_t>(),
                            event.value("args", Json::object())});
    ++file_.slices;
  }

  void read_sample(const Json& event) {
    if (!has_fields(event, {{"ts", false}})) return;
    if (!processes_.contains(event["pid"])) return problem("a counter without process");
    if (!event.contains("args") || event["args"].empty()) return problem("a counter without value");
    const std::string name = event["name"];
    for (const auto& [series, value] : event["args"].items()) {
      auto& samples = file_.counters[{processes_[event["pid"]], name + "/" + series}];
      if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0) {
        problem("no value: " + event.dump());
        continue;
      }
      if (!samples.empty() && event["ts"] <= samples.back().at) {
        problem("a counter that goes back in time: " + event.dump());
      }
      samples.push_back({event["ts"], value});
    }
  }

  void finish_track(const Row& row, std::vector<TraceSlice>& slices) {
    if (!processes_.contains(row.first)) return problem("a track without process");
    const TraceRowName name{processes_[row.first], rows_[row]};
    std::stable_sort(slices.begin(), slices.end(), [](const TraceSlice& a, const TraceSlice& b) {
      return a.from != b.from ? a.from < b.from : a.until > b.until;
    });
    std::vector<int64_t> ends;  // of the slices around
    for (const TraceSlice& slice : slices) {
      while (!ends.empty() && ends.back() <= slice.from) ends.pop_back();
      if (!ends.empty() && slice.until > ends.back()) {
        problem(fmt::format("{} {}: {} at {} overlaps", name.first, name.second, slice.name,
                            slice.from));
      }
      ends.push_back(slice.until);
    }
    if (!file_.tracks.emplace(name, slices).second) {
      problem(fmt::format("{} has two rows {}", name.first, name.second));
    }
  }

  std::vector<std::string>& problems_;
  TraceFile file_;
  std::map<int64_t, std::string> processes_;
  std::map<Row, std::string> rows_;
  std::map<Row, std::vector<TraceSlice>> slices_;
};

}  // namespace

int64_t TraceFile::sum(const std::string& process, const std::string& category,
                       const std::string& name) const {
  int64_t cycles = 0;
  for (const auto& [row, track] : tracks) {
    if (!process.empty() && row.first != process) continue;
    for (const TraceSlice& slice : track) {
      if (slice.category != category || (!name.empty() && slice.name != name)) continue;
      cycles += slice.until - slice.from;
    }
  }
  return cycles;
}

TraceFile read_trace(const std::string& text, std::vector<std::string>& problems) {
  return Reader{problems}.read(text);
}

TraceFile checked_trace(const std::string& text) {
  std::vector<std::string> problems;
  TraceFile file = read_trace(text, problems);
  constexpr size_t kShown = 5;
  for (size_t i = 0; i < std::min(kShown, problems.size()); ++i) ADD_FAILURE() << problems[i];
  return file;
}

int64_t integral(const std::vector<TraceSample>& samples) {
  int64_t sum = 0;
  for (size_t i = 0; i + 1 < samples.size(); ++i) {
    const auto cycles = static_cast<double>(samples[i + 1].at - samples[i].at);
    sum += std::llround(samples[i].value * cycles);
  }
  EXPECT_TRUE(samples.empty() || samples.back().value == 0);
  return sum;
}

}  // namespace olivine::support
