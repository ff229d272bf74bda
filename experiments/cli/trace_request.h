// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <string>

#include "experiments/trace/trace_options.h"

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

}  // namespace olivine::cli
