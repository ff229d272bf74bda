// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "experiments/regress/regression.h"
#include "experiments/regress/regression_result.h"

namespace olivine::regress {

// Text for an XML attribute or element: markup escaped, characters that XML 1.0 forbids as '?'.
[[nodiscard]] std::string xml_text(std::string_view text);

// JUnit XML: one test case a target. A divergence is a failure; what crashed, hung or could not
// run is an error; what did not run to its end is skipped.
[[nodiscard]] std::string junit_xml(std::span<const Target> targets,
                                    std::span<const TargetResult> results,
                                    const std::string& extra_options);

}  // namespace olivine::regress
