// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/record.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "models/base/error.h"

namespace olivine::measure {

const char* name_of(CaseStatus status) {
  switch (status) {
    case CaseStatus::Refused:
      return "refused";
    case CaseStatus::Wrong:
      return "wrong";
    case CaseStatus::Checked:
      return "checked";
    case CaseStatus::Timed:
      return "timed";
  }
  OLV_CHECK(false, "case status {}", static_cast<int>(status));
}

bool MeasureRecord::has_wrong_output() const {
  const auto is_wrong_check = [](const CheckRecord& check) { return !check.is_exact(); };
  const auto is_wrong_candidate = [](const CandidateRecord& candidate) {
    return !candidate.is_exact;
  };
  const auto is_wrong_case = [&](const CaseRecord& record) {
    // An algorithm of a library that fails is not taken; an own kernel must not fail.
    return record.status == CaseStatus::Wrong || !record.is_exact_after_timing.value_or(true) ||
           (record.variant->is_own() &&
            std::any_of(record.candidates.begin(), record.candidates.end(), is_wrong_candidate));
  };
  const auto is_wrong_map = [](const MetadataMap& map) { return !map.is_as_expected(); };
  return std::any_of(checks.begin(), checks.end(), is_wrong_check) ||
         std::any_of(cases.begin(), cases.end(), is_wrong_case) ||
         std::any_of(metadata_maps.begin(), metadata_maps.end(), is_wrong_map);
}

void write_whole(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".part" + std::to_string(getpid());
  const auto fail = [&](const std::string& what) {
    const std::string reason = std::strerror(errno);
    std::remove(temporary.c_str());
    throw ConfigError{"--output = " + path + ": " + what + ": " + reason};
  };
  {
    std::ofstream file{temporary, std::ios::binary};
    if (!file) fail("cannot be written");
    file << text << std::flush;
    if (!file) fail("cannot be written");
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail("cannot be replaced");
}

}  // namespace olivine::measure
