// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace olivine::report {

// The page that shows the results at `paths`; `made_by` is the provenance of the report itself
// (olivine_version, git_revision and date_utc of it are shown).
// Throws ConfigError: as read_inputs(), for a result that lacks what its page needs, or where the
// program was built without the charting library.
[[nodiscard]] std::string make_report(std::span<const std::string> paths,
                                      const nlohmann::ordered_json& made_by);

}  // namespace olivine::report
