// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/trace_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "experiments/cli/arguments.h"
#include "experiments/cli/numbers.h"
#include "models/base/error.h"

namespace olivine::cli {

TraceRequest read_trace_request(const Arguments& arguments, Problems& problems) {
  TraceRequest request;
  request.path = arguments.get("trace");
  if (request.path && !request.path->empty() && request.path == arguments.get("output")) {
    problems.add(fmt::format("--trace = {}: is the file of --output", *request.path));
  }
  const auto detail = arguments.get("trace-detail");
  if (!detail) return request;
  if (!request.path) problems.add("--trace-detail: needs --trace");
  request.options.detail = value_of<trace::Detail>(trace::kDetailNames, *detail);
  if (!request.options.detail) {
    problems.add(fmt::format("--trace-detail = {}: must be {}", *detail,
                             joined_names<trace::Detail>(trace::kDetailNames)));
  }
  return request;
}

TraceOutput::TraceOutput(const TraceRequest& request)
    : path_(*request.path),
      options_(request.options),
      output_(request.path, "--trace", Unfinished::Timeline) {}

trace::TraceWriter::Sink TraceOutput::sink() {
  return [this](std::string_view text) { output_.append(text); };
}

void TraceOutput::commit(const trace::TraceSummary& summary) {
  output_.commit("");
  std::vector<std::string> layers;
  for (const auto& entry : trace::kDetailNames) {
    const uint64_t count = summary.layers[static_cast<size_t>(entry.value)];
    if (count > 0) layers.push_back(fmt::format("{} by {}", with_separators(count), entry.name));
  }
  fmt::print(stderr, "trace: {}: {} slices, layers: {}{}\n", path_, with_separators(summary.slices),
             fmt::join(layers, ", "),
             summary.is_reduced ? fmt::format(" (at most {}; --trace-detail fold shows all)",
                                              with_separators(options_.max_slices))
                                : "");
}

}  // namespace olivine::cli
