// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine::measure {

struct MeasureRecord;
struct MeasureRequest;
struct SessionHooks;

// Counters of every own kernel that was timed on the first shape of the record: each by running
// this program again under Nsight Compute, checking that one case. Where it is not installed or
// may not read counters, a note with the command says so.
void add_counters(const MeasureRequest& request, const SessionHooks& hooks, MeasureRecord& record);

}  // namespace olivine::measure
