// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <iosfwd>

namespace olivine::measure {

struct MeasureRequest;

// `olivine measure`: plan, device, session, record. The table (or record) goes to `out`, progress
// to `err`. The record's file is there from the beginning, and whole at any time; what an interrupt
// or a hanging kernel leaves says "complete": false.
//
// Returns 0; 1 where an output was wrong, a kernel failed or hung; 130 when interrupted. Throws
// ConfigError for what the user can correct: names, a file, no GPU, one that is busy or unfit.
int run_measure(const MeasureRequest& request, std::ostream& out, std::ostream& err);

}  // namespace olivine::measure
