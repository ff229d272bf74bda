// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <set>
#include <string>

namespace olivine::measure {

class Bench;
struct MeasureRecord;
struct Plan;
struct PlannedGroup;
struct SessionHooks;
struct SessionOptions;

// Of any step of a group but energy.
inline constexpr double kGroupStepLimitSeconds = 120;

struct GroupContext {
  Bench& bench;
  const Plan& plan;
  const SessionOptions& options;
  const SessionHooks& hooks;
  const std::set<std::string>& failed;  // kernels not to be run
  MeasureRecord& record;
};

// Every case of one shape: prepared and checked, the fastest correct candidate chosen, timed in
// rounds that all cases take in turns, C checked again, energy. Cases that do not fit the device's
// memory together take turns only with those they fit with.
void run_group(const GroupContext& context, const PlannedGroup& group);

}  // namespace olivine::measure
