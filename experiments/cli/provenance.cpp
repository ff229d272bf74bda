// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/provenance.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <string>

#include "experiments/cli/revision.h"
#include "models/base/text.h"

namespace olivine::cli {
namespace {

std::string host_cpu() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos && line.starts_with("model name")) {
      return std::string{trim(std::string_view{line}.substr(colon + 1))};
    }
  }
  return "unknown";
}

}  // namespace

nlohmann::ordered_json provenance() {
  return {{"olivine_version", kVersion},
          {"git_revision", kGitRevision},
          {"compiler", kCompiler},
          {"build_type", kBuildType},
          {"date_utc", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"host_cpu", host_cpu()}};
}

}  // namespace olivine::cli
