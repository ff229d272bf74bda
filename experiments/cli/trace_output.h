// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <string_view>

#include "experiments/cli/output.h"
#include "experiments/cli/trace_request.h"
#include "experiments/trace/trace_writer.h"

namespace olivine::cli {

// The file of a trace: opened at once, so that a place that cannot be written is reported before
// the simulation; complete or not there.
class TraceOutput {
 public:
  explicit TraceOutput(const TraceRequest& request);

  [[nodiscard]] trace::TraceWriter::Sink sink();
  // Everything has been written: moves it to its name and says on stderr what it shows.
  // `parts`: what has a detail each, "layers".
  void commit(const trace::TraceSummary& summary, std::string_view parts);

 private:
  std::string path_;
  trace::TraceOptions options_;
  Output output_;
};

}  // namespace olivine::cli
