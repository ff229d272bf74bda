// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "experiments/cli/output.h"
#include "experiments/trace/trace_options.h"
#include "experiments/trace/trace_writer.h"

namespace olivine {
class Problems;
}  // namespace olivine

namespace olivine::cli {

class Arguments;

// --trace and --trace-detail, checked; every problem is added.
struct TraceRequest {
  std::optional<std::string> path;  // absent: none wanted
  trace::TraceOptions options;
};
[[nodiscard]] TraceRequest read_trace_request(const Arguments& arguments, Problems& problems);

// The file of a trace: opened at once, so that a place that cannot be written is reported before
// the simulation; complete or not there.
class TraceOutput {
 public:
  explicit TraceOutput(const TraceRequest& request);

  [[nodiscard]] trace::TraceWriter::Sink sink();
  // Everything has been written: moves it to its name and says on stderr what it shows.
  void commit(const trace::TraceSummary& summary);

 private:
  std::string path_;
  trace::TraceOptions options_;
  Output output_;
};

}  // namespace olivine::cli
