// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace olivine::support {

// A trace as it is read back, and all that any trace must keep to.
struct TraceSlice {
  std::string name;
  std::string category;
  int64_t from = 0;
  int64_t until = 0;
  nlohmann::json args;

  bool operator==(const TraceSlice&) const = default;
};

struct TraceSample {
  int64_t at = 0;
  double value = 0;
};

using TraceRowName = std::pair<std::string, std::string>;  // of the process, then of the row

struct TraceFile {
  nlohmann::json metadata;
  // By row; a name that several rows of a process share is not allowed. Slices in order of time,
  // the outer one first.
  std::map<TraceRowName, std::vector<TraceSlice>> tracks;
  // By row; the name of a series follows that of its counter: "DRAM bandwidth/bytes_per_cycle".
  std::map<TraceRowName, std::vector<TraceSample>> counters;
  uint64_t slices = 0;

  // Of all processes where `process` is empty.
  [[nodiscard]] int64_t sum(const std::string& process, const std::string& category,
                            const std::string& name = "") const;
};

// Parses the text of a trace and checks it against the trace event format: fields and their types,
// colours the format has names for, rows that have names, slices that overlap on a track only by
// lying inside each other, counters in order of time. Adds what is wrong to `problems`.
[[nodiscard]] TraceFile read_trace(const std::string& text, std::vector<std::string>& problems);
// The same, but fails the test that runs.
[[nodiscard]] TraceFile checked_trace(const std::string& text);

// The integral of a counter; a step's is rounded to a whole number. The last value must be 0.
[[nodiscard]] int64_t integral(const std::vector<TraceSample>& samples);

}  // namespace olivine::support
