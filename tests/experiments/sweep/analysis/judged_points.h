// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "experiments/sweep/store/database.h"
#include "models/base/rng.h"

namespace olivine::sweep {

inline const std::string kTestModel = "1.0.0-0123456789ab";

// An axis of one key by the same name.
inline Axis single_axis(const std::string& name, const std::vector<Value>& values) {
  Axis axis{.name = name, .keys = {name}, .values = {}};
  for (const Value& value : values) axis.values.push_back({value});
  return axis;
}

inline Axis linked_axis(const std::string& name, std::vector<std::string> keys,
                        std::vector<std::vector<Value>> values) {
  return {.name = name, .keys = std::move(keys), .values = std::move(values)};
}

inline Objective objective_of(const std::string& text, Goal goal = Goal::Min) {
  return {text, Formula::parse(text), goal};
}

// One column for each key of the axes, in their order.
inline SweepHeader header_over(std::vector<Axis> axes, std::vector<Objective> objectives) {
  SweepHeader header;
  header.name = "judged";
  header.base_digest = "0123";
  header.axes = std::move(axes);
  header.objectives = std::move(objectives);
  for (const Axis& axis : header.axes) {
    header.columns.insert(header.columns.end(), axis.keys.begin(), axis.keys.end());
  }
  return header;
}

using MetricValues = std::vector<std::pair<Metric, double>>;

inline StoredPoint point_with(std::vector<Value> parameters, const MetricValues& metrics) {
  StoredPoint point{.hash = {}, .parameters = std::move(parameters), .outcome = {}};
  for (const auto& [metric, value] : metrics) point.outcome.metrics.set(metric, value);
  return point;
}

inline StoredPoint failed_point(std::vector<Value> parameters) {
  StoredPoint point{.hash = {}, .parameters = std::move(parameters), .outcome = {}};
  point.outcome.failure = "layer fc1: fits at no tiling";
  return point;
}

// In memory, stored in this order; each gets a hash of its own.
inline Database database_with(const SweepHeader& header, std::vector<StoredPoint> points) {
  Database database = Database::open_for_run(":memory:", header);
  Rng rng{7};
  for (StoredPoint& point : points) {
    for (uint8_t& byte : point.hash.bytes) byte = static_cast<uint8_t>(rng.next());
  }
  database.add(points, kTestModel);
  return database;
}

}  // namespace olivine::sweep
