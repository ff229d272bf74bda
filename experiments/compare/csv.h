// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::compare {

// The fields of one line of comma-separated values. A field may stand in double quotes, with ""
// for a quote inside (RFC 4180, without line ends inside quotes). Nothing where quotes do not
// match.
[[nodiscard]] std::optional<std::vector<std::string>> csv_fields(std::string_view line);

}  // namespace olivine::compare
